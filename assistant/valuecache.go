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
	valuesFresh   = 5 * time.Minute
	valuesRecheck = 15 * time.Second // an unknown word reloads values older than this: the shop may have just added it
	valuesKept    = 256              // tenants and domains
	valuesPerKind = 20000            // of one dimension
)

func newValueCache(now func() time.Time) *valueCache {
	return &valueCache{now: now, entries: map[valueKey]valueEntry{}}
}

// of gives the tenant's values, from a snapshot of its own where they are not at hand.
func (c *valueCache) of(ctx context.Context, data DataSource, tenant ilsai.TenantID, catalogue *semantic.Catalogue) (_ *semantic.Values, err error) {
	key := valueKey{tenant, catalogue.Domain}
	if values, _ := c.get(key); values != nil {
		return values, nil
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
	values, loaded := c.get(key)
	if values != nil {
		filters, err := values.Resolve(spans)
		var unknown *semantic.UnknownValueError
		if !errors.As(err, &unknown) || c.now().Sub(loaded) < valuesRecheck {
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

func (c *valueCache) get(key valueKey) (*semantic.Values, time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries[key]
	now := c.now()
	if !ok || now.Sub(e.loaded) >= valuesFresh {
		return nil, time.Time{}
	}
	e.used = now
	c.entries[key] = e
	return e.values, e.loaded
}

func (c *valueCache) put(key valueKey, values *semantic.Values) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	if _, known := c.entries[key]; !known && len(c.entries) >= valuesKept {
		var oldest valueKey
		var when time.Time
		for k, e := range c.entries {
			if when.IsZero() || e.used.Before(when) {
				oldest, when = k, e.used
			}
		}
		delete(c.entries, oldest)
	}
	c.entries[key] = valueEntry{values: values, loaded: now, used: now}
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
