-- Leases and expiries are milliseconds since 1970 (UTC), compared with the clock of whoever asks.

ALTER TABLE tenants ADD COLUMN limits TEXT; -- JSON of single limits that differ from the tier's; NULL for none

-- month: the quota's month in the tenant's zone, '' for rows older than this column.
-- hash: SHA-256 over the row before and this one, NULL for rows up to usage_chain.anchor_id.
ALTER TABLE ai_usage_logs ADD COLUMN month TEXT NOT NULL DEFAULT '';
ALTER TABLE ai_usage_logs ADD COLUMN hash BLOB;

-- The head of the log's hash chain, one row. Whoever appends holds it.
CREATE TABLE usage_chain (
  id          INTEGER PRIMARY KEY NOT NULL CHECK (id = 1),
  last_id     INTEGER NOT NULL,
  hash        BLOB, -- NULL: the rows up to anchor_id are still to be hashed
  anchor_id   INTEGER NOT NULL,
  anchor_hash BLOB
);
INSERT INTO usage_chain (id, last_id, anchor_id)
SELECT 1, COALESCE(MAX(id), 0), COALESCE(MAX(id), 0) FROM ai_usage_logs;

CREATE TABLE monthly_counters (
  tenant_id TEXT    NOT NULL REFERENCES tenants (id),
  month     TEXT    NOT NULL,
  used      INTEGER NOT NULL CHECK (used >= 0),
  PRIMARY KEY (tenant_id, month)
) WITHOUT ROWID;

CREATE TABLE quota_reservations (
  tenant_id   TEXT    NOT NULL REFERENCES tenants (id),
  event_id    TEXT    NOT NULL,
  month       TEXT    NOT NULL,
  lease_until INTEGER NOT NULL,
  PRIMARY KEY (tenant_id, event_id)
) WITHOUT ROWID;
CREATE INDEX quota_reservations_by_month ON quota_reservations (tenant_id, month, lease_until);
CREATE INDEX quota_reservations_by_lease ON quota_reservations (lease_until);

CREATE TABLE idempotency_keys (
  tenant_id    TEXT    NOT NULL REFERENCES tenants (id),
  key          TEXT    NOT NULL,
  fingerprint  BLOB    NOT NULL,
  user_id      TEXT    NOT NULL,
  event_id     TEXT    NOT NULL, -- the request that holds the key, or answered it
  state        TEXT    NOT NULL CHECK (state IN ('in_flight', 'done')),
  lease_until  INTEGER NOT NULL,
  expires_at   INTEGER NOT NULL,
  status       INTEGER NOT NULL DEFAULT 0,
  content_type TEXT    NOT NULL DEFAULT '',
  body         BLOB,
  PRIMARY KEY (tenant_id, key)
);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- Every tier and status a tenant has had, oldest first.
CREATE TABLE subscriptions (
  id         INTEGER  PRIMARY KEY AUTOINCREMENT,
  tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
  tier       TEXT     NOT NULL,
  status     TEXT     NOT NULL,
  changed_at DATETIME NOT NULL
);
CREATE INDEX subscriptions_by_tenant ON subscriptions (tenant_id, id);
INSERT INTO subscriptions (tenant_id, tier, status, changed_at)
SELECT id, tier, status, created_at FROM tenants ORDER BY created_at, id;

CREATE TABLE conversations (
  id         TEXT     PRIMARY KEY NOT NULL,
  tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
  user_id    TEXT     NOT NULL,
  title      TEXT     NOT NULL,
  created_at DATETIME NOT NULL,
  updated_at DATETIME NOT NULL
);
CREATE INDEX conversations_by_user ON conversations (tenant_id, user_id, updated_at);

CREATE TABLE conversation_messages (
  id              INTEGER  PRIMARY KEY AUTOINCREMENT,
  conversation_id TEXT     NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
  role            TEXT     NOT NULL CHECK (role IN ('user', 'assistant')),
  content         TEXT     NOT NULL,
  request_id      TEXT     NOT NULL,
  created_at      DATETIME NOT NULL
);
CREATE INDEX conversation_messages_by_conversation ON conversation_messages (conversation_id, id);

CREATE TABLE feedback (
  id         INTEGER  PRIMARY KEY AUTOINCREMENT,
  tenant_id  TEXT     NOT NULL REFERENCES tenants (id),
  user_id    TEXT     NOT NULL,
  request_id TEXT     NOT NULL,
  thumbs     TEXT     NOT NULL CHECK (thumbs IN ('up', 'down')),
  comment    TEXT     NOT NULL,
  created_at DATETIME NOT NULL,
  UNIQUE (tenant_id, user_id, request_id)
);
