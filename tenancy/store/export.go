package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// UsageFilter chooses events. Zero fields do not restrict.
type UsageFilter struct {
	Tenant   ilsai.TenantID
	Month    tenancy.Month // the quota's month: a late event is in the month it was admitted in
	From, To time.Time     // From <= timestamp < To
	After    int64         // ids above it, to go on where an export was cut off
}

// ExportUsage gives every event the filter lets through to write, by ascending id and from one state
// of the database. It streams: memory does not grow with the log. An error of write ends it and is
// returned as it is.
func (s *Store) ExportUsage(ctx context.Context, f UsageFilter, write func(tenancy.UsageEvent) error) error {
	q, args := f.statement()
	var stopped error
	err := s.snapshot(ctx, func(ses *session) error {
		return ses.each(ctx, q, args, func(rows *sql.Rows) error {
			var row usageRow
			if err := rows.Scan(row.fields()...); err != nil {
				return err
			}
			stopped = write(row.event())
			return stopped
		})
	})
	if stopped != nil {
		return stopped
	}
	return err
}

func (f UsageFilter) statement() (string, []any) {
	var where []string
	var args []any
	add := func(condition string, arg any) {
		args = append(args, arg)
		where = append(where, fmt.Sprintf("%s ?%d", condition, len(args)))
	}
	add("id >", f.After)
	if f.Tenant != "" {
		add("tenant_id =", string(f.Tenant))
	}
	if f.Month != "" {
		add("month =", string(f.Month))
	}
	if !f.From.IsZero() {
		add("timestamp >=", f.From.UTC())
	}
	if !f.To.IsZero() {
		add("timestamp <", f.To.UTC())
	}
	return selectUsage + " WHERE " + strings.Join(where, " AND ") + " ORDER BY id", args
}
