-- Users of local login. locked_until and retires_at are milliseconds since 1970 (UTC), 0 for never.
CREATE TABLE users (
  tenant_id       TEXT     NOT NULL REFERENCES tenants (id),
  id              TEXT     NOT NULL,
  email           TEXT     NOT NULL,
  name            TEXT     NOT NULL,
  role            TEXT     NOT NULL,
  password_hash   TEXT     NOT NULL,
  status          TEXT     NOT NULL,
  failed_attempts INTEGER  NOT NULL CHECK (failed_attempts >= 0),
  locked_until    INTEGER  NOT NULL,
  created_at      DATETIME NOT NULL,
  PRIMARY KEY (tenant_id, id),
  UNIQUE (tenant_id, email)
);

-- Secrets are encrypted with a key that is not in the database.
CREATE TABLE signing_keys (
  id         TEXT     PRIMARY KEY NOT NULL,
  algorithm  TEXT     NOT NULL,
  secret     BLOB     NOT NULL,
  created_at DATETIME NOT NULL,
  retires_at INTEGER  NOT NULL
);

-- No reference to tenants: the log outlives them, and has entries of the platform's own (tenant_id '').
CREATE TABLE audit_log (
  id           INTEGER  PRIMARY KEY AUTOINCREMENT,
  at           DATETIME NOT NULL,
  actor_tenant TEXT     NOT NULL,
  actor        TEXT     NOT NULL,
  tenant_id    TEXT     NOT NULL,
  action       TEXT     NOT NULL,
  target       TEXT     NOT NULL,
  before_json  TEXT     NOT NULL,
  after_json   TEXT     NOT NULL,
  request_id   TEXT     NOT NULL
);
CREATE INDEX audit_log_by_tenant ON audit_log (tenant_id, id);

-- The log is append-only, whoever holds the connection.
CREATE TRIGGER audit_log_no_update BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_log_no_delete BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
