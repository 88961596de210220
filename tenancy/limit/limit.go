package limit

import (
	"context"
	"errors"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Window is the span the subscription tiers' limits are promised for.
const Window = time.Minute

// A Limiter admits requests. Implementations are safe for concurrent use.
type Limiter interface {
	// Allow decides on one request of key and counts it if it is admitted: of the requests admitted
	// in any window, half-open at its later end, at most limit belong to one key. What is refused is
	// not counted, so a client that keeps trying is not punished for it.
	//
	// limit may differ from call to call; each call is judged by its own limit and by all that was
	// admitted in the window before it. tenancy.Unlimited admits without counting; any other limit
	// below 1 admits nothing. The key is copied if it is kept.
	//
	// The error is ilsai.CodeCanceled or ilsai.CodeDeadline when ctx ended first (the request may
	// then have been counted by a shared store), or ilsai.CodeUnavailable when the store is away.
	Allow(ctx context.Context, key string, limit int) (Decision, error)
}

// Decision is the answer to one request and the state of its key after it.
type Decision struct {
	Allowed  bool
	Exceeded bool // only Shadow sets it: admitted although the limit says no

	Limit     int           // the limit in force; tenancy.Unlimited: the other figures say nothing
	Remaining int           // requests that would be admitted now, never negative
	Reset     time.Duration // until a request more than Remaining would be admitted; at most the window

	RetryAfter time.Duration // 0 when allowed; otherwise Reset: a request sent then is admitted, if none came between
}

// unlimited is the decision where there is nothing to count.
var unlimited = Decision{Allowed: true, Limit: tenancy.Unlimited}

// closed is the decision for a limit that admits nothing.
func closed(window time.Duration) Decision {
	return Decision{Reset: window, RetryAfter: window}
}

// ended is the error of a request whose context ended before its decision, nil for one that lives.
func ended(ctx context.Context) error {
	switch err := ctx.Err(); {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return ilsai.Wrap(ilsai.CodeDeadline, err, "The request ran out of time.")
	default:
		return ilsai.Wrap(ilsai.CodeCanceled, err, "The request was canceled.")
	}
}

// started is the origin of the default clock.
var started = time.Now()

// monotonic is the default clock. time.Since reads the monotonic clock of both times, so setting the
// machine's wall clock does not move it.
func monotonic() time.Duration { return time.Since(started) }
