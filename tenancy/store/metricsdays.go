package store

import (
	"context"
	"database/sql"
	"fmt"
	"sort"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// UsageByDay implements tenancy.MetricsStore. Days are given by their bounds because only Go knows the
// tenant's zone on both engines, and a day that is 23 or 25 hours long is none the worse for it.
func (s *Store) UsageByDay(ctx context.Context, tenant ilsai.TenantID, bounds []time.Time) ([]tenancy.DayUsage, error) {
	days := len(bounds) - 1
	if days > tenancy.MaxUsageDays {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "At most %d days are summed up at once.", tenancy.MaxUsageDays)
	}
	if days < 1 {
		return []tenancy.DayUsage{}, nil
	}
	out := make([]tenancy.DayUsage, days)
	args := []any{string(tenant)}
	hours := make([]int64, len(bounds))
	for i, b := range bounds {
		args = append(args, b.UTC())
		hours[i] = nextHour(b)
	}
	err := s.snapshot(ctx, func(ses *session) error {
		err := ses.each(ctx, tallyDays(days), args, func(rows *sql.Rows) error {
			var i int
			var d tenancy.DayUsage
			if err := rows.Scan(&i, &d.Queries, &d.Cached, &d.Tokens, &d.Failed); err != nil {
				return err
			}
			out[i] = d
			return nil
		})
		if err != nil {
			return err
		}
		refused := "SELECT hour, CAST(SUM(refused) AS BIGINT) FROM usage_refusals WHERE tenant_id = ?1 AND hour >= ?2 AND hour < ?3 GROUP BY hour"
		return ses.each(ctx, refused, []any{string(tenant), hours[0], hours[days]}, func(rows *sql.Rows) error {
			var hour int64
			var n int
			if err := rows.Scan(&hour, &n); err != nil {
				return err
			}
			i := sort.Search(days, func(i int) bool { return hours[i] > hour }) - 1 // the last day that has begun
			out[i].Queries += n
			out[i].Failed += n
			return nil
		})
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// tallyDays sums up each day by itself: as many ranges of one index as there are days.
func tallyDays(days int) string {
	parts := make([]string, days)
	for i := range parts {
		parts[i] = fmt.Sprintf(`SELECT %d, COUNT(*), COALESCE(SUM(CASE WHEN from_cache THEN 1 ELSE 0 END), 0),
			CAST(COALESCE(SUM(tokens_used), 0) AS BIGINT), COALESCE(SUM(CASE WHEN success THEN 0 ELSE 1 END), 0)
			FROM ai_usage_logs WHERE tenant_id = ?1 AND timestamp >= ?%d AND timestamp < ?%d`, i, i+2, i+3)
	}
	return strings.Join(parts, " UNION ALL ")
}
