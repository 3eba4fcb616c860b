-- The authenticator app of a user: `seed` is verified and in force, `pending` waits for its first
-- code. Both are sealed. `used_step` is the newest time step that has proven something.
CREATE TABLE software_tokens (
  pool_id TEXT NOT NULL,
  user_id TEXT NOT NULL,
  seed BYTEA,
  pending BYTEA,
  used_step BIGINT,
  friendly_name TEXT,
  version BIGINT NOT NULL,
  PRIMARY KEY (pool_id, user_id)
);
