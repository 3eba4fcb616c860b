-- Jobs of CreateUserImportJob; `next_byte` and `next_line` say how far the file is read.
CREATE TABLE import_jobs (
  pool_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  account TEXT NOT NULL,
  name TEXT NOT NULL,
  role_arn TEXT NOT NULL,
  algorithm TEXT,
  status TEXT NOT NULL,
  created_ms BIGINT NOT NULL,
  started_ms BIGINT,
  completed_ms BIGINT,
  message TEXT,
  upload_id TEXT,
  file_bytes BIGINT NOT NULL,
  file_rows BIGINT NOT NULL,
  next_byte BIGINT NOT NULL,
  next_line BIGINT NOT NULL,
  imported BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  lease_owner TEXT NOT NULL,
  lease_until_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, job_id)
);
CREATE INDEX import_jobs_by_age ON import_jobs (pool_id, created_ms, job_id);
CREATE INDEX import_jobs_by_state ON import_jobs (status, account);
CREATE INDEX import_jobs_by_id ON import_jobs (job_id);

-- Uploaded files in parts, sealed; gone once the job is over.
CREATE TABLE import_files (
  pool_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  upload_id TEXT NOT NULL,
  part BIGINT NOT NULL,
  sealed BYTEA NOT NULL,
  PRIMARY KEY (pool_id, job_id, upload_id, part)
);

-- What became of each row, a row of ours for each batch of theirs.
CREATE TABLE import_log (
  pool_id TEXT NOT NULL,
  job_id TEXT NOT NULL,
  first_line BIGINT NOT NULL,
  stretches BYTEA NOT NULL,
  PRIMARY KEY (pool_id, job_id, first_line)
);

-- How far the imports of `poolkeep import` have come that have not ended yet.
CREATE TABLE import_runs (
  pool_id TEXT NOT NULL,
  run_id TEXT NOT NULL,
  next_byte BIGINT NOT NULL,
  next_line BIGINT NOT NULL,
  digest BYTEA NOT NULL,
  imported BIGINT NOT NULL,
  skipped BIGINT NOT NULL,
  failed BIGINT NOT NULL,
  rejects_bytes BIGINT NOT NULL,
  PRIMARY KEY (pool_id, run_id)
);
