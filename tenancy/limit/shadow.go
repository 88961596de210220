package limit

import (
	"context"
	"sync/atomic"
)

// Shadow is a Limiter that asks another and admits whatever it says: a new limit is watched under
// real traffic before it is enforced. The figures are those the limit would have had, since what it
// would have refused is not counted against it.
type Shadow struct {
	limiter                   Limiter
	allowed, exceeded, failed atomic.Uint64
}

// ShadowStats counts what a shadowed limit would have done since the start.
type ShadowStats struct {
	Allowed  uint64 // within the limit
	Exceeded uint64 // would have been refused
	Failed   uint64 // could not be decided, and were admitted
}

// NewShadow watches a limiter.
func NewShadow(l Limiter) *Shadow { return &Shadow{limiter: l} }

// Allow implements Limiter but for the refusals: Allowed is always true, and Exceeded says that the
// limit would have refused. The only errors are those of a ctx that ended.
func (s *Shadow) Allow(ctx context.Context, key string, limit int) (Decision, error) {
	d, err := s.limiter.Allow(ctx, key, limit)
	switch {
	case err != nil && ctx.Err() != nil:
		return Decision{}, err
	case err != nil:
		s.failed.Add(1)
		return unlimited, nil //nolint:nilerr // a limit nobody enforces must not fail a request
	case d.Allowed:
		s.allowed.Add(1)
	default:
		s.exceeded.Add(1)
		d.Allowed, d.Exceeded, d.RetryAfter = true, true, 0
	}
	return d, nil
}

// Stats reads the counters.
func (s *Shadow) Stats() ShadowStats {
	return ShadowStats{Allowed: s.allowed.Load(), Exceeded: s.exceeded.Load(), Failed: s.failed.Load()}
}
