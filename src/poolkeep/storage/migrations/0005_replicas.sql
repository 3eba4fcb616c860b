-- A pool and its copy in another region of the installation: one row in each region's database,
-- `region` being the other side. `fence` grows with every worker, so that a late one is refused.
CREATE TABLE user_pool_replicas (
  pool_id TEXT PRIMARY KEY,
  role TEXT NOT NULL,
  region TEXT NOT NULL,
  status TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  document BYTEA NOT NULL,
  fence BIGINT NOT NULL,
  lease_until_ms BIGINT NOT NULL
);
CREATE INDEX user_pool_replicas_by_role ON user_pool_replicas (role, status, pool_id);

-- What a pool's copy has not seen yet. `unit` names the rows of the table that go together,
-- `changes` counts, so that a change during the copying is not forgotten.
CREATE TABLE replica_changes (
  pool_id TEXT NOT NULL,
  table_name TEXT NOT NULL,
  unit TEXT NOT NULL,
  changes BIGINT NOT NULL,
  PRIMARY KEY (pool_id, table_name, unit)
);

-- Rates by quota category that an account has set for itself, in requests per second.
CREATE TABLE provisioned_limits (
  account TEXT NOT NULL,
  category TEXT NOT NULL,
  value BIGINT NOT NULL,
  modified_ms BIGINT NOT NULL,
  PRIMARY KEY (account, category)
);
