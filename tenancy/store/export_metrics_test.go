package store

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
)

// MetricsPlans is what the engine makes of each statement that the metrics send to the usage log.
func MetricsPlans(t *testing.T, s *Store, tenant ilsai.TenantID, from, to time.Time) map[string]string {
	t.Helper()
	explain := "EXPLAIN "
	if s.engine.oneWriter {
		explain = "EXPLAIN QUERY PLAN "
	}
	out := map[string]string{}
	for name, q := range map[string]struct {
		text string
		args []any
	}{
		"tenant":   {tenantTallies, []any{string(tenant), from, to}},
		"platform": {platformTallies, []any{from, to}},
		"days":     {tallyDays(2), []any{string(tenant), from, from.AddDate(0, 0, 1), from.AddDate(0, 0, 2)}},
	} {
		out[name] = explained(t, s, s.engine.rebind(explain+q.text), q.args)
	}
	return out
}

func explained(t *testing.T, s *Store, q string, args []any) string {
	t.Helper()
	rows, err := s.sql.QueryContext(t.Context(), q, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var plan strings.Builder
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&plan, values[len(values)-1])
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return plan.String()
}
