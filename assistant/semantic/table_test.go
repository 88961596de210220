package semantic_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// tabulate feeds rows as an engine would return them.
func tabulate(t testing.TB, plan string, results map[semantic.Purpose][][]any) *semantic.Table {
	t.Helper()
	p := mustPlan(t, plan)
	c := semantic.Sales()
	if err := p.Validate(c); err != nil {
		t.Fatal(err)
	}
	w, err := p.Place(c, time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	against, _ := w.Against(p.Compare)
	table, err := c.Tabulate(p, w, against, results)
	if err != nil {
		t.Fatal(err)
	}
	return table
}

type rowsOf = map[semantic.Purpose][][]any

func TestTabulate(t *testing.T) {
	tests := []struct {
		name, plan string
		results    rowsOf
		want       string // rows
		total      string
	}{
		{"empty total is zero", `{"metric":"revenue","period":"last_month"}`, rowsOf{semantic.ForRows: {{nil}}}, "[[0]]", "[]"},
		{"empty rate is nothing", `{"metric":"margin_rate","period":"last_month"}`, rowsOf{semantic.ForRows: {{nil}}}, "[[<nil>]]", "[]"},
		{"no groups", `{"metric":"revenue","by":["brand"],"period":"last_month"}`, rowsOf{semantic.ForRows: {}, semantic.ForTotal: {{nil}}}, "[]", "[]"},
		{"ties go by key", `{"metric":"revenue","by":["brand"],"period":"last_month"}`,
			rowsOf{semantic.ForRows: {{"Oakley", int64(5)}, {"Acuvue", int64(5)}, {"Ray-Ban", int64(9)}}, semantic.ForTotal: {{int64(19)}}},
			"[[Ray-Ban 9] [Acuvue 5] [Oakley 5]]", "[<nil> 19]"},
		{"no figure comes last, ascending too", `{"metric":"margin_rate","by":["brand"],"period":"last_month","order":"asc"}`,
			rowsOf{semantic.ForRows: {{"A", nil}, {"B", 3.5}, {"C", -1.0}}}, "[[C -1] [B 3.5] [A <nil>]]", "[]"},
		{"empty months are filled", `{"metric":"revenue","by":["month"],"period":"last_quarter"}`,
			rowsOf{semantic.ForRows: {{"2026-09-01", int64(7)}}, semantic.ForTotal: {{int64(7)}}},
			"[[2026-07-01 0] [2026-08-01 0] [2026-09-01 7]]", "[<nil> 7]"},
		{"with nothing for a rate", `{"metric":"margin_rate","by":["month"],"period":"last_quarter"}`,
			rowsOf{semantic.ForRows: {{"2026-09-01", 7.5}}}, "[[2026-07-01 <nil>] [2026-08-01 <nil>] [2026-09-01 7.5]]", "[]"},
		{"a ranking of days is not filled", `{"metric":"revenue","by":["day"],"period":"last_week","order":"asc","limit":2}`,
			rowsOf{semantic.ForRows: {{"2026-11-17", int64(7)}, {"2026-11-18", int64(3)}}, semantic.ForTotal: {{int64(10)}}},
			"[[2026-11-18 3] [2026-11-17 7]]", "[<nil> 10]"},
		{"weekdays by name", `{"metric":"orders","by":["weekday"],"period":"last_week"}`,
			rowsOf{semantic.ForRows: {{int64(0), int64(2)}, {int64(6), int64(9)}}, semantic.ForTotal: {{int64(11)}}}, "[[Sunday 9] [Monday 2]]", "[<nil> 11]"},
		{"comparison by key", `{"metric":"revenue","by":["brand"],"period":"last_month","compare":"previous"}`,
			rowsOf{
				semantic.ForRows:       {{"A", int64(150)}, {"B", int64(50)}},
				semantic.ForComparison: {{"A", int64(100)}, {"C", int64(40)}},
				semantic.ForTotal:      {{int64(200)}}, semantic.ForTotalComparison: {{int64(140)}},
			}, "[[A 150 100 50 50] [B 50 0 50 <nil>] [C 0 40 -40 -100]]", "[<nil> 200 140 60 42.857142857142854]"},
		{"growth, without previous last", `{"metric":"revenue","by":["brand"],"period":"last_month","compare":"previous","order":"growth"}`,
			rowsOf{
				semantic.ForRows:       {{"A", int64(150)}, {"B", int64(50)}, {"D", int64(30)}},
				semantic.ForComparison: {{"A", int64(100)}, {"C", int64(40)}, {"D", int64(10)}},
				semantic.ForTotal:      {{int64(230)}}, semantic.ForTotalComparison: {{int64(150)}},
			}, "[[D 30 10 20 200] [A 150 100 50 50] [C 0 40 -40 -100] [B 50 0 50 <nil>]]", "[<nil> 230 150 80 53.333333333333336]"},
		{"decline", `{"metric":"revenue","by":["brand"],"period":"last_month","compare":"previous","order":"decline","limit":1}`,
			rowsOf{
				semantic.ForRows:       {{"A", int64(150)}},
				semantic.ForComparison: {{"A", int64(100)}, {"C", int64(40)}},
				semantic.ForTotal:      {{int64(150)}}, semantic.ForTotalComparison: {{int64(140)}},
			}, "[[C 0 40 -40 -100]]", "[<nil> 150 140 10 7.142857142857143]"},
		{"comparison of steps by position", `{"metric":"revenue","by":["month"],"period":"last_quarter","compare":"year_ago"}`,
			rowsOf{
				semantic.ForRows:       {{"2026-07-01", int64(3)}, {"2026-09-01", int64(6)}},
				semantic.ForComparison: {{"2025-07-01", int64(2)}, {"2025-08-01", int64(8)}},
				semantic.ForTotal:      {{int64(9)}}, semantic.ForTotalComparison: {{int64(10)}},
			}, "[[2026-07-01 3 2 1 50] [2026-08-01 0 8 -8 -100] [2026-09-01 6 0 6 <nil>]]", "[<nil> 9 10 -1 -10]"},
		{"fall from a negative figure", `{"metric":"gross_margin","period":"last_month","compare":"previous"}`,
			rowsOf{semantic.ForRows: {{int64(-150)}}, semantic.ForComparison: {{int64(-100)}}}, "[[-150 -100 -50 -50]]", "[]"},
		{"money from an engine that returns fractions", `{"metric":"revenue","period":"last_month"}`, rowsOf{semantic.ForRows: {{float64(12)}}}, "[[12]]", "[]"},
		{"two dimensions, time first", `{"metric":"revenue","by":["store","month"],"period":"last_quarter"}`,
			rowsOf{semantic.ForRows: {{"A", "2026-08-01", int64(9)}, {"B", "2026-07-01", int64(1)}, {"A", "2026-07-01", int64(2)}}, semantic.ForTotal: {{int64(12)}}},
			"[[A 2026-07-01 2] [B 2026-07-01 1] [A 2026-08-01 9]]", "[<nil> <nil> 12]"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tabulate(t, tt.plan, tt.results)
			if rows := fmt.Sprint(got.Rows); rows != tt.want {
				t.Errorf("rows %s\nwant %s", rows, tt.want)
			}
			if total := fmt.Sprint(got.Total); total != tt.total {
				t.Errorf("total %s, want %s", total, tt.total)
			}
		})
	}
}

func TestTabulateSeriesMarks(t *testing.T) {
	got := tabulate(t, `{"metric":"revenue","by":["day"],"period":"last_200_days"}`, rowsOf{
		semantic.ForRows:  {{"2026-05-08", int64(5)}, {"2026-06-01", int64(9)}, {"2026-11-23", int64(1)}},
		semantic.ForTotal: {{int64(15)}},
	})
	if got.RowCount != 200 || len(got.Rows) != 100 || !got.Truncated || got.Rows[99][0] != "2026-11-23" {
		t.Errorf("%d of %d rows, truncated %v, last %v", len(got.Rows), got.RowCount, got.Truncated, got.Rows[99])
	}
	for name, want := range map[string]string{"first": "[2026-05-08 5]", "last": "[2026-11-22 0]", "max": "[2026-06-01 9]", "min": "[2026-05-09 0]"} {
		if mark := fmt.Sprint(got.Marks[name]); mark != want {
			t.Errorf("%s is %s, want %s", name, mark, want)
		}
	}
	if ranking := tabulate(t, `{"metric":"revenue","by":["brand"],"period":"today"}`, rowsOf{semantic.ForRows: {{"A", int64(1)}}, semantic.ForTotal: {{int64(1)}}}); ranking.Marks != nil {
		t.Error("a ranking of brands has no first and last")
	}
}

func TestTabulateShowsTheLatest(t *testing.T) {
	var rows [][]any
	for day := range 30 {
		for _, store := range []string{"A", "B", "C", "D"} {
			rows = append(rows, []any{monday.AddDays(-day).String(), store, int64(1)})
		}
	}
	got := tabulate(t, `{"metric":"revenue","by":["day","store"],"period":"last_30_days"}`, rowsOf{semantic.ForRows: rows, semantic.ForTotal: {{int64(120)}}})
	if len(got.Rows) != 100 || got.RowCount != 120 || !got.Truncated || got.Rows[99][0] != monday.String() || got.Rows[0][0] != monday.AddDays(-24).String() {
		t.Errorf("%d of %d rows, from %v to %v", len(got.Rows), got.RowCount, got.Rows[0], got.Rows[len(got.Rows)-1])
	}
}

func TestTabulateRefuses(t *testing.T) {
	c := semantic.Sales()
	p := mustPlan(t, `{"metric":"revenue","by":["weekday"],"period":"today"}`)
	for name, rows := range map[string][][]any{
		"too few columns": {{int64(1)}}, "text for a figure": {{int64(1), "12"}}, "no weekday": {{int64(7), int64(1)}}, "text for a weekday": {{"Mon", int64(1)}},
	} {
		if table, err := c.Tabulate(p, semantic.Window{}, semantic.Window{}, rowsOf{semantic.ForRows: rows, semantic.ForTotal: {{int64(1)}}}); err == nil {
			t.Errorf("%s: %v", name, table.Rows)
		}
	}
}
