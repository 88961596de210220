package assistant

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// valueCache keeps each tenant's own values of filterable dimensions for a while, so that a filter
// costs no scan. An entry belongs to one tenant and one domain; nothing is ever looked up across them.
type valueCache struct {
	now     func() time.Time
	mu      sync.Mutex
	entries map[valueKey]valueEntry
	held    int // values of all entries
}

type valueKey struct {
	tenant ilsai.TenantID
	domain string
}

type valueEntry struct {
	values *semantic.Values
	loaded time.Time
	used   time.Time
}

const (
	valuesFresh   = 5 * time.Minute  // to filter by; to tell words of a question apart any age does
	valuesRecheck = 15 * time.Second // an unknown word reloads values older than this: the shop may have just added it
	valuesKept    = 1024             // tenants and domains
	valuesHeld    = 400_000          // of all of them, about 300 bytes each
	valuesPerKind = 20000            // of one dimension
)

func newValueCache(now func() time.Time) *valueCache {
	return &valueCache{now: now, entries: map[valueKey]valueEntry{}}
}

// of gives the tenant's values as they were when somebody last filtered, from a snapshot of its own where they are not at hand.
func (c *valueCache) of(ctx context.Context, data DataSource, tenant ilsai.TenantID, catalogue *semantic.Catalogue) (_ *semantic.Values, err error) {
	key := valueKey{tenant, catalogue.Domain}
	if e, ok := c.get(key); ok {
		return e.values, nil
	}
	s, err := data.Snapshot(ctx, tenant, catalogue.Source())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	values, err := LoadValues(ctx, s, catalogue)
	if err != nil {
		return nil, err
	}
	c.put(key, values)
	return values, nil
}

// resolve links spans to the tenant's values. Its error is a *semantic.UnknownValueError when a span fits none.
func (c *valueCache) resolve(ctx context.Context, s Snapshot, tenant ilsai.TenantID, catalogue *semantic.Catalogue, spans []string) ([]semantic.Filter, error) {
	key := valueKey{tenant, catalogue.Domain}
	if e, ok := c.get(key); ok && c.now().Sub(e.loaded) < valuesFresh {
		filters, err := e.values.Resolve(spans)
		var unknown *semantic.UnknownValueError
		if !errors.As(err, &unknown) || c.now().Sub(e.loaded) < valuesRecheck {
			return filters, err
		}
	}
	// Two questions of one tenant may both load: that costs a query, while a lock held over a database
	// would make one tenant wait for another.
	values, err := LoadValues(ctx, s, catalogue)
	if err != nil {
		return nil, err
	}
	c.put(key, values)
	return values.Resolve(spans)
}

func (c *valueCache) get(key valueKey) (valueEntry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	if ok {
		e.used = c.now()
		c.entries[key] = e
	}
	return e, ok
}

// put keeps values, and drops those that were used longest ago when there are too many. The entry just put stays.
func (c *valueCache) put(key valueKey, values *semantic.Values) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if before, known := c.entries[key]; known {
		c.held -= before.values.Len()
	}
	c.entries[key] = valueEntry{values: values, loaded: now, used: now}
	c.held += values.Len()
	for len(c.entries) > valuesKept || c.held > valuesHeld && len(c.entries) > 1 {
		var oldest valueKey
		var when time.Time
		for k, e := range c.entries {
			if k != key && (when.IsZero() || e.used.Before(when)) {
				oldest, when = k, e.used
			}
		}
		c.held -= c.entries[oldest].values.Len()
		delete(c.entries, oldest)
	}
}

// LoadValues reads a shop's own values of all dimensions that questions filter by.
func LoadValues(ctx context.Context, s Snapshot, catalogue *semantic.Catalogue) (*semantic.Values, error) {
	all := map[string][]string{}
	for _, d := range catalogue.Filterable() {
		_, rows, err := s.Query(ctx, d.Values, nil, valuesPerKind)
		if err != nil {
			return nil, fmt.Errorf("values of %s: %w", d.ID, err)
		}
		for _, row := range rows {
			if len(row) == 0 {
				continue
			}
			if text, ok := row[0].(string); ok {
				all[d.ID] = append(all[d.ID], text)
			}
		}
	}
	return semantic.NewValues(catalogue, all), nil
}
