-- Times are UTC. The first ten columns of ai_usage_logs are those of the subscriber usage guide.
CREATE TABLE tenants (
  id         TEXT     PRIMARY KEY NOT NULL,
  code       TEXT     NOT NULL UNIQUE,
  name       TEXT     NOT NULL,
  tier       TEXT     NOT NULL,
  status     TEXT     NOT NULL,
  time_zone  TEXT     NOT NULL,
  currency   TEXT     NOT NULL,
  created_at DATETIME NOT NULL
);

-- AUTOINCREMENT: an id is never used again, so "everything after id n" misses nothing.
CREATE TABLE ai_usage_logs (
  id                INTEGER  PRIMARY KEY AUTOINCREMENT,
  tenant_id         TEXT     NOT NULL REFERENCES tenants (id),
  user_id           TEXT     NOT NULL,
  query_type        TEXT     NOT NULL,
  question          TEXT     NOT NULL,
  tokens_used       INTEGER  NOT NULL CHECK (tokens_used >= 0),
  from_cache        BOOLEAN  NOT NULL,
  response_time_ms  INTEGER  NOT NULL CHECK (response_time_ms >= 0),
  success           BOOLEAN  NOT NULL,
  timestamp         DATETIME NOT NULL,
  event_id          TEXT     NOT NULL,
  request_id        TEXT     NOT NULL,
  model             TEXT     NOT NULL,
  prompt_tokens     INTEGER  NOT NULL CHECK (prompt_tokens >= 0),
  cached_tokens     INTEGER  NOT NULL CHECK (cached_tokens >= 0),
  completion_tokens INTEGER  NOT NULL CHECK (completion_tokens >= 0),
  error_type        TEXT     NOT NULL,
  UNIQUE (tenant_id, event_id)
);
CREATE INDEX ai_usage_logs_by_tenant_time ON ai_usage_logs (tenant_id, timestamp);

-- The log is append-only, whoever holds the connection.
CREATE TRIGGER ai_usage_logs_no_update BEFORE UPDATE ON ai_usage_logs
BEGIN SELECT RAISE(ABORT, 'the usage log is append-only'); END;
CREATE TRIGGER ai_usage_logs_no_delete BEFORE DELETE ON ai_usage_logs
BEGIN SELECT RAISE(ABORT, 'the usage log is append-only'); END;
