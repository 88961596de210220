package tenancy

import (
	"time"

	"github.com/ils-platform/ilsai"
)

// TenantRecord is a tenant with what only its administration needs.
type TenantRecord struct {
	Tenant

	Limits        LimitsOverride // what differs from the tier's limits
	PurgeAt       time.Time      // UTC, whole milliseconds; from then on its data may be removed. Zero: it is not deleted
	PurgedAt      time.Time      // when its data was removed; zero: it was not
	RestoreStatus Status         // what it was before it was deleted; "" unless it is
}

// Validate reports the first field that cannot be stored, as ilsai.CodeInvalid.
func (r TenantRecord) Validate() error {
	if err := r.Tenant.Validate(); err != nil {
		return err
	}
	if err := r.Limits.Validate(); err != nil {
		return err
	}
	if deleted := !r.PurgeAt.IsZero(); deleted != (r.RestoreStatus != "") || deleted && r.Status != StatusCanceled ||
		!r.PurgedAt.IsZero() && !deleted {
		return ilsai.Errorf(ilsai.CodeInvalid, "a deleted tenant is canceled and keeps the status it had before")
	}
	return nil
}

// Changeable reports, as ilsai.CodeConflict, that a tenant is deleted and what can be done instead.
func (r TenantRecord) Changeable() error {
	switch {
	case !r.PurgedAt.IsZero():
		return ilsai.Errorf(ilsai.CodeConflict, "This tenant was deleted and its data was removed. Create another one, with another id and code.")
	case !r.PurgeAt.IsZero():
		return ilsai.Errorf(ilsai.CodeConflict, "This tenant is deleted; its data is kept until %s. Restore it first.", r.PurgeAt.Format(time.RFC3339))
	default:
		return nil
	}
}
