-- What other services have told of customers, and moves of segments, for the timeline.

-- What loyalty-svc says of a member as it stands. A customer who is none has no row.
CREATE TABLE loyalty_state (
  -- Key of the customer.
  customer INTEGER PRIMARY KEY,
  -- Name of the member there.
  member   TEXT NOT NULL,
  -- '' for none.
  tier     TEXT NOT NULL,
  balance  BIGINT NOT NULL,
  -- The rebuild that saw it last; 0 for what events alone have told.
  generation BIGINT NOT NULL DEFAULT 0
);

-- How a customer took campaign-svc's messages. A customer who was sent none has no row.
CREATE TABLE engagement (
  -- Key of the customer.
  customer        INTEGER PRIMARY KEY,
  sends           BIGINT NOT NULL,
  opens           BIGINT NOT NULL,
  clicks          BIGINT NOT NULL,
  bounces         BIGINT NOT NULL,
  last_send_time  BIGINT,
  last_open_time  BIGINT,
  last_click_time BIGINT
);

-- What happened with a customer and stands in no other table.
CREATE TABLE timeline_entry (
  -- Key of the customer.
  customer   BIGINT NOT NULL,
  event_time BIGINT NOT NULL,
  -- What it was, so that the same told twice is one: "messages/06g… opened".
  reference  TEXT NOT NULL,
  -- TimelineEvent.Kind.
  kind       BIGINT NOT NULL,
  -- A serialised TimelineEvent.
  entry      BLOB NOT NULL,
  PRIMARY KEY (customer, event_time, reference)
) WITHOUT ROWID;
CREATE UNIQUE INDEX timeline_entry_reference ON timeline_entry (customer, reference);
