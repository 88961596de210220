package tenancy

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
)

const lookupTime = 5 * time.Second

// lookupCache keeps what a store says of a tenant for up to MaxTenantAge, and that it knows none for up
// to MaxMissingAge. Whoever asks while the store is asked already waits for that answer. Failures are
// not kept.
type lookupCache[V any] struct {
	what string // is looked up, for the log
	find func(ctx context.Context, id ilsai.TenantID) (V, error)
	size int
	now  func() time.Time

	mu      sync.Mutex
	entries map[ilsai.TenantID]*list.Element
	recent  *list.List // of *cached[V], the most recently used first
	lookups map[ilsai.TenantID]*lookup[V]
}

type cached[V any] struct {
	id    ilsai.TenantID
	value V
	err   error // ilsai.CodeNotFound or nil
	asked time.Time
}

// lookup is one question to the store, shared by all who ask while it runs.
type lookup[V any] struct {
	done  chan struct{}
	value V
	err   error
}

func newLookupCache[V any](what string, find func(context.Context, ilsai.TenantID) (V, error), o TenantCacheOptions) *lookupCache[V] {
	if o.Size <= 0 {
		o.Size = defaultCachedTenants
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &lookupCache[V]{what: what, find: find, size: o.Size, now: o.Now, entries: make(map[ilsai.TenantID]*list.Element),
		recent: list.New(), lookups: make(map[ilsai.TenantID]*lookup[V])}
}

func (c *lookupCache[V]) get(ctx context.Context, id ilsai.TenantID) (V, error) {
	c.mu.Lock()
	if e, ok := c.entries[id]; ok {
		if kept := e.Value.(*cached[V]); kept.usable(c.now()) {
			c.recent.MoveToFront(e)
			c.mu.Unlock()
			return kept.value, kept.err
		}
		c.drop(id)
	}
	l, running := c.lookups[id]
	if !running {
		l = &lookup[V]{done: make(chan struct{})}
		c.lookups[id] = l
		// The others who wait must not fail because the first one hung up.
		go c.ask(context.WithoutCancel(ctx), id, l, c.now())
	}
	c.mu.Unlock()
	select {
	case <-l.done:
		return l.value, l.err
	case <-ctx.Done():
		var none V
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return none, ilsai.Wrap(ilsai.CodeDeadline, ctx.Err(), "The records of this service did not answer in time. Try again.")
		}
		return none, ilsai.Wrap(ilsai.CodeCanceled, ctx.Err(), "The request was canceled.")
	}
}

// forget makes the next look-up ask the store.
func (c *lookupCache[V]) forget(id ilsai.TenantID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(id)
	delete(c.lookups, id) // one that runs may have read the state before the change: its answer is not kept
}

// usable counts from the moment the store was asked: its answer may be as old as that. A clock that
// was set back makes nothing younger.
func (t *cached[V]) usable(now time.Time) bool {
	limit := MaxTenantAge
	if t.err != nil {
		limit = MaxMissingAge
	}
	age := now.Sub(t.asked)
	return age >= 0 && age < limit
}

func (c *lookupCache[V]) ask(ctx context.Context, id ilsai.TenantID, l *lookup[V], asked time.Time) {
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	defer close(l.done)
	defer c.finish(id, l, asked)
	defer func() { // nobody else would catch it here, and it must not end the process for all tenants
		if p := recover(); p != nil {
			l.err = ilsai.Wrap(ilsai.CodeInternal, fmt.Errorf("looking up %s %s: panic: %v", c.what, id, p), "")
		}
	}()
	l.value, l.err = c.find(ctx, id)
	if ctx.Err() != nil && l.err != nil {
		l.err = ilsai.Wrap(ilsai.CodeUnavailable, l.err, "The records of this service did not answer in time. Try again.")
	}
}

func (c *lookupCache[V]) finish(id ilsai.TenantID, l *lookup[V], asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lookups[id] != l {
		return
	}
	delete(c.lookups, id)
	if l.err != nil && ilsai.ErrorCode(l.err) != ilsai.CodeNotFound {
		return
	}
	c.entries[id] = c.recent.PushFront(&cached[V]{id: id, value: l.value, err: l.err, asked: asked})
	for len(c.entries) > c.size {
		c.drop(c.recent.Back().Value.(*cached[V]).id)
	}
}

func (c *lookupCache[V]) drop(id ilsai.TenantID) {
	if e, ok := c.entries[id]; ok {
		c.recent.Remove(e)
		delete(c.entries, id)
	}
}
