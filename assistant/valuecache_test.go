package assistant

import (
	"fmt"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// TestValueCacheIsBounded: in tenants and in values; who asked last is kept, and what one very large shop has is kept alone.
func TestValueCacheIsBounded(t *testing.T) {
	now := time.Unix(1, 0)
	c := newValueCache(func() time.Time { now = now.Add(time.Second); return now })
	catalogue := semantic.Sales()
	valuesOf := func(n int) *semantic.Values {
		names := make([]string, n)
		for i := range names {
			names[i] = fmt.Sprintf("Brand %d", i)
		}
		return semantic.NewValues(catalogue, map[string][]string{"brand": names})
	}
	key := func(i int) valueKey { return valueKey{ilsai.TenantID(fmt.Sprintf("shop-%d", i)), "sales"} }
	small := valuesOf(3)
	for i := range valuesKept + 50 {
		c.put(key(i), small)
		c.get(key(0)) // asks all the time
	}
	if _, ok := c.get(key(0)); !ok || len(c.entries) != valuesKept || c.held != 3*valuesKept {
		t.Errorf("%d tenants with %d values, the busiest kept: %v", len(c.entries), c.held, ok)
	}
	if _, ok := c.get(key(1)); ok {
		t.Error("who asked longest ago is still kept")
	}
	large := valuesOf(20_000)
	for i := range 30 {
		c.put(key(-1-i), large)
		if sum := 0; true {
			for _, e := range c.entries {
				sum += e.values.Len()
			}
			if sum != c.held || c.held > valuesHeld {
				t.Fatalf("%d values are held, counted %d, the limit is %d", sum, c.held, valuesHeld)
			}
		}
	}
	c.put(key(-1), large)
	c.put(key(-1), small)
	if e, ok := c.get(key(-1)); !ok || e.values != small {
		t.Error("values put again are not the new ones")
	}
	huge := valuesOf(valuesHeld + 1)
	if c.put(key(7), huge); len(c.entries) != 1 || c.entries[key(7)].values != huge {
		t.Errorf("%d tenants beside one that fills it", len(c.entries))
	}
}
