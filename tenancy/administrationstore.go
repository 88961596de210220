package tenancy

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
)

// AdministrationStore is what administering asks of the control database. Implementations are safe for
// concurrent use; the general errors of TenantStore apply.
type AdministrationStore interface {
	// Administer runs change in one transaction and appends the audit entry it returns in the same one:
	// both are durable on return, or neither is. A nil entry says that nothing is to be changed, and
	// nothing is; an error of change, or an entry that cannot be written, undoes what change did and is
	// returned. change may not use the store but through tx, and tx not after it returned.
	Administer(ctx context.Context, change func(tx AdministrationTx) (*AuditEntry, error)) error

	// TenantRecord finds a tenant. CodeNotFound when there is none.
	TenantRecord(ctx context.Context, id ilsai.TenantID) (TenantRecord, error)

	// TenantRecords lists tenants with an id above after, by ascending id, at most limit of them (1 to
	// 1000; other values mean 1000). The caller owns the slice.
	TenantRecords(ctx context.Context, after ilsai.TenantID, limit int) ([]TenantRecord, error)

	// TenantsToPurge lists the deleted tenants whose data may be removed at now and was not, by ascending id.
	TenantsToPurge(ctx context.Context, now time.Time) ([]ilsai.TenantID, error)

	AdapterStore

	// Subscriptions lists every tier and status a tenant has had, oldest first; empty for an unknown tenant.
	Subscriptions(ctx context.Context, tenant ilsai.TenantID) ([]Subscription, error)

	// These are as UserStore, AuditStore and UsageStore say.

	User(ctx context.Context, tenant ilsai.TenantID, id UserID) (User, error)
	Users(ctx context.Context, tenant ilsai.TenantID) ([]User, error)
	Audit(ctx context.Context, tenant ilsai.TenantID, from, to time.Time, after int64, limit int) ([]AuditEntry, error)
	AuditAll(ctx context.Context, from, to time.Time, after int64, limit int) ([]AuditEntry, error)
	Usage(ctx context.Context, tenant ilsai.TenantID, from, to time.Time, after int64, limit int) ([]UsageEvent, error)
}

// AdministrationTx is the inside of one transaction of AdministrationStore.Administer.
type AdministrationTx interface {
	// Tenant finds a tenant and keeps others from changing it until the transaction ends. CodeNotFound
	// when there is none.
	Tenant(id ilsai.TenantID) (TenantRecord, error)

	// CreateTenant is TenantStore.CreateTenant.
	CreateTenant(t TenantRecord) error

	// UpdateTenant replaces everything but id, code and time of creation. A changed tier or status is
	// added to the subscriptions. Errors: CodeInvalid, CodeNotFound.
	UpdateTenant(t TenantRecord) error

	// EmptyTenant removes a tenant's users, conversations, feedback, stored replies and adapter. The usage log and
	// the counts made of it stay.
	EmptyTenant(id ilsai.TenantID) (Removed, error)

	// User, CreateUser and UpdateUser are those of UserStore.
	User(tenant ilsai.TenantID, id UserID) (User, error)
	CreateUser(u *User) error
	UpdateUser(u User) error

	// SetPassword replaces the password's hash and lifts a lock. CodeNotFound without such a user.
	SetPassword(tenant ilsai.TenantID, id UserID, hash string) error

	// Adapter is a tenant's. CodeNotFound when it has none.
	Adapter(tenant ilsai.TenantID) (Adapter, error)

	// SetAdapter stores a tenant's adapter in place of another. Errors: CodeInvalid, CodeNotFound for an
	// unknown tenant.
	SetAdapter(a Adapter) error

	// RemoveAdapter removes a tenant's adapter. CodeNotFound when it has none.
	RemoveAdapter(tenant ilsai.TenantID) error
}

// Removed counts what EmptyTenant removed.
type Removed struct {
	Users         int64 `json:"users"`
	Conversations int64 `json:"conversations"`
	Feedback      int64 `json:"feedback"`
	Replies       int64 `json:"replies"`
	Adapters      int64 `json:"adapters,omitempty"`
}
