package dedup

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai"
)

// TTL is how long an answer may be repeated, counted from when it was made.
const TTL = 5 * time.Minute

// Options configures a Cache. The zero value is right for a small installation.
type Options struct {
	MaxBytes int64            // of answers and their keeping; 0 means 64 MiB
	TTL      time.Duration    // 0 means TTL
	Now      func() time.Time // nil means time.Now
}

// Source says where an answer came from. Of all callers that share one run of the work and get its
// outcome, exactly one is told Generated: the one to bill.
type Source string

const (
	Generated Source = "generated" // made for this caller
	Cached    Source = "cached"    // made before
	Coalesced Source = "coalesced" // made meanwhile, for another caller
)

// Work makes an answer. ctx ends when nobody waits for the answer any more or the cache is closed; it
// carries the request id of the first caller and nothing else of its context, which a web framework
// may reuse once that caller is gone. For the same reason the function must own all that it refers
// to, and must not settle anything in one caller's name: see Source. The cache copies value.
//
// An answer that is not cacheable still goes to those who wait for it. A value beside an error is never
// kept; it goes with the error, to say what the failed run took.
type Work func(ctx context.Context) (value []byte, cacheable bool, err error)

// Cache keeps answers in memory and runs the work for those it lacks. It is safe for concurrent use.
//
// The memory behind it, ristretto, admits and evicts by use and may drop a write, so that an answer may
// be forgotten at any time, also right after it was made: a cache hit saves work, and nothing may
// depend on one. What must not happen twice at the same time is left to coalescing.
type Cache struct {
	ttl     time.Duration
	now     func() time.Time
	answers *memory
	base    context.Context
	stop    context.CancelFunc
	running sync.WaitGroup
	evicted atomic.Uint64

	mu      sync.Mutex
	closed  bool
	flights map[Key]*flight
	epochs  map[ilsai.TenantID]uint64 // how often a tenant was invalidated
	stats   Stats
}

// Stats counts since the start; Bytes is now.
type Stats struct {
	Hits       uint64 // answered from memory
	Misses     uint64 // runs of the work
	Coalesced  uint64 // callers that joined a run
	Evicted    uint64 // answers dropped for want of room or for age, or not kept at all
	Mismatches uint64 // what lay under the key was another tenant's: a defect in how keys are made; read as misses
	Bytes      int64  // in use, of Options.MaxBytes
}

// New makes an empty cache. The error is ilsai.CodeInvalid for options that make no sense.
func New(o Options) (*Cache, error) {
	if o.MaxBytes == 0 {
		o.MaxBytes = 64 << 20
	}
	if o.TTL == 0 {
		o.TTL = TTL
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.MaxBytes < 0 || o.TTL < 0 {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "The answer cache needs a positive size and time to live.")
	}
	c := &Cache{ttl: o.TTL, now: o.Now, flights: map[Key]*flight{}, epochs: map[ilsai.TenantID]uint64{}}
	c.base, c.stop = context.WithCancel(context.Background())
	var err error
	if c.answers, err = newMemory(o.MaxBytes, &c.evicted); err != nil {
		c.stop()
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "The answer cache cannot be set up.")
	}
	return c, nil
}

// Do returns the answer for key: from memory, from the run of the work that others already wait for,
// or by running work. Callers come and go without touching each other: the run goes on as long as
// one of them waits, and if the one it was started for leaves, the next in line takes its place as
// the one it is Generated for.
//
// The caller owns the value. The error is the work's, ilsai.CodeInternal if the work panicked,
// ilsai.CodeCanceled or CodeDeadline if ctx ended first, ilsai.CodeUnavailable after Close. Errors are not
// kept: the next caller starts anew. An error of the work comes with its source and its value, for the
// record. So does that of the last caller whose ctx ended, if the run that is canceled with it returns
// within a second: it is Generated then. Work must not call Do with its own key.
func (c *Cache) Do(ctx context.Context, key Key, tenant ilsai.TenantID, work Work) ([]byte, Source, error) {
	if ctx.Err() != nil {
		return nil, "", ended(ctx)
	}
	c.mu.Lock()
	if c.closed {
		c.mu.Unlock()
		return nil, "", ilsai.Errorf(ilsai.CodeUnavailable, "The service is stopping.")
	}
	epoch := c.epochs[tenant]
	if a, ok := c.find(key, tenant, epoch); ok {
		c.stats.Hits++
		c.mu.Unlock()
		return bytes.Clone(a.value), Cached, nil
	}
	f := c.board(ctx, key, tenant, epoch, work)
	w := f.join()
	c.mu.Unlock()

	select {
	case <-f.done:
	case <-ctx.Done():
	}
	source, last, err := c.leave(ctx, f, w)
	switch {
	case last:
		return f.parting(), source, err
	case source == "":
		return nil, source, err
	default:
		return bytes.Clone(f.value), source, err
	}
}

// find looks for a live answer of the tenant. The caller holds the lock.
func (c *Cache) find(key Key, tenant ilsai.TenantID, epoch uint64) (*answer, bool) {
	a, ok := c.answers.get(key)
	switch {
	case !ok:
		return nil, false
	case a.key != key || a.tenant != tenant: // ristretto tells keys apart by half their bits
		c.stats.Mismatches++
		return nil, false
	}
	return a, a.epoch == epoch && c.now().Before(a.expires)
}

// Invalidate forgets the tenant's answers, those in the making included: they still go to the callers
// that wait for them, and to nobody who asks from now on. Use it when the tenant's data or rights
// changed in a way that its keys do not show.
func (c *Cache) Invalidate(tenant ilsai.TenantID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.epochs[ilsai.TenantID(strings.Clone(string(tenant)))]++
}

// Stats reads the counters.
func (c *Cache) Stats() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.stats
	s.Evicted = c.evicted.Load()
	if !c.closed {
		s.Bytes = c.answers.used()
	}
	return s
}

// Close cancels the work in progress, waits until it has returned and frees the memory. Callers
// that wait get what their work returned. Calling it again does nothing.
func (c *Cache) Close() {
	c.mu.Lock()
	closed := c.closed
	c.closed = true
	c.mu.Unlock()
	if closed {
		return
	}
	c.stop()
	c.running.Wait()
	c.answers.close()
}

// ended is the error of a caller whose context ended.
func ended(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return ilsai.Wrap(ilsai.CodeDeadline, ctx.Err(), "The request ran out of time.")
	}
	return ilsai.Wrap(ilsai.CodeCanceled, ctx.Err(), "The request was canceled.")
}
