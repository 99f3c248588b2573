-- Who may do what. Secrets of API keys and of sessions are random and kept as SHA-256; passwords as
-- Argon2id. Only the signing keys are here as they are: whoever can read this file can sign tokens.

CREATE TABLE user_account (
  id                TEXT NOT NULL PRIMARY KEY,
  email             TEXT NOT NULL,
  -- As compared, in lower case.
  email_key         TEXT NOT NULL UNIQUE,
  display_name      TEXT NOT NULL,
  disabled          BIGINT NOT NULL,
  last_sign_in_time BIGINT,
  -- Grows with each change that the API shows as one.
  version           BIGINT NOT NULL,
  create_time       BIGINT NOT NULL,
  update_time       BIGINT NOT NULL
);

-- Roles that are built in are no rows of `role`, so this refers to none.
CREATE TABLE user_role (
  user_id TEXT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
  role_id TEXT NOT NULL,
  PRIMARY KEY (user_id, role_id)
);
CREATE INDEX user_role_role ON user_role (role_id, user_id);

-- No row: the user cannot sign in.
CREATE TABLE user_password (
  user_id     TEXT NOT NULL PRIMARY KEY REFERENCES user_account (id) ON DELETE CASCADE,
  -- PHC string of Argon2id.
  hash        TEXT NOT NULL,
  one_time    BIGINT NOT NULL,
  -- When a one-time password ends; NULL: never.
  expire_time BIGINT,
  update_time BIGINT NOT NULL
);

-- One row while the first administrator still has the password in the file beside the store.
CREATE TABLE first_admin (
  one     INTEGER PRIMARY KEY CHECK (one = 1),
  user_id TEXT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE
);

CREATE TABLE role (
  id           TEXT NOT NULL PRIMARY KEY,
  display_name TEXT NOT NULL,
  description  TEXT NOT NULL,
  -- With spaces between.
  scopes       TEXT NOT NULL,
  version      BIGINT NOT NULL,
  create_time  BIGINT NOT NULL,
  update_time  BIGINT NOT NULL
);

CREATE TABLE api_key (
  id           TEXT NOT NULL PRIMARY KEY,
  display_name TEXT NOT NULL,
  -- With spaces between.
  scopes       TEXT NOT NULL,
  disabled     BIGINT NOT NULL,
  version      BIGINT NOT NULL,
  create_time  BIGINT NOT NULL,
  update_time  BIGINT NOT NULL
);

CREATE TABLE api_key_secret (
  id             TEXT NOT NULL PRIMARY KEY,
  api_key_id     TEXT NOT NULL REFERENCES api_key (id) ON DELETE CASCADE,
  hint           TEXT NOT NULL,
  hash           BLOB NOT NULL,
  create_time    BIGINT NOT NULL,
  last_used_time BIGINT
);
CREATE INDEX api_key_secret_key ON api_key_secret (api_key_id, id);

-- Stores that a user or key is limited to. No rows: all.
CREATE TABLE principal_store (
  -- "users/…" or "apiKeys/…".
  principal TEXT NOT NULL,
  store     TEXT NOT NULL,
  PRIMARY KEY (principal, store)
);

-- A user who is signed in somewhere.
CREATE TABLE session (
  id          TEXT NOT NULL PRIMARY KEY,
  user_id     TEXT NOT NULL REFERENCES user_account (id) ON DELETE CASCADE,
  -- SHA-256 of what all refresh tokens of the session have in common, and of what only the one that
  -- is valid now has: the first without the second is a token that was used before.
  family_hash BLOB NOT NULL UNIQUE,
  token_hash  BLOB NOT NULL,
  create_time BIGINT NOT NULL,
  expire_time BIGINT NOT NULL
);
CREATE INDEX session_user ON session (user_id, id);
CREATE INDEX session_expiry ON session (expire_time);

-- Failed sign-ins, by hash of the address tried or of where they came from.
CREATE TABLE failed_attempt (
  key           BLOB NOT NULL PRIMARY KEY,
  failures      BIGINT NOT NULL,
  last_time     BIGINT NOT NULL,
  blocked_until BIGINT
);
CREATE INDEX failed_attempt_rank ON failed_attempt (failures, last_time);
CREATE INDEX failed_attempt_time ON failed_attempt (last_time);

CREATE TABLE signing_key (
  -- The key id in tokens.
  id          TEXT NOT NULL PRIMARY KEY,
  -- PKCS #8, PEM.
  private_key TEXT NOT NULL,
  -- From when it signs.
  sign_time   BIGINT NOT NULL,
  create_time BIGINT NOT NULL
);
