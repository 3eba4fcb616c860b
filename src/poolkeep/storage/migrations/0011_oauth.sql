-- Managed login. Codes and cookies are kept as hashes; what they stand for is sealed.

CREATE TABLE oauth_codes (
  pool_id TEXT NOT NULL,
  code_hash BYTEA NOT NULL,
  client_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  origin_jti TEXT,
  used_ms BIGINT,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, code_hash)
);
CREATE INDEX oauth_codes_by_expiry ON oauth_codes (expires_ms);

CREATE TABLE browser_sessions (
  pool_id TEXT NOT NULL,
  session_hash BYTEA NOT NULL,
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  authenticated_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, session_hash)
);
CREATE INDEX browser_sessions_of_user ON browser_sessions (pool_id, user_id);
CREATE INDEX browser_sessions_by_expiry ON browser_sessions (expires_ms);

CREATE TABLE hosted_flows (
  pool_id TEXT NOT NULL,
  flow_hash BYTEA NOT NULL,
  sealed BYTEA NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, flow_hash)
);
CREATE INDEX hosted_flows_by_expiry ON hosted_flows (expires_ms);

-- Authorization requests that clients pushed (RFC 9126).
CREATE TABLE pushed_requests (
  pool_id TEXT NOT NULL,
  request_hash BYTEA NOT NULL,
  client_id TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, request_hash)
);
CREATE INDEX pushed_requests_by_expiry ON pushed_requests (expires_ms);

-- Devices that wait until their user has signed in elsewhere (RFC 8628). `state` is pending,
-- granted, denied or used; `sealed` holds the request, and once granted who signed in.
CREATE TABLE device_grants (
  pool_id TEXT NOT NULL,
  device_hash BYTEA NOT NULL,
  user_code_hash BYTEA NOT NULL,
  client_id TEXT NOT NULL,
  state TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  polled_ms BIGINT NOT NULL,
  interval_s BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, device_hash),
  UNIQUE (pool_id, user_code_hash)
);
CREATE INDEX device_grants_by_expiry ON device_grants (expires_ms);

-- Proofs of possession that were seen (RFC 9449): each counts once.
CREATE TABLE dpop_proofs (
  pool_id TEXT NOT NULL,
  proof_hash BYTEA NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, proof_hash)
);
CREATE INDEX dpop_proofs_by_expiry ON dpop_proofs (expires_ms);
