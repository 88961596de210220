package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"github.com/ils-platform/ilsai"
)

// Report is what VerifyUsage found. OK is the verdict.
type Report struct {
	Rows     int       `json:"rows"`
	Head     string    `json:"head"` // hash of the last row, in hex; kept elsewhere, it proves that nobody rewrote the whole log
	Problems []Problem `json:"problems"`
	// ExpiredReservations are leases that are over and not reaped yet. They count for nothing.
	ExpiredReservations int `json:"expired_reservations"`
}

// OK reports whether nothing is wrong.
func (r Report) OK() bool { return len(r.Problems) == 0 }

// ProblemKind is a kind of damage.
type ProblemKind string

const (
	ProblemChain       ProblemKind = "chain"       // a row was changed, removed, added or moved
	ProblemHead        ProblemKind = "head"        // rows at the end are missing, or the head was changed
	ProblemTwice       ProblemKind = "twice"       // an event has two rows
	ProblemCounter     ProblemKind = "counter"     // a month's counter is not its rows
	ProblemReservation ProblemKind = "reservation" // a recorded event still holds a reservation
)

// Problem is one damage. Of a broken chain only the first broken row is reported: every later one follows from it.
type Problem struct {
	Kind   ProblemKind    `json:"kind"`
	ID     int64          `json:"id,omitempty"` // of the first broken row
	Tenant ilsai.TenantID `json:"tenant,omitempty"`
	Detail string         `json:"detail"`
}

const progressEvery = 1000 // rows

// VerifyUsage checks the whole log on one state of the database, while work goes on: the hash chain,
// that no event is there twice, that the monthly counters are the log, and that no recorded event
// holds a reservation. progress, if not nil, hears now and then how many rows were read. A damaged
// log is a Report with problems; the error is for a database that cannot be read.
func (s *Store) VerifyUsage(ctx context.Context, progress func(n int)) (Report, error) {
	if progress == nil {
		progress = func(int) {}
	}
	r := Report{Problems: []Problem{}}
	err := s.snapshot(ctx, func(ses *session) error {
		for _, check := range []func(context.Context, *session) error{
			func(ctx context.Context, ses *session) error { return r.checkChain(ctx, ses, progress) },
			r.checkTwice, r.checkCounters, r.checkReservations,
		} {
			if err := check(ctx, ses); err != nil {
				return err
			}
		}
		return ses.row(ctx, "SELECT COUNT(*) FROM quota_reservations WHERE lease_until <= ?1", []any{s.now().UnixMilli()}, []any{&r.ExpiredReservations})
	})
	return r, err
}

func (r *Report) addf(kind ProblemKind, id int64, tenant, format string, args ...any) {
	r.Problems = append(r.Problems, Problem{Kind: kind, ID: id, Tenant: ilsai.TenantID(tenant), Detail: fmt.Sprintf(format, args...)})
}

func (r *Report) checkChain(ctx context.Context, ses *session, progress func(int)) error {
	var head, anchorHash []byte
	var last, anchor int64
	err := ses.row(ctx, "SELECT last_id, hash, anchor_id, anchor_hash FROM usage_chain WHERE id = 1", nil, []any{&last, &head, &anchor, &anchorHash})
	if err != nil {
		return err
	}
	v := chainReader{report: r, anchor: anchor, anchorHash: anchorHash}
	err = ses.each(ctx, "SELECT "+usageColumns+", hash FROM ai_usage_logs ORDER BY id", nil, func(rows *sql.Rows) error {
		if r.Rows++; r.Rows%progressEvery == 0 {
			progress(r.Rows)
		}
		return v.read(rows)
	})
	if err != nil {
		return err
	}
	progress(r.Rows)
	v.checkAnchor(v.chain.id + 1)
	r.Head = hex.EncodeToString(head)
	if v.broken {
		return nil
	}
	if v.chain.id != last || r.Head != hex.EncodeToString(v.chain.hash[:]) {
		r.addf(ProblemHead, v.chain.id+1, "", "the log ends with row %d, its head says %d", v.chain.id, last)
	}
	return nil
}

func (r *Report) checkTwice(ctx context.Context, ses *session) error {
	return ses.each(ctx, `SELECT tenant_id, event_id, COUNT(*), MAX(id) FROM ai_usage_logs
		GROUP BY tenant_id, event_id HAVING COUNT(*) > 1`, nil, func(rows *sql.Rows) error {
		var tenant, event string
		var n, id int64
		if err := rows.Scan(&tenant, &event, &n, &id); err != nil {
			return err
		}
		r.addf(ProblemTwice, id, tenant, "event %s has %d rows", event, n)
		return nil
	})
}

func (r *Report) checkCounters(ctx context.Context, ses *session) error {
	return ses.each(ctx, `SELECT tenant_id, month, SUM(logged), SUM(counted) FROM (
			SELECT tenant_id, month, COUNT(*) AS logged, 0 AS counted FROM ai_usage_logs
			WHERE success AND NOT from_cache AND month <> '' GROUP BY tenant_id, month
			UNION ALL SELECT tenant_id, month, 0, used FROM monthly_counters
		) AS both_sides GROUP BY tenant_id, month HAVING SUM(logged) <> SUM(counted) ORDER BY tenant_id, month`, nil, func(rows *sql.Rows) error {
		var tenant, month string
		var logged, counted int64
		if err := rows.Scan(&tenant, &month, &logged, &counted); err != nil {
			return err
		}
		r.addf(ProblemCounter, 0, tenant, "the counter of %s says %d, the log has %d", month, counted, logged)
		return nil
	})
}

func (r *Report) checkReservations(ctx context.Context, ses *session) error {
	return ses.each(ctx, `SELECT l.id, l.tenant_id, l.event_id FROM quota_reservations q
		JOIN ai_usage_logs l ON l.tenant_id = q.tenant_id AND l.event_id = q.event_id ORDER BY l.id`, nil, func(rows *sql.Rows) error {
		var tenant, event string
		var id int64
		if err := rows.Scan(&id, &tenant, &event); err != nil {
			return err
		}
		r.addf(ProblemReservation, id, tenant, "event %s is recorded and still holds a reservation", event)
		return nil
	})
}
