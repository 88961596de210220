package tenancy

import (
	"cmp"
	"context"
	"encoding/json"
	"time"

	"github.com/ils-platform/ilsai"
)

// TenantChange says what to change; nil leaves it as it is.
type TenantChange struct {
	Name     *string
	Tier     *Tier
	Status   *Status
	TimeZone *string
	Currency *string
	Limits   *LimitsOverride // replaces all of them
}

func (c TenantChange) apply(r TenantRecord) TenantRecord {
	set(&r.Name, c.Name)
	set(&r.Tier, c.Tier)
	set(&r.Status, c.Status)
	set(&r.TimeZone, c.TimeZone)
	set(&r.Currency, c.Currency)
	set(&r.Limits, c.Limits)
	return r
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

// auditedTenant is a tenant as the audit log keeps it.
type auditedTenant struct {
	Name     string         `json:"name"`
	Tier     Tier           `json:"tier"`
	Status   Status         `json:"status"`
	TimeZone string         `json:"time_zone"`
	Currency string         `json:"currency"`
	Limits   LimitsOverride `json:"limits"`
	PurgeAt  time.Time      `json:"purge_at,omitzero"`
}

func audited(r TenantRecord) auditedTenant {
	return auditedTenant{Name: r.Name, Tier: r.Tier, Status: r.Status, TimeZone: r.TimeZone, Currency: r.Currency, Limits: r.Limits, PurgeAt: r.PurgeAt}
}

// same reports whether the audit log would say nothing of a change. Limits are pointers, so their JSON is compared.
func same(a, b TenantRecord) bool {
	x, errX := json.Marshal(audited(a))
	y, errY := json.Marshal(audited(b))
	return errX == nil && errY == nil && string(x) == string(y)
}

// Tenants lists tenants with an id above after, by ascending id, at most limit of them (1 to 1000; other
// values mean 1000). For administrators of the platform, as everything about tenants.
func (a *Administration) Tenants(ctx context.Context, by Actor, after ilsai.TenantID, limit int) ([]TenantRecord, error) {
	if err := by.onPlatform(); err != nil {
		return nil, err
	}
	return a.store.TenantRecords(ctx, after, limit)
}

// Tenant finds a tenant.
func (a *Administration) Tenant(ctx context.Context, by Actor, id ilsai.TenantID) (TenantRecord, error) {
	if err := by.onPlatform(); err != nil {
		return TenantRecord{}, err
	}
	return a.store.TenantRecord(ctx, id)
}

// Subscriptions lists every tier and status a tenant has had, oldest first.
func (a *Administration) Subscriptions(ctx context.Context, by Actor, id ilsai.TenantID) ([]Subscription, error) {
	if _, err := a.Tenant(ctx, by, id); err != nil {
		return nil, err
	}
	return a.store.Subscriptions(ctx, id)
}

// CreateTenant stores a new tenant. An empty code is its id, an empty status active.
func (a *Administration) CreateTenant(ctx context.Context, by Actor, t Tenant, limits LimitsOverride) (TenantRecord, error) {
	if err := by.onPlatform(); err != nil {
		return TenantRecord{}, err
	}
	t.Code, t.Status = cmp.Or(t.Code, string(t.ID)), cmp.Or(t.Status, StatusActive)
	if t.CreatedAt.IsZero() {
		t.CreatedAt = a.now()
	}
	r := TenantRecord{Tenant: t, Limits: limits}
	if err := r.Validate(); err != nil {
		return TenantRecord{}, err
	}
	err := a.administer(ctx, t.ID, func(tx AdministrationTx) (*AuditEntry, error) {
		if err := tx.CreateTenant(r); err != nil {
			return nil, err
		}
		return entry(ctx, by, r.ID, "tenant.create", "", nil, audited(r))
	})
	if err != nil {
		return TenantRecord{}, err
	}
	return r, nil
}

// ChangeTenant changes a tenant and returns it as it is then. Nobody makes the tenant inactive that they
// are signed in with: they could not undo it.
func (a *Administration) ChangeTenant(ctx context.Context, by Actor, id ilsai.TenantID, c TenantChange) (TenantRecord, error) {
	return a.replaceTenant(ctx, by, id, "tenant.change", func(r TenantRecord) (TenantRecord, error) {
		if err := r.Changeable(); err != nil {
			return r, err
		}
		return c.apply(r), nil
	})
}

// replaceTenant writes what change makes of a tenant, with one audit entry, or nothing when it is the same.
func (a *Administration) replaceTenant(ctx context.Context, by Actor, id ilsai.TenantID, action string, change func(TenantRecord) (TenantRecord, error)) (TenantRecord, error) {
	if err := by.onPlatform(); err != nil {
		return TenantRecord{}, err
	}
	var after TenantRecord
	err := a.administer(ctx, id, func(tx AdministrationTx) (*AuditEntry, error) {
		before, err := tx.Tenant(id)
		if err != nil {
			return nil, err
		}
		if after, err = change(before); err != nil {
			return nil, err
		}
		if by.tenant == id && after.Status != StatusActive {
			return nil, ilsai.Errorf(ilsai.CodeConflict, "You are signed in with this tenant and would lock yourself out. Use 'ilsai tenant' on the server.")
		}
		if err := after.Validate(); err != nil || same(before, after) {
			return nil, err
		}
		if err := tx.UpdateTenant(after); err != nil {
			return nil, err
		}
		return entry(ctx, by, id, action, "", audited(before), audited(after))
	})
	if err != nil {
		return TenantRecord{}, err
	}
	return after, nil
}

// now is the time as the store keeps it.
func (a *Administration) now() time.Time { return a.options.Now().UTC().Truncate(time.Millisecond) }
