package storetest

import (
	"math/rand/v2"
	"reflect"
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// past is what happened, as a test remembers it.
type past struct {
	tenant ilsai.TenantID
	at     time.Time // of a refusal: when its hour began
	tenancy.Tally
}

// randomHistory compares the figures of any span, of any tenant, with sums over the same history in memory.
func randomHistory(m *metricsTest) {
	ids := []ilsai.TenantID{"abc123", "xyz789"}
	codes := []ilsai.Code{ilsai.CodeRateLimited, ilsai.CodeDeadline, ilsai.CodeInvalid}
	from, days := Start.Truncate(24*time.Hour), 3
	rng := rand.New(rand.NewPCG(7, 11))
	var all []past
	for range 300 {
		p := past{
			tenant: ids[rng.IntN(len(ids))], at: from.Add(time.Duration(rng.Int64N(int64(days)*24*3600*1000)) * time.Millisecond),
			Tally: tenancy.Tally{QueryType: tenancy.QueryTypes()[rng.IntN(4)], Count: 1},
		}
		switch rng.IntN(4) {
		case 0:
			p.TokensUsed, p.ResponseTimeMS = rng.IntN(500), rng.IntN(9000)
		case 1:
			p.FromCache, p.ResponseTimeMS = true, rng.IntN(9)
		case 2:
			p.ErrorType, p.ResponseTimeMS = codes[rng.IntN(len(codes))], 5
		default:
			p.ErrorType, p.at, p.Count = codes[rng.IntN(len(codes))], p.at.Truncate(time.Hour), 2+rng.IntN(50)
		}
		all = append(all, p)
	}
	for _, p := range all {
		if p.Count > 1 {
			m.refuse(p.tenant, p.at, p.QueryType, p.ErrorType, int64(p.Count))
			continue
		}
		m.ask(p.tenant, p.at, func(e *tenancy.UsageEvent) {
			e.QueryType, e.FromCache, e.TokensUsed, e.ResponseTimeMS = p.QueryType, p.FromCache, p.TokensUsed, p.ResponseTimeMS
			e.Success, e.ErrorType = p.ErrorType == "", p.ErrorType
		})
	}
	rapid.Check(m.T, func(t *rapid.T) {
		instant := rapid.Custom(func(t *rapid.T) time.Time {
			at := from.Add(time.Duration(rapid.IntRange(-3600, (days*24+1)*3600).Draw(t, "s")) * time.Second)
			return at.Truncate(rapid.SampledFrom([]time.Duration{time.Second, time.Hour}).Draw(t, "grain"))
		})
		bounds := rapid.SliceOfN(instant, 2, 6).Draw(t, "bounds")
		slices.SortFunc(bounds, time.Time.Compare)
		begin, end := bounds[0], bounds[len(bounds)-1]
		byTenant, cached := map[ilsai.TenantID]int{}, 0
		for _, id := range ids {
			var tallies []tenancy.Tally
			byDay := make([]tenancy.DayUsage, len(bounds)-1)
			for _, p := range all {
				if p.tenant != id || p.at.Before(begin) || !p.at.Before(end) {
					continue
				}
				tallies = append(tallies, p.Tally)
				byTenant[id] += p.Count
				day := 0
				for !p.at.Before(bounds[day+1]) {
					day++
				}
				d := &byDay[day]
				d.Queries += p.Count
				d.Tokens += p.TokensUsed
				if p.FromCache {
					d.Cached++
					cached++
				}
				if p.ErrorType != "" {
					d.Failed += p.Count
				}
			}
			if got, err := m.s.TenantMetrics(m.Context(), id, begin, end); err != nil || !reflect.DeepEqual(got, tenancy.NewMetrics(tallies)) {
				t.Fatalf("%s, %v to %v:\ngot  %+v, %v\nwant %+v", id, begin, end, got, err, tenancy.NewMetrics(tallies))
			}
			if got, err := m.s.UsageByDay(m.Context(), id, bounds); err != nil || !reflect.DeepEqual(got, byDay) {
				t.Fatalf("%s, %v:\ngot  %+v, %v\nwant %+v", id, bounds, got, err, byDay)
			}
		}
		want := tenancy.NewPlatformMetrics(byTenant, cached, 0, 0)
		if got, err := m.s.PlatformMetrics(m.Context(), begin, end); err != nil || got != want {
			t.Fatalf("%v to %v: got %+v, %v, want %+v", begin, end, got, err, want)
		}
	})
}
