-- What returns that name no sold line find, kept so that a line which comes or goes costs what it
-- changes and not the customer's history. Both tables follow from orders and their links; see
-- domain/returns.h.

-- Sold lines of orders that count and have a customer, as far as no return took them back.
CREATE TABLE open_sale (
  -- Key of the customer.
  customer   BIGINT NOT NULL,
  item       TEXT NOT NULL,
  -- Of the order; with the two below, the line's rank among all.
  order_time BIGINT NOT NULL,
  sequence   BIGINT NOT NULL,
  -- Key of the line.
  line       BIGINT NOT NULL,
  -- What is left, in millionths.
  quantity   BIGINT NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (customer, item, order_time, sequence, line)
) WITHOUT ROWID;
INSERT INTO open_sale
  SELECT o.customer, l.item, o.order_time, l.sequence, l.key,
         l.quantity - COALESCE((SELECT SUM(k.quantity) FROM return_link k
                                WHERE k.sale_line = l.key), 0) AS left_over
  FROM customer_order o
  CROSS JOIN order_line l ON l.key BETWEEN o.key * 4096 AND o.key * 4096 + 4095
  WHERE o.customer IS NOT NULL AND o.state = 1 AND l.type = 1
    AND l.quantity > COALESCE((SELECT SUM(k.quantity) FROM return_link k
                               WHERE k.sale_line = l.key), 0)
  ORDER BY o.customer, l.item, o.order_time, l.sequence, l.key;

-- Return lines of such orders that name no sold line.
CREATE TABLE unnamed_return (
  customer   BIGINT NOT NULL,
  item       TEXT NOT NULL,
  order_time BIGINT NOT NULL,
  sequence   BIGINT NOT NULL,
  line       BIGINT NOT NULL,
  -- What no sold line was found for, in millionths.
  missing    BIGINT NOT NULL CHECK (missing >= 0),
  -- Order time of the earliest sold line that it took from; 2^63 - 1 for none.
  reach      BIGINT NOT NULL,
  PRIMARY KEY (customer, item, order_time, sequence, line)
) WITHOUT ROWID;
INSERT INTO unnamed_return
  SELECT o.customer, l.item, o.order_time, l.sequence, l.key,
         l.quantity - COALESCE((SELECT SUM(k.quantity) FROM return_link k
                                WHERE k.return_line = l.key), 0),
         COALESCE((SELECT MIN(s.order_time) FROM return_link k
                   CROSS JOIN customer_order s ON s.key = k.sale_line / 4096
                   WHERE k.return_line = l.key), 9223372036854775807)
  FROM customer_order o
  CROSS JOIN order_line l ON l.key BETWEEN o.key * 4096 AND o.key * 4096 + 4095
  WHERE o.customer IS NOT NULL AND o.state = 1 AND o.return_lines > 0 AND l.type = 2
    AND NOT EXISTS (SELECT 1 FROM return_reference r WHERE r.return_line = l.key)
  ORDER BY o.customer, l.item, o.order_time, l.sequence, l.key;

-- Customers who were deleted while orders still bear their key: it is not given to another one
-- before the last of these is without it.
CREATE TABLE departed_customer (
  customer INTEGER PRIMARY KEY,
  -- When that was.
  time     BIGINT NOT NULL
);
