package dedup_test

import (
	"context"
	"flag"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/dedup"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// checks sets how many cases the properties of a test draw, unless the command line says it.
func checks(t *testing.T, n string) {
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := flag.Set(f.Name, n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { flag.Set(f.Name, f.DefValue) })
}

// clock is moved by the test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func newCache(t *testing.T, o dedup.Options) (*dedup.Cache, *clock) {
	t.Helper()
	now := &clock{now: time.Date(2026, 11, 3, 14, 30, 0, 0, time.UTC)}
	o.Now = now.Now
	c, err := dedup.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, now
}

const shop ilsai.TenantID = "shop-a"

// says is work that returns a fixed answer at once.
func says(value string) dedup.Work {
	return func(context.Context) ([]byte, bool, error) { return []byte(value), true, nil }
}

// ask runs work for key and returns what came and from where.
func ask(t *testing.T, c *dedup.Cache, key dedup.Key, tenant ilsai.TenantID, work dedup.Work) (string, dedup.Source) {
	t.Helper()
	value, source, err := c.Do(context.Background(), key, tenant, work)
	if err != nil {
		t.Fatal(err)
	}
	c.Wait()
	return string(value), source
}

func expect(t *testing.T, c *dedup.Cache, key dedup.Key, work dedup.Work, value string, source dedup.Source) {
	t.Helper()
	if v, s := ask(t, c, key, shop, work); v != value || s != source {
		t.Errorf("got %q, %s; want %q, %s", v, s, value, source)
	}
}
