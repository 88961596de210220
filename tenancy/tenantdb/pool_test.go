package tenantdb

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
)

// checkPool is what every bound promises, whoever borrowed what.
func checkPool(t interface{ Fatalf(string, ...any) }, d *DB) {
	open, idle, databases := d.conns.Stats()
	if open > d.options.MaxConns || idle > open || databases > open || open > databases*d.options.ConnsPerTenant {
		t.Fatalf("%d open (at most %d) to %d databases, %d idle", open, d.options.MaxConns, databases, idle)
	}
}

// Random borrowing, returning, updating and waiting keeps the books right, and every snapshot is of
// the tenant it was asked for.
func TestPoolRandomOperations(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{now: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)}
	d := openDB(t, Options{MaxConns: 4, ConnsPerTenant: 2, IdleTimeout: time.Minute, Now: clock.Now})
	tenants := []ilsai.TenantID{"a", "b", "c", "d", "e"}
	for _, tenant := range tenants {
		mustMake(t, d, tenant, DomainSales)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	rapid.Check(t, func(rt *rapid.T) {
		var lent []*Snapshot
		defer func() {
			for _, s := range lent {
				s.Close()
			}
			checkPool(rt, d)
		}()
		rt.Repeat(map[string]func(*rapid.T){
			"borrow": func(rt *rapid.T) {
				tenant := rapid.SampledFrom(tenants).Draw(rt, "tenant")
				ctx, stop := context.WithTimeout(context.Background(), time.Millisecond) // a full pool must not hang the test
				defer stop()
				s, err := d.Snapshot(ctx, tenant, DomainSales)
				if err != nil {
					if ilsai.ErrorCode(err) != ilsai.CodeDeadline {
						rt.Fatalf("borrow: %v", err)
					}
					return
				}
				lent = append(lent, s)
				_, rows, err := s.Query(context.Background(), "SELECT name FROM items WHERE id = 1", nil, 1)
				if err != nil || rows[0][0] != canary(tenant, DomainSales) {
					rt.Fatalf("got %v, %v, want the canary of %s", rows, err, tenant)
				}
			},
			"return": func(rt *rapid.T) {
				if len(lent) == 0 {
					return
				}
				i := rapid.IntRange(0, len(lent)-1).Draw(rt, "which")
				if err := lent[i].Close(); err != nil {
					rt.Fatalf("return: %v", err)
				}
				lent = append(lent[:i], lent[i+1:]...)
			},
			"wait": func(rt *rapid.T) {
				clock.advance(time.Duration(rapid.IntRange(1, 90).Draw(rt, "seconds")) * time.Second)
			},
			"missing": func(rt *rapid.T) {
				if _, err := d.Snapshot(gone, "a", DomainSales); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
					rt.Fatalf("canceled: got %v", err)
				}
				if len(lent) < 4 {
					if _, err := d.Snapshot(context.Background(), "nobody", DomainSales); ilsai.ErrorCode(err) != ilsai.CodeNotFound {
						rt.Fatalf("missing: got %v", err)
					}
				}
			},
			"": func(rt *rapid.T) { checkPool(rt, d) },
		})
	})
}

func TestIdleConnectionsExpire(t *testing.T) {
	t.Parallel()
	clock := &fakeClock{now: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)}
	d := openDB(t, Options{IdleTimeout: time.Minute, Now: clock.Now})
	use := func(tenant ilsai.TenantID) {
		t.Helper()
		s, err := d.Snapshot(t.Context(), tenant, DomainSales)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, tenant := range []ilsai.TenantID{"a", "b", "c"} {
		mustMake(t, d, tenant, DomainSales)
		use(tenant)
	}
	if open, _, _ := d.conns.Stats(); open != 3 {
		t.Fatalf("got %d open, want 3 kept for the next question", open)
	}
	clock.advance(59 * time.Second)
	use("b")
	if open, _, _ := d.conns.Stats(); open != 3 {
		t.Errorf("after 59 s: got %d open, want 3", open)
	}
	clock.advance(time.Second)
	use("b")
	if open, _, databases := d.conns.Stats(); open != 1 || databases != 1 || d.conns.Open(key{"b", DomainSales}) != 1 {
		t.Errorf("after 60 s: got %d open to %d databases, want b's alone", open, databases)
	}
}

// The least recently used tenant makes room when all places are taken.
func TestLeastRecentlyUsedIsEvicted(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{MaxConns: 3})
	for _, tenant := range []ilsai.TenantID{"a", "b", "c", "a", "d"} {
		if exists, _ := d.Exists(tenant, DomainSales); !exists {
			mustMake(t, d, tenant, DomainSales)
		}
		s, err := d.Snapshot(t.Context(), tenant, DomainSales)
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
	for tenant, want := range map[ilsai.TenantID]bool{"a": true, "b": false, "c": true, "d": true} {
		if got := d.conns.Open(key{tenant, DomainSales}) > 0; got != want {
			t.Errorf("%s open: got %v, want %v", tenant, got, want)
		}
	}
}

// A tenant that holds all its connections waits, and does not take a place from another.
func TestTenantWaitsForItsOwn(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{MaxConns: 3, ConnsPerTenant: 2})
	mustMake(t, d, "a", DomainSales)
	mustMake(t, d, "b", DomainSales)
	first := snapshot(t, d, "a")
	snapshot(t, d, "a")
	got := make(chan error, 1)
	go func() {
		s, err := d.Snapshot(t.Context(), "a", DomainSales)
		if err == nil {
			err = s.Close()
		}
		got <- err
	}()
	snapshot(t, d, "b") // the neighbour is served at once
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-got; err != nil {
		t.Errorf("got %v, want the returned connection", err)
	}
}

// Many tenants at once over few connections: every answer is the asker's own.
func TestConcurrentTenants(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	d := openDB(t, Options{MaxConns: 6, ConnsPerTenant: 2})
	var tenants []ilsai.TenantID
	for i := range 10 {
		tenants = append(tenants, ilsai.TenantID(fmt.Sprintf("shop-%d", i)))
		mustMake(t, d, tenants[i], DomainSales)
	}
	var wg sync.WaitGroup
	for w := range 16 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(w)))
			for range 60 {
				tenant := tenants[rng.IntN(len(tenants))]
				s, err := d.Snapshot(t.Context(), tenant, DomainSales)
				if err != nil {
					t.Error(err)
					return
				}
				_, rows, err := s.Query(t.Context(), "SELECT name FROM items WHERE id = 1", nil, 1)
				if err != nil || rows[0][0] != canary(tenant, DomainSales) {
					t.Errorf("%s: got %v, %v", tenant, rows, err)
				}
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	checkPool(t, d)
}

func BenchmarkSnapshotQuery(b *testing.B) {
	d := openDB(b, Options{})
	mustMake(b, d, "a", DomainSales)
	for b.Loop() {
		s, err := d.Snapshot(b.Context(), "a", DomainSales)
		if err != nil {
			b.Fatal(err)
		}
		if _, _, err := s.Query(b.Context(), "SELECT i.name, SUM(l.quantity) FROM lines l JOIN items i ON i.id = l.item_id GROUP BY 1", nil, 100); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
