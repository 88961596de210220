-- PostgreSQL databases of tenants. The secret (how to connect, and how before a password was changed) is encrypted with
-- a key that is not in the database.
CREATE TABLE tenant_databases (
  tenant_id TEXT COLLATE "C" NOT NULL REFERENCES tenants (id),
  domain    TEXT COLLATE "C" NOT NULL,
  address   TEXT    NOT NULL,
  secret    BYTEA   NOT NULL,
  owned     BOOLEAN NOT NULL,
  ready     BOOLEAN NOT NULL,
  version   BIGINT  NOT NULL,
  PRIMARY KEY (tenant_id, domain)
);
