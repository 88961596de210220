package semantic_test

import (
	"database/sql"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// fillRollups fills a database's rollups from the views beside them, in the order in which they were made.
func fillRollups(t testing.TB, db *sql.DB) map[string]bool {
	t.Helper()
	rows, err := db.Query("SELECT substr(name, 1, length(name) - 7) FROM sqlite_schema WHERE type = 'view' AND name LIKE '%_source' ORDER BY rowid")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	filled := map[string]bool{}
	for _, name := range names {
		if _, err := db.Exec(fmt.Sprintf("INSERT INTO %[1]s SELECT * FROM %[1]s_source", name)); err != nil {
			t.Fatal(err)
		}
		filled[name] = true
	}
	return filled
}

// frequent adds a few people who come far more often than others, so that many visits are of few people.
func frequent(t testing.TB, db *sql.DB, r *rand.Rand, people int) {
	t.Helper()
	diagnosis := []string{"Glaucoma", "Amblyopia", "Cataract"}
	for i := range people {
		if _, err := db.Exec("INSERT INTO patients VALUES (?, ?, 'Red', 1, ?, NULL)", 9000+i, 1950+r.IntN(40), monday.AddDays(-300).String()); err != nil {
			t.Fatal(err)
		}
		for n := range 5 + r.IntN(60) {
			_, err := db.Exec("INSERT INTO visits VALUES (?, ?, ?, ?, ?, 'Office', NULL)", 100_000+1000*i+n, 9000+i, r.IntN(3), monday.AddDays(-r.IntN(300)).String(), diagnosis[r.IntN(3)])
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestPeopleCountedFromRollups: whether enough people are behind a figure is the same from the rollups, which know it only
// between bounds, as from counting the people of the visits themselves; so are the figures, and what is not shown.
func TestPeopleCountedFromRollups(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 2))
	c := semantic.Patients()
	told, many, few := 0, 0, 0
	for range 12 {
		db := randomPatients(t, r, 40+r.IntN(900))
		frequent(t, db, r, r.IntN(12))
		filled := fillRollups(t, db)
		s := &shop{db: db}
		for range 60 {
			p := randomTelling(r)
			var filters []semantic.Filter
			switch r.IntN(4) {
			case 0:
				filters = []semantic.Filter{{Dimension: "diagnosis", Values: []string{"Glaucoma"}}}
			case 1:
				filters = []semantic.Filter{{Dimension: "store", Values: []string{"Downtown", "Mall"}}, {Dimension: "age_band", Values: []string{"60-69", "70-79"}}}
			}
			w, err := p.Place(c, time.Date(monday.Year, monday.Month, monday.Day, 12, 0, 0, 0, time.UTC), time.UTC)
			if err != nil {
				t.Fatal(err)
			}
			against, _ := w.Against(p.Compare)
			read := func(has func(string) bool) (map[semantic.Purpose][][]any, *semantic.Table, string) {
				queries, err := c.CompileFor(p, filters, w, against, semantic.SQLite, has)
				if err != nil {
					t.Fatal(err)
				}
				results, text := map[semantic.Purpose][][]any{}, ""
				for _, q := range queries {
					results[q.Purpose] = s.query(t, q)
					text += q.SQL
				}
				table, err := c.Tabulate(p, w, against, results)
				if err != nil {
					t.Fatal(err)
				}
				return results, table, text
			}
			counted, want, _ := read(nil)
			bounded, got, text := read(func(table string) bool { return filled[table] })
			if !reflect.DeepEqual(got.Rows, want.Rows) || !reflect.DeepEqual(got.Total, want.Total) || got.Suppressed != want.Suppressed {
				t.Fatalf("%s %v: the rows\n%v\nhave become\n%v", p, filters, want.Rows, got.Rows)
			}
			if !strings.Contains(text, "people_least") {
				continue
			}
			told++
			for purpose, rows := range counted {
				for _, row := range rows {
					n := len(row) - 1
					i := slices.IndexFunc(bounded[purpose], func(b []any) bool { return reflect.DeepEqual(b[:n], row[:n]) })
					if i < 0 {
						t.Fatalf("%s %s: %v is missing in %v", p, purpose, row, bounded[purpose])
					}
					people, at, visits := row[n].(int64), bounded[purpose][i][n].(int64), row[n-1].(int64)
					if (people == 0) != (at == 0) || (people < 11) != (at < 11) || at > max(people, 10) {
						t.Fatalf("%s %v %s: %v are %d people, the rollup says %d", p, filters, purpose, row[:n], people, at)
					}
					switch {
					case people >= 11:
						many++
					case visits >= 11:
						few++
					}
				}
			}
		}
	}
	t.Logf("%d answers from bounds: %d cells of many people, %d of 11 visits or more by few", told, many, few)
	if told < 100 || many < 100 || few < 50 {
		t.Error("which compares too little")
	}
}

// TestCompilePeopleGolden shows how people are told from bounds, for people to read in a review.
func TestCompilePeopleGolden(t *testing.T) {
	c := semantic.Patients()
	var b strings.Builder
	for _, plan := range []string{`{"metric":"visits","period":"this_month"}`, `{"metric":"visits","by":["month","store"],"period":"this_year"}`} {
		p := mustPlan(t, plan)
		w, err := p.Place(c, time.Date(2026, 11, 23, 19, 30, 0, 0, time.UTC), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "# %s\n", p)
		for _, d := range []semantic.Dialect{semantic.SQLite, semantic.Postgres} {
			queries, err := c.CompileFor(p, nil, w, semantic.Window{}, d, func(string) bool { return true })
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&b, "%s: %s\n  %q\n", d, queries[0].SQL, queries[0].Args)
		}
	}
	golden(t, "people.golden", b.String())
}

// A rollup of rows about people must say how these are counted, and say it whole.
func TestRollupsOfPeopleRefused(t *testing.T) {
	t.Parallel()
	const whole = "people: {rows: SUM(f.visits), least: MAX(f.people), table: files, column: visits}"
	catalogue := func(people string) string {
		return `domain: patients
version: 1
title: Patients
support: COUNT(DISTINCT f.patient_id)
minimum: 11
fact:
  from: visits f
  date: f.day
  rollups:
    - table: daily
      metrics: [visits]
      dimensions: []
      ` + people + `
metrics:
  - {id: visits, label: Visits, unit: count, empty: zero, sql: COUNT(*)}
  - {id: rate, label: Rate, unit: percent, empty: none, additive: false, sql: AVG(f.rate)}
dimensions:
  - {id: day, label: Day, plural: days, time: day}
suggestions: [a, b, c]
`
	}
	if _, err := semantic.Parse("small.yaml", []byte(catalogue(whole))); err != nil {
		t.Fatal(err)
	}
	for people, want := range map[string]string{
		"sql: {visits: SUM(f.visits)}":                                  "need support or people",
		"people: {rows: SUM(f.visits)}":                                 "needs rows and least",
		whole + "\n      support: COUNT(*)":                             "in place of support",
		strings.Replace(whole, ", column: visits", "", 1):               "both or neither",
		strings.Replace(whole, "table: files", `table: "files; --"`, 1): "names made of",
		strings.Replace(whole, "SUM(f.visits)", "SUM({x})", 1):          "{x}",
	} {
		if _, err := semantic.Parse("small.yaml", []byte(catalogue(people))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error that says %q", people, err, want)
		}
	}
	if _, err := semantic.Parse("small.yaml", []byte(strings.Replace(catalogue(whole), "metrics: [visits]", "metrics: [rate]", 1))); err == nil || !strings.Contains(err.Error(), "percentage") {
		t.Errorf("a percentage of people that are not counted: %v", err)
	}
	sales := strings.NewReplacer("support: COUNT(DISTINCT f.patient_id)\n", "", "minimum: 11\n", "").Replace(catalogue(whole))
	if _, err := semantic.Parse("small.yaml", []byte(sales)); err == nil || !strings.Contains(err.Error(), "catalogues about people") {
		t.Errorf("people in a catalogue that protects nobody: %v", err)
	}
}
