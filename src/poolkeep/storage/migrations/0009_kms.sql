-- Keys that encrypt the codes for custom senders, sealed under the installation's key.
CREATE TABLE kms_keys (
  key_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  region TEXT NOT NULL,
  description TEXT NOT NULL,
  sealed BYTEA NOT NULL,
  created_ms BIGINT NOT NULL
);
