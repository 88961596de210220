package store

import (
	"context"
	"database/sql"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
)

// RecordReady records that a server process was ready in the minute of an instant. Any number of
// processes, any number of times, make one row. Errors as in tenancy.TenantStore.
func (s *Store) RecordReady(ctx context.Context, at time.Time) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	_, err := s.sql.ExecContext(ctx, s.engine.rebind("INSERT INTO ready_minutes (minute) VALUES (?1) ON CONFLICT (minute) DO NOTHING"),
		tenancy.MinuteOf(at))
	return s.classify(err)
}

// uptime counts the minutes of a span that were ready and those that count, see
// tenancy.MetricsStore.PlatformMetrics. The minute under way counts once it is recorded.
func (s *session) uptime(ctx context.Context, from, to, now time.Time) (ready, minutes int, err error) {
	var first, current sql.NullInt64
	running := tenancy.MinuteOf(now)
	err = s.row(ctx, "SELECT (SELECT MIN(minute) FROM ready_minutes), (SELECT minute FROM ready_minutes WHERE minute = ?1)",
		[]any{running}, []any{&first, &current})
	if err != nil || !first.Valid {
		return 0, 0, err
	}
	begin, end := max(nextMinute(from), first.Int64), nextMinute(to)
	if !current.Valid {
		running--
	}
	if end = min(end, running+1); end <= begin {
		return 0, 0, nil
	}
	err = s.row(ctx, "SELECT COUNT(*) FROM ready_minutes WHERE minute >= ?1 AND minute < ?2", []any{begin, end}, []any{&ready})
	return ready, int(end - begin), err
}

// nextMinute is the first whole minute that does not begin before an instant.
func nextMinute(at time.Time) int64 { return tenancy.MinuteOf(at.Add(time.Minute - 1)) }
