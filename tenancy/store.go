package tenancy

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
)

// TenantStore keeps the tenants. Implementations are safe for concurrent use. Besides the codes
// named below, every method may return ilsai.CodeUnavailable (the database or its disk is away) and
// ilsai.CodeCanceled or ilsai.CodeDeadline (ctx ended).
type TenantStore interface {
	// CreateTenant stores a new tenant, durable on return. A zero CreatedAt becomes now. Errors:
	// CodeInvalid (see Tenant.Validate), CodeConflict when the id or the code is taken.
	CreateTenant(ctx context.Context, t Tenant) error

	// Tenant finds a tenant by id. CodeNotFound when there is none.
	Tenant(ctx context.Context, id ilsai.TenantID) (Tenant, error)

	// TenantByCode finds a tenant by its code. CodeNotFound when there is none.
	TenantByCode(ctx context.Context, code string) (Tenant, error)

	// Tenants lists every tenant by ascending id. The caller owns the slice.
	Tenants(ctx context.Context) ([]Tenant, error)

	// UpdateTenant replaces name, tier, status, time zone and currency of the tenant with t's id.
	// Code and CreatedAt never change. Errors: CodeInvalid, CodeNotFound.
	UpdateTenant(ctx context.Context, t Tenant) error
}

// UsageStore keeps the usage log. It is append-only: no method changes or removes an event.
// Implementations are safe for concurrent use; the general errors of TenantStore apply.
type UsageStore interface {
	// AppendUsage writes one event and sets e.ID. On return of nil the event survives a crash of
	// process and machine. Appending the same event again (same tenant and event id, same content)
	// writes nothing and sets e.ID to the first one's, so a caller that does not know whether its
	// append arrived may repeat it. In texts, NUL and what is not UTF-8 become U+FFFD. Errors: CodeInvalid (see UsageEvent.Validate), CodeNotFound for
	// an unknown tenant, CodeConflict for the same event id with another content.
	AppendUsage(ctx context.Context, e *UsageEvent) error

	// Usage lists a tenant's events with from <= timestamp < to and id > after, by ascending id, at
	// most limit of them (1 to 1000; other values mean 1000). Zero times mean no bound. The caller
	// owns the slice.
	Usage(ctx context.Context, tenant ilsai.TenantID, from, to time.Time, after int64, limit int) ([]UsageEvent, error)

	// SumUsage totals a tenant's events with from <= timestamp < to. Zero times mean no bound.
	SumUsage(ctx context.Context, tenant ilsai.TenantID, from, to time.Time) (UsageTotals, error)
}

// Store is both stores on one database.
type Store interface {
	TenantStore
	UsageStore
}
