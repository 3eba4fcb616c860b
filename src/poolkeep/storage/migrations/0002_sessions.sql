-- Tracked sessions of pools that track them. A token session stands for one lineage of refresh
-- tokens and names its origin_jti; an SSO session stands for a browser and has none.

CREATE TABLE sessions (
  pool_id TEXT NOT NULL,
  session_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  origin_jti TEXT,
  origin_session_id TEXT,
  created_ms BIGINT NOT NULL,
  authenticated_ms BIGINT NOT NULL,
  last_active_ms BIGINT NOT NULL,
  expires_ms BIGINT NOT NULL,
  ip_address TEXT NOT NULL,
  device_type TEXT NOT NULL,
  PRIMARY KEY (pool_id, session_id)
);
CREATE INDEX sessions_of_user ON sessions (pool_id, user_id, last_active_ms);
CREATE INDEX sessions_by_expiry ON sessions (expires_ms);
