-- Customers who were forgotten while more receipts bore their key than one change goes through: a
-- task takes it off them.
CREATE TABLE forgotten_customer (
  -- Their key.
  customer INTEGER PRIMARY KEY,
  -- Without "customers/".
  id       TEXT NOT NULL,
  -- The erasure that is confirmed when no receipt bears the key: "erasures/{erasure}"; '' for none.
  erasure  TEXT NOT NULL
);
CREATE INDEX forgotten_customer_id ON forgotten_customer (id);
