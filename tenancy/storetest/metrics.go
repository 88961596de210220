package storetest

import (
	"context"
	"encoding/json"
	"reflect"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// MetricsStore is a store with metrics.
type MetricsStore interface {
	tenancy.Store
	tenancy.RefusalStore
	tenancy.MetricsStore
	RecordReady(ctx context.Context, at time.Time) error
}

// ExerciseMetrics runs the metrics' suite. open gives each test an empty store of its own on the given
// clock and closes it when the test ends.
func ExerciseMetrics(t *testing.T, open func(t *testing.T, now func() time.Time) MetricsStore) {
	for name, test := range map[string]func(*metricsTest){
		"TenantMetrics":   tenantMetrics,
		"NothingAsked":    nothingAsked,
		"SpanEdges":       spanEdges,
		"UsageByDay":      usageByDay,
		"PlatformMetrics": platformMetrics,
		"Uptime":          uptime,
		"RefusalsAtOnce":  refusalsAtOnce,
		"MetricsCanceled": metricsCanceled,
		"RandomHistory":   randomHistory,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := &metricsTest{T: t}
			m.clock.Store(Start.UnixNano())
			m.s = open(t, func() time.Time { return time.Unix(0, m.clock.Load()).UTC() })
			mustCreate(t, m.s, "abc123", "xyz789")
			test(m)
		})
	}
}

type metricsTest struct {
	*testing.T
	s     MetricsStore
	clock atomic.Int64
	asked int
}

// ask appends an event of a tenant at a time and after edits.
func (m *metricsTest) ask(id ilsai.TenantID, at time.Time, edit func(*tenancy.UsageEvent)) {
	m.Helper()
	m.asked++
	e := Event(m.T, id, m.asked)
	e.Timestamp = at
	if edit != nil {
		edit(&e)
	}
	mustAppend(m.T, m.s, &e)
}

func fromCache(e *tenancy.UsageEvent) { e.FromCache, e.TokensUsed, e.ResponseTimeMS = true, 0, 3 }

func failing(code ilsai.Code) func(*tenancy.UsageEvent) {
	return func(e *tenancy.UsageEvent) {
		e.Success, e.ErrorType, e.TokensUsed, e.ResponseTimeMS = false, code, 0, 60_000
	}
}

func (m *metricsTest) refuse(id ilsai.TenantID, at time.Time, q tenancy.QueryType, code ilsai.Code, n int64) {
	m.Helper()
	key := tenancy.RefusalKey{TenantID: id, Hour: tenancy.HourOf(at), QueryType: q, ErrorType: code}
	if err := m.s.AddRefusals(m.Context(), []tenancy.RefusalCount{{RefusalKey: key, Count: n}}); err != nil {
		m.Fatal(err)
	}
}

func (m *metricsTest) want(what string, id ilsai.TenantID, from, to time.Time, want tenancy.Metrics) {
	m.Helper()
	if got, err := m.s.TenantMetrics(m.Context(), id, from, to); err != nil || !reflect.DeepEqual(got, want) {
		m.Errorf("%s:\ngot  %+v, %v\nwant %+v", what, got, err, want)
	}
}

func tenantMetrics(m *metricsTest) {
	at := Start.Truncate(time.Hour)
	m.ask("abc123", at, nil)
	m.ask("abc123", at, func(e *tenancy.UsageEvent) { e.ResponseTimeMS = 101; e.TokensUsed = 1 })
	m.ask("abc123", at, fromCache)
	m.ask("abc123", at, func(e *tenancy.UsageEvent) { e.QueryType = tenancy.QueryInventory })
	m.ask("abc123", at, failing(ilsai.CodeDeadline))
	m.ask("abc123", at, failing(""))
	m.ask("xyz789", at, nil)
	m.refuse("abc123", at, tenancy.QueryPatients, ilsai.CodeRateLimited, 4)
	m.refuse("abc123", at, tenancy.QueryPatients, ilsai.CodeRateLimited, 1)
	m.refuse("abc123", at, tenancy.QueryInventory, ilsai.CodeDeadline, 1)
	m.refuse("xyz789", at, tenancy.QuerySales, ilsai.CodeRateLimited, 7)
	m.want("all", "abc123", at, at.Add(time.Hour), tenancy.Metrics{
		QueriesTotal: 12, QueriesSuccessful: 4, QueriesFailed: 8, QueriesCached: 1, CacheHitRate: 0.08,
		AvgResponseTimeMS: 626, // of 1200, 101, 3 and 1200
		TokensUsedTotal:   301, MostCommonQueryTypes: []tenancy.QueryType{tenancy.QuerySales, tenancy.QueryPatients, tenancy.QueryInventory},
		Errors: []tenancy.ErrorCount{{Type: ilsai.CodeRateLimited, Count: 5}, {Type: ilsai.CodeDeadline, Count: 2}, {Type: ilsai.CodeInternal, Count: 1}},
	})
}

func nothingAsked(m *metricsTest) {
	got, err := m.s.TenantMetrics(m.Context(), "nobody", Start, Start.Add(time.Hour))
	text, jsonErr := json.Marshal(got)
	const want = `{"queries_total":0,"queries_successful":0,"queries_failed":0,"queries_cached":0,"cache_hit_rate":0,` +
		`"avg_response_time_ms":0,"tokens_used_total":0,"most_common_query_types":[],"errors":[]}`
	if err != nil || jsonErr != nil || string(text) != want {
		m.Errorf("got %s, %v, %v, want %s", text, err, jsonErr, want)
	}
	if got, err := m.s.PlatformMetrics(m.Context(), Start, Start.Add(time.Hour)); err != nil || got != (tenancy.PlatformMetrics{}) {
		m.Errorf("platform: got %+v, %v, want zeros", got, err)
	}
	if got, err := m.s.UsageByDay(m.Context(), "nobody", []time.Time{Start}); err != nil || len(got) != 0 {
		m.Errorf("no day: got %+v, %v", got, err)
	}
	_, err = m.s.UsageByDay(m.Context(), "nobody", make([]time.Time, tenancy.MaxUsageDays+2))
	wantCode(m.T, "too many days", err, ilsai.CodeInvalid)
}

// Spans share no question and lose none: rows by their time, refusals by the beginning of their hour.
func spanEdges(m *metricsTest) {
	at := Start.Truncate(time.Hour)
	for _, d := range []time.Duration{-time.Millisecond, 0, 30*time.Minute - time.Millisecond, 30 * time.Minute, time.Hour - time.Millisecond, time.Hour} {
		m.ask("abc123", at.Add(d), nil)
	}
	for _, d := range []time.Duration{-time.Hour, 0, time.Hour} {
		m.refuse("abc123", at.Add(d), tenancy.QuerySales, ilsai.CodeRateLimited, 1)
	}
	kolkata := time.FixedZone("IST", 5*3600+1800)
	for _, c := range []struct {
		from, to    time.Time
		rows, total int
	}{
		{at, at.Add(time.Hour), 4, 5},
		{at, at.Add(30 * time.Minute), 2, 3},
		{at.Add(30 * time.Minute), at.Add(time.Hour), 2, 2},
		{at.Add(-30 * time.Minute).In(kolkata), at.Add(30 * time.Minute).In(kolkata), 3, 4},
		{at, at, 0, 0},
	} {
		got, err := m.s.TenantMetrics(m.Context(), "abc123", c.from, c.to)
		if err != nil || got.QueriesSuccessful != c.rows || got.QueriesTotal != c.total {
			m.Errorf("%v to %v: got %+v, %v, want %d rows of %d", c.from, c.to, got, err, c.rows, c.total)
		}
	}
}

func usageByDay(m *metricsTest) {
	paris, err := tenancy.LoadTimeZone("Europe/Paris")
	if err != nil {
		m.Fatal(err)
	}
	// The 25th of October 2026 has 25 hours in Paris.
	bounds := []time.Time{}
	for day := 24; day <= 27; day++ {
		bounds = append(bounds, time.Date(2026, 10, day, 0, 0, 0, 0, paris))
	}
	for hour := bounds[0].Add(-2 * time.Hour); hour.Before(bounds[3].Add(2 * time.Hour)); hour = hour.Add(time.Hour) {
		m.ask("abc123", hour.Add(59*time.Minute+59*time.Second), nil)
		m.refuse("abc123", hour, tenancy.QuerySales, ilsai.CodeQuotaExceeded, 2)
	}
	m.ask("abc123", bounds[1], fromCache)
	m.ask("abc123", bounds[1], failing(ilsai.CodeDeadline))
	m.ask("xyz789", bounds[1], nil)
	want := []tenancy.DayUsage{
		{Queries: 24 * 3, Tokens: 24 * 150, Failed: 48}, {Queries: 25*3 + 2, Cached: 1, Tokens: 25 * 150, Failed: 51}, {Queries: 24 * 3, Tokens: 24 * 150, Failed: 48},
	}
	if got, err := m.s.UsageByDay(m.Context(), "abc123", bounds); err != nil || !reflect.DeepEqual(got, want) {
		m.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
}

func platformMetrics(m *metricsTest) {
	mustCreate(m.T, m.s, "quiet", "refused")
	at := Start.Truncate(time.Hour)
	m.clock.Store(at.Add(time.Hour).UnixNano())
	for range 3 {
		m.ask("abc123", at, nil)
		m.ask("abc123", at, fromCache)
	}
	m.ask("xyz789", at.Add(time.Minute), failing(ilsai.CodeDeadline))
	m.ask("quiet", at.Add(-time.Minute), nil)
	m.refuse("refused", at, tenancy.QuerySales, ilsai.CodeFeatureDisabled, 2)
	want := tenancy.PlatformMetrics{TotalQueries: 9, ActiveTenants: 3, AvgQueriesPerTenant: 3, CacheHitRateGlobal: 0.33}
	if got, err := m.s.PlatformMetrics(m.Context(), at, at.Add(time.Hour)); err != nil || got != want {
		m.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func uptime(m *metricsTest) {
	at := Start.Truncate(time.Hour)
	minute := func(n float64) time.Time { return at.Add(time.Duration(n * float64(time.Minute))) }
	ready := func(n float64) {
		m.Helper()
		if err := m.s.RecordReady(m.Context(), minute(n)); err != nil {
			m.Fatal(err)
		}
	}
	want := func(what string, now, from, to, want float64) {
		m.Helper()
		m.clock.Store(minute(now).UnixNano())
		if got, err := m.s.PlatformMetrics(m.Context(), minute(from), minute(to)); err != nil || got.ModelUptime != want {
			m.Errorf("%s: got %v, %v, want %v", what, got.ModelUptime, err, want)
		}
	}
	want("nothing recorded", 30, 0, 60, 0)
	for _, n := range []float64{10, 10, 10.9, 11, 12, 13} { // two replicas make one row
		ready(n)
	}
	want("what was before the first does not count", 14, 0, 60, 1)
	want("nor does the minute under way", 14.9, 0, 60, 1)
	want("a minute that is over does", 15, 0, 60, 0.8)
	want("until now", 20, 0, 60, 0.4)
	want("until the span ends", 1000, 0, 20, 0.4)
	want("a span after the first one counts whole", 1000, 20, 30, 0)
	want("parts of minutes: those that begin in the span", 1000, 10.5, 14.5, 0.75)
	want("a span before the first one", 1000, 0, 10, 0)
	want("a span to come", 20, 30, 40, 0)
	ready(20)
	want("the minute under way once it is recorded", 20.5, 20, 60, 1)
	// Rounded down: one lost minute of many never reads as none.
	for n := 21; n < 60; n++ {
		ready(float64(n))
	}
	want("rounded down", 1000, 10, 73, 0.6984) // 44 of 63 are 0.69841
}

func refusalsAtOnce(m *metricsTest) {
	const writers, rounds = 8, 10
	at := Start.Truncate(time.Hour)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for range rounds {
				var counts []tenancy.RefusalCount
				for i, id := range []ilsai.TenantID{"abc123", "xyz789", "nobody"} {
					for j, q := range tenancy.QueryTypes() {
						key := tenancy.RefusalKey{TenantID: id, Hour: tenancy.HourOf(at), QueryType: q, ErrorType: ilsai.CodeRateLimited}
						counts = append(counts, tenancy.RefusalCount{RefusalKey: key, Count: int64(1 + i + j)})
					}
				}
				if w%2 == 1 { // the order must not matter
					for i, j := 0, len(counts)-1; i < j; i, j = i+1, j-1 {
						counts[i], counts[j] = counts[j], counts[i]
					}
				}
				if err := m.s.AddRefusals(m.Context(), counts); err != nil {
					m.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for i, id := range []ilsai.TenantID{"abc123", "xyz789", "nobody"} {
		want := writers * rounds * (4*(1+i) + 6)
		if got, err := m.s.TenantMetrics(m.Context(), id, at, at.Add(time.Hour)); err != nil || got.QueriesFailed != want || got.QueriesTotal != want {
			m.Errorf("%s: got %+v, %v, want %d", id, got, err, want)
		}
	}
	if err := m.s.AddRefusals(m.Context(), nil); err != nil {
		m.Errorf("nothing to add: %v", err)
	}
}

func metricsCanceled(m *metricsTest) {
	ctx, cancel := canceledContext(m.T)
	defer cancel()
	at := Start.Truncate(time.Hour)
	_, err := m.s.TenantMetrics(ctx, "abc123", at, at.Add(time.Hour))
	wantCode(m.T, "TenantMetrics", err, ilsai.CodeCanceled)
	_, err = m.s.PlatformMetrics(ctx, at, at.Add(time.Hour))
	wantCode(m.T, "PlatformMetrics", err, ilsai.CodeCanceled)
	_, err = m.s.UsageByDay(ctx, "abc123", []time.Time{at, at.Add(time.Hour)})
	wantCode(m.T, "UsageByDay", err, ilsai.CodeCanceled)
	wantCode(m.T, "RecordReady", m.s.RecordReady(ctx, at), ilsai.CodeCanceled)
	key := tenancy.RefusalKey{TenantID: "abc123", Hour: tenancy.HourOf(at), QueryType: tenancy.QuerySales, ErrorType: ilsai.CodeRateLimited}
	err = m.s.AddRefusals(ctx, []tenancy.RefusalCount{{RefusalKey: key, Count: 1}})
	wantCode(m.T, "AddRefusals", err, ilsai.CodeCanceled)
	if got, err := m.s.TenantMetrics(m.Context(), "abc123", at, at.Add(time.Hour)); err != nil || got.QueriesTotal != 0 {
		m.Errorf("got %+v, %v, want nothing counted", got, err)
	}
}
