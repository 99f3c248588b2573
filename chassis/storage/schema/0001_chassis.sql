-- Tables that every store has, whatever its service keeps beside them.

-- One row: facts about the store as a whole.
CREATE TABLE store_meta (
  one          INTEGER PRIMARY KEY CHECK (one = 1),
  -- Names this line of history; a restore begins a new one.
  epoch        TEXT NOT NULL,
  -- The latest time that a change has seen, µs UTC: time never runs backwards within a store.
  last_time    BIGINT NOT NULL
);

-- What happened, in order, for followers. Positions are gapless and never used again.
CREATE TABLE feed (
  position       INTEGER PRIMARY KEY,
  type           TEXT NOT NULL,
  subject        TEXT NOT NULL,
  -- Store or brand that the event belongs to; '' when it belongs to none.
  realm          TEXT NOT NULL,
  time           BIGINT NOT NULL,
  correlation_id TEXT NOT NULL,
  hops           BIGINT NOT NULL,
  payload        BLOB NOT NULL
);

-- Who did what. Rows hold no personal data.
CREATE TABLE audit (
  id         INTEGER PRIMARY KEY,
  time       BIGINT NOT NULL,
  principal  TEXT NOT NULL,
  method     TEXT NOT NULL,
  resource   TEXT NOT NULL,
  request_id TEXT NOT NULL,
  -- "OK", or the reason code of what was refused.
  result     TEXT NOT NULL
);

-- Replies to writes that carried a request_id, kept for 30 days. Rows are in order of time, so that
-- the oldest are dropped from the front.
CREATE TABLE idempotency (
  id           INTEGER PRIMARY KEY,
  -- SHA-256 over principal, method and request_id, cut to 16 bytes.
  key          BLOB NOT NULL UNIQUE,
  time         BIGINT NOT NULL,
  request_hash BLOB NOT NULL,
  reply        BLOB NOT NULL
);

-- Everything that is due later or takes long.
CREATE TABLE task (
  id             INTEGER PRIMARY KEY,
  name           TEXT NOT NULL UNIQUE,
  kind           TEXT NOT NULL,
  state          TEXT NOT NULL CHECK (state IN ('WAITING', 'SUCCEEDED', 'FAILED', 'CANCELLED')),
  due_time       BIGINT NOT NULL,
  -- Seconds between runs of a recurring task; 0 for one that runs once.
  period_s       BIGINT NOT NULL,
  attempts       BIGINT NOT NULL,
  input          BLOB NOT NULL,
  cursor         BLOB NOT NULL,
  result         BLOB NOT NULL,
  error          BLOB NOT NULL,
  progress_done  BIGINT NOT NULL,
  progress_total BIGINT NOT NULL,
  resource       TEXT NOT NULL,
  principal      TEXT NOT NULL,
  correlation_id TEXT NOT NULL,
  create_time    BIGINT NOT NULL,
  update_time    BIGINT NOT NULL
);
CREATE INDEX task_due ON task (due_time) WHERE state = 'WAITING';
CREATE INDEX task_kind ON task (kind, id);
