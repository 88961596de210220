-- Times are UTC. Ids compare byte by byte, whatever the database's locale. The first ten columns of ai_usage_logs are those of the subscriber usage guide.
CREATE TABLE tenants (
  id         TEXT COLLATE "C" PRIMARY KEY NOT NULL,
  code       TEXT COLLATE "C" NOT NULL UNIQUE,
  name       TEXT     NOT NULL,
  tier       TEXT     NOT NULL,
  status     TEXT     NOT NULL,
  time_zone  TEXT     NOT NULL,
  currency   TEXT     NOT NULL,
  created_at TIMESTAMPTZ(3) NOT NULL
);

-- The store gives the ids, ascending and without gaps (see usage_chain).
CREATE TABLE ai_usage_logs (
  id                BIGINT   PRIMARY KEY,
  tenant_id         TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
  user_id           TEXT     NOT NULL,
  query_type        TEXT     NOT NULL,
  question          TEXT     NOT NULL,
  tokens_used       BIGINT  NOT NULL CHECK (tokens_used >= 0),
  from_cache        BOOLEAN  NOT NULL,
  response_time_ms  BIGINT  NOT NULL CHECK (response_time_ms >= 0),
  success           BOOLEAN  NOT NULL,
  timestamp         TIMESTAMPTZ(3) NOT NULL,
  event_id          TEXT COLLATE "C" NOT NULL,
  request_id        TEXT     NOT NULL,
  model             TEXT     NOT NULL,
  prompt_tokens     BIGINT  NOT NULL CHECK (prompt_tokens >= 0),
  cached_tokens     BIGINT  NOT NULL CHECK (cached_tokens >= 0),
  completion_tokens BIGINT  NOT NULL CHECK (completion_tokens >= 0),
  error_type        TEXT     NOT NULL,
  UNIQUE (tenant_id, event_id)
);
CREATE INDEX ai_usage_logs_by_tenant_time ON ai_usage_logs (tenant_id, timestamp);

-- The log is append-only, whoever holds the connection.
CREATE FUNCTION ai_usage_logs_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the usage log is append-only';
END;
$$;
CREATE TRIGGER ai_usage_logs_no_change BEFORE UPDATE OR DELETE ON ai_usage_logs
FOR EACH ROW EXECUTE FUNCTION ai_usage_logs_refuse();
CREATE TRIGGER ai_usage_logs_no_truncate BEFORE TRUNCATE ON ai_usage_logs
FOR EACH STATEMENT EXECUTE FUNCTION ai_usage_logs_refuse();
