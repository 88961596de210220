-- Everything the metrics sum up is in the index, so that no row with its question is read for them.
DROP INDEX ai_usage_logs_by_tenant_time;
CREATE INDEX ai_usage_logs_by_tenant_time ON ai_usage_logs (tenant_id, timestamp)
  INCLUDE (query_type, success, from_cache, error_type, tokens_used, response_time_ms);

-- Questions refused before they were admitted: counted, never billed. hour is in whole hours since 1970 (UTC).
-- No reference to tenants: one that is gone must not keep the counts of the others from being written.
CREATE TABLE usage_refusals (
  tenant_id  TEXT COLLATE "C" NOT NULL,
  hour       BIGINT NOT NULL,
  query_type TEXT COLLATE "C" NOT NULL,
  error_type TEXT COLLATE "C" NOT NULL,
  refused    BIGINT NOT NULL CHECK (refused > 0),
  PRIMARY KEY (tenant_id, hour, query_type, error_type)
);

-- Minutes in which some server process was ready, in whole minutes since 1970 (UTC). About 500,000 a year.
CREATE TABLE ready_minutes (
  minute BIGINT PRIMARY KEY NOT NULL
);
