package tenancy_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func TestRates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		part, total int
		want        float64
	}{{0, 0, 0}, {0, 5, 0}, {5, 5, 1}, {600, 1250, 0.48}, {1, 3, 0.33}, {2, 3, 0.67}, {1, 1000, 0}, {995, 1000, 1}} {
		if got := tenancy.HitRate(c.part, c.total); got != c.want {
			t.Errorf("%d of %d: got %v, want %v", c.part, c.total, got, c.want)
		}
	}
	for _, c := range []struct {
		ready, minutes int
		want           float64
	}{{0, 0, 0}, {0, 9, 0}, {9, 9, 1}, {43_199, 43_200, 0.9999}, {1999, 2000, 0.9995}} {
		if got := tenancy.NewPlatformMetrics(nil, 0, c.ready, c.minutes).ModelUptime; got != c.want {
			t.Errorf("%d of %d minutes: got %v, want %v", c.ready, c.minutes, got, c.want)
		}
	}
}

// Types and errors are ordered by how often, then always alike.
func TestMetricsOrder(t *testing.T) {
	t.Parallel()
	m := tenancy.NewMetrics([]tenancy.Tally{
		{QueryType: tenancy.QueryPatients, Count: 2, ErrorType: ilsai.CodeDeadline}, {QueryType: tenancy.QueryInventory, Count: 1},
		{QueryType: tenancy.QueryInventory, Count: 2, ErrorType: ilsai.CodeInvalid}, {QueryType: tenancy.QuerySales, Count: 2, ErrorType: ilsai.CodeCanceled},
	})
	if got := m.MostCommonQueryTypes; len(got) != 3 || got[0] != tenancy.QueryInventory || got[1] != tenancy.QuerySales || got[2] != tenancy.QueryPatients {
		t.Errorf("got %v", got)
	}
	if got := m.Errors; len(got) != 3 || got[0].Type != ilsai.CodeCanceled || got[1].Type != ilsai.CodeInvalid || got[2].Type != ilsai.CodeDeadline {
		t.Errorf("got %v", got)
	}
}

func TestHoursAndMinutes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-1<<33, 1<<34).Draw(t, "s"), rapid.Int64Range(0, 999_999_999).Draw(t, "ns"))
		for name, c := range map[string]struct {
			got  int64
			unit time.Duration
		}{"hour": {tenancy.HourOf(at), time.Hour}, "minute": {tenancy.MinuteOf(at), time.Minute}} {
			begin := time.Unix(c.got*int64(c.unit/time.Second), 0)
			if at.Before(begin) || !at.Before(begin.Add(c.unit)) {
				t.Errorf("%v is not in %s %d", at.UTC(), name, c.got)
			}
		}
	})
}
