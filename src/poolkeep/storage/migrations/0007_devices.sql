-- Devices of users. A forgotten device leaves its key behind until `gone_ms`, when the last token
-- that names it has ended: until then nobody may confirm that key again.

CREATE TABLE devices (
  pool_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  device_key TEXT NOT NULL,
  group_key TEXT NOT NULL,
  name TEXT,
  secret BYTEA NOT NULL,
  remembered SMALLINT NOT NULL,
  created_ms BIGINT NOT NULL,
  modified_ms BIGINT NOT NULL,
  authenticated_ms BIGINT NOT NULL,
  tokens_end_ms BIGINT NOT NULL,
  last_ip TEXT NOT NULL,
  gone_ms BIGINT,
  PRIMARY KEY (pool_id, user_id, device_key)
);
CREATE INDEX devices_of_user ON devices (pool_id, user_id, created_ms, device_key);
CREATE INDEX devices_gone ON devices (gone_ms) WHERE gone_ms IS NOT NULL;

-- The sign-in that waits for a device whose client sends no Session; the newest of each device.
CREATE TABLE device_sign_ins (
  pool_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  device_key TEXT NOT NULL,
  source_ip TEXT NOT NULL,
  handle BYTEA NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, user_id, client_id, device_key)
);
CREATE INDEX device_sign_ins_by_expiry ON device_sign_ins (expires_ms);
