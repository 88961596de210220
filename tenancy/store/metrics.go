package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

var _ tenancy.MetricsStore = (*Store)(nil)

// Sums are cast because PostgreSQL's are wider than what they sum.
const (
	tenantTallies = `SELECT query_type, success, error_type, from_cache, COUNT(*),
			CAST(SUM(tokens_used) AS BIGINT), CAST(SUM(response_time_ms) AS BIGINT)
		FROM ai_usage_logs WHERE tenant_id = ?1 AND timestamp >= ?2 AND timestamp < ?3
		GROUP BY query_type, success, error_type, from_cache`
	tenantRefusals = `SELECT query_type, error_type, CAST(SUM(refused) AS BIGINT)
		FROM usage_refusals WHERE tenant_id = ?1 AND hour >= ?2 AND hour < ?3 GROUP BY query_type, error_type`

	// From the tenants, because the logs' indexes begin with them: one range of an index each, however
	// old the logs are. CROSS JOIN keeps SQLite to that order.
	platformTallies = `SELECT t.id, COUNT(*), SUM(CASE WHEN l.from_cache THEN 1 ELSE 0 END)
		FROM tenants t CROSS JOIN ai_usage_logs l
		WHERE l.tenant_id = t.id AND l.timestamp >= ?1 AND l.timestamp < ?2 GROUP BY t.id`
	platformRefusals = `SELECT t.id, CAST(SUM(r.refused) AS BIGINT)
		FROM tenants t CROSS JOIN usage_refusals r
		WHERE r.tenant_id = t.id AND r.hour >= ?1 AND r.hour < ?2 GROUP BY t.id`
)

// TenantMetrics implements tenancy.MetricsStore.
func (s *Store) TenantMetrics(ctx context.Context, tenant ilsai.TenantID, from, to time.Time) (tenancy.Metrics, error) {
	var tallies []tenancy.Tally
	err := s.snapshot(ctx, func(ses *session) error {
		err := ses.each(ctx, tenantTallies, []any{string(tenant), from.UTC(), to.UTC()}, func(rows *sql.Rows) error {
			var t tenancy.Tally
			var success bool
			err := rows.Scan(&t.QueryType, &success, &t.ErrorType, &t.FromCache, &t.Count, &t.TokensUsed, &t.ResponseTimeMS)
			if !success && t.ErrorType == "" {
				t.ErrorType = ilsai.CodeInternal
			}
			tallies = append(tallies, t)
			return err
		})
		if err != nil {
			return err
		}
		return ses.each(ctx, tenantRefusals, []any{string(tenant), nextHour(from), nextHour(to)}, func(rows *sql.Rows) error {
			var t tenancy.Tally
			err := rows.Scan(&t.QueryType, &t.ErrorType, &t.Count)
			tallies = append(tallies, t)
			return err
		})
	})
	if err != nil {
		return tenancy.Metrics{}, err
	}
	return tenancy.NewMetrics(tallies), nil
}

// PlatformMetrics implements tenancy.MetricsStore.
func (s *Store) PlatformMetrics(ctx context.Context, from, to time.Time) (tenancy.PlatformMetrics, error) {
	byTenant := map[ilsai.TenantID]int{}
	cached, ready, minutes := 0, 0, 0
	err := s.snapshot(ctx, func(ses *session) error {
		err := ses.each(ctx, platformTallies, []any{from.UTC(), to.UTC()}, func(rows *sql.Rows) error {
			var id ilsai.TenantID
			var n, hits int
			err := rows.Scan(&id, &n, &hits)
			byTenant[id] += n
			cached += hits
			return err
		})
		if err != nil {
			return err
		}
		err = ses.each(ctx, platformRefusals, []any{nextHour(from), nextHour(to)}, func(rows *sql.Rows) error {
			var id ilsai.TenantID
			var n int
			err := rows.Scan(&id, &n)
			byTenant[id] += n
			return err
		})
		if err != nil {
			return err
		}
		ready, minutes, err = ses.uptime(ctx, from, to, s.now())
		return err
	})
	if err != nil {
		return tenancy.PlatformMetrics{}, err
	}
	return tenancy.NewPlatformMetrics(byTenant, cached, ready, minutes), nil
}

// nextHour is the first whole hour that does not begin before an instant.
func nextHour(at time.Time) int64 { return tenancy.HourOf(at.Add(time.Hour - 1)) }
