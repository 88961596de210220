-- PostgreSQL databases of tenants. The secret (how to connect, and how before a password was changed) is encrypted with
-- a key that is not in the database.
CREATE TABLE tenant_databases (
  tenant_id TEXT    NOT NULL REFERENCES tenants (id),
  domain    TEXT    NOT NULL,
  address   TEXT    NOT NULL,
  secret    BLOB    NOT NULL,
  owned     BOOLEAN NOT NULL,
  ready     BOOLEAN NOT NULL,
  version   INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, domain)
) WITHOUT ROWID;
