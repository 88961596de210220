-- Deleting a tenant has two steps: canceled with a date, and after that date emptied. The row stays for
-- ever, so that neither id nor code is ever another shop's. Times are milliseconds since 1970 (UTC), 0 for never.
ALTER TABLE tenants ADD COLUMN purge_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN purged_at INTEGER NOT NULL DEFAULT 0;
-- The status before the deletion, '' without one.
ALTER TABLE tenants ADD COLUMN restore_status TEXT NOT NULL DEFAULT '';
CREATE INDEX tenants_to_purge ON tenants (purge_at) WHERE purge_at > 0 AND purged_at = 0;
