package semantic_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

var update = flag.Bool("update", false, "write golden files")

// TestCompileGolden shows the SQL of typical plans in both dialects, for people to read in a review.
func TestCompileGolden(t *testing.T) {
	filters := []semantic.Filter{
		{Dimension: "brand", Values: []string{"Ray-Ban", `O'Neill"; DROP TABLE staff; --`}},
		{Dimension: "store", Values: []string{"Downtown"}},
	}
	plans := []struct {
		plan    string
		filters []semantic.Filter
	}{
		{`{"metric":"revenue","by":["product"],"period":"this_month","order":"desc","limit":3}`, nil},
		{`{"metric":"average_order_value","by":["category","store"],"where":[" ray-ban"," downtown"],"period":"last_month"}`, filters},
		{`{"metric":"orders","by":["quarter"],"period":"last_2_years","compare":"year_ago"}`, nil},
		{`{"metric":"customers","by":["weekday","segment"],"period":"all_time","order":"asc"}`, nil},
		{`{"metric":"margin_rate","where":[" ray-ban"],"period":"last_week","compare":"previous"}`, filters[:1]},
	}
	c := semantic.Sales()
	var b strings.Builder
	for _, tt := range plans {
		p := mustPlan(t, tt.plan)
		if err := p.Validate(c); err != nil {
			t.Fatal(err)
		}
		w, err := p.Place(c, time.Date(2026, 11, 23, 19, 30, 0, 0, time.UTC), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		against, _ := w.Against(p.Compare)
		fmt.Fprintf(&b, "# %s\n", p)
		for _, d := range []semantic.Dialect{semantic.SQLite, semantic.Postgres} {
			queries, err := c.Compile(p, tt.filters, w, against, d)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range queries {
				fmt.Fprintf(&b, "%s %s: %s\n  %q\n", d, q.Purpose, q.SQL, q.Args)
			}
		}
		b.WriteByte('\n')
	}
	golden(t, "compile.golden", b.String())
}

// The first day is read where that is a look into an index, and never where it is one person's.
func TestEarliest(t *testing.T) {
	for _, tt := range []struct {
		c            *semantic.Catalogue
		metric, want string
	}{
		{semantic.Sales(), "revenue", "SELECT MIN(f.business_date) FROM sale_lines f"},
		{semantic.Sales(), "no such metric", ""},
		{semantic.Inventory(), "stock_on_hand", ""}, // as things stand
		{semantic.Patients(), "visits", ""},
	} {
		for _, d := range []semantic.Dialect{semantic.SQLite, semantic.Postgres} {
			if got := tt.c.Earliest(tt.metric, d); got != tt.want {
				t.Errorf("%s %s: %q, want %q", tt.c.Domain, tt.metric, got, tt.want)
			}
		}
	}
}

func golden(t testing.TB, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update and read the difference); got:\n%s", name, got)
	}
}

func TestCompileRefuses(t *testing.T) {
	c := semantic.Sales()
	p := mustPlan(t, `{"metric":"revenue","where":[" x"],"period":"today"}`)
	for name, filters := range map[string][]semantic.Filter{
		"a column of no catalogue": {{Dimension: "1; DROP TABLE staff", Values: []string{"x"}}},
		"a time dimension":         {{Dimension: "day", Values: []string{"x"}}},
		"no filter dimension":      {{Dimension: "weekday", Values: []string{"x"}}},
		"no value":                 {{Dimension: "brand"}},
	} {
		if q, err := c.Compile(p, filters, semantic.Window{}, semantic.Window{}, semantic.SQLite); err == nil {
			t.Errorf("%s: %v", name, q)
		}
	}
	if _, err := c.Compile(mustPlan(t, `{"unsupported":"cause"}`), nil, semantic.Window{}, semantic.Window{}, semantic.SQLite); err == nil {
		t.Error("an unsupported plan compiled")
	}
}
