-- How goods and money moved for an order. Rows stand in the caller's sequence.

-- Which of the tables below hold rows of the order: 1 shipments, 2 invoices, 4 payments.
ALTER TABLE customer_order ADD COLUMN parts BIGINT NOT NULL DEFAULT 0;
-- 1: its customer was erased, and its free text is still to go; 2: it is gone.
ALTER TABLE customer_order ADD COLUMN erased BIGINT NOT NULL DEFAULT 0;
CREATE INDEX customer_order_erased ON customer_order (source, receipt_number) WHERE erased > 0;
CREATE INDEX customer_order_to_erase ON customer_order (key) WHERE erased = 1;

CREATE TABLE order_shipment (
  -- Key of the order.
  order_key       BIGINT NOT NULL,
  place           BIGINT NOT NULL,
  shipment_id     TEXT NOT NULL,
  carrier         TEXT NOT NULL,
  tracking_number TEXT NOT NULL,
  promise_time    BIGINT,
  ship_time       BIGINT,
  deliver_time    BIGINT,
  PRIMARY KEY (order_key, place)
) WITHOUT ROWID;

CREATE TABLE order_invoice (
  order_key      BIGINT NOT NULL,
  place          BIGINT NOT NULL,
  invoice_number TEXT NOT NULL,
  -- Millionths of the order's currency, as of payments.
  amount         BIGINT NOT NULL,
  issue_time     BIGINT,
  due_time       BIGINT,
  paid_time      BIGINT,
  PRIMARY KEY (order_key, place)
) WITHOUT ROWID;

CREATE TABLE order_payment (
  order_key      BIGINT NOT NULL,
  place          BIGINT NOT NULL,
  payment_id     TEXT NOT NULL,
  method         TEXT NOT NULL,
  amount         BIGINT NOT NULL,
  -- '' if unknown.
  invoice_number TEXT NOT NULL,
  due_time       BIGINT,
  paid_time      BIGINT,
  PRIMARY KEY (order_key, place)
) WITHOUT ROWID;
