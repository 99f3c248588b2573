-- What customers have said about being written to.

CREATE TABLE consent (
  -- Key of the customer.
  customer    BIGINT NOT NULL,
  -- Counts what the customer has said, from 1, in the order in which it came here.
  number      BIGINT NOT NULL,
  channel     TEXT NOT NULL,
  -- '': the whole channel.
  topic       TEXT NOT NULL,
  -- Consent.State: 1 granted, 2 withdrawn, 3 pending.
  state       BIGINT NOT NULL,
  change_time BIGINT NOT NULL,
  source      TEXT NOT NULL,
  proof       TEXT NOT NULL,
  recorded_by TEXT NOT NULL,
  create_time BIGINT NOT NULL,
  -- 1 if it is what counts for the channel and topic.
  current     BIGINT NOT NULL,
  PRIMARY KEY (customer, number)
) WITHOUT ROWID;
