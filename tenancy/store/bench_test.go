package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

var engines = map[string]func(b *testing.B) *store.Store{
	"sqlite": func(b *testing.B) *store.Store {
		s, err := store.Open(b.Context(), b.TempDir(), store.Options{})
		return benchStore(b, s, err)
	},
	"postgres": func(b *testing.B) *store.Store {
		p, err := sharedPostgres()
		if err != nil {
			b.Fatal(err)
		}
		dsn, err := p.DSN(b.Context(), fmt.Sprintf("bench_%d", schemas.Add(1)))
		if err != nil {
			b.Fatal(err)
		}
		s, err := store.OpenPostgres(b.Context(), dsn, store.Options{})
		return benchStore(b, s, err)
	},
}

const benchTenants = 20

func benchTenant(i int) ilsai.TenantID { return ilsai.TenantID(fmt.Sprintf("shop-%d", i%benchTenants)) }

func benchStore(b *testing.B, s *store.Store, err error) *store.Store {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	for i := range benchTenants {
		if err := s.CreateTenant(b.Context(), storetest.Tenant(benchTenant(i))); err != nil {
			b.Fatal(err)
		}
	}
	return s
}

// bench runs do b.N times from a number of callers at once.
func bench(b *testing.B, callers int, do func(s *store.Store, i int) error) {
	for name, open := range engines {
		b.Run(fmt.Sprintf("%s/callers=%d", name, callers), func(b *testing.B) {
			s := open(b)
			var next atomic.Int64
			var wg sync.WaitGroup
			b.ResetTimer()
			for range callers {
				wg.Go(func() {
					for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
						if err := do(s, int(i)); err != nil {
							b.Error(err)
							return
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "ops/s")
		})
	}
}

// What a cached answer costs: one row, durable.
func BenchmarkAppendUsage(b *testing.B) {
	for _, callers := range []int{1, 64} {
		bench(b, callers, func(s *store.Store, i int) error {
			e := storetest.Event(b, benchTenant(i), i)
			e.FromCache, e.TokensUsed = true, 0
			return s.AppendUsage(b.Context(), &e)
		})
	}
}

// What a generated answer with an idempotency key costs.
func BenchmarkAdmitSettle(b *testing.B) {
	for _, callers := range []int{1, 64} {
		bench(b, callers, func(s *store.Store, i int) error {
			a := storetest.Admission(b, benchTenant(i), fmt.Sprint("key-", i), storetest.Start)
			a.Limit = tenancy.Unlimited
			if _, err := s.Admit(b.Context(), a); err != nil {
				return err
			}
			return s.Settle(b.Context(), storetest.Settlement(b, a))
		})
	}
}

// What one row costs to verify.
func BenchmarkVerifyUsage(b *testing.B) {
	const rows = 20_000
	for name, open := range engines {
		b.Run(name, func(b *testing.B) {
			s := open(b)
			var wg sync.WaitGroup
			for c := range 64 {
				wg.Go(func() {
					for i := c; i < rows; i += 64 {
						e := storetest.Event(b, benchTenant(i), i)
						if err := s.AppendUsage(b.Context(), &e); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			for b.Loop() {
				if r, err := s.VerifyUsage(b.Context(), nil); err != nil || !r.OK() || r.Rows != rows {
					b.Fatal(r, err)
				}
			}
			b.ReportMetric(float64(b.N)*rows/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
