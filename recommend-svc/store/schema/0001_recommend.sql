-- Items, what orders count for, what customers bought and looked at, settings.

CREATE TABLE recommend_settings (
  one              INTEGER PRIMARY KEY CHECK (one = 1),
  min_pair_orders  BIGINT NOT NULL,
  min_confidence   DOUBLE PRECISION NOT NULL,
  min_lift         DOUBLE PRECISION NOT NULL,
  view_weight      DOUBLE PRECISION NOT NULL,
  best_seller_days BIGINT NOT NULL,
  catalogue_only   BIGINT NOT NULL,
  -- Counts changes by callers; part of the etag.
  version          BIGINT NOT NULL,
  -- NULL until a caller has changed something.
  update_time      BIGINT
);
INSERT INTO recommend_settings VALUES (1, 3, 0.01, 1, 0.3, 30, 0, 1, NULL);

-- Keys are given in the order in which items became known, from 1 on: neighbours are packed by them.
-- Items never go; one that was deleted has a time of it.
CREATE TABLE item (
  key           INTEGER PRIMARY KEY,
  code          TEXT NOT NULL UNIQUE,
  -- Item.Origin.
  origin        BIGINT NOT NULL,
  title         TEXT NOT NULL,
  -- What searches for titles look in.
  folded_title  TEXT NOT NULL,
  url           TEXT NOT NULL,
  image_url     TEXT NOT NULL,
  -- NULL if unknown; then the currency is ''.
  price         BIGINT,
  currency      TEXT NOT NULL,
  -- Item.Availability.
  availability  BIGINT NOT NULL,
  sale_end_time BIGINT,
  -- Counts changes by callers; part of the etag.
  version       BIGINT NOT NULL,
  create_time   BIGINT NOT NULL,
  update_time   BIGINT,
  delete_time   BIGINT
);

CREATE TABLE item_category (
  item     BIGINT NOT NULL,
  place    BIGINT NOT NULL,
  category TEXT NOT NULL,
  PRIMARY KEY (item, place)
) WITHOUT ROWID;

CREATE TABLE item_tag (
  item  BIGINT NOT NULL,
  place BIGINT NOT NULL,
  tag   TEXT NOT NULL,
  PRIMARY KEY (item, place)
) WITHOUT ROWID;

CREATE TABLE item_attribute (
  item  BIGINT NOT NULL,
  key   TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (item, key)
) WITHOUT ROWID;

-- Apart from the item: these rows are small and move with every order.
CREATE TABLE item_count (
  item          INTEGER PRIMARY KEY,
  -- The item's.
  code          TEXT NOT NULL,
  -- Orders that hold it.
  orders        BIGINT NOT NULL CHECK (orders >= 0),
  -- Of these the ones within the best sellers' window.
  recent_orders BIGINT NOT NULL CHECK (recent_orders >= 0),
  -- Changes of the item, of its orders and of its pairs: store/item_cache.h.
  changes       BIGINT NOT NULL
);
CREATE INDEX item_count_best ON item_count (recent_orders DESC, code) WHERE recent_orders > 0;

-- Orders that hold an item, by the order's day: days of UTC since 1970-01-01.
CREATE TABLE item_day (
  day    BIGINT NOT NULL,
  item   BIGINT NOT NULL,
  orders BIGINT NOT NULL CHECK (orders > 0),
  PRIMARY KEY (day, item)
) WITHOUT ROWID;
CREATE INDEX item_day_item ON item_day (item, day);

-- One row: what concerns all items.
CREATE TABLE tally (
  one        INTEGER PRIMARY KEY CHECK (one = 1),
  -- Orders that hold any item.
  orders     BIGINT NOT NULL CHECK (orders >= 0),
  -- The last day of the best sellers' window: the latest that has an order. NULL if none has.
  latest_day BIGINT,
  -- Moves whenever item_count.changes of any item does.
  changes    BIGINT NOT NULL
);
INSERT INTO tally VALUES (1, 0, NULL, 0);

-- How many orders hold an item and another one, for a block of other items: domain/pair_block.h.
-- Each pair stands in the rows of both its items.
CREATE TABLE pair_block (
  -- item × 2^20 + number of the block.
  key    INTEGER PRIMARY KEY,
  counts BLOB NOT NULL
);

-- Customers of whom something is kept. A key is never used again, so what bore that of a deleted
-- customer speaks of nobody.
CREATE TABLE customer (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Without "customers/".
  id  TEXT NOT NULL UNIQUE
);

-- Orders as they are counted, by their natural key. Cancelled ones are not here.
CREATE TABLE receipt (
  key        INTEGER PRIMARY KEY,
  source     TEXT NOT NULL,
  number     TEXT NOT NULL,
  -- customer-svc's name of the order now, "orders/{order}"; another one after it was restored.
  order_name TEXT NOT NULL,
  -- NULL if unknown.
  customer   BIGINT,
  store      TEXT NOT NULL,
  order_time BIGINT NOT NULL,
  -- The items sold, their quantities, and which of them count: store/receipts.cc.
  sold       BLOB NOT NULL,
  -- What its returns took back of which orders, likewise; empty for most.
  returned   BLOB NOT NULL,
  -- The last rebuild that found it; 0 if it was only followed.
  generation BIGINT NOT NULL,
  -- OrderFacts.version of what it says; 0: unknown.
  version    BIGINT NOT NULL,
  UNIQUE (source, number)
);
CREATE INDEX receipt_order ON receipt (order_name);
CREATE INDEX receipt_generation ON receipt (generation);
CREATE INDEX receipt_customer ON receipt (customer, order_time) WHERE customer IS NOT NULL;

-- What all returns together took back of an order, by item, in millionths. Returns may be known
-- before the order is.
CREATE TABLE taken_back (
  order_name TEXT NOT NULL,
  item       BIGINT NOT NULL,
  quantity   BIGINT NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (order_name, item)
) WITHOUT ROWID;

-- Items that a customer looked at, with the latest time; the latest few of each customer.
CREATE TABLE viewed (
  customer  BIGINT NOT NULL,
  item      BIGINT NOT NULL,
  view_time BIGINT NOT NULL,
  store     TEXT NOT NULL,
  PRIMARY KEY (customer, item)
) WITHOUT ROWID;

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

-- Orders that were cancelled, which they stay: an older word of one that comes late is not followed.
CREATE TABLE cancelled_order (
  -- "orders/{order}".
  order_name TEXT PRIMARY KEY,
  -- OrderFacts.version of the cancelled order.
  version    BIGINT NOT NULL
) WITHOUT ROWID;
