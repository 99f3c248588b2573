-- Orders that were cancelled, which they stay: an older word of one that comes late is not followed.
CREATE TABLE cancelled_order (
  -- "orders/{order}".
  order_name TEXT PRIMARY KEY,
  -- OrderFacts.version of the cancelled order.
  version    BIGINT NOT NULL
) WITHOUT ROWID;
