-- Segments with their stored members, and RFM scores.

-- One row: what segments as a whole rest on.
CREATE TABLE segment_state (
  one       INTEGER PRIMARY KEY CHECK (one = 1),
  -- Fingerprint of all filters in force and of what they are compiled with; '' while there is none.
  plan      TEXT NOT NULL,
  -- When the task that looks at due timers will run, µs UTC; the greatest number if it will not.
  timer_due BIGINT NOT NULL
);
INSERT INTO segment_state (one, plan, timer_due) VALUES (1, '', 9223372036854775807);

-- What callers say and see.
CREATE TABLE segment (
  key           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  display_name  TEXT NOT NULL,
  description   TEXT NOT NULL,
  filter        TEXT NOT NULL,
  -- 1 computing, 2 ready, 3 failed.
  state         BIGINT NOT NULL,
  -- Why it failed, a google.rpc.Code; 0 and '' otherwise.
  error_code    BIGINT NOT NULL,
  error_reason  TEXT NOT NULL,
  error_message TEXT NOT NULL,
  -- Counts the changes by callers; the version mark.
  version       BIGINT NOT NULL,
  ready_time    BIGINT,
  create_time   BIGINT NOT NULL,
  update_time   BIGINT NOT NULL
);

-- The customers who meet one filter of one segment. A new filter gets a set of its own, which is
-- found while the old one goes on to serve; then they change places.
CREATE TABLE segment_set (
  -- Never used again: members of a set that was given up are deleted later, in steps.
  key           INTEGER PRIMARY KEY AUTOINCREMENT,
  -- Key of the segment; 0 when it has been deleted.
  segment       BIGINT NOT NULL,
  filter        TEXT NOT NULL,
  -- 1 live: these are the segment's members. 2 staged: being found. 3 outgoing: what followers of
  -- the feed know, while the differences to the live set are being published. 4 dead.
  role          BIGINT NOT NULL,
  member_count  BIGINT NOT NULL,
  -- Staged: customers with keys up to this one have been looked at, and how many they were.
  scanned       BIGINT NOT NULL,
  scanned_count BIGINT NOT NULL,
  scan_total    BIGINT NOT NULL,
  -- Outgoing: differences are published for customers with ids up to this one.
  announced     TEXT NOT NULL
);
CREATE INDEX segment_set_segment ON segment_set (segment, role);
CREATE INDEX segment_set_role ON segment_set (role);

-- Keyed by the customer's id, in whose order members are listed.
CREATE TABLE segment_member (
  segment_set BIGINT NOT NULL,
  customer    TEXT NOT NULL,
  enter_time  BIGINT NOT NULL,
  PRIMARY KEY (segment_set, customer)
) WITHOUT ROWID;
CREATE INDEX segment_member_customer ON segment_member (customer, segment_set);

-- When a customer may enter or leave although no fact comes.
CREATE TABLE segment_timer (
  segment_set BIGINT NOT NULL,
  -- Key of the customer.
  customer    BIGINT NOT NULL,
  due         BIGINT NOT NULL,
  PRIMARY KEY (segment_set, customer)
) WITHOUT ROWID;
CREATE INDEX segment_timer_due ON segment_timer (due, customer, segment_set);

-- One row: the scoring that counts. Version 0: there was none.
CREATE TABLE rfm_state (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  version        BIGINT NOT NULL,
  -- The version last begun; numbers are never used again.
  last_version   BIGINT NOT NULL,
  -- Days since 1970-01-01.
  as_of          BIGINT NOT NULL,
  compute_time   BIGINT NOT NULL,
  customer_count BIGINT NOT NULL
);
INSERT INTO rfm_state (one, version, last_version, as_of, compute_time, customer_count)
VALUES (1, 0, 0, 0, 0, 0);

CREATE TABLE rfm_score (
  version        BIGINT NOT NULL,
  -- Key of the customer.
  customer       BIGINT NOT NULL,
  -- 1 to 5.
  recency        BIGINT NOT NULL,
  frequency      BIGINT NOT NULL,
  monetary       BIGINT NOT NULL,
  recency_days   BIGINT NOT NULL,
  order_days     BIGINT NOT NULL,
  revenue_micros BIGINT NOT NULL,
  PRIMARY KEY (version, customer)
) WITHOUT ROWID;

CREATE TABLE rfm_cell (
  version        BIGINT NOT NULL,
  recency        BIGINT NOT NULL,
  frequency      BIGINT NOT NULL,
  monetary       BIGINT NOT NULL,
  customer_count BIGINT NOT NULL,
  revenue_micros BIGINT NOT NULL,
  PRIMARY KEY (version, recency, frequency, monetary)
) WITHOUT ROWID;

-- Counts and samples the customers of a store for callers who see no others. Customers without a
-- home store cost nothing.
CREATE INDEX customer_home_store ON customer (home_store) WHERE home_store <> '';
