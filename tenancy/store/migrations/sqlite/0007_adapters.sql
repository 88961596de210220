-- A tenant's own change to the model: a file on the server's machine. One tenant has one or none.
CREATE TABLE adapters (
  tenant_id   TEXT     PRIMARY KEY NOT NULL REFERENCES tenants (id),
  file        TEXT     NOT NULL,
  sha256      TEXT     NOT NULL CHECK (length(sha256) = 64),
  base_sha256 TEXT     NOT NULL CHECK (length(base_sha256) = 64),
  created_at  DATETIME NOT NULL
);
