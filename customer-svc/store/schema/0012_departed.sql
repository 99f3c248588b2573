-- Customers who were erased while orders still bear their key.

-- 1: the customer was erased: so are the orders that still bear the key, whatever they say.
ALTER TABLE departed_customer ADD COLUMN erased BIGINT NOT NULL DEFAULT 0;
-- The receipt leads to its order by another index.
DROP INDEX customer_order_erased;
