package tenancy

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
)

// Ledger makes paid work happen once. A question that may cost something is admitted, then settled
// or refunded; each step is one transaction, durable on return. Between the two the process may die:
// a reservation and an idempotency claim end by themselves after their lease, so nothing has to be
// repaired. Implementations are safe for concurrent use; the general errors of TenantStore apply.
type Ledger interface {
	// Admit claims the idempotency key, if there is one, and reserves one query of the month's quota.
	// When the key was answered before, Admitted.Replay holds that answer and nothing is reserved.
	// Errors: CodeConflict when a request with the key is being answered (RetryAfter tells when its
	// lease ends), CodeKeyReused when the key belongs to another request, CodeQuotaExceeded when the
	// month is used up. A refused admission leaves nothing behind.
	Admit(ctx context.Context, a Admission) (Admitted, error)

	// Settle records a question that was answered: the usage row, the month's counter and the key's
	// stored answer, in one transaction. The admission is over. Settling twice is one settlement.
	Settle(ctx context.Context, s Settlement) error

	// Refund records a question that failed: the usage row, which counts for nothing, and the end of
	// reservation and claim, so that the same key may try again.
	Refund(ctx context.Context, s Settlement) error

	// Quota is what a tenant has used and reserved in a month.
	Quota(ctx context.Context, tenant ilsai.TenantID, month Month) (Quota, error)

	// ReapLedger ends leases that are over and forgets stored answers past their expiry. It may be
	// called at any time, by any process.
	ReapLedger(ctx context.Context, now time.Time) error
}

// Month is a calendar month in a tenant's time zone, as "2026-11".
type Month string

// MonthOf is the month an instant falls in for a tenant.
func MonthOf(at time.Time, zone *time.Location) Month { return Month(at.In(zone).Format("2006-01")) }

// Admission asks to answer one question.
type Admission struct {
	EventID  string // of the usage row to come
	TenantID ilsai.TenantID
	UserID   UserID
	Month    Month
	// Limit is the month's queries; Unlimited for no limit. Shadow counts beyond it and does not refuse.
	Limit  int
	Shadow bool
	Key    *IdempotencyKey // nil: none was sent
	Now    time.Time
	Lease  time.Duration // how long the work may take before others may take over
}

// IdempotencyKey scopes a client's key to a tenant, and ties it to one request.
type IdempotencyKey struct {
	Key         string   // 1 to 255 visible ASCII characters
	Fingerprint [32]byte // of method, path, user and canonical body
	TTL         time.Duration
}

// Admitted is the outcome of Admit.
type Admitted struct {
	Replay   *StoredReply // not nil: answered before
	Used     int          // queries of the month, this reservation included
	Exceeded bool         // the limit is exceeded and only shadowed
}

// StoredReply is an answer kept for its idempotency key, byte for byte.
type StoredReply struct {
	Status      int
	ContentType string
	Body        []byte
}

// Settlement ends an admission.
type Settlement struct {
	Event UsageEvent // Event.EventID, TenantID and UserID are the admission's
	Month Month
	Key   string       // "" when none was sent
	Reply *StoredReply // kept for Key; nil when there is none
}

// Quota is a month's count.
type Quota struct {
	Used     int // settled queries
	Reserved int // admitted and not yet settled, leases that are over not counted
}
