-- What customers do short of buying.

-- Stands for a customer who ever did something. Events hang on it and not on the customer, so that
-- those of one who is gone can be deleted in steps: its keys are never used again.
CREATE TABLE visitor (
  key       INTEGER PRIMARY KEY AUTOINCREMENT,
  -- 1: the customer is gone, and what hangs on it is being deleted.
  forgotten BIGINT NOT NULL
);
CREATE INDEX visitor_forgotten ON visitor (key) WHERE forgotten = 1;

-- NULL until the first event.
ALTER TABLE customer ADD COLUMN visitor BIGINT;

CREATE TABLE behaviour_name (
  key  INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE
);

CREATE TABLE behaviour_event (
  key        INTEGER PRIMARY KEY,
  visitor    BIGINT NOT NULL,
  -- Key of its name.
  name       BIGINT NOT NULL,
  source     TEXT NOT NULL,
  -- SHA-256 of source and message id, cut to 16 bytes.
  message    BLOB NOT NULL,
  event_time BIGINT NOT NULL,
  -- Item code; '' for none.
  item       TEXT NOT NULL,
  -- Millionths.
  quantity   BIGINT NOT NULL,
  value      BIGINT NOT NULL,
  -- '': there is no value.
  currency   TEXT NOT NULL,
  store      TEXT NOT NULL
);
CREATE UNIQUE INDEX behaviour_event_message ON behaviour_event (message);
CREATE INDEX behaviour_event_visitor ON behaviour_event (visitor, event_time);

-- Events by day of the company, moved with each.
CREATE TABLE behaviour_day (
  visitor     BIGINT NOT NULL,
  name        BIGINT NOT NULL,
  -- Days since 1970-01-01.
  day         BIGINT NOT NULL,
  event_count BIGINT NOT NULL,
  PRIMARY KEY (visitor, name, day)
) WITHOUT ROWID;
