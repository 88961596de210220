package limit

import (
	"context"
	"hash/maphash"
	"math"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
)

const (
	shardCount = 64
	// Every call drops up to ownSweep idle keys of its own shard, and every strideth call up to
	// otherSweep of the next shard in turn: idle keys go as long as any traffic comes, without a
	// goroutine, and no call pays for many.
	ownSweep, otherSweep, stride = 2, 16, 32
)

// Options configures a limiter. The zero value is right for production.
type Options struct {
	Window time.Duration // 0 means Window; whole microseconds
	// Clock is the time since any fixed moment, by a clock that nobody sets; nil means the
	// process's monotonic clock (Local, Fallback) or the server's clock (Redis).
	Clock func() time.Duration
}

// Local is a Limiter in this process's memory: 8 bytes for each request admitted in the last
// window, rounded up to a power of two or the limit. Keys idle for a window are dropped.
type Local struct {
	window time.Duration
	clock  func() time.Duration
	seed   maphash.Seed
	calls  atomic.Uint64
	shards [shardCount]shard
}

// NewLocal makes a limiter that holds no keys yet.
func NewLocal(o Options) *Local {
	l := &Local{window: o.Window, clock: o.Clock, seed: maphash.MakeSeed()}
	if l.window <= 0 {
		l.window = Window
	}
	if l.clock == nil {
		l.clock = monotonic
	}
	for i := range l.shards {
		l.shards[i].logs = map[string]*log{}
	}
	return l
}

// Allow implements Limiter. It never blocks on anything but other calls, for as long as they compute.
func (l *Local) Allow(ctx context.Context, key string, limit int) (Decision, error) {
	if err := ended(ctx); err != nil {
		return Decision{}, err
	}
	if limit == tenancy.Unlimited {
		return unlimited, nil
	}
	if limit < 1 {
		return closed(l.window), nil
	}
	s := l.lock(key)
	// Read under the lock: the stamps of a log are in order.
	now := l.clock()
	s.sweep(now-l.window, ownSweep)
	k := s.open(key)
	d := k.decide(max(now, k.newest()), l.window, limit)
	if d.Allowed {
		s.touch(k)
	}
	s.mu.Unlock()
	l.sweepNext()
	return d, nil
}

// record counts a request of key that another limiter admitted.
func (l *Local) record(key string) {
	s := l.lock(key)
	defer s.mu.Unlock()
	k := s.open(key)
	now := max(l.clock(), k.newest())
	k.expire(now - l.window)
	k.push(now, math.MaxInt)
	s.touch(k)
}

// lock locks the shard of key.
func (l *Local) lock(key string) *shard {
	s := &l.shards[maphash.String(l.seed, key)%shardCount]
	s.mu.Lock()
	return s
}

// sweepNext drops idle keys of the next shard in turn, so that a shard without traffic is emptied too.
func (l *Local) sweepNext() {
	n := l.calls.Add(1)
	if n%stride != 0 {
		return
	}
	s := &l.shards[n/stride%shardCount]
	if !s.mu.TryLock() {
		return // it has traffic, and sweeps itself
	}
	defer s.mu.Unlock()
	s.sweep(l.clock()-l.window, otherSweep)
}
