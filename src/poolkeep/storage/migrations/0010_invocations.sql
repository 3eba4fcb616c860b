-- What functions were told and what they said, masked, for whoever looks for a mistake. Event,
-- reply and error stand sealed in `document`, bound to their row.
CREATE TABLE invocations (
  pool_id TEXT NOT NULL,
  record_id TEXT NOT NULL,
  function TEXT NOT NULL,
  source TEXT NOT NULL,
  user_id TEXT NOT NULL,
  request_id TEXT NOT NULL,
  began_ms BIGINT NOT NULL,
  took_us BIGINT NOT NULL,
  attempt BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  document BYTEA NOT NULL,
  expires_ms BIGINT NOT NULL,
  PRIMARY KEY (pool_id, record_id)
);
CREATE INDEX invocations_of_function ON invocations (pool_id, function, began_ms, record_id);
CREATE INDEX invocations_of_user ON invocations (pool_id, user_id);
CREATE INDEX invocations_by_time ON invocations (began_ms, record_id);
CREATE INDEX invocations_by_record ON invocations (record_id);
CREATE INDEX invocations_by_request ON invocations (request_id);
CREATE INDEX invocations_by_expiry ON invocations (expires_ms);
