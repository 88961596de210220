package tenantdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/attacktest"
)

// attacks reads the corpus. victim is the path of another tenant's file, fresh one that does not exist.
func attacks(t testing.TB, victim, fresh string) []attacktest.Attack {
	t.Helper()
	all, err := attacktest.Attacks("sqlite", "{victim}", victim, "{fresh}", fresh)
	if err != nil || len(all) < 120 {
		t.Fatalf("%d attacks, %v", len(all), err)
	}
	return all
}

// runAll runs a text the way the driver does by itself: every statement of it, straight on the
// guarded connection. Nothing but the authorizer, the limits and the deadline is in the way.
func runAll(ctx context.Context, c *conn, text string) (rows [][]driver.Value, err error) {
	r, err := c.QueryContext(ctx, text, nil)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	dest := make([]driver.Value, len(r.Columns()))
	for len(rows) < 100 {
		if err := r.Next(dest); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return rows, err
		}
		rows = append(rows, append([]driver.Value(nil), dest...))
	}
	return rows, nil
}

func attackFixture(t *testing.T, told func(Refusal)) (d *DB, list []attacktest.Attack) {
	d = openDB(t, Options{StatementTimeout: 30 * time.Millisecond, Refused: told})
	for _, tenant := range []ilsai.TenantID{"attacker", "victim", "third"} {
		for _, domain := range domains {
			mustMake(t, d, tenant, domain)
		}
	}
	return d, attacks(t, d.fileOf(key{"victim", DomainSales}), filepath.Join(d.dir, "fresh.db"))
}

func leaks(result any) bool {
	text := fmt.Sprint(result)
	return strings.Contains(text, "canary-victim") || strings.Contains(text, "canary-third") ||
		strings.Contains(text, "_inventory") || strings.Contains(text, "_patients")
}

// The corpus through Query: nothing of it gets anything, changes anything, or hurts the connection.
func TestAttacksThroughQuery(t *testing.T) {
	t.Parallel()
	told := 0
	d, list := attackFixture(t, func(Refusal) { told++ })
	before := fingerprint(t, d.dir)
	s := snapshot(t, d, "attacker")
	report := &attacktest.Report{Title: "SQLite, every guard on"}
	refused := 0
	for _, attack := range list {
		text := attack.SQL
		start := time.Now()
		columns, rows, err := s.Query(t.Context(), text, nil, 100)
		took := time.Since(start)
		if err == nil && !harmless(text) {
			t.Errorf("%.80q: got %v %v, want an error", text, columns, rows)
		}
		if took > 2*time.Second {
			t.Errorf("%.80q: took %v", text, took)
		}
		if leaks(rows) {
			t.Errorf("%.80q: leaked %v", text, rows)
		}
		switch {
		case err == nil:
			report.Add(attack, attacktest.Ran)
		case told > refused:
			report.Add(attack, attacktest.Refused)
		default:
			report.Add(attack, attacktest.Stopped)
			if attack.Class != "exhaust" {
				t.Errorf("%.80q: got %v, want it refused before it runs", text, err)
			}
		}
		refused = told
		if err != nil && (strings.Contains(ilsai.ErrorMessage(err), d.dir) || strings.Contains(ilsai.ErrorMessage(err), "sqlite")) {
			t.Errorf("%.80q: the message tells too much: %q", text, ilsai.ErrorMessage(err))
		}
	}
	report.AtLeast("refused before they ran, or stopped by a limit", report.Count(attacktest.Refused)+report.Count(attacktest.Stopped), len(list)-len(harmlessOnes))
	report.AtLeast("told for the audit log, of those refused", told, report.Count(attacktest.Refused))
	report.Figure("bounded work on the tenant's own tables, let through", report.Count(attacktest.Ran))
	printReport(t, report)
	if _, rows, err := s.Query(t.Context(), "SELECT name FROM items WHERE id = 1", nil, 1); err != nil || rows[0][0] != canary("attacker", DomainSales) {
		t.Errorf("the connection suffered: got %v, %v", rows, err)
	}
	if after := fingerprint(t, d.dir); after != before {
		t.Errorf("the data directory changed:\n%s\nwas\n%s", after, before)
	}
}

// harmlessOnes mark statements of the corpus that may succeed: bounded work on the tenant's own tables.
var harmlessOnes = []string{strings.Repeat("(", 100)}

func harmless(text string) bool {
	return slices.ContainsFunc(harmlessOnes, func(part string) bool { return strings.Contains(text, part) })
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

// The same corpus with every other guard off: the authorizer alone is the wall.
func TestAttacksOnTheAuthorizerAlone(t *testing.T) {
	t.Parallel()
	d, list := attackFixture(t, nil)
	before := fingerprint(t, d.dir)
	k := key{"attacker", DomainSales}
	report := &attacktest.Report{Title: "SQLite, the authorizer and limits alone, twice: outside and inside of a transaction"}
	leaked := 0
	for _, inTransaction := range []bool{false, true} {
		c, err := d.openConn(t.Context(), k)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Exec("SELECT 1", nil); err != nil {
			t.Fatal(err)
		}
		if inTransaction {
			if err := c.begin(); err != nil {
				t.Fatal(err)
			}
		}
		for _, attack := range list {
			text := attack.SQL
			outcome := attacktest.Refused
			for _, statement := range []string{text, strings.ReplaceAll(text, "\x00", "")} {
				ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
				rows, err := runAll(ctx, c, statement)
				if leaks(rows) {
					leaked++
					t.Errorf("%.80q: leaked %v", text, rows)
				}
				switch {
				case err == nil:
					outcome = attacktest.Ran
				case ctx.Err() != nil && outcome == attacktest.Refused:
					outcome = attacktest.Stopped
				}
				cancel()
			}
			report.Add(attack, outcome)
		}
		rows, err := runAll(t.Context(), c, "SELECT (SELECT count(*) FROM items), (SELECT count(*) FROM lines)")
		if fmt.Sprint(rows) != "[[2 3]]" || err != nil {
			t.Errorf("the connection suffered: got %v, %v", rows, err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	changed := 0
	if after := fingerprint(t, d.dir); after != before {
		changed = 1
		t.Errorf("the data directory changed:\n%s\nwas\n%s", after, before)
	}
	report.AtLeast("statements", len(list), 120)
	report.AtMost("data directories changed", changed, 0)
	report.AtMost("statements that read another tenant or domain", leaked, 0)
	printReport(t, report)
}

// The corpus must be able to fail: without the authorizer, mode=ro and query_only do not isolate.
func TestCorpusSeesAMissingWall(t *testing.T) {
	t.Parallel()
	d, list := attackFixture(t, nil)
	c, err := d.openConn(t.Context(), key{"attacker", DomainSales})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	c.RegisterAuthorizer(nil)
	c.SetLimit(7, 10) // attached databases
	before := fingerprint(t, d.dir)
	leaked := false
	for _, attack := range list {
		text := attack.SQL
		if strings.Contains(text, "_heap_limit") || strings.Contains(text, "_directory") {
			continue // these reach the whole process, other tests included
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		rows, _ := runAll(ctx, c, text)
		cancel()
		leaked = leaked || leaks(rows)
	}
	if !leaked || fingerprint(t, d.dir) == before {
		t.Error("without the authorizer nothing leaked or nothing changed: the corpus proves nothing")
	}
}

// Every tenant and domain reads its own canary and nothing else, whichever pair is tried.
func TestIsolationMatrix(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{MaxConns: 8})
	var tenants []ilsai.TenantID
	n := 8
	if os.Getenv("ILSAI_BARS") == "full" {
		n = 50
	}
	for i := range n {
		tenants = append(tenants, ilsai.TenantID(fmt.Sprintf("shop-%d", i)))
	}
	for _, tenant := range tenants {
		for _, domain := range domains {
			mustMake(t, d, tenant, domain)
		}
	}
	for _, tenant := range tenants {
		for _, domain := range domains {
			s, err := d.Snapshot(t.Context(), tenant, domain)
			if err != nil {
				t.Fatal(err)
			}
			for _, other := range tenants {
				for _, otherDomain := range domains {
					want := other == tenant && otherDomain == domain
					_, rows, err := s.Query(t.Context(), "SELECT name FROM items WHERE name = ?", []any{canary(other, otherDomain)}, 10)
					if err != nil || (len(rows) == 1) != want {
						t.Errorf("%s/%s reads %s/%s: got %v, %v, want %v", tenant, domain, other, otherDomain, rows, err, want)
					}
					_, rows, err = s.Query(t.Context(), fmt.Sprintf("SELECT name FROM %q.items", other), nil, 10)
					if err == nil {
						t.Errorf("%s/%s reads %s by name: %v", tenant, domain, other, rows)
					}
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
