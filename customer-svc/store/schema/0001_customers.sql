-- Customers, what identifies and describes them, the attributes that the company has declared, its
-- settings and its currency rates.

CREATE TABLE company_settings (
  one               INTEGER PRIMARY KEY CHECK (one = 1),
  time_zone         TEXT NOT NULL,
  base_currency     TEXT NOT NULL,
  country           TEXT NOT NULL,
  language          TEXT NOT NULL,
  rate_max_age_days BIGINT NOT NULL,
  -- 1: today; 2: the day after the latest order line.
  rfm_day           BIGINT NOT NULL,
  rfm_nightly       BIGINT NOT NULL,
  -- Counts changes by callers; part of the etag.
  version           BIGINT NOT NULL,
  -- NULL until a caller has changed something.
  update_time       BIGINT
);
INSERT INTO company_settings VALUES (1, 'UTC', 'EUR', '', 'en', 31, 1, 0, 1, NULL);

CREATE TABLE currency_rate (
  currency    TEXT NOT NULL,
  -- 'YYYY-MM-DD'.
  day         TEXT NOT NULL,
  -- Base currency units per unit, in 10^-12: exact for 12 decimals.
  rate        BIGINT NOT NULL CHECK (rate > 0),
  update_time BIGINT NOT NULL,
  PRIMARY KEY (currency, day)
) WITHOUT ROWID;

-- Keys are never used again: values of a deleted definition may outlive it for a while.
CREATE TABLE attribute_definition (
  key            INTEGER PRIMARY KEY AUTOINCREMENT,
  id             TEXT NOT NULL UNIQUE,
  display_name   TEXT NOT NULL,
  description    TEXT NOT NULL,
  -- AttributeDefinition.Type.
  type           BIGINT NOT NULL,
  -- Customers that have a value of it.
  customer_count BIGINT NOT NULL,
  version        BIGINT NOT NULL,
  create_time    BIGINT NOT NULL,
  update_time    BIGINT NOT NULL
);

-- The values that an enum attribute can take, in the order declared.
CREATE TABLE attribute_enum_value (
  definition     BIGINT NOT NULL,
  value          TEXT NOT NULL,
  place          BIGINT NOT NULL,
  -- Customers that have this value.
  customer_count BIGINT NOT NULL,
  PRIMARY KEY (definition, value)
) WITHOUT ROWID;

-- Keys are given in order of time. Tables that hang on a customer begin with its key, so that a new
-- customer's rows are put at the end of each.
CREATE TABLE customer (
  key           INTEGER PRIMARY KEY,
  id            TEXT NOT NULL UNIQUE,
  -- '' if never set: then it is made of the other names.
  display_name  TEXT NOT NULL,
  given_name    TEXT NOT NULL,
  family_name   TEXT NOT NULL,
  company       TEXT NOT NULL,
  -- Customer.Kind: 1 person, 2 company.
  kind          BIGINT NOT NULL,
  language      TEXT NOT NULL,
  country       TEXT NOT NULL,
  -- 1 if a caller or an import has set the country; 0 if orders may.
  country_set   BIGINT NOT NULL,
  time_zone     TEXT NOT NULL,
  home_store    TEXT NOT NULL,
  -- 'YYYY-MM-DD' or '--MM-DD'.
  birthday      TEXT NOT NULL,
  -- Which of the tables below hold rows of this customer: 1 emails, 2 phones, 4 external ids,
  -- 8 tags, 16 attributes, 32 addresses. Saves reading those that do not.
  parts         BIGINT NOT NULL,
  -- Counts changes by callers and imports; part of the etag.
  version       BIGINT NOT NULL,
  create_time   BIGINT NOT NULL,
  update_time   BIGINT NOT NULL
);

CREATE TABLE customer_email (
  customer   BIGINT NOT NULL,
  place      BIGINT NOT NULL,
  -- As written.
  address    TEXT NOT NULL,
  -- As compared.
  folded     TEXT NOT NULL,
  label      TEXT NOT NULL,
  is_primary BIGINT NOT NULL,
  verified   BIGINT NOT NULL,
  PRIMARY KEY (customer, place)
) WITHOUT ROWID;
-- An index of a WITHOUT ROWID table holds the primary key too: it answers who owns an address.
CREATE UNIQUE INDEX customer_email_owner ON customer_email (folded);

CREATE TABLE customer_external_id (
  customer BIGINT NOT NULL,
  place    BIGINT NOT NULL,
  system   TEXT NOT NULL,
  id       TEXT NOT NULL,
  PRIMARY KEY (customer, place)
) WITHOUT ROWID;
-- The id first: a search does not know the system.
CREATE UNIQUE INDEX customer_external_id_owner ON customer_external_id (id, system);

CREATE TABLE customer_phone (
  customer   BIGINT NOT NULL,
  place      BIGINT NOT NULL,
  -- E.164.
  number     TEXT NOT NULL,
  label      TEXT NOT NULL,
  is_primary BIGINT NOT NULL,
  verified   BIGINT NOT NULL,
  PRIMARY KEY (customer, place)
) WITHOUT ROWID;
CREATE INDEX customer_phone_number ON customer_phone (number);

CREATE TABLE customer_tag (
  customer BIGINT NOT NULL,
  tag      TEXT NOT NULL,
  place    BIGINT NOT NULL,
  PRIMARY KEY (customer, tag)
) WITHOUT ROWID;

-- One column holds the value, as the type of the definition says: `integer` booleans (0, 1),
-- integers, decimals (millionths) and times (µs UTC); `text` texts and enum values.
CREATE TABLE customer_attribute (
  customer   BIGINT NOT NULL,
  definition BIGINT NOT NULL,
  integer    BIGINT,
  text       TEXT,
  PRIMARY KEY (customer, definition)
) WITHOUT ROWID;

CREATE TABLE customer_address (
  customer    BIGINT NOT NULL,
  place       BIGINT NOT NULL,
  label       TEXT NOT NULL,
  recipient   TEXT NOT NULL,
  -- Joined by line feeds.
  lines       TEXT NOT NULL,
  locality    TEXT NOT NULL,
  region      TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  country     TEXT NOT NULL,
  is_primary  BIGINT NOT NULL,
  PRIMARY KEY (customer, place)
) WITHOUT ROWID;

-- The folded words of a customer's names, once from each word on: "johanna muller" and "muller
-- johanna". A range of it finds the beginning of a name in order, the other words beside it.
CREATE TABLE customer_name (
  words    TEXT NOT NULL,
  customer BIGINT NOT NULL,
  PRIMARY KEY (words, customer)
) WITHOUT ROWID;
