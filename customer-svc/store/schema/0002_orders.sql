-- Orders with their lines, what returns took back, and what each customer's orders come to.

-- Keys are given in order of arrival; orders are never deleted.
CREATE TABLE customer_order (
  key            INTEGER PRIMARY KEY,
  id             TEXT NOT NULL UNIQUE,
  source         TEXT NOT NULL,
  receipt_number TEXT NOT NULL,
  -- Key of the customer; NULL if unknown.
  customer       BIGINT,
  order_time     BIGINT NOT NULL,
  -- Decides between orders of the same time: least sequence of the lines.
  sequence       BIGINT NOT NULL,
  store          TEXT NOT NULL,
  till           TEXT NOT NULL,
  staff          TEXT NOT NULL,
  channel        TEXT NOT NULL,
  country        TEXT NOT NULL,
  currency       TEXT NOT NULL,
  tax_included   BIGINT NOT NULL,
  -- Order.State: 1 recorded, 2 cancelled.
  state          BIGINT NOT NULL,
  -- Base currency units per unit of the order's, in 10^-12: exact for 12 decimals.
  rate           BIGINT NOT NULL CHECK (rate > 0),
  -- Lines of each type. What lines come to is worked out from them when an order is read.
  sale_lines     BIGINT NOT NULL,
  return_lines   BIGINT NOT NULL,
  -- Counts changes by callers and imports; part of the etag.
  version        BIGINT NOT NULL,
  create_time    BIGINT NOT NULL,
  update_time    BIGINT NOT NULL,
  cancel_time    BIGINT
);
CREATE UNIQUE INDEX customer_order_receipt ON customer_order (source, receipt_number);
CREATE INDEX customer_order_time ON customer_order (order_time);
CREATE INDEX customer_order_customer ON customer_order (customer, order_time)
  WHERE customer IS NOT NULL;
-- Tells cheaply that no return is later than a sale, which is so for nearly every sale that comes.
CREATE INDEX customer_order_return ON customer_order (customer, order_time)
  WHERE customer IS NOT NULL AND return_lines > 0;

-- One key holds both order and position, so that lines are put at the end and read in a range, and
-- links need one number a line.
CREATE TABLE order_line (
  -- Key of the order × 4096 + position in the order, from 0.
  key         INTEGER PRIMARY KEY,
  line_id     TEXT NOT NULL,
  -- OrderLine.Type: 1 sale, 2 return.
  type        BIGINT NOT NULL,
  -- OrderLine.Kind: 1 product, 2 charge.
  kind        BIGINT NOT NULL,
  item        TEXT NOT NULL,
  -- Millionths.
  quantity    BIGINT NOT NULL,
  unit_price  BIGINT NOT NULL,
  discount    BIGINT NOT NULL,
  tax         BIGINT NOT NULL,
  -- Row of the file that the line came from; 0 for lines of calls.
  sequence    BIGINT NOT NULL,
  description TEXT NOT NULL
);

-- Return lines that say which sold line they take back. The order may be unknown.
CREATE TABLE return_reference (
  -- Key of the return line.
  return_line    INTEGER PRIMARY KEY,
  -- Either the order's id, or its source and receipt number; '' otherwise.
  order_id       TEXT NOT NULL,
  source         TEXT NOT NULL,
  receipt_number TEXT NOT NULL,
  -- '': the lines of the return's item.
  line_id        TEXT NOT NULL
);
CREATE INDEX return_reference_id ON return_reference (order_id) WHERE order_id <> '';
CREATE INDEX return_reference_receipt ON return_reference (source, receipt_number)
  WHERE receipt_number <> '';

-- What returns took back. It follows from the tables above; see domain/returns.h.
CREATE TABLE return_link (
  -- Keys of lines.
  return_line BIGINT NOT NULL,
  sale_line   BIGINT NOT NULL,
  quantity    BIGINT NOT NULL CHECK (quantity > 0),
  -- 1 if the return names its sold line.
  named       BIGINT NOT NULL,
  PRIMARY KEY (return_line, sale_line)
) WITHOUT ROWID;
CREATE INDEX return_link_sale ON return_link (sale_line);

-- What a customer's orders that are not cancelled come to, in the base currency; a customer without
-- any has no row. Moved with each order.
CREATE TABLE purchase_summary (
  -- Key of the customer.
  customer              INTEGER PRIMARY KEY,
  -- Of orders with a sale; NULL if there is none.
  first_order_time      BIGINT,
  last_order_time       BIGINT,
  order_count           BIGINT NOT NULL,
  -- Days of the company with an order.
  order_days            BIGINT NOT NULL,
  return_count          BIGINT NOT NULL,
  sales_micros          BIGINT NOT NULL,
  returned_micros       BIGINT NOT NULL,
  units_sold_micros     BIGINT NOT NULL,
  units_returned_micros BIGINT NOT NULL
);

-- The same by day of the company.
CREATE TABLE purchase_day (
  customer              BIGINT NOT NULL,
  -- Days since 1970-01-01.
  day                   BIGINT NOT NULL,
  order_count           BIGINT NOT NULL,
  return_count          BIGINT NOT NULL,
  sales_micros          BIGINT NOT NULL,
  returned_micros       BIGINT NOT NULL,
  units_sold_micros     BIGINT NOT NULL,
  units_returned_micros BIGINT NOT NULL,
  PRIMARY KEY (customer, day)
) WITHOUT ROWID;
