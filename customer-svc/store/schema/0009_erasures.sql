-- People who were taken out of all services.

CREATE TABLE erasure (
  key           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  -- Id that the customer had; it names nobody any more.
  customer      TEXT NOT NULL UNIQUE,
  requested_by  TEXT NOT NULL,
  create_time   BIGINT NOT NULL,
  complete_time BIGINT
);

-- Services that must confirm.
CREATE TABLE erasure_part (
  -- Key of the erasure.
  erasure      BIGINT NOT NULL,
  service      TEXT NOT NULL,
  confirm_time BIGINT,
  PRIMARY KEY (erasure, service)
) WITHOUT ROWID;

-- What the person's traces in free text are known by, until the service's own part is done.
CREATE TABLE erasure_clue (
  erasure BIGINT NOT NULL,
  -- Words joined by line feeds: a text is about the person if it holds all of them.
  clue    TEXT NOT NULL,
  PRIMARY KEY (erasure, clue)
) WITHOUT ROWID;
