package demo_test

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/assistant/semantic/gbnftest"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/storetest"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/sqlguard"
)

// bothEngines is one demo shop's data of a catalogue, in SQLite behind its guard and in PostgreSQL.
type bothEngines struct {
	catalogue *semantic.Catalogue
	sqlite    *tenantdb.Snapshot
	postgres  *pgx.Conn
	values    *semantic.Values
	words     []string // of the shop: values and synonyms
	tables    map[string]bool
}

// openBoth fills both engines with the same shop.
func openBoth(t *testing.T, files *tenantdb.DB, server *storetest.Postgres, c *semantic.Catalogue, shop int) *bothEngines {
	t.Helper()
	ctx := t.Context()
	id, domain := demo.Shops()[shop].ID, c.Source()
	b := &bothEngines{catalogue: c, tables: map[string]bool{}}
	var err error
	if b.sqlite, err = files.Snapshot(ctx, id, domain); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.sqlite.Close() })
	tables, err := demo.Tables(id, domain, seed, monday)
	if err != nil {
		t.Fatal(err)
	}
	for _, rollup := range rollups(c) {
		b.tables[rollup] = true
	}
	for _, table := range tables {
		b.tables[table.Name] = true
	}
	b.postgres = fillPostgres(t, server, domain, tables)
	all := map[string][]string{}
	for _, d := range c.Filterable() {
		for _, row := range b.read(t, semantic.SQLite, semantic.Query{SQL: d.Values, Limit: 10_000}) {
			all[d.ID] = append(all[d.ID], row[0].(string))
			b.words = append(b.words, row[0].(string))
		}
		there := b.read(t, semantic.Postgres, semantic.Query{SQL: d.Values, Limit: 10_000})
		if len(there) != len(all[d.ID]) {
			t.Errorf("%s: %d values on SQLite, %d on PostgreSQL", d.ID, len(all[d.ID]), len(there))
		}
		for _, synonyms := range d.Synonyms {
			b.words = append(b.words, synonyms...)
		}
	}
	slices.Sort(b.words) // synonyms come from a map, and a seed is to give the same plans again
	b.values = semantic.NewValues(c, all)
	return b
}

// fillPostgres makes a database of a domain with the shipped schema and these tables.
func fillPostgres(t *testing.T, server *storetest.Postgres, domain string, tables []demo.Table) *pgx.Conn {
	t.Helper()
	ctx := t.Context()
	dsn, err := server.DSN(ctx, domain)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	schema := map[string]string{tenantdb.DomainSales: semantic.SalesSchemaPostgres, tenantdb.DomainInventory: semantic.InventorySchemaPostgres,
		tenantdb.DomainPatients: semantic.PatientsSchemaPostgres}[domain]
	if _, err := conn.Exec(ctx, schema); err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		var rows [][]any
		for row := range table.Rows {
			rows = append(rows, row)
		}
		if _, err := conn.CopyFrom(ctx, pgx.Identifier{table.Name}, table.Columns, pgx.CopyFromRows(rows)); err != nil {
			t.Fatalf("%s: %v", table.Name, err)
		}
	}
	if _, err := conn.Exec(ctx, "ANALYZE"); err != nil {
		t.Fatal(err)
	}
	return conn
}

// read runs one query as it stands, with its parameters bound, and holds it to what every query must be: one SELECT over
// this shop's tables that both guards let through, and no more rows than it says.
func (b *bothEngines) read(t *testing.T, d semantic.Dialect, q semantic.Query) [][]any {
	t.Helper()
	if d == semantic.SQLite {
		_, rows, err := b.sqlite.Query(t.Context(), q.SQL, q.Args, q.Limit+1)
		if err != nil || len(rows) > q.Limit {
			t.Fatalf("%d rows, %v: %s %q", len(rows), err, q.SQL, q.Args)
		}
		return rows
	}
	if err := sqlguard.Check(q.SQL, func(name string) bool { return b.tables[name] }); err != nil {
		t.Fatalf("the guard refuses %s: %v", q.SQL, err)
	}
	rows, err := b.postgres.Query(t.Context(), q.SQL, q.Args...)
	if err != nil {
		t.Fatalf("%v: %s %q", err, q.SQL, q.Args)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) ([]any, error) { return row.Values() })
	if err != nil || len(out) > q.Limit {
		t.Fatalf("%d rows, %v: %s %q", len(out), err, q.SQL, q.Args)
	}
	return out
}

// run is the plan's table on one engine, from the facts themselves or from the rollups of them.
func (b *bothEngines) run(t *testing.T, d semantic.Dialect, p semantic.Plan, filters []semantic.Filter, rolled bool) *semantic.Table {
	t.Helper()
	w, err := p.Place(b.catalogue, monday, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	against, _ := w.Against(p.Compare)
	queries, err := b.catalogue.CompileFor(p, filters, w, against, d, func(table string) bool { return rolled && b.tables[table] })
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	results := map[semantic.Purpose][][]any{}
	for _, q := range queries {
		for _, value := range p.Where {
			if len(value) > 12 && strings.Contains(q.SQL, value) {
				t.Fatalf("%s: the question's %q is in %s", p, value, q.SQL)
			}
		}
		results[q.Purpose] = b.read(t, d, q)
	}
	table, err := b.catalogue.Tabulate(p, w, against, results)
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	if len(table.Rows) > p.RowLimit() {
		t.Fatalf("%s: %d rows", p, len(table.Rows))
	}
	return table
}

// question is some of the shop's own words, so that plans filter by what is there.
func (b *bothEngines) question(r *rand.Rand) string {
	var out []string
	for range 6 {
		out = append(out, "("+strings.ToLower(b.words[r.IntN(len(b.words))])+")")
	}
	return strings.Join(out, " ")
}

// TestBothEnginesAgree: whatever plan the grammar of a shipped catalogue can produce is, on either engine, SELECTs over the
// shop's own tables with bound parameters, within their limits, and both engines give the same table on the same data, from the
// facts and from the rollups of them.
func TestBothEnginesAgree(t *testing.T) {
	t.Parallel()
	plans, shop := 210, 0
	if os.Getenv("ILSAI_BARS") == "full" {
		plans, shop = 7000, 1
	}
	start := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %d plans per catalogue", start, plans)
	c := newConfig(t, t.TempDir(), monday)
	mustSeed(t, c)
	server, err := storetest.StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, catalogue := range semantic.Shipped() {
		t.Run(catalogue.Domain, func(t *testing.T) { compareEngines(t, openBoth(t, c.Data, server, catalogue, shop), start, plans) })
	}
}

// compareEngines runs so many random plans of a catalogue.
func compareEngines(t *testing.T, b *bothEngines, start uint64, plans int) {
	t.Helper()
	catalogue, r := b.catalogue, rand.New(rand.NewPCG(start, 1))
	var grammar *gbnftest.Grammar
	ran, unknown, filtered, empty := 0, 0, 0, 0
	for n := 0; ran < plans; n++ {
		var err error
		if n%20 == 0 {
			if grammar, err = gbnftest.Parse(semantic.PlanGrammar(catalogue, b.question(r))); err != nil {
				t.Fatal(err)
			}
		}
		p, err := semantic.ParsePlan([]byte(grammar.Random(r, 40+r.IntN(160))))
		if err != nil {
			t.Fatal(err)
		}
		if p.Unsupported != "" {
			continue
		}
		filters, err := b.values.Resolve(p.Where)
		if err != nil {
			if unknown++; unknown > plans {
				t.Fatalf("%s: most plans name what the shop does not have, as %v", catalogue.Domain, p.Where)
			}
			continue
		}
		if ran++; ran%1000 == 0 {
			t.Logf("%s: %d plans so far", catalogue.Domain, ran)
		}
		if len(filters) > 0 {
			filtered++
		}
		here, there := b.run(t, semantic.SQLite, p, filters, false), b.run(t, semantic.Postgres, p, filters, ran%2 == 0)
		if problem := differ(here, there); problem != "" {
			t.Fatalf("%s %+v:\n%s\nSQLite     %v\nPostgreSQL %v", p, filters, problem, here.Rows, there.Rows)
		}
		if rolled := b.run(t, semantic.SQLite, p, filters, true); differ(here, rolled) != "" {
			t.Fatalf("%s %+v:\n%s\nfacts   %v\nrollups %v", p, filters, differ(here, rolled), here.Rows, rolled.Rows)
		}
		if len(here.Rows) == 0 {
			empty++
		}
	}
	t.Logf("%s: %d plans, %d of them filtered, %d without rows; %d more named nothing the shop has", catalogue.Domain, ran, filtered, empty, unknown)
	if empty > ran*9/10 {
		t.Errorf("%s: almost every plan is without rows, which compares nothing", catalogue.Domain)
	}
}

// differ says how two tables differ, "" when they do not.
func differ(a, b *semantic.Table) string {
	if a.RowCount != b.RowCount || a.Truncated != b.Truncated || a.Suppressed != b.Suppressed {
		return fmt.Sprintf("%d groups (truncated %v, suppressed %v), %d (%v, %v)", a.RowCount, a.Truncated, a.Suppressed, b.RowCount, b.Truncated, b.Suppressed)
	}
	if len(a.Rows) != len(b.Rows) || (a.Total == nil) != (b.Total == nil) {
		return "one shows more than the other"
	}
	rows := append(slices.Clone(a.Rows), a.Total)
	for i, other := range append(slices.Clone(b.Rows), b.Total) {
		for j, cell := range other {
			if !sameCell(rows[i][j], cell) {
				return fmt.Sprintf("row %d, column %d: %v and %v", i+1, j+1, rows[i][j], cell)
			}
		}
	}
	return ""
}

func sameCell(a, b any) bool {
	x, okX := a.(float64)
	y, okY := b.(float64)
	if okX && okY {
		return math.Abs(x-y) <= 1e-7*math.Max(1, math.Abs(x))
	}
	return a == b
}
