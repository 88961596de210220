package tenancy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/ils-platform/ilsai"
)

// Ledger makes paid work happen once. A question that may cost something is admitted, then settled
// or refunded; each step is one transaction, durable on return. Between the two the process may die:
// a reservation and an idempotency claim end by themselves after their lease, so nothing has to be
// repaired. Each step may be repeated when its outcome is unknown (an error other than the refusals
// named here): the event id makes the repetition do nothing more. A step whose transaction has begun
// is not cut short by its context. Implementations are safe for concurrent use; the general errors of
// TenantStore apply, CodeInvalid for what does not validate and CodeNotFound for an unknown tenant.
//
// A month's used queries are exactly its events in the usage log that succeeded and did not come from
// the cache, whichever method recorded them.
type Ledger interface {
	// Admit claims the idempotency key, if there is one, and reserves one query of the month's quota.
	// When the key was answered before, Admitted.Replay holds that answer and nothing is reserved.
	// Errors: CodeConflict when a request with the key is being answered (RetryAfter of the error tells
	// when its lease ends), CodeKeyReused when the key belongs to another request, CodeQuotaExceeded when the
	// month is used up. A refused admission leaves nothing behind.
	Admit(ctx context.Context, a Admission) (Admitted, error)

	// Settle records a question that was answered: the usage row, the month's counter and the key's
	// stored answer, in one transaction. The admission is over. Settling twice is one settlement;
	// CodeConflict when the event was recorded with another content, and the first one stays.
	//
	// A lease that is over does not undo the work: a late settlement records its row and counts, even
	// beyond the month's limit, so an acknowledged answer always has exactly one row. Its reply is kept
	// for the key only while no other request has taken the key over; otherwise that request's is kept.
	Settle(ctx context.Context, s Settlement) error

	// Refund records a question that failed: the usage row, which counts for nothing, and the end of
	// reservation and claim, so that the same key may try again. Repetition is as with Settle; an event
	// that succeeded is CodeInvalid.
	Refund(ctx context.Context, s Settlement) error

	// Quota is what a tenant has used and reserved in a month.
	Quota(ctx context.Context, tenant ilsai.TenantID, month Month) (Quota, error)

	// ReapLedger ends leases that are over and forgets stored answers past their expiry. It may be
	// called at any time, by any process.
	ReapLedger(ctx context.Context, now time.Time) error
}

// Month is a calendar month in a tenant's time zone, as "2026-11".
type Month string

// ParseMonth accepts "2006-01"; anything else is ilsai.CodeInvalid.
func ParseMonth(s string) (Month, error) {
	if at, err := time.Parse("2006-01", s); err != nil || at.Format("2006-01") != s {
		return "", ilsai.Errorf(ilsai.CodeInvalid, "a month is written like 2026-11")
	}
	return Month(s), nil
}

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

// ParseIdempotencyKey accepts 1 to 255 visible ASCII characters; anything else is ilsai.CodeInvalid.
func ParseIdempotencyKey(s string) (string, error) {
	hidden := strings.ContainsFunc(s, func(r rune) bool { return r < '!' || r > '~' })
	if s == "" || len(s) > 255 || hidden {
		return "", ilsai.Errorf(ilsai.CodeInvalid, "an idempotency key has 1 to 255 visible ASCII characters")
	}
	return s, nil
}

// Validate reports the first field that cannot be admitted, as ilsai.CodeInvalid.
func (a Admission) Validate() error {
	if _, err := ilsai.ParseTenantID(string(a.TenantID)); err != nil {
		return err
	}
	if _, err := ParseMonth(string(a.Month)); err != nil {
		return err
	}
	if err := validateEventID(a.EventID); err != nil {
		return err
	}
	if a.Limit < Unlimited || a.Now.IsZero() || a.Lease <= 0 {
		return ilsai.Errorf(ilsai.CodeInvalid, "an admission needs a limit, a time and a lease")
	}
	if a.Key == nil {
		return nil
	}
	if _, err := ParseIdempotencyKey(a.Key.Key); err != nil {
		return err
	}
	if a.Key.TTL <= 0 {
		return ilsai.Errorf(ilsai.CodeInvalid, "an idempotency key is kept for some time")
	}
	return nil
}

// Validate reports the first field that must not enter the ledger, as ilsai.CodeInvalid.
func (s Settlement) Validate() error {
	if err := s.Event.Validate(); err != nil {
		return err
	}
	if _, err := ParseMonth(string(s.Month)); err != nil {
		return err
	}
	if s.Key == "" {
		return nil
	}
	_, err := ParseIdempotencyKey(s.Key)
	return err
}

func validateEventID(s string) error {
	id, err := uuid.Parse(s)
	if err != nil || id.Version() != 7 || id.String() != s {
		return &ilsai.Error{Code: ilsai.CodeInvalid, Message: "an admission needs a UUIDv7 in lower case as its event id",
			Err: fmt.Errorf("event id %q: %w", s, err)}
	}
	return nil
}

// RetryError is in the chain of an error that ends by itself.
type RetryError struct {
	After time.Duration // from when the error was made
}

func (e *RetryError) Error() string { return fmt.Sprintf("may be tried again after %v", e.After) }

// RetryAfter is how long to wait before trying again, from the first RetryError in err's chain.
func RetryAfter(err error) (time.Duration, bool) {
	var e *RetryError
	if errors.As(err, &e) {
		return e.After, true
	}
	return 0, false
}

// Admitted is the outcome of Admit.
type Admitted struct {
	Replay   *StoredReply // not nil: answered before
	Used     int          // queries of the month, settled and reserved, this reservation included; 0 with a replay
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
	Reply *StoredReply // kept for Key; nil frees the key instead. Refund keeps none
}

// Quota is a month's count.
type Quota struct {
	Used     int // settled queries
	Reserved int // admitted and not yet settled, leases that are over not counted
}
