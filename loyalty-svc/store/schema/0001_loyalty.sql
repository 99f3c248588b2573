-- The programme, the rule by which it gives points, members, and the ledger.

-- One row.
CREATE TABLE programme (
  one                INTEGER PRIMARY KEY CHECK (one = 1),
  display_name       TEXT NOT NULL,
  -- Programme.Enrolment.
  enrolment          BIGINT NOT NULL,
  -- Millionths of the base currency.
  point_value        BIGINT NOT NULL,
  max_basket_percent BIGINT NOT NULL,
  min_points         BIGINT NOT NULL,
  step_points        BIGINT NOT NULL,
  -- ISO 4217; '' until customer-svc has told.
  base_currency      TEXT NOT NULL,
  -- Counts changes by callers; part of the etag.
  version            BIGINT NOT NULL,
  update_time        BIGINT
);
INSERT INTO programme VALUES (1, 'Points', 1, 10000, 100, 1, 1, '', 1, NULL);

CREATE TABLE tier (
  -- From 0, in the order of the thresholds.
  position     INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  threshold    BIGINT NOT NULL
);

-- Revisions are added, and the latest one is replaced only while no order is known.
CREATE TABLE earning_rule (
  revision        INTEGER PRIMARY KEY,
  -- Holds for orders from this time on, until that of the next revision.
  effective_time  BIGINT NOT NULL,
  points_per_step BIGINT NOT NULL,
  step_amount     BIGINT NOT NULL,
  -- EarningRule.CountedLines and EarningRule.Rounding.
  counted_lines   BIGINT NOT NULL,
  rounding        BIGINT NOT NULL,
  minimum_amount  BIGINT NOT NULL,
  start_time      BIGINT,
  end_time        BIGINT,
  update_time     BIGINT
);
-- One point for each whole 1.00 of products; holds for all times.
INSERT INTO earning_rule VALUES (1, -9223372036854775808, 1, 1000000, 1, 1, 0, NULL, NULL, NULL);

-- Customers that were seen. Everything else speaks of the key, so that forgetting a person is to
-- empty one field.
CREATE TABLE holder (
  key      INTEGER PRIMARY KEY,
  -- Id of customer-svc; NULL once the person was erased.
  customer TEXT UNIQUE
);

-- Customers who were erased, as fingerprints of their ids: whoever still names one (a till, an event
-- that was parked) makes no holder of it again.
CREATE TABLE erased (fingerprint INTEGER PRIMARY KEY);

CREATE TABLE member (
  -- Key of the holder.
  key           INTEGER PRIMARY KEY,
  -- Grows with the time of joining.
  id            TEXT NOT NULL UNIQUE,
  -- Member.State.
  state         BIGINT NOT NULL,
  -- What the postings add up to; negative: owed.
  balance       BIGINT NOT NULL,
  qualifying    BIGINT NOT NULL,
  -- Id of the tier; '' for none.
  tier          TEXT NOT NULL,
  -- Orders before do not count; NULL: all do.
  counted_from  BIGINT,
  -- Number of the latest posting.
  posting_count BIGINT NOT NULL,
  create_time   BIGINT NOT NULL,
  close_time    BIGINT
);

-- The programme's side of the ledger. All balances, members' and these, add up to 0.
CREATE TABLE account (
  key           INTEGER PRIMARY KEY,
  balance       BIGINT NOT NULL,
  -- Number of the latest posting.
  posting_count BIGINT NOT NULL
);
INSERT INTO account VALUES (1, 0, 0), (2, 0, 0), (3, 0, 0);

-- Orders as far as points are concerned. (source, number) is a receipt for ever, whatever ids
-- customer-svc gives it.
CREATE TABLE receipt (
  key             INTEGER PRIMARY KEY,
  order_id        TEXT NOT NULL UNIQUE,
  source          TEXT NOT NULL,
  number          TEXT NOT NULL,
  -- Key of the customer; NULL if unknown.
  holder          BIGINT,
  order_time      BIGINT NOT NULL,
  store           TEXT NOT NULL,
  cancelled       BIGINT NOT NULL,
  -- Whether something was sold.
  has_sale        BIGINT NOT NULL,
  -- Whether there are returns of it that are linked to sold lines.
  has_links       BIGINT NOT NULL,
  -- What its sales earn, and what its returns without a sold line take.
  earned          BIGINT NOT NULL,
  unlinked        BIGINT NOT NULL,
  -- The sold lines that the earned points belong to: id, quantity, amount.
  counted         BLOB NOT NULL,
  -- What stands in the ledger for it, and with which member; NULL: nothing was ever posted.
  standing        BIGINT NOT NULL,
  standing_member BIGINT,
  -- The event that this state is from: the feed's epoch as a fingerprint, and the position in it; 0
  -- for what a rebuild read.
  epoch           BIGINT NOT NULL,
  position        BIGINT NOT NULL
);
CREATE UNIQUE INDEX receipt_number ON receipt (source, number);
CREATE INDEX receipt_holder ON receipt (holder) WHERE holder IS NOT NULL;
CREATE INDEX receipt_time ON receipt (order_time);
-- For whoever checks what stands with a member.
CREATE INDEX receipt_standing ON receipt (standing_member, standing)
  WHERE standing_member IS NOT NULL;

-- What returns took back, by the order that sold, whether or not it is known already.
CREATE TABLE return_link (
  -- Id of that order.
  sold_order     TEXT NOT NULL,
  -- Key of the receipt that returns.
  return_receipt BIGINT NOT NULL,
  line_id        TEXT NOT NULL,
  -- Millionths.
  quantity       BIGINT NOT NULL,
  PRIMARY KEY (sold_order, return_receipt, line_id)
) WITHOUT ROWID;
CREATE INDEX return_link_return ON return_link (return_receipt);

-- The ledger: each row moves points between a member's account and one of the programme's, so it
-- balances by its make. Rows of a member stand together, in order.
CREATE TABLE posting (
  -- Key of the member.
  member         BIGINT NOT NULL,
  -- From 1, without gaps.
  number         BIGINT NOT NULL,
  -- Posting.Kind.
  kind           BIGINT NOT NULL,
  points         BIGINT NOT NULL CHECK (points <> 0),
  balance_after  BIGINT NOT NULL,
  qualifying     BIGINT NOT NULL,
  -- Key of the programme's account, and the posting's number there: from 1, without gaps.
  account        BIGINT NOT NULL,
  account_number BIGINT NOT NULL,
  -- Keys of the receipt whose points these are, and of the one that set the posting off.
  receipt        BIGINT,
  cause          BIGINT,
  reason_code    TEXT NOT NULL,
  reference      TEXT NOT NULL,
  create_time    BIGINT NOT NULL,
  PRIMARY KEY (member, number)
) WITHOUT ROWID;
CREATE TRIGGER posting_stays BEFORE UPDATE ON posting
BEGIN SELECT RAISE(ABORT, 'postings are never changed'); END;
CREATE TRIGGER posting_remains BEFORE DELETE ON posting
BEGIN SELECT RAISE(ABORT, 'postings are never taken away'); END;

-- What is left of what postings gave. Together they are the member's balance, where it is positive.
CREATE TABLE lot (
  member    BIGINT NOT NULL,
  -- Number of the posting.
  number    BIGINT NOT NULL,
  receipt   BIGINT,
  remaining BIGINT NOT NULL CHECK (remaining > 0),
  PRIMARY KEY (member, number)
) WITHOUT ROWID;
-- A taking begins with the lots of its own receipt.
CREATE INDEX lot_receipt ON lot (member, receipt) WHERE receipt IS NOT NULL;
