package tenantdb

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
)

const testSchema = `
CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER NOT NULL, rate REAL, sold_on DATE, active BOOLEAN, raw BLOB);
CREATE TABLE lines (id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES items (id), quantity INTEGER NOT NULL);
CREATE INDEX lines_by_item ON lines (item_id);
CREATE VIEW item_names AS SELECT name FROM items;`

// fakeClock is moved by the test.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func openDB(t testing.TB, o Options) *DB {
	t.Helper()
	d, err := Open(t.TempDir(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

// canary is a text that only one tenant's database holds.
func canary(tenant ilsai.TenantID, domain string) string {
	return fmt.Sprintf("canary-%s-%s", tenant, domain)
}

func mustMake(t testing.TB, d *DB, tenant ilsai.TenantID, domain string) {
	t.Helper()
	err := d.Create(context.Background(), tenant, domain, testSchema, func(tx *sql.Tx) error {
		if _, err := tx.Exec(`INSERT INTO items VALUES (1, ?, 1995, 0.25, '2026-11-03', 1, x'00ff'), (2, 'plain', 500, NULL, NULL, 0, NULL)`, canary(tenant, domain)); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO lines VALUES (1, 1, 3), (2, 2, 1), (3, 1, 2)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func snapshot(t testing.TB, d *DB, tenant ilsai.TenantID) *Snapshot {
	t.Helper()
	s, err := d.Snapshot(context.Background(), tenant, DomainSales)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// fingerprint sums up every file below a directory: names, modes and contents.
func fingerprint(t testing.TB, dir string) string {
	t.Helper()
	var out strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		fmt.Fprintf(&out, "%s %v", path, info.Mode())
		if !e.IsDir() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			fmt.Fprintf(&out, " %d %x", len(b), sha256.Sum256(b))
		}
		out.WriteByte('\n')
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func wantCode(t testing.TB, what string, err error, want ilsai.Code) {
	t.Helper()
	if got := ilsai.ErrorCode(err); got != want {
		t.Errorf("%s: got %v, want %q", what, err, want)
	}
	if err != nil && ilsai.ErrorMessage(err) == "" {
		t.Errorf("%s: no message for people", what)
	}
}

func TestQueryValues(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{})
	mustMake(t, d, "a", DomainSales)
	s := snapshot(t, d, "a")
	for _, c := range []struct {
		sql  string
		args []any
		want string
	}{
		{"SELECT id, name, price_cents, rate, sold_on, active FROM items ORDER BY id", nil,
			"[id name price_cents rate sold_on active] [[1 canary-a-sales 1995 0.25 2026-11-03 1] [2 plain 500 <nil> <nil> 0]]"},
		{"SELECT i.name, SUM(l.quantity) AS n FROM lines l JOIN items i ON i.id = l.item_id WHERE i.price_cents > ? GROUP BY 1", []any{1000}, "[name n] [[canary-a-sales 5]]"},
		{"SELECT ? AS a, ? AS b, ? AS c, ? AS d, ? AS e", []any{1, int64(2), 2.5, "x", nil}, "[a b c d e] [[1 2 2.5 x <nil>]]"},
		{"SELECT count(*) FROM items", nil, "[count(*)] [[2]]"},
		{"SELECT count(*) AS n FROM item_names", nil, "[n] [[2]]"},
		{"SELECT name FROM item_names WHERE name LIKE 'pl%'", nil, "[name] [[plain]]"},
		{"WITH d(n) AS (VALUES (1), (2), (3)) SELECT sum(n) AS n FROM d", nil, "[n] [[6]]"},
		{"SELECT strftime('%Y', sold_on) AS y, round(rate * 100) AS r FROM items WHERE id = 1;", nil, "[y r] [[2026 25]]"},
		{" -- a comment ; here\n select /* ; */ ';' AS x ; ; -- end", nil, "[x] [[;]]"},
		{"SELECT 1 AS x WHERE 0", nil, "[x] []"},
	} {
		columns, rows, err := s.Query(t.Context(), c.sql, c.args, 0)
		if got := fmt.Sprint(columns, rows); err != nil || got != strings.Replace(c.want, "] [", "] [", 1) {
			t.Errorf("%s:\ngot  %s, %v\nwant %s", c.sql, got, err, c.want)
		}
	}
	_, rows, err := s.Query(t.Context(), "SELECT id, rate, name, rate FROM items ORDER BY id", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := rows[0][0].(int64); !ok {
		t.Errorf("integer: got %T, want int64", rows[0][0])
	}
	if _, ok := rows[0][1].(float64); !ok {
		t.Errorf("real: got %T, want float64", rows[0][1])
	}
}

// endless selects something of 40^8 rows.
func endless(something string) string {
	forty := "(SELECT 1 AS n" + strings.Repeat(" UNION ALL SELECT 1", 39) + ")"
	return "SELECT " + something + " FROM " + forty + " a" + strings.Repeat(", "+forty, 7)
}

func TestQueryLimits(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{MaxRows: 50, MaxBytes: 4096})
	mustMake(t, d, "a", DomainSales)
	s := snapshot(t, d, "a")
	many := endless("a.n")
	for limit, want := range map[int]int{1: 1, 7: 7, 50: 50, 51: 50, 0: 50, -1: 50} {
		if _, rows, err := s.Query(t.Context(), many, nil, limit); err != nil || len(rows) != want {
			t.Errorf("limit %d: got %d rows, %v, want %d", limit, len(rows), err, want)
		}
	}
	_, _, err := s.Query(t.Context(), endless("'"+strings.Repeat("x", 500)+"'"), nil, 50)
	wantCode(t, "too many bytes", err, ilsai.CodeTooLarge)
	_, _, err = s.Query(t.Context(), "SELECT raw FROM items WHERE id = 1", nil, 1)
	wantCode(t, "blob", err, ilsai.CodeInvalid)
	_, _, err = s.Query(t.Context(), "SELECT ?", nil, 1)
	wantCode(t, "argument missing", err, ilsai.CodeInvalid)
	_, _, err = s.Query(t.Context(), "SELECT 1", []any{1}, 1)
	wantCode(t, "argument too many", err, ilsai.CodeInvalid)
	if _, rows, err := s.Query(t.Context(), "SELECT 1", nil, 1); err != nil || len(rows) != 1 {
		t.Errorf("the connection suffered: got %v, %v", rows, err)
	}
}

func TestDeadlineAndCancel(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{StatementTimeout: 50 * time.Millisecond})
	mustMake(t, d, "a", DomainSales)
	s := snapshot(t, d, "a")
	endless := endless("max(a.n)")
	start := time.Now()
	_, _, err := s.Query(t.Context(), endless, nil, 1)
	wantCode(t, "endless", err, ilsai.CodeDeadline)
	if took := time.Since(start); took > time.Second {
		t.Errorf("stopped after %v, want at most 1 s more than the deadline", took)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err = s.Query(ctx, endless, nil, 1)
	wantCode(t, "canceled before", err, ilsai.CodeCanceled)
	if _, rows, err := s.Query(t.Context(), "SELECT count(*) FROM items", nil, 1); err != nil || rows[0][0] != int64(2) {
		t.Errorf("the connection suffered: got %v, %v", rows, err)
	}
}

// A statement that is running stops when its caller goes away, long before its own deadline.
func TestCancelWhileRunning(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{StatementTimeout: time.Minute})
	mustMake(t, d, "a", DomainSales)
	s := snapshot(t, d, "a")
	ctx, cancel := context.WithCancel(t.Context())
	timer := time.AfterFunc(20*time.Millisecond, cancel)
	defer timer.Stop()
	_, _, err := s.Query(ctx, endless("max(a.n)"), nil, 1)
	wantCode(t, "canceled", err, ilsai.CodeCanceled)
}

func TestSnapshotErrors(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{})
	mustMake(t, d, "a", DomainSales)
	for name, c := range map[string]struct {
		tenant ilsai.TenantID
		domain string
		want   ilsai.Code
	}{
		"no such tenant":  {"b", DomainSales, ilsai.CodeNotFound},
		"no such data":    {"a", DomainInventory, ilsai.CodeNotFound},
		"no such domain":  {"a", "salaries", ilsai.CodeInvalid},
		"domain path":     {"a", "../a/sales", ilsai.CodeInvalid},
		"tenant path":     {"../a", DomainSales, ilsai.CodeInvalid},
		"tenant empty":    {"", DomainSales, ilsai.CodeInvalid},
		"tenant capitals": {"A", DomainSales, ilsai.CodeInvalid},
		"tenant options":  {"a?mode=rwc", DomainSales, ilsai.CodeInvalid},
	} {
		_, err := d.Snapshot(t.Context(), c.tenant, c.domain)
		wantCode(t, name, err, c.want)
	}
	if err := os.WriteFile(filepath.Join(d.dir, "tenants", "a", "inventory.db"), []byte(strings.Repeat("not a database. ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := d.Snapshot(t.Context(), "a", DomainInventory)
	wantCode(t, "damaged", err, ilsai.CodeUnavailable)
}

// A link in the place of a file could lead to another shop's data.
func TestLinksAreRefused(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{})
	mustMake(t, d, "a", DomainSales)
	dir := filepath.Join(d.dir, "tenants", "b")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(d.dir, "tenants", "a", "sales.db"), filepath.Join(dir, "sales.db")); err != nil {
		t.Fatal(err)
	}
	_, err := d.Snapshot(t.Context(), "b", DomainSales)
	wantCode(t, "link", err, ilsai.CodeUnavailable)
}

func TestClosed(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{})
	mustMake(t, d, "a", DomainSales)
	idle, lent := snapshot(t, d, "a"), snapshot(t, d, "a")
	if err := idle.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, rows, err := lent.Query(t.Context(), "SELECT count(*) FROM items", nil, 1); err != nil || rows[0][0] != int64(2) {
		t.Errorf("a snapshot begun before: got %v, %v", rows, err)
	}
	for range 2 {
		if err := lent.Close(); err != nil {
			t.Error(err)
		}
	}
	_, _, err := lent.Query(t.Context(), "SELECT 1", nil, 1)
	if ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("closed snapshot: got %v, want %s", err, ilsai.CodeUnavailable)
	}
	_, err = d.Snapshot(t.Context(), "a", DomainSales)
	wantCode(t, "closed databases", err, ilsai.CodeUnavailable)
	if open, _, databases := d.conns.Stats(); open != 0 || databases != 0 {
		t.Errorf("got %d open connections to %d databases, want none", open, databases)
	}
}
