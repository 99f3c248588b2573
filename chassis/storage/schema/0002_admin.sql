-- What those who run a service ask of every store: clock, audit, tasks, backups.

-- How far a sandbox's clock is ahead of the machine's, µs. It only grows.
ALTER TABLE store_meta ADD COLUMN clock_ahead BIGINT NOT NULL DEFAULT 0;

-- Items of a batch; 1 for a single write.
ALTER TABLE audit ADD COLUMN item_count BIGINT NOT NULL DEFAULT 1;

-- For dropping what ended long ago.
CREATE INDEX task_ended ON task (update_time) WHERE state <> 'WAITING';

-- Copies of this store that were asked for while it ran.
CREATE TABLE backup (
  id          INTEGER PRIMARY KEY,
  name        TEXT NOT NULL UNIQUE,
  state       TEXT NOT NULL CHECK (state IN ('RUNNING', 'READY', 'FAILED')),
  path        TEXT NOT NULL,
  size_bytes  BIGINT NOT NULL,
  -- Lower-case hexadecimal; '' until complete.
  sha256      TEXT NOT NULL,
  -- Epoch and newest position of the feed that the copy holds.
  epoch       TEXT NOT NULL,
  position    BIGINT NOT NULL,
  -- Empty, or why it failed, as its maker wrote it.
  error       BLOB NOT NULL,
  create_time BIGINT NOT NULL,
  finish_time BIGINT
);
