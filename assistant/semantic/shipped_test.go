package semantic_test

import (
	"database/sql"
	"slices"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// emptyDatabase is a database of a shipped schema without a row.
func emptyDatabase(t testing.TB, domain string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	schema := map[string]string{"sales": semantic.SalesSchemaSQLite, "inventory": semantic.InventorySchemaSQLite, "patients": semantic.PatientsSchemaSQLite}[domain]
	if _, err := db.Exec(schema); err != nil {
		t.Fatal(err)
	}
	return db
}

// TestShippedCatalogues: every metric of a shipped catalogue can be read from its schema, over everything
// and by every dimension it allows, and every dimension's values can be listed.
func TestShippedCatalogues(t *testing.T) {
	var domains []string
	for _, c := range semantic.Shipped() {
		domains = append(domains, c.Domain)
		s := &shop{db: emptyDatabase(t, c.Domain)}
		for _, m := range c.Metrics {
			by := [][]string{nil}
			for _, d := range c.Dimensions {
				if m.Allows(&d) {
					by = append(by, []string{d.ID})
				}
			}
			for _, ids := range by {
				p := semantic.Plan{Metric: m.ID, By: ids, Period: "last_month"}
				if m.Point() {
					p.Period = semantic.PeriodNow
				}
				if err := p.Validate(c); err != nil {
					t.Fatal(err)
				}
				w, err := p.Place(c, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), time.UTC)
				if err != nil {
					t.Fatal(err)
				}
				queries, err := c.Compile(p, nil, w, semantic.Window{}, semantic.SQLite)
				if err != nil {
					t.Fatalf("%s: %v", p, err)
				}
				results := map[semantic.Purpose][][]any{}
				for _, q := range queries {
					results[q.Purpose] = s.query(t, q)
				}
				if _, err := c.Tabulate(p, w, semantic.Window{}, results); err != nil {
					t.Errorf("%s on no rows: %v", p, err)
				}
			}
		}
		for _, d := range c.Filterable() {
			s.query(t, semantic.Query{SQL: d.Values})
		}
	}
	if want := []string{"sales", "inventory", "patients"}; !slices.Equal(domains, want) {
		t.Errorf("shipped: %v, want %v", domains, want)
	}
	if p := semantic.Patients(); p.Source() != "patients_anon" || !p.Protected() || p.Minimum != 11 {
		t.Errorf("patients are read from %q with minimum %d", p.Source(), p.Minimum)
	}
}
