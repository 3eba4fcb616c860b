-- Identity pools, each one document: settings, roles, role mappings, tags.
CREATE TABLE identity_pools (
  identity_pool_id TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  version BIGINT NOT NULL,
  body TEXT NOT NULL
);
CREATE INDEX identity_pools_of_account ON identity_pools (account, identity_pool_id);

-- Who uses a pool's credentials. `version` guards the logins, too: who changes them moves it on.
CREATE TABLE pool_identities (
  identity_id TEXT PRIMARY KEY,
  identity_pool_id TEXT NOT NULL,
  state TEXT NOT NULL,
  merged_into TEXT,
  version BIGINT NOT NULL,
  created_ms BIGINT NOT NULL,
  modified_ms BIGINT NOT NULL
);
CREATE INDEX pool_identities_of_pool ON pool_identities (identity_pool_id, identity_id);

-- One login belongs to one identity of a pool. A subject may be too long for an index.
CREATE TABLE identity_logins (
  identity_pool_id TEXT NOT NULL,
  provider TEXT NOT NULL,
  subject_hash TEXT NOT NULL,
  subject TEXT NOT NULL,
  identity_id TEXT NOT NULL,
  PRIMARY KEY (identity_pool_id, provider, subject_hash)
);
CREATE INDEX identity_logins_of_identity ON identity_logins (identity_id, provider, subject_hash);

-- Deleted pools whose identities are still to be removed.
CREATE TABLE identity_pool_purges (
  identity_pool_id TEXT PRIMARY KEY,
  deleted_ms BIGINT NOT NULL
);

-- What signs the OpenID tokens of identities, in the database of the default region.
CREATE TABLE identity_signing_keys (
  number BIGINT PRIMARY KEY,
  kid TEXT NOT NULL,
  private_key BYTEA NOT NULL,
  certificate BYTEA NOT NULL,
  created_ms BIGINT NOT NULL
);
