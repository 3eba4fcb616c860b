-- Times are milliseconds UTC. Booleans are 0 or 1. `document` columns hold JSON as bytes.
-- Keys begin with the pool, which is what a distributed PostgreSQL would shard by.

CREATE TABLE meta (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE config_epoch (
  one SMALLINT PRIMARY KEY,
  epoch BIGINT NOT NULL
);
INSERT INTO config_epoch (one, epoch) VALUES (1, 1);

CREATE TABLE keyring (
  pool_id TEXT NOT NULL,
  key_id TEXT NOT NULL,
  wrapped BYTEA NOT NULL,
  created_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, key_id)
);

CREATE TABLE access_keys (
  access_key_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  principal TEXT NOT NULL,
  secret BYTEA NOT NULL,
  active SMALLINT NOT NULL,
  created_ms BIGINT NOT NULL
);

CREATE TABLE user_pools (
  pool_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  version BIGINT NOT NULL,
  document BYTEA NOT NULL
);
CREATE INDEX user_pools_of_account ON user_pools (account, created_ms, pool_id);

CREATE TABLE signing_keys (
  pool_id TEXT NOT NULL,
  kid TEXT NOT NULL,
  token_use TEXT NOT NULL,
  active_from_ms BIGINT NOT NULL,
  retired_ms BIGINT,
  gone_ms BIGINT,
  created_ms BIGINT NOT NULL,
  private_key BYTEA NOT NULL,
  public_key BYTEA NOT NULL,
  PRIMARY KEY (pool_id, kid)
);

CREATE TABLE app_clients (
  client_id TEXT PRIMARY KEY,
  pool_id TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  secrets BYTEA
);
CREATE INDEX app_clients_of_pool ON app_clients (pool_id, created_ms, client_id);

CREATE TABLE user_groups (
  pool_id TEXT NOT NULL,
  group_name TEXT NOT NULL,
  description TEXT,
  role_arn TEXT,
  precedence BIGINT,
  created_ms BIGINT NOT NULL,
  modified_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, group_name)
);
CREATE INDEX user_groups_by_age ON user_groups (pool_id, created_ms, group_name);

CREATE TABLE memberships (
  pool_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  group_name TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, user_id, group_name)
);
CREATE INDEX memberships_of_group ON memberships (pool_id, group_name, user_id);

CREATE TABLE users (
  pool_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  username TEXT NOT NULL,
  status TEXT NOT NULL,
  enabled SMALLINT NOT NULL,
  created_ms BIGINT NOT NULL,
  modified_ms BIGINT NOT NULL,
  version BIGINT NOT NULL,
  signed_out_ms BIGINT NOT NULL,
  document BYTEA NOT NULL,
  credential BYTEA,
  PRIMARY KEY (pool_id, user_id)
);
CREATE INDEX users_by_age ON users (pool_id, created_ms, user_id);

-- Every string that signs a user in: username, sub, verified alias, e-mail or phone as username.
-- The primary key is what makes two users with one name impossible.
CREATE TABLE logins (
  pool_id TEXT NOT NULL,
  login_key TEXT NOT NULL,
  user_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  PRIMARY KEY (pool_id, login_key)
);
CREATE INDEX logins_of_user ON logins (pool_id, user_id);

-- One row for each attribute that ListUsers can filter by.
CREATE TABLE user_index (
  pool_id TEXT NOT NULL,
  attribute TEXT NOT NULL,
  value_key TEXT NOT NULL,
  user_id TEXT NOT NULL,
  PRIMARY KEY (pool_id, attribute, value_key, user_id)
);
CREATE INDEX user_index_of_user ON user_index (pool_id, user_id);

CREATE TABLE codes (
  pool_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  purpose TEXT NOT NULL,
  digest BYTEA NOT NULL,
  attribute TEXT NOT NULL,
  value_key TEXT NOT NULL,
  client_id TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, user_id, purpose)
);
CREATE INDEX codes_by_expiry ON codes (expires_ms);

CREATE TABLE attempts (
  pool_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  used BIGINT NOT NULL,
  window_ends_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, subject, kind)
);
CREATE INDEX attempts_by_expiry ON attempts (window_ends_ms);

CREATE TABLE lockouts (
  pool_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  kind TEXT NOT NULL,
  failures BIGINT NOT NULL,
  last_failure_ms BIGINT NOT NULL,
  locked_until_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, subject, kind)
);
CREATE INDEX lockouts_by_age ON lockouts (last_failure_ms);

CREATE TABLE spent_handles (
  pool_id TEXT NOT NULL,
  handle TEXT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, handle)
);
CREATE INDEX spent_handles_by_expiry ON spent_handles (expires_ms);

CREATE TABLE revocations (
  pool_id TEXT NOT NULL,
  origin_jti TEXT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, origin_jti)
);
CREATE INDEX revocations_by_expiry ON revocations (expires_ms);

-- A rotated refresh token and until when it still answers.
CREATE TABLE rotations (
  pool_id TEXT NOT NULL,
  token_id TEXT NOT NULL,
  grace_ends_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, token_id)
);
CREATE INDEX rotations_by_expiry ON rotations (expires_ms);

CREATE TABLE outbox (
  message_id TEXT PRIMARY KEY,
  pool_id TEXT NOT NULL,
  medium TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  created_ms BIGINT NOT NULL,
  due_at_ms BIGINT NOT NULL,
  lease_until_ms BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  parked SMALLINT NOT NULL,
  last_error TEXT NOT NULL
);
CREATE INDEX outbox_due ON outbox (parked, due_at_ms);

-- What the development transport delivered, for the inbox page.
CREATE TABLE inbox (
  message_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  pool_id TEXT NOT NULL,
  recipient_digest BYTEA NOT NULL,
  sealed BYTEA NOT NULL,
  created_ms BIGINT NOT NULL,
  sequence BIGINT NOT NULL
);
CREATE INDEX inbox_by_recipient ON inbox (recipient_digest, sequence);
CREATE INDEX inbox_by_age ON inbox (sequence);

CREATE TABLE auth_events (
  pool_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  event_id TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  document BYTEA NOT NULL,
  PRIMARY KEY (pool_id, user_id, event_id)
);
CREATE INDEX auth_events_by_age ON auth_events (pool_id, user_id, created_ms);

CREATE TABLE audit (
  entry_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  document BYTEA NOT NULL
);
CREATE INDEX audit_of_account ON audit (account, created_ms);
