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

const (
	// MaxTenantAge bounds how old a cached tenant may be: a suspension counts within it.
	MaxTenantAge = 30 * time.Second
	// MaxMissingAge bounds how long a tenant counts as missing: a new shop may ask within it.
	MaxMissingAge = 5 * time.Second

	defaultCachedTenants = 20_000
	tenantLookupTime     = 5 * time.Second
)

// TenantCacheOptions configures NewTenantCache. The zero value is ready to use.
type TenantCacheOptions struct {
	Size int              // tenants kept at most; 0 means 20,000
	Now  func() time.Time // nil means time.Now
}

// TenantCache answers look-ups from memory for up to MaxTenantAge, so that authenticating costs no
// database and goes on while the database is away for a moment. After that it answers with what the
// store says, ilsai.CodeUnavailable included. It is safe for concurrent use.
type TenantCache struct {
	tenants TenantFinder
	size    int
	now     func() time.Time

	mu      sync.Mutex
	entries map[ilsai.TenantID]*list.Element
	recent  *list.List // of *cachedTenant, the most recently used first
	lookups map[ilsai.TenantID]*tenantLookup
}

type cachedTenant struct {
	id     ilsai.TenantID
	tenant Tenant
	err    error // ilsai.CodeNotFound or nil
	asked  time.Time
}

// tenantLookup is one question to the store, shared by all who ask while it runs.
type tenantLookup struct {
	done   chan struct{}
	tenant Tenant
	err    error
}

// NewTenantCache makes a cache before a store.
func NewTenantCache(tenants TenantFinder, o TenantCacheOptions) *TenantCache {
	if o.Size <= 0 {
		o.Size = defaultCachedTenants
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &TenantCache{tenants: tenants, size: o.Size, now: o.Now, entries: make(map[ilsai.TenantID]*list.Element),
		recent: list.New(), lookups: make(map[ilsai.TenantID]*tenantLookup)}
}

// Tenant implements TenantFinder.
func (c *TenantCache) Tenant(ctx context.Context, id ilsai.TenantID) (Tenant, error) {
	c.mu.Lock()
	if e, ok := c.entries[id]; ok {
		if kept := e.Value.(*cachedTenant); kept.usable(c.now()) {
			c.recent.MoveToFront(e)
			c.mu.Unlock()
			return kept.tenant, kept.err
		}
		c.drop(id)
	}
	l, running := c.lookups[id]
	if !running {
		l = &tenantLookup{done: make(chan struct{})}
		c.lookups[id] = l
		// The others who wait must not fail because the first one hung up.
		go c.lookup(context.WithoutCancel(ctx), id, l, c.now())
	}
	c.mu.Unlock()
	select {
	case <-l.done:
		return l.tenant, l.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return Tenant{}, ilsai.Wrap(ilsai.CodeDeadline, ctx.Err(), "The records of this service did not answer in time. Try again.")
		}
		return Tenant{}, ilsai.Wrap(ilsai.CodeCanceled, ctx.Err(), "The request was canceled.")
	}
}

// Forget makes the next look-up ask the store. Whoever changes a tenant calls it after the change.
func (c *TenantCache) Forget(id ilsai.TenantID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(id)
	delete(c.lookups, id) // one that runs may have read the state before the change: its answer is not kept
}

// usable counts from the moment the store was asked: its answer may be as old as that. A clock that
// was set back makes nothing younger.
func (t *cachedTenant) usable(now time.Time) bool {
	limit := MaxTenantAge
	if t.err != nil {
		limit = MaxMissingAge
	}
	age := now.Sub(t.asked)
	return age >= 0 && age < limit
}

func (c *TenantCache) lookup(ctx context.Context, id ilsai.TenantID, l *tenantLookup, asked time.Time) {
	ctx, cancel := context.WithTimeout(ctx, tenantLookupTime)
	defer cancel()
	defer close(l.done)
	defer c.finish(id, l, asked)
	defer func() { // nobody else would catch it here, and it must not end the process for all tenants
		if p := recover(); p != nil {
			l.err = ilsai.Wrap(ilsai.CodeInternal, fmt.Errorf("looking up tenant %s: panic: %v", id, p), "")
		}
	}()
	l.tenant, l.err = c.tenants.Tenant(ctx, id)
	if ctx.Err() != nil && l.err != nil {
		l.err = ilsai.Wrap(ilsai.CodeUnavailable, l.err, "The records of this service did not answer in time. Try again.")
	}
}

func (c *TenantCache) finish(id ilsai.TenantID, l *tenantLookup, asked time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lookups[id] != l {
		return
	}
	delete(c.lookups, id)
	if l.err != nil && ilsai.ErrorCode(l.err) != ilsai.CodeNotFound {
		return
	}
	c.entries[id] = c.recent.PushFront(&cachedTenant{id: id, tenant: l.tenant, err: l.err, asked: asked})
	for len(c.entries) > c.size {
		c.drop(c.recent.Back().Value.(*cachedTenant).id)
	}
}

func (c *TenantCache) drop(id ilsai.TenantID) {
	if e, ok := c.entries[id]; ok {
		c.recent.Remove(e)
		delete(c.entries, id)
	}
}
