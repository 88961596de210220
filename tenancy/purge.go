package tenancy

import (
	"context"
	"errors"
	"time"

	"github.com/ils-platform/ilsai"
)

const (
	// DefaultGraceDays is how long a deleted tenant can be restored when nothing else is said.
	DefaultGraceDays = 30
	// MaxGraceDays bounds what may be said.
	MaxGraceDays = 365
)

// DeleteTenant cancels a tenant and sets the date from which its data may be removed, graceDays (0 to
// 365) from now. Nothing is removed before PurgeTenants comes by after that date. Deleting again sets
// another date.
func (a *Administration) DeleteTenant(ctx context.Context, by Actor, id ilsai.TenantID, graceDays int) (TenantRecord, error) {
	return a.replaceTenant(ctx, by, id, "tenant.delete", func(r TenantRecord) (TenantRecord, error) {
		if graceDays < 0 || graceDays > MaxGraceDays {
			return r, ilsai.Errorf(ilsai.CodeInvalid, "grace_days is a whole number from 0 to %d.", MaxGraceDays)
		}
		now := a.now()
		if err := r.graceOver(now); err != nil {
			return r, err
		}
		if r.PurgeAt.IsZero() {
			r.RestoreStatus = r.Status
		}
		r.Status, r.PurgeAt = StatusCanceled, now.AddDate(0, 0, graceDays)
		return r, nil
	})
}

// RestoreTenant undoes a deletion, until its date: the status is what it was before.
func (a *Administration) RestoreTenant(ctx context.Context, by Actor, id ilsai.TenantID) (TenantRecord, error) {
	return a.replaceTenant(ctx, by, id, "tenant.restore", func(r TenantRecord) (TenantRecord, error) {
		if r.PurgeAt.IsZero() {
			return r, ilsai.Errorf(ilsai.CodeConflict, "This tenant is not deleted: there is nothing to restore.")
		}
		if err := r.graceOver(a.now()); err != nil {
			return r, err
		}
		r.Status, r.RestoreStatus, r.PurgeAt = r.RestoreStatus, "", time.Time{}
		return r, nil
	})
}

// graceOver reports, as ilsai.CodeConflict, that a deletion can no longer be undone: data may be half gone.
func (r TenantRecord) graceOver(now time.Time) error {
	if r.PurgeAt.IsZero() || now.Before(r.PurgeAt) {
		return nil
	}
	return ilsai.Errorf(ilsai.CodeConflict, "This tenant could be restored until %s. Create another one, with another id and code.", r.PurgeAt.Format(time.RFC3339))
}

// PurgeTenants removes what the tenants have whose date is over at now: their own databases (see
// AdministrationOptions.DropData), users, conversations, feedback, stored replies and limits. The usage
// log stays, for billing, and a row of the tenant, so that its id and code never become another shop's.
// now is the time by the clock of the options, or before it. It returns the ids of those that were purged; one that fails does not keep the others from it, and is
// tried again next time.
func (a *Administration) PurgeTenants(ctx context.Context, by Actor, now time.Time) ([]ilsai.TenantID, error) {
	if err := by.onPlatform(); err != nil {
		return nil, err
	}
	due, err := a.store.TenantsToPurge(ctx, now)
	if err != nil {
		return nil, err
	}
	var purged []ilsai.TenantID
	var errs []error
	for _, id := range due {
		done, err := a.purge(ctx, by, id, now.UTC().Truncate(time.Millisecond))
		if err != nil {
			errs = append(errs, err)
		} else if done {
			purged = append(purged, id)
		}
	}
	return purged, errors.Join(errs...)
}

// purge reports whether it did: another process may have, or the date may have been moved.
func (a *Administration) purge(ctx context.Context, by Actor, id ilsai.TenantID, now time.Time) (done bool, err error) {
	r, err := a.store.TenantRecord(ctx, id)
	if err != nil || !r.due(now) {
		return false, err
	}
	// Before the record of it, and outside the transaction: the date is over, so nobody restores it.
	if err := a.options.DropData(ctx, id); err != nil {
		return false, err
	}
	err = a.administer(ctx, id, func(tx AdministrationTx) (*AuditEntry, error) {
		r, err := tx.Tenant(id)
		if err != nil || !r.due(now) {
			return nil, err
		}
		removed, err := tx.EmptyTenant(id)
		if err != nil {
			return nil, err
		}
		before := audited(r)
		r.Limits, r.PurgedAt = LimitsOverride{}, now
		if err := tx.UpdateTenant(r); err != nil {
			return nil, err
		}
		done = true
		return entry(ctx, by, id, "tenant.purge", "", before, removed)
	})
	return done && err == nil, err
}

// due reports whether a tenant's data is to be removed.
func (r TenantRecord) due(now time.Time) bool {
	return r.graceOver(now) != nil && r.PurgedAt.IsZero()
}
