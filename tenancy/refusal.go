package tenancy

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
)

// RefusalKey says what was refused: questions of a tenant in one hour, of one type, for one reason.
type RefusalKey struct {
	TenantID  ilsai.TenantID
	Hour      int64 // whole hours since 1970, UTC; see HourOf
	QueryType QueryType
	ErrorType ilsai.Code
}

// HourOf is the hour an instant falls in, in whole hours since 1970 (UTC).
func HourOf(at time.Time) int64 { return floorDivide(at.Unix(), 3600) }

// MinuteOf is the minute an instant falls in, in whole minutes since 1970 (UTC).
func MinuteOf(at time.Time) int64 { return floorDivide(at.Unix(), 60) }

func floorDivide(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// Compare orders keys by tenant, hour, type and reason.
func (k RefusalKey) Compare(o RefusalKey) int {
	return cmp.Or(strings.Compare(string(k.TenantID), string(o.TenantID)), cmp.Compare(k.Hour, o.Hour),
		strings.Compare(string(k.QueryType), string(o.QueryType)), strings.Compare(string(k.ErrorType), string(o.ErrorType)))
}

// RefusalCount is how often it was refused. Refusals are never billed; they are counted for the
// metrics instead of being logged one by one, so that no client can fill a disk with them.
type RefusalCount struct {
	RefusalKey

	Count int64
}

// RefusalStore keeps the counts. The general errors of TenantStore apply.
type RefusalStore interface {
	// AddRefusals adds counts to those that are kept, all or none. An error that is ErrOutcomeUnknown
	// leaves open which; after any other one nothing was added, and the same may be tried again. Keys
	// are not repeated within one call.
	AddRefusals(ctx context.Context, counts []RefusalCount) error
}

// ErrOutcomeUnknown is in the chain of an error that leaves open whether a change was made.
var ErrOutcomeUnknown = errors.New("whether it was written is unknown")
