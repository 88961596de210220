package tenancy

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
)

// TenantMetrics is the guide's per-tenant object, member by member.
type TenantMetrics struct {
	TenantID ilsai.TenantID `json:"tenant_id"`
	Metrics  Metrics        `json:"metrics"`
}

// Metrics sums up a tenant's questions of a span: those in the usage log, and those that were refused
// before they were admitted (see RefusalCount). A replay for an idempotency key is no new question.
type Metrics struct {
	QueriesTotal         int          `json:"queries_total"`
	QueriesSuccessful    int          `json:"queries_successful"`
	QueriesFailed        int          `json:"queries_failed"`
	QueriesCached        int          `json:"queries_cached"`
	CacheHitRate         float64      `json:"cache_hit_rate"`       // cached of total, to two decimals
	AvgResponseTimeMS    int          `json:"avg_response_time_ms"` // of the successful ones
	TokensUsedTotal      int          `json:"tokens_used_total"`    // billed
	MostCommonQueryTypes []QueryType  `json:"most_common_query_types"`
	Errors               []ErrorCount `json:"errors"` // most first
}

// ErrorCount says how often questions ended in one kind of error.
type ErrorCount struct {
	Type  ilsai.Code `json:"type"`
	Count int        `json:"count"`
}

// PlatformMetrics is the guide's platform-wide object. Active tenants are those that asked in the span.
type PlatformMetrics struct {
	TotalQueries        int     `json:"total_queries"`
	ActiveTenants       int     `json:"active_tenants"`
	AvgQueriesPerTenant int     `json:"avg_queries_per_tenant"` // of the active ones, rounded
	ModelUptime         float64 `json:"model_uptime"`           // to four decimals, rounded down: 1 means no minute was lost
	CacheHitRateGlobal  float64 `json:"cache_hit_rate_global"`
}

// DayUsage is one day of a tenant. Its questions are counted as in Metrics.
type DayUsage struct {
	Date    string `json:"date"` // in the tenant's time zone, as 2026-11-03
	Queries int    `json:"queries"`
	Cached  int    `json:"cached"`
	Tokens  int    `json:"tokens"`
	Failed  int    `json:"failed"`
}

// MetricsStore computes figures from the usage log, the counted refusals and the recorded minutes of
// readiness. Spans are half-open: from <= t < to. A refusal belongs to the span that its UTC hour
// begins in. Implementations are safe for concurrent use; the general errors of TenantStore apply.
type MetricsStore interface {
	// TenantMetrics sums up one tenant; an unknown one asked nothing.
	TenantMetrics(ctx context.Context, tenant ilsai.TenantID, from, to time.Time) (Metrics, error)

	// PlatformMetrics sums up all tenants. Uptime is the share of the span's minutes in which a server
	// process was ready: minutes before the first one ever recorded and minutes still to come do not
	// count, all others do, whether anything ran in them or not. Without a recorded minute it is 0.
	PlatformMetrics(ctx context.Context, from, to time.Time) (PlatformMetrics, error)

	// UsageByDay sums up one tenant day by day: day i is bounds[i] <= t < bounds[i+1]. It leaves
	// DayUsage.Date to the caller, who made the bounds. At most MaxUsageDays; CodeInvalid for more.
	UsageByDay(ctx context.Context, tenant ilsai.TenantID, bounds []time.Time) ([]DayUsage, error)
}

// MaxUsageDays bounds one UsageByDay.
const MaxUsageDays = 31

// Tally is a number of questions that ended alike.
type Tally struct {
	QueryType      QueryType
	ErrorType      ilsai.Code // "" for those that succeeded
	FromCache      bool
	Count          int
	TokensUsed     int
	ResponseTimeMS int // in all
}

// NewMetrics sums up tallies.
func NewMetrics(tallies []Tally) Metrics {
	m := Metrics{MostCommonQueryTypes: []QueryType{}, Errors: []ErrorCount{}}
	asked, failed := map[QueryType]int{}, map[ilsai.Code]int{}
	took := 0
	for _, t := range tallies {
		m.QueriesTotal += t.Count
		m.TokensUsedTotal += t.TokensUsed
		asked[t.QueryType] += t.Count
		if t.FromCache {
			m.QueriesCached += t.Count
		}
		if t.ErrorType != "" {
			m.QueriesFailed += t.Count
			failed[t.ErrorType] += t.Count
			continue
		}
		m.QueriesSuccessful += t.Count
		took += t.ResponseTimeMS
	}
	m.CacheHitRate = HitRate(m.QueriesCached, m.QueriesTotal)
	m.AvgResponseTimeMS = roundedMean(took, m.QueriesSuccessful)
	for _, q := range append(QueryTypes(), QueryChat, QueryAuto) {
		if asked[q] > 0 {
			m.MostCommonQueryTypes = append(m.MostCommonQueryTypes, q)
		}
	}
	slices.SortStableFunc(m.MostCommonQueryTypes, func(a, b QueryType) int { return asked[b] - asked[a] })
	for code, n := range failed {
		m.Errors = append(m.Errors, ErrorCount{code, n})
	}
	slices.SortFunc(m.Errors, func(a, b ErrorCount) int {
		return cmp.Or(b.Count-a.Count, strings.Compare(string(a.Type), string(b.Type)))
	})
	return m
}

// NewPlatformMetrics sums up the platform: questions by tenant, those of all answered from the cache, and
// the minutes ready of those that count.
func NewPlatformMetrics(byTenant map[ilsai.TenantID]int, cached, ready, minutes int) PlatformMetrics {
	p := PlatformMetrics{ActiveTenants: len(byTenant)}
	for _, n := range byTenant {
		p.TotalQueries += n
	}
	p.AvgQueriesPerTenant = roundedMean(p.TotalQueries, p.ActiveTenants)
	p.CacheHitRateGlobal = HitRate(cached, p.TotalQueries)
	if minutes > 0 {
		p.ModelUptime = float64(ready*10_000/minutes) / 10_000
	}
	return p
}

// HitRate is part of total to two decimals, 0 of nothing.
func HitRate(part, total int) float64 {
	if total == 0 {
		return 0
	}
	return math.Round(100*float64(part)/float64(total)) / 100
}

func roundedMean(sum, n int) int {
	if n == 0 {
		return 0
	}
	return int(math.Round(float64(sum) / float64(n)))
}
