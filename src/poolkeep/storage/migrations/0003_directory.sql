-- What stands around the users of a pool: who else vouches for them, what they may reach,
-- where they sign in and what they see there.

CREATE TABLE resource_servers (
  pool_id TEXT NOT NULL,
  identifier TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  PRIMARY KEY (pool_id, identifier)
);
CREATE INDEX resource_servers_by_age ON resource_servers (pool_id, created_ms, identifier);

CREATE TABLE identity_providers (
  pool_id TEXT NOT NULL,
  provider_name TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  secrets BYTEA NOT NULL,
  PRIMARY KEY (pool_id, provider_name)
);
CREATE INDEX identity_providers_by_age ON identity_providers (pool_id, created_ms, provider_name);

CREATE TABLE provider_identifiers (
  pool_id TEXT NOT NULL,
  identifier_key TEXT NOT NULL,
  provider_name TEXT NOT NULL,
  PRIMARY KEY (pool_id, identifier_key)
);
CREATE INDEX provider_identifiers_of_provider ON provider_identifiers (pool_id, provider_name);

CREATE TABLE domains (
  domain TEXT PRIMARY KEY,
  pool_id TEXT NOT NULL,
  account TEXT NOT NULL,
  kind TEXT NOT NULL
);
CREATE UNIQUE INDEX domains_of_pool ON domains (pool_id, kind);
CREATE INDEX domains_of_account ON domains (account, kind);

CREATE TABLE brandings (
  pool_id TEXT NOT NULL,
  branding_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  assets BYTEA NOT NULL,
  PRIMARY KEY (pool_id, branding_id)
);
CREATE UNIQUE INDEX brandings_of_client ON brandings (pool_id, client_id);

CREATE TABLE ui_customizations (
  pool_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  modified_ms BIGINT NOT NULL,
  css TEXT,
  image BYTEA,
  PRIMARY KEY (pool_id, client_id)
);

CREATE TABLE terms (
  pool_id TEXT NOT NULL,
  terms_id TEXT NOT NULL,
  client_id TEXT NOT NULL,
  terms_name TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  version BIGINT NOT NULL,
  document BYTEA NOT NULL,
  PRIMARY KEY (pool_id, terms_id)
);
CREATE UNIQUE INDEX terms_of_client ON terms (pool_id, client_id, terms_name);
CREATE INDEX terms_by_age ON terms (pool_id, created_ms, terms_id);

CREATE TABLE pool_certificates (
  pool_id TEXT PRIMARY KEY,
  created_ms BIGINT NOT NULL,
  private_key BYTEA NOT NULL,
  certificate BYTEA NOT NULL
);

-- An identity of another provider and the one user it is. `is_primary` marks the identity that
-- made the user; the others were linked.
CREATE TABLE identities (
  pool_id TEXT NOT NULL,
  provider_name TEXT NOT NULL,
  attribute_name TEXT NOT NULL,
  value_key TEXT NOT NULL,
  user_id TEXT NOT NULL,
  is_primary SMALLINT NOT NULL,
  created_ms BIGINT NOT NULL,
  document BYTEA NOT NULL,
  PRIMARY KEY (pool_id, provider_name, attribute_name, value_key)
);
CREATE INDEX identities_of_user ON identities (pool_id, user_id, created_ms);

CREATE INDEX auth_events_by_time ON auth_events (created_ms);
