-- Erased people whose traces in remembered replies are still to be gone through. Keys only grow: a
-- task goes through them.
CREATE TABLE pending_erasure (
  key            INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Both are names: "erasures/…" of the service that asks, "customers/…".
  erasure        TEXT NOT NULL,
  customer       TEXT NOT NULL,
  -- What asked for it: the confirmation bears it.
  correlation_id TEXT NOT NULL,
  hops           BIGINT NOT NULL,
  UNIQUE (erasure, customer)
);
