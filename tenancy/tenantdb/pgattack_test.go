package tenantdb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/attacktest"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/tenantdbtest"
)

// fileOfAttack is what the corpus tries to write outside of the database.
const fileOfAttack = "/tmp/ilsai-attack"

func postgresAttacks(t *testing.T) []attacktest.Attack {
	t.Helper()
	all, err := attacktest.Attacks("postgres", "{victim_db}", provision.DatabaseName("victim", tenantdb.DomainSales), "{victim_role}", provision.RoleName("victim", tenantdb.DomainSales))
	if err != nil || len(all) < 120 {
		t.Fatalf("%d attacks, %v", len(all), err)
	}
	return all
}

// printReport shows what 'make attack' is asked for.
func printReport(t *testing.T, r *attacktest.Report) {
	t.Helper()
	if r.Missed || os.Getenv("ILSAI_ATTACK") != "" {
		if err := r.Print(os.Stdout, os.Getenv("ILSAI_ATTACK") == "list"); err != nil {
			t.Error(err)
		}
	}
	if r.Missed {
		t.Error("a bar was missed")
	}
}

// foreign finds rows that are not the attacker's sales: another tenant's canary or name, or another domain's.
func foreign(text string) bool {
	for _, s := range []string{"canary-victim", "canary-third", "canary-attacker-inventory", "canary-attacker-patients", "ils_victim", "ils_third", "tenant_victim", "tenant_third", "SCRAM-SHA-256$"} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// raw is a connection by the simple protocol, which takes any number of statements, with the session's own
// guards off. It comes back when the server closes it.
type raw struct {
	config *pgx.ConnConfig
	conn   *pgx.Conn
}

func (r *raw) run(ctx context.Context, sql string, limit time.Duration) (text string, err error) {
	for i := 0; r.conn == nil || r.conn.IsClosed(); i++ {
		if r.conn, err = pgx.ConnectConfig(ctx, r.config); err != nil {
			var pg *pgconn.PgError
			if i > 0 || !errors.As(err, &pg) || pg.Code != "28P01" {
				return "", err
			}
			r.config.Password = "taken-over" // the corpus has changed it
		}
		if r.conn != nil {
			if _, err := r.conn.PgConn().Exec(ctx, "SET default_transaction_read_only = off; SET statement_timeout = 0; SET lock_timeout = 0").ReadAll(); err != nil {
				return "", err
			}
		}
	}
	if r.conn.PgConn().TxStatus() == 'I' {
		if _, err := r.conn.PgConn().Exec(ctx, "SET search_path = public").ReadAll(); err != nil { // an attack may have hidden the tables from the next
			return "", err
		}
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var out strings.Builder
	results, err := r.conn.PgConn().Exec(limited, sql).ReadAll()
	for _, result := range results {
		for _, row := range result.Rows {
			for _, cell := range row {
				out.Write(cell[:min(len(cell), 1000)])
				out.WriteByte(0)
			}
		}
	}
	if s := r.conn.PgConn().TxStatus(); !r.conn.IsClosed() && (s == 'E' || s == 'T') && !strings.HasPrefix(sql, "BEGIN READ WRITE") && !strings.HasPrefix(sql, "INSERT INTO items VALUES (77") {
		r.conn.PgConn().Exec(ctx, "ROLLBACK").ReadAll() // the next attack starts anew
	}
	return out.String(), err
}

func (r *raw) outcome(ctx context.Context, sql string) (string, attacktest.Outcome) {
	text, err := r.run(ctx, sql, 200*time.Millisecond)
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return text, attacktest.Ran
	case errors.As(err, &pg) && pg.Code != "57014":
		return text, attacktest.Refused
	}
	return text, attacktest.Stopped
}

func newRaw(t *testing.T, dsn string) *raw {
	t.Helper()
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		t.Fatal(err)
	}
	config.BuildContextWatcherHandler = func(c *pgconn.PgConn) ctxwatch.Handler {
		return &pgconn.CancelRequestContextWatcherHandler{Conn: c, DeadlineDelay: time.Second}
	}
	r := &raw{config: config}
	t.Cleanup(func() {
		if r.conn != nil {
			r.conn.Close(context.Background())
		}
	})
	return r
}

// The corpus on the tenant's own connection with every other guard off: rights alone are the wall.
func TestAttacksOnPostgresRightsAlone(t *testing.T) {
	ctx := t.Context()
	c, err := tenantdbtest.StartCluster(ctx, "autovacuum=off")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	if err := c.Add(ctx, allDomains, "attacker", "victim", "third"); err != nil {
		t.Fatal(err)
	}
	var databases []string
	for _, tenant := range []ilsai.TenantID{"attacker", "victim", "third"} {
		for _, domain := range allDomains {
			databases = append(databases, provision.DatabaseName(tenant, domain))
		}
	}
	before, ownBefore, err := c.Fingerprint(ctx, databases, "tenant_attacker")
	if err != nil {
		t.Fatal(err)
	}
	own, err := c.Registry.TenantDatabases(ctx, "attacker")
	if err != nil {
		t.Fatal(err)
	}
	list := postgresAttacks(t)
	report := &attacktest.Report{Title: "PostgreSQL, rights alone"}
	r := newRaw(t, own[2].DSN) // sales
	leaked, self := 0, 0
	for _, a := range list {
		text, outcome := r.outcome(ctx, a.SQL)
		report.Add(a, outcome)
		if foreign(text) {
			leaked++
			t.Errorf("%.80q: leaked %.200q", a.SQL, text)
		}
		if a.Self && outcome == attacktest.Ran {
			self++
		}
	}
	after, ownAfter, err := c.Fingerprint(ctx, databases, "tenant_attacker")
	if err != nil {
		t.Fatal(err)
	}
	changed := differences(before, after)
	for _, d := range changed {
		t.Errorf("changed: %s", d)
	}
	if _, err := os.Stat(fileOfAttack); err == nil {
		t.Errorf("%s was written", fileOfAttack)
	}
	if text, err := r.run(ctx, "SELECT name FROM items WHERE id = 1", time.Second); err != nil || !strings.Contains(text, "canary-attacker-sales") {
		t.Errorf("the connection suffered: got %q, %v", text, err)
	}
	report.AtLeast("statements", len(list), 120)
	report.AtMost("things changed in any database, role or file", len(changed), 0)
	report.AtMost("statements that read another tenant or domain", leaked, 0)
	report.Figure("statements that changed the attacker's own role", self)
	report.Figure("lines of the attacker's own roles changed", len(differences(ownBefore, ownAfter)))
	printReport(t, report)

	// The corpus must be able to fail: with a superuser's rights it does.
	super := newRaw(t, c.AdminDSN())
	super.config.Database = provision.DatabaseName("attacker", tenantdb.DomainSales)
	leaked = 0
	for _, a := range list {
		if a.Class == "exhaust" || strings.Contains(a.SQL, "SUPERUSER") || strings.Contains(a.SQL, "SYSTEM") || strings.Contains(a.SQL, "PASSWORD") {
			continue // nothing to learn of them, or they would end the test's own rights
		}
		if text, err := super.run(ctx, a.SQL, 200*time.Millisecond); err == nil && foreign(text) {
			leaked++
		}
	}
	if exists, err := c.Connect(ctx, provision.DatabaseName("victim", tenantdb.DomainSales)); err == nil {
		exists.Close(ctx)
		t.Error("as a superuser the corpus did not drop another tenant's database: it proves nothing")
	}
	if leaked == 0 {
		t.Error("as a superuser the corpus read nothing: it proves nothing")
	}
	os.Remove(fileOfAttack)
}

// differences lists the lines that are in one text only.
func differences(a, b string) []string {
	count := map[string]int{}
	for line := range strings.Lines(a) {
		count[line]--
	}
	for line := range strings.Lines(b) {
		count[line]++
	}
	var out []string
	for line, n := range count {
		if n != 0 {
			out = append(out, fmt.Sprintf("%+d %s", n, strings.TrimSpace(line)))
		}
	}
	return out
}

// The corpus with every guard on: all of it is refused before it reaches the database, and told once.
func TestAttacksOnPostgresThroughQuery(t *testing.T) {
	t.Parallel()
	c := sharedCluster(t)
	told := 0
	p := c.Open(tenantdb.Options{Refused: func(tenantdb.Refusal) { told++ }})
	closeAfter(t, p)
	s, err := p.Snapshot(t.Context(), "attacker", tenantdb.DomainSales)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	report := &attacktest.Report{Title: "PostgreSQL, every guard on"}
	for _, a := range postgresAttacks(t) {
		before, outcome := told, attacktest.Ran
		if _, _, err := s.Query(t.Context(), a.SQL, nil, 10); ilsai.ErrorCode(err) == ilsai.CodeInvalid && told == before+1 {
			outcome = attacktest.Refused
		} else {
			t.Errorf("%.80q: got %v, told %d times", a.SQL, err, told-before)
		}
		report.Add(a, outcome)
	}
	report.AtLeast("refused before the database, of "+fmt.Sprint(told), report.Count(attacktest.Refused), len(postgresAttacks(t)))
	report.AtLeast("told for the audit log", told, len(postgresAttacks(t)))
	printReport(t, report)
	if _, rows, err := s.Query(t.Context(), "SELECT name FROM items WHERE id = 1", nil, 1); err != nil || rows[0][0] != "canary-attacker-sales" {
		t.Errorf("the connection suffered: got %v, %v", rows, err)
	}
}
