package tenantdbtest

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// Snapshot is what both engines lend.
type Snapshot interface {
	Query(ctx context.Context, sql string, args []any, limit int) (columns []string, rows [][]any, err error)
	Close() error
}

// Engine is one of the engines under test.
type Engine struct {
	// Open makes a source with these options in which the tenants a and b have sales with a canary, and a
	// has patients as well. It is closed when the test ends.
	Open func(t *testing.T, o tenantdb.Options) Source
	// Endless is a SELECT that never ends, Many one with more rows than any limit and 500 bytes in each.
	Endless, Many string
	// Parameter is the n-th parameter of a statement.
	Parameter func(n int) string
}

// Source lends snapshots.
type Source interface {
	Snapshot(ctx context.Context, tenant ilsai.TenantID, domain string) (Snapshot, error)
}

// SourceFunc is a function that lends snapshots.
type SourceFunc func(ctx context.Context, tenant ilsai.TenantID, domain string) (Snapshot, error)

// Snapshot implements Source.
func (f SourceFunc) Snapshot(ctx context.Context, tenant ilsai.TenantID, domain string) (Snapshot, error) {
	return f(ctx, tenant, domain)
}

// Exercise runs the suite.
func Exercise(t *testing.T, e Engine) {
	for name, test := range map[string]func(*testing.T, Engine){
		"Values": values, "Limits": limits, "Errors": snapshotErrors, "Refused": refusals, "Deadline": deadline, "Cancel": cancelRunning, "Closed": closedSnapshot,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, e)
		})
	}
}

func begin(t *testing.T, s Source, tenant ilsai.TenantID) Snapshot {
	t.Helper()
	snap, err := s.Snapshot(t.Context(), tenant, tenantdb.DomainSales)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { snap.Close() })
	return snap
}

// ask reads with a snapshot of its own: one that failed may be of no more use.
func ask(t *testing.T, s Source, sql string, args []any, limit int) ([][]any, error) {
	t.Helper()
	snap, err := s.Snapshot(t.Context(), "a", tenantdb.DomainSales)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	_, rows, err := snap.Query(t.Context(), sql, args, limit)
	return rows, err
}

func wantCode(t *testing.T, what string, err error, want ilsai.Code) {
	t.Helper()
	if got := ilsai.ErrorCode(err); got != want {
		t.Errorf("%s: got %v, want %q", what, err, want)
	}
}

func values(t *testing.T, e Engine) {
	s := begin(t, e.Open(t, tenantdb.Options{}), "a")
	p := e.Parameter
	for _, c := range []struct {
		sql  string
		args []any
		want string
	}{
		{"SELECT id, name, price_cents, rate, sold_on, active FROM items ORDER BY id", nil,
			"[id name price_cents rate sold_on active] [[1 canary-a-sales 1995 0.25 2026-11-03 1] [2 plain 500 <nil> <nil> 0]]"},
		{"SELECT i.name, CAST(SUM(l.quantity) AS BIGINT) AS n FROM lines l JOIN items i ON i.id = l.item_id WHERE i.price_cents > " + p(1) + " GROUP BY 1",
			[]any{1000}, "[name n] [[canary-a-sales 5]]"},
		{"SELECT SUM(price_cents) AS total, AVG(price_cents) AS mean FROM items", nil, "[total mean] [[2495 1247.5]]"},
		{"SELECT name FROM items WHERE id = " + p(1) + " OR name = " + p(2) + " OR rate > " + p(3) + " ORDER BY name DESC",
			[]any{int64(9), "plain", 0.2}, "[name] [[plain] [canary-a-sales]]"},
		{"SELECT name FROM items WHERE sold_on BETWEEN " + p(1) + " AND " + p(2), []any{"2026-11-01", "2026-11-30"}, "[name] [[canary-a-sales]]"},
		{"SELECT count(*) AS n FROM item_names", nil, "[n] [[2]]"},
		{"SELECT name FROM item_names WHERE name LIKE 'pl%'", nil, "[name] [[plain]]"},
		{"WITH x AS (SELECT item_id, SUM(quantity) AS q FROM lines GROUP BY 1) SELECT MAX(q) AS m FROM x;", nil, "[m] [[5]]"},
		{" -- a comment ; here\n select /* ; */ ';' AS x ; -- end", nil, "[x] [[;]]"},
		{"SELECT id, rank() OVER (ORDER BY price_cents) AS r FROM items ORDER BY price_cents DESC, id", nil, "[id r] [[1 2] [2 1]]"},
		{"SELECT 1 AS x FROM items WHERE id = 99", nil, "[x] []"},
	} {
		columns, rows, err := s.Query(t.Context(), c.sql, c.args, 0)
		if got := fmt.Sprint(columns, rows); err != nil || got != strings.Replace(c.want, "] [", "] [", 1) {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", c.sql, got, err, c.want)
		}
	}
}

func limits(t *testing.T, e Engine) {
	s := e.Open(t, tenantdb.Options{MaxRows: 50, MaxBytes: 4096})
	for limit, want := range map[int]int{1: 1, 7: 7, 0: 9, -1: 9} {
		if rows, err := ask(t, s, "SELECT 1 AS one FROM lines a, lines b", nil, limit); err != nil || len(rows) != want {
			t.Errorf("limit %d: got %d rows, %v, want %d", limit, len(rows), err, want)
		}
	}
	for limit, want := range map[int]int{50: 50, 51: 50, 0: 50} {
		if rows, err := ask(t, s, "SELECT 1 AS one FROM lines a, lines b, lines c, lines d", nil, limit); err != nil || len(rows) != want {
			t.Errorf("limit %d of 81: got %d rows, %v, want %d", limit, len(rows), err, want)
		}
	}
	_, err := ask(t, s, e.Many, nil, 50)
	wantCode(t, "too many bytes", err, ilsai.CodeTooLarge)
	_, err = ask(t, s, "SELECT raw FROM items WHERE id = 1", nil, 1)
	wantCode(t, "blob", err, ilsai.CodeInvalid)
	_, err = ask(t, s, "SELECT id FROM items WHERE id = "+e.Parameter(1), nil, 1)
	wantCode(t, "argument missing", err, ilsai.CodeInvalid)
	_, err = ask(t, s, "SELECT id FROM items", []any{1}, 1)
	wantCode(t, "argument too many", err, ilsai.CodeInvalid)
}

func snapshotErrors(t *testing.T, e Engine) {
	s := e.Open(t, tenantdb.Options{})
	for name, c := range map[string]struct {
		tenant ilsai.TenantID
		domain string
		want   ilsai.Code
	}{
		"no such tenant": {"nobody", tenantdb.DomainSales, ilsai.CodeNotFound}, "no such data": {"b", tenantdb.DomainPatients, ilsai.CodeNotFound},
		"no such domain": {"a", "salaries", ilsai.CodeInvalid}, "domain path": {"a", "../a/sales", ilsai.CodeInvalid},
		"tenant path": {"../a", tenantdb.DomainSales, ilsai.CodeInvalid}, "tenant empty": {"", tenantdb.DomainSales, ilsai.CodeInvalid},
		"tenant options": {"a?mode=rwc", tenantdb.DomainSales, ilsai.CodeInvalid}, "tenant quote": {`a" x`, tenantdb.DomainSales, ilsai.CodeInvalid},
	} {
		_, err := s.Snapshot(t.Context(), c.tenant, c.domain)
		wantCode(t, name, err, c.want)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := s.Snapshot(gone, "a", tenantdb.DomainSales)
	wantCode(t, "canceled", err, ilsai.CodeCanceled)
}

func refusals(t *testing.T, e Engine) {
	var told []tenantdb.Refusal
	s := e.Open(t, tenantdb.Options{Refused: func(r tenantdb.Refusal) { told = append(told, r) }})
	bad := []string{"DELETE FROM items", "SELECT 1; SELECT 2", "SELECT * FROM sqlite_master", "SELECT * FROM pg_class", "COMMIT", "",
		"SELECT " + strings.Repeat("nothing", 200) + "()"}
	snap := begin(t, s, "b")
	for _, sql := range bad {
		_, _, err := snap.Query(t.Context(), sql, nil, 1)
		wantCode(t, sql, err, ilsai.CodeInvalid)
	}
	if len(told) != len(bad) {
		t.Fatalf("told of %d refusals, want %d: %+v", len(told), len(bad), told)
	}
	for i, r := range told {
		if r.Tenant != "b" || r.Domain != tenantdb.DomainSales || r.Reason == "" || !strings.HasPrefix(bad[i], r.Statement) || len(r.Statement) > 400 {
			t.Errorf("%q: told %+v", bad[i], r)
		}
	}
	if _, rows, err := snap.Query(t.Context(), "SELECT name FROM items WHERE id = 1", nil, 1); err != nil || rows[0][0] != Canary("b", tenantdb.DomainSales) {
		t.Errorf("the snapshot suffered: got %v, %v", rows, err)
	}
}

func deadline(t *testing.T, e Engine) {
	const limit = 500 * time.Millisecond // opening a connection is bounded by it as well, and takes a part of it on a busy machine
	s := e.Open(t, tenantdb.Options{StatementTimeout: limit, ConnsPerTenant: 1})
	for range 2 { // the one connection is used again
		start := time.Now()
		snap := begin(t, s, "a")
		_, _, err := snap.Query(t.Context(), e.Endless, nil, 1)
		wantCode(t, "endless", err, ilsai.CodeDeadline)
		if took := time.Since(start); took > limit+time.Second {
			t.Logf("stopped after %v; the bar is the deadline and 1 s, on a quiet machine", took)
		}
		if err := snap.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if rows, err := ask(t, s, "SELECT count(*) AS n FROM items", nil, 1); err != nil || rows[0][0] != int64(2) {
		t.Errorf("the connection suffered: got %v, %v", rows, err)
	}
}

func cancelRunning(t *testing.T, e Engine) {
	s := e.Open(t, tenantdb.Options{StatementTimeout: time.Minute, ConnsPerTenant: 1})
	snap := begin(t, s, "a")
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(20*time.Millisecond, cancel)
	defer timer.Stop()
	_, _, err := snap.Query(ctx, e.Endless, nil, 1)
	wantCode(t, "canceled", err, ilsai.CodeCanceled)
	_, _, err = snap.Query(ctx, "SELECT 1", nil, 1)
	wantCode(t, "canceled before", err, ilsai.CodeCanceled)
	if err := snap.Close(); err != nil {
		t.Fatal(err)
	}
	if rows, err := ask(t, s, "SELECT count(*) AS n FROM items", nil, 1); err != nil || rows[0][0] != int64(2) {
		t.Errorf("the connection suffered: got %v, %v", rows, err)
	}
}

func closedSnapshot(t *testing.T, e Engine) {
	snap := begin(t, e.Open(t, tenantdb.Options{}), "a")
	for range 2 {
		if err := snap.Close(); err != nil {
			t.Error(err)
		}
	}
	_, _, err := snap.Query(t.Context(), "SELECT 1", nil, 1)
	wantCode(t, "closed", err, ilsai.CodeUnavailable)
}
