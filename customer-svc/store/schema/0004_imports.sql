-- Files of order lines and customers: what became of them, and how they are read.

CREATE TABLE import (
  key                INTEGER PRIMARY KEY,
  id                 TEXT NOT NULL UNIQUE,
  -- Import.Kind: 1 order lines, 2 customers.
  kind               BIGINT NOT NULL,
  -- Import.State: 1 running, 2 done, 3 failed, 4 cancelled.
  state              BIGINT NOT NULL,
  -- Id of the profile; '' if the options came with the file.
  profile            TEXT NOT NULL,
  dry_run            BIGINT NOT NULL,
  file_name          TEXT NOT NULL,
  size_bytes         BIGINT NOT NULL,
  sha256             TEXT NOT NULL,
  -- Name of the file in the spool while it runs.
  spool_name         TEXT NOT NULL,
  -- How the file is read, serialised.
  options            BLOB NOT NULL,
  -- Who sent it, and the stores they were limited to, one a line; '' for all.
  principal          TEXT NOT NULL,
  realms             TEXT NOT NULL,
  -- Id of the task.
  task               TEXT NOT NULL,
  create_time        BIGINT NOT NULL,
  finish_time        BIGINT,
  -- Why it failed, serialised; empty otherwise.
  error              BLOB NOT NULL,

  lines_read         BIGINT NOT NULL DEFAULT 0,
  lines_stored       BIGINT NOT NULL DEFAULT 0,
  lines_unchanged    BIGINT NOT NULL DEFAULT 0,
  lines_ignored      BIGINT NOT NULL DEFAULT 0,
  lines_refused      BIGINT NOT NULL DEFAULT 0,
  orders_created     BIGINT NOT NULL DEFAULT 0,
  orders_updated     BIGINT NOT NULL DEFAULT 0,
  customers_created  BIGINT NOT NULL DEFAULT 0,
  customers_updated  BIGINT NOT NULL DEFAULT 0,
  -- Lines by reason: "ZERO_QUANTITY 3", one a line.
  ignored            TEXT NOT NULL DEFAULT '',
  refused            TEXT NOT NULL DEFAULT '',
  -- Rows in import_refusal.
  refusals_kept      BIGINT NOT NULL DEFAULT 0,
  -- When its rows in the tables below are due to go; NULL once they have, or while it runs.
  clear_time         BIGINT,
  -- 1: deleted by a caller. The row itself goes when the others have.
  deleted            BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX import_running ON import (key) WHERE state = 1;
CREATE INDEX import_clear ON import (clear_time) WHERE clear_time IS NOT NULL;

-- Lines that were left out as faulty.
CREATE TABLE import_refusal (
  -- Key of the import.
  import      BIGINT NOT NULL,
  line_number BIGINT NOT NULL,
  reason      TEXT NOT NULL,
  column_name TEXT NOT NULL,
  message     TEXT NOT NULL,
  text        TEXT NOT NULL,
  PRIMARY KEY (import, line_number)
) WITHOUT ROWID;

-- Customers whom a dry run would have made, so that each counts once.
CREATE TABLE import_new_customer (
  -- Key of the import.
  import     BIGINT NOT NULL,
  -- Of what identifies the customer.
  fingerprint BIGINT NOT NULL,
  PRIMARY KEY (import, fingerprint)
) WITHOUT ROWID;

-- Saved ways to read files.
CREATE TABLE import_profile (
  key          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  -- Import.Kind.
  kind         BIGINT NOT NULL,
  -- Serialised.
  options      BLOB NOT NULL,
  version      BIGINT NOT NULL,
  create_time  BIGINT NOT NULL,
  update_time  BIGINT NOT NULL
);
