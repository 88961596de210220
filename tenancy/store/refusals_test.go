package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// Every statement of a write of counts fails once, before and after it took effect. A write that says
// nothing else added nothing and is repeated; one of unknown outcome is left alone. So no count is
// ever there twice, and none is lost unless the store said that it may be.
func TestAddRefusalsFails(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		b := &breaker{left: -1}
		s.Intercept(b.run)
		hour := storetest.Start.Truncate(time.Hour)
		counts := []tenancy.RefusalCount{}
		for _, id := range []ilsai.TenantID{"abc123", "xyz789"} {
			counts = append(counts, tenancy.RefusalCount{Count: 2, RefusalKey: tenancy.RefusalKey{
				TenantID: id, Hour: tenancy.HourOf(hour), QueryType: tenancy.QuerySales, ErrorType: ilsai.CodeRateLimited}})
		}
		total := func() int {
			t.Helper()
			sum := 0
			for _, id := range []ilsai.TenantID{"abc123", "xyz789"} {
				m, err := s.TenantMetrics(t.Context(), id, hour, hour.Add(time.Hour))
				if err != nil {
					t.Fatal(err)
				}
				sum += m.QueriesTotal
			}
			return sum
		}
		want, failures, unknown := 0, 0, 0
		for _, after := range []bool{false, true} {
			for k := 0; ; k++ {
				b.arm(k, after)
				err := s.AddRefusals(t.Context(), counts)
				unharmed := b.armed()
				b.arm(-1, false)
				got := total()
				switch {
				case err == nil && unharmed:
					want += 4
				case err == nil:
					t.Errorf("statement %d: a failure went unnoticed", k)
				case errors.Is(err, tenancy.ErrOutcomeUnknown):
					unknown++
					if got == want+4 {
						want = got
					}
				default:
					failures++
					if ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
						t.Errorf("statement %d: got %v, want %s", k, err, ilsai.CodeUnavailable)
					}
				}
				if got != want {
					t.Fatalf("statement %d, after %v: %d are counted, want %d (%v)", k, after, got, want, err)
				}
				if unharmed {
					break
				}
			}
		}
		t.Logf("%d failures, %d of unknown outcome", failures, unknown)
		if failures < 4 {
			t.Errorf("%d failures were seen", failures)
		}
	})
}

func TestObserveCommits(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		type commit struct {
			operations int
			failed     bool
		}
		commits := make(chan commit, 100)
		s.ObserveCommits(func(operations int, took time.Duration, err error) {
			if took < 0 {
				t.Errorf("took %v", took)
			}
			commits <- commit{operations, err != nil}
		})
		if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
			t.Fatal(err)
		}
		e := storetest.Event(t, "abc123", 1)
		if err := s.AppendUsage(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
		a := storetest.Admission(t, "nobody", "", storetest.Start)
		if _, err := s.Admit(t.Context(), a); err == nil { // a refusal is no failed commit
			t.Error("an unknown tenant was admitted")
		}
		s.ObserveCommits(nil)
		if err := s.ReapLedger(t.Context(), storetest.Start); err != nil {
			t.Fatal(err)
		}
		close(commits)
		got := ""
		for c := range commits {
			got += fmt.Sprint(c)
		}
		if got != "{1 false}{1 false}" {
			t.Errorf("got %s, want two commits of one operation", got)
		}
	})
}
