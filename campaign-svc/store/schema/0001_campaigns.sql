-- Everything that campaign-svc keeps. Times are µs since 1970, ids text; enumerations are the
-- numbers of domain/.

-- One row.
CREATE TABLE campaign_settings (
  one            INTEGER PRIMARY KEY CHECK (one = 1),
  public_url     TEXT NOT NULL,
  company_name   TEXT NOT NULL,
  postal_address TEXT NOT NULL,
  from_address   TEXT NOT NULL,
  from_name      TEXT NOT NULL,
  reply_to       TEXT NOT NULL,
  max_per_second BIGINT NOT NULL,
  version        BIGINT NOT NULL,
  update_time    BIGINT
);
INSERT INTO campaign_settings VALUES (1, '', '', '', '', '', '', 0, 1, NULL);

-- One row: the life of the store that messages were last sent in; '' before the first. A store that
-- was restored from a backup has another one.
CREATE TABLE known_epoch (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  epoch TEXT NOT NULL
);
INSERT INTO known_epoch VALUES (1, '');

-- Secrets that sign links and hash addresses. The newest signs; none is ever taken away, for links
-- are good for ever.
CREATE TABLE link_key (
  id          INTEGER PRIMARY KEY,
  secret      BLOB NOT NULL,
  create_time BIGINT NOT NULL
);

-- Keys are never given twice: compiled contents are remembered by them.
CREATE TABLE template (
  key          INTEGER PRIMARY KEY AUTOINCREMENT,
  id           TEXT NOT NULL UNIQUE,
  display_name TEXT NOT NULL,
  channel      BIGINT NOT NULL,
  purpose      BIGINT NOT NULL,
  -- Of the newest version, as is its number.
  topic        TEXT NOT NULL,
  number       BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  create_time  BIGINT NOT NULL,
  update_time  BIGINT NOT NULL
);

-- Contents, and the topics that they were sent under; never changed.
CREATE TABLE template_version (
  template    BIGINT NOT NULL,
  number      BIGINT NOT NULL,
  subject     TEXT NOT NULL,
  text_body   TEXT NOT NULL,
  html_body   TEXT NOT NULL,
  -- A JSON list.
  variables   TEXT NOT NULL,
  topic       TEXT NOT NULL,
  create_time BIGINT NOT NULL,
  PRIMARY KEY (template, number)
);

CREATE TABLE campaign (
  key               INTEGER PRIMARY KEY,
  id                TEXT NOT NULL UNIQUE,
  display_name      TEXT NOT NULL,
  description       TEXT NOT NULL,
  template          BIGINT NOT NULL,
  -- 0 until it starts.
  template_number   BIGINT NOT NULL,
  trigger_kind      BIGINT NOT NULL,
  segment           TEXT NOT NULL,
  planned_time      BIGINT,
  state             BIGINT NOT NULL,
  audience_complete BIGINT NOT NULL,
  recipients        BIGINT NOT NULL,
  sent              BIGINT NOT NULL,
  skipped           BIGINT NOT NULL,
  failed            BIGINT NOT NULL,
  bounced           BIGINT NOT NULL,
  unknown           BIGINT NOT NULL,
  opened            BIGINT NOT NULL,
  clicked           BIGINT NOT NULL,
  unsubscribed      BIGINT NOT NULL,
  error_code        BIGINT NOT NULL,
  error_reason      TEXT NOT NULL,
  error_message     TEXT NOT NULL,
  version           BIGINT NOT NULL,
  create_time       BIGINT NOT NULL,
  update_time       BIGINT NOT NULL,
  start_time        BIGINT,
  -- When it was last started or resumed.
  running_time      BIGINT,
  finish_time       BIGINT
);
CREATE INDEX campaign_state ON campaign (state);
CREATE INDEX campaign_segment ON campaign (segment, trigger_kind);
CREATE INDEX campaign_template ON campaign (template);

-- One row for each recipient, written before anything is handed over.
CREATE TABLE message (
  key              INTEGER PRIMARY KEY,
  id               TEXT NOT NULL UNIQUE,
  origin           BIGINT NOT NULL,
  -- 0 for those of no campaign.
  campaign         BIGINT NOT NULL,
  template         BIGINT NOT NULL,
  template_number  BIGINT NOT NULL,
  customer         TEXT NOT NULL,
  address          TEXT NOT NULL,
  variables        TEXT NOT NULL,
  sender_key       TEXT NOT NULL,
  state            BIGINT NOT NULL,
  reason           TEXT NOT NULL,
  smtp_code        BIGINT NOT NULL,
  attempts         BIGINT NOT NULL,
  -- Attempts that nobody knows the end of.
  doubts           BIGINT NOT NULL,
  create_time      BIGINT NOT NULL,
  due_time         BIGINT NOT NULL,
  -- While it is claimed: by which run of the process, and until when.
  holder           BIGINT NOT NULL,
  lease_until      BIGINT NOT NULL,
  first_time       BIGINT,
  finish_time      BIGINT,
  open_time        BIGINT,
  click_time       BIGINT,
  unsubscribe_time BIGINT
);
-- Nobody gets a campaign twice, ever. An erased person's rows bear no customer any more.
CREATE UNIQUE INDEX message_recipient ON message (campaign, customer)
  WHERE campaign <> 0 AND customer <> '';
CREATE UNIQUE INDEX message_sender_key ON message (sender_key) WHERE sender_key <> '';
-- What waits, by lane: campaign 0 is the lane of single messages.
CREATE INDEX message_waiting ON message (campaign, due_time) WHERE state = 1;
-- What is claimed: a few hundred at most.
CREATE INDEX message_claimed ON message (holder, lease_until) WHERE state IN (2, 3);
CREATE INDEX message_campaign ON message (campaign, key);
CREATE INDEX message_customer ON message (customer, key) WHERE customer <> '';
CREATE INDEX message_template ON message (template);

-- One row: how many single messages wait. Counting them takes the longer the more there are, which
-- is just when each new one asks.
CREATE TABLE waiting_singles (
  one   INTEGER PRIMARY KEY CHECK (one = 1),
  count BIGINT NOT NULL
);
INSERT INTO waiting_singles VALUES (1, 0);
CREATE TRIGGER single_comes AFTER INSERT ON message
WHEN NEW.campaign = 0 AND NEW.state = 1
BEGIN UPDATE waiting_singles SET count = count + 1; END;
CREATE TRIGGER single_moves AFTER UPDATE OF state ON message
WHEN NEW.campaign = 0 AND (OLD.state = 1) <> (NEW.state = 1)
BEGIN UPDATE waiting_singles SET count = count + (NEW.state = 1) - (OLD.state = 1); END;
CREATE TRIGGER single_goes AFTER DELETE ON message
WHEN OLD.campaign = 0 AND OLD.state = 1
BEGIN UPDATE waiting_singles SET count = count - 1; END;

CREATE TABLE suppression (
  key          INTEGER PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  cause        BIGINT NOT NULL,
  channel      BIGINT NOT NULL,
  -- "": all.
  topic        TEXT NOT NULL,
  -- "" where only the address is known.
  customer     TEXT NOT NULL,
  -- A keyed hash of the folded address, or "".
  address_hash TEXT NOT NULL,
  create_time  BIGINT NOT NULL
);
CREATE UNIQUE INDEX suppression_what ON suppression (customer, address_hash, channel, topic);
CREATE INDEX suppression_address ON suppression (address_hash) WHERE address_hash <> '';

-- Who was erased and is looked for in remembered replies still. Keys only grow: a task goes through
-- them.
CREATE TABLE erasure (
  key      INTEGER PRIMARY KEY AUTOINCREMENT,
  erasure  TEXT NOT NULL,
  customer TEXT NOT NULL,
  UNIQUE (erasure, customer)
);

-- Openings and clicks as they come in; a task counts them and takes them away.
CREATE TABLE hit (
  key     INTEGER PRIMARY KEY,
  message TEXT NOT NULL,
  -- 'o' or 'c'.
  kind    TEXT NOT NULL,
  time    BIGINT NOT NULL
);
