package tenancy

import (
	"context"
	"log/slog"

	"github.com/ils-platform/ilsai"
)

// TenantDatabase says in which PostgreSQL database a tenant's data of one domain is. A tenant without
// one has files in the data directory, or no such data.
type TenantDatabase struct {
	Tenant  ilsai.TenantID
	Domain  string
	Address string // host, database and user for people to read; no secret

	DSN string // how to connect; holds the password
	// PreviousDSN is set while a password is being changed: one of the two connects, whatever was interrupted.
	PreviousDSN string

	Owned   bool  // made by provisioning and removed with the tenant; false: the chain's own, only attached
	Ready   bool  // false: provisioning has begun and not ended, nothing may be read yet
	Version int64 // rises with every change; set by the store
}

// LogValue keeps the passwords out of logs.
func (d TenantDatabase) LogValue() slog.Value {
	return slog.GroupValue(slog.String("tenant", string(d.Tenant)), slog.String("domain", d.Domain), slog.String("address", d.Address))
}

// TenantDatabaseStore keeps TenantDatabases, the DSNs encrypted. The general errors of TenantStore apply;
// ilsai.CodeInvalid when a DSN was encrypted with another key file.
type TenantDatabaseStore interface {
	// TenantDatabases lists a tenant's databases by domain; empty for none.
	TenantDatabases(ctx context.Context, tenant ilsai.TenantID) ([]TenantDatabase, error)

	// PutTenantDatabase adds a database or replaces the one of the same tenant and domain. CodeNotFound
	// when there is no such tenant.
	PutTenantDatabase(ctx context.Context, d TenantDatabase) error

	// RemoveTenantDatabase forgets a database. Without one it does nothing.
	RemoveTenantDatabase(ctx context.Context, tenant ilsai.TenantID, domain string) error
}

// Record appends an entry to the audit log about something that was done to a tenant outside the control
// database. For administrators of the platform.
func (a *Administration) Record(ctx context.Context, by Actor, tenant ilsai.TenantID, action, target string, before, after any) error {
	if err := by.onPlatform(); err != nil {
		return err
	}
	return a.store.Administer(ctx, func(AdministrationTx) (*AuditEntry, error) {
		return entry(ctx, by, tenant, action, target, before, after)
	})
}
