-- What is left of customers who were deleted, so that they can be erased later.

-- Ids of deleted customers; each names nobody any more.
CREATE TABLE deleted_customer (
  id   TEXT PRIMARY KEY,
  time BIGINT NOT NULL
) WITHOUT ROWID;

-- The id that the customer had.
ALTER TABLE departed_customer ADD COLUMN id TEXT;

-- The id of the deleted customer whose order it was, until it has another one or that one is erased.
ALTER TABLE customer_order ADD COLUMN former TEXT;
CREATE INDEX customer_order_former ON customer_order (former) WHERE former IS NOT NULL;
