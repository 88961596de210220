package limit

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
)

// FallbackOptions configures a Fallback. The zero value is one replica with the default times.
type FallbackOptions struct {
	Replicas int                  // processes that share the store; less than 1 means 1
	Timeout  time.Duration        // of one call to the store; 0 means 100 ms
	Retry    time.Duration        // between calls to a store that is away; 0 means 1 s
	Clock    func() time.Duration // as Options.Clock; use the local limiter's
	Logger   *slog.Logger         // nil means slog.Default()
}

// Fallback is a Limiter on a shared store that goes on without it. While the store is away each
// replica admits its share of every limit from its own memory, what it admitted through the store
// included; one request every Retry asks the store again, and the first that is answered ends it.
//
// The promise is then bounded, not exact: in a window around a change of state a key may be admitted
// up to twice its limit over all replicas, since the store does not learn what was admitted without it.
type Fallback struct {
	shared  Limiter
	local   *Local
	options FallbackOptions

	mu    sync.Mutex
	away  bool
	retry time.Duration // when the store is next asked, by the clock

	lost, recovered, locally atomic.Uint64
}

// FallbackStats says where a Fallback stands and counts since its start.
type FallbackStats struct {
	Away      bool   // the store is away now
	Lost      uint64 // times it went away
	Recovered uint64 // times it came back
	Local     uint64 // requests decided without it
}

// NewFallback makes a limiter that asks shared and falls back to local, which it then owns. The
// store counts as there until it fails.
func NewFallback(shared Limiter, local *Local, o FallbackOptions) *Fallback {
	o.Replicas = max(o.Replicas, 1)
	if o.Timeout <= 0 {
		o.Timeout = 100 * time.Millisecond
	}
	if o.Retry <= 0 {
		o.Retry = time.Second
	}
	if o.Clock == nil {
		o.Clock = monotonic
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	return &Fallback{shared: shared, local: local, options: o}
}

// Allow implements Limiter, and never fails because the store is away. In that state
// Decision.Limit is the replica's share.
func (f *Fallback) Allow(ctx context.Context, key string, limit int) (Decision, error) {
	if f.reachable() {
		bounded, cancel := context.WithTimeout(ctx, f.options.Timeout)
		d, err := f.shared.Allow(bounded, key, limit)
		cancel()
		if err == nil {
			f.regain()
			if d.Allowed && d.Limit != tenancy.Unlimited {
				f.local.record(key)
			}
			return d, nil
		}
		// A request that ended by itself says nothing about the store.
		if over := ended(ctx); over != nil {
			return Decision{}, over
		}
		f.lose(err)
	}
	f.locally.Add(1)
	return f.local.Allow(ctx, key, f.share(limit))
}

// share is the part of a limit that one replica may admit alone: rounded down, so that the shares
// sum to no more than the limit, but at least 1, so that no tenant is shut out where there are more
// replicas than requests.
func (f *Fallback) share(limit int) int {
	if limit < 1 {
		return limit
	}
	return max(limit/f.options.Replicas, 1)
}

// reachable reports whether to ask the store: always while it answers, once every Retry while it
// does not, so that its timeout is paid by one request and not by all.
func (f *Fallback) reachable() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.away {
		return true
	}
	now := f.options.Clock()
	if now < f.retry {
		return false
	}
	f.retry = now + f.options.Retry
	return true
}

func (f *Fallback) lose(err error) {
	f.mu.Lock()
	was := f.away
	f.away = true
	f.retry = f.options.Clock() + f.options.Retry
	f.mu.Unlock()
	if !was {
		f.lost.Add(1)
		f.options.Logger.Warn("shared rate limit store is away; each replica enforces its share", "replicas", f.options.Replicas, "err", err)
	}
}

func (f *Fallback) regain() {
	f.mu.Lock()
	was := f.away
	f.away = false
	f.mu.Unlock()
	if was {
		f.recovered.Add(1)
		f.options.Logger.Info("shared rate limit store is back")
	}
}

// Stats reads the state and the counters.
func (f *Fallback) Stats() FallbackStats {
	f.mu.Lock()
	away := f.away
	f.mu.Unlock()
	return FallbackStats{Away: away, Lost: f.lost.Load(), Recovered: f.recovered.Load(), Local: f.locally.Load()}
}
