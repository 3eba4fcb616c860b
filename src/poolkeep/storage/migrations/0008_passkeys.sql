-- Attempts whose handle is too small for them: custom authentication keeps what functions keep.
CREATE TABLE kept_attempts (
  pool_id TEXT NOT NULL,
  handle TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, handle)
);
CREATE INDEX kept_attempts_by_expiry ON kept_attempts (expires_ms);

-- A WebAuthn credential signs one user of one pool in. What it is stands sealed in `document`,
-- bound to its row; how often it was used stands beside it, for updates with a condition.
CREATE TABLE passkeys (
  pool_id TEXT NOT NULL,
  credential_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  used_ms BIGINT NOT NULL,
  sign_count BIGINT NOT NULL,
  backed_up SMALLINT NOT NULL,
  document BYTEA NOT NULL,
  PRIMARY KEY (pool_id, credential_id)
);
CREATE INDEX passkeys_of_user ON passkeys (pool_id, user_id, created_ms, credential_id);

-- The challenge of a registration under way; a later one takes its place.
CREATE TABLE passkey_challenges (
  pool_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  challenge BYTEA NOT NULL,
  client_id TEXT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, user_id)
);
CREATE INDEX passkey_challenges_by_expiry ON passkey_challenges (expires_ms);
