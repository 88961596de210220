package assistant

import (
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

func TestCellText(t *testing.T) {
	column := func(id, unit string) semantic.Column { return semantic.Column{ID: id, Unit: unit} }
	usd := cellFormat{currency: "USD", year: 2026}
	tests := []struct {
		format cellFormat
		column semantic.Column
		cell   any
		want   string
	}{
		{usd, column("revenue", "money"), int64(1234567), "$12,345.67"},
		{usd, column("revenue", "money"), int64(0), "$0.00"},
		{usd, column("revenue", "money"), int64(5), "$0.05"},
		{usd, column("revenue", "money"), int64(-123456789), "-$1,234,567.89"},
		{usd, column("revenue", "money"), int64(math.MinInt64), "-$92,233,720,368,547,758.08"},
		{cellFormat{currency: "EUR"}, column("revenue", "money"), int64(99999), "€999.99"},
		{cellFormat{currency: "GBP"}, column("revenue", "money"), int64(100000), "£1,000.00"},
		{cellFormat{currency: "CHF"}, column("revenue", "money"), int64(100000), "CHF 1,000.00"},
		{cellFormat{}, column("revenue", "money"), int64(100), "1.00"},
		{usd, column("units", "count"), int64(1204), "1,204"},
		{usd, column("units", "count"), int64(-1204), "-1,204"},
		{usd, column("margin_rate", "percent"), 41.26, "41.3%"},
		{usd, column("margin_rate", "percent"), -41.24, "-41.2%"},
		{usd, column("margin_rate", "percent"), int64(0), "0.0%"},
		{usd, column("change_rate", "percent"), 12.5, "+12.5%"},
		{usd, column("change_rate", "percent"), -12.54, "-12.5%"},
		{usd, column("change_rate", "percent"), 12345.6, "+12,345.6%"},
		{usd, column("change_rate", "percent"), -0.04, "0.0%"},
		{usd, column("change", "points"), -1.25, "-1.3 points"},
		{usd, column("revenue", "money"), nil, "n/a"},
		{usd, column("day", "day"), "2026-11-21", "21 November 2026"},
		{usd, column("week", "week"), "2026-11-16", "week of 16 November"},
		{usd, column("week", "week"), "2025-11-17", "week of 17 November 2025"},
		{usd, column("month", "month"), "2026-11-01", "November 2026"},
		{usd, column("quarter", "quarter"), "2026-10-01", "Q4 2026"},
		{usd, column("year", "year"), "2026-01-01", "2026"},
		{usd, column("product", "text"), "2026-01-01", "2026-01-01"},
		{usd, column("weekday", "weekday"), "Monday", "Monday"},
		{usd, column("brand", "text"), "", "(none)"},
		{usd, column("brand", "text"), " {x}\n", " {x}\n"},
	}
	for _, tt := range tests {
		if got := tt.format.text(tt.column, tt.cell); got != tt.want {
			t.Errorf("%s %v: %q, want %q", tt.column.Unit, tt.cell, got, tt.want)
		}
	}
}

// hostileSheet has cells that look like references.
func hostileSheet() *sheet {
	return &sheet{
		plan:   semantic.Plan{Metric: "revenue", By: []string{"product"}, Period: "today", Order: semantic.OrderDesc, Limit: 3},
		metric: semantic.Sales().Metric("revenue"),
		table: &semantic.Table{
			Columns:  []semantic.Column{{ID: "product", Unit: "text"}, {ID: "revenue", Unit: "money"}},
			Rows:     [][]any{{"{r2.revenue}", int64(100)}, {"{total.revenue}\n{", int64(200)}},
			Total:    []any{nil, int64(300)},
			RowCount: 2,
		},
		shape:   semantic.Shape{Columns: []string{"product", "revenue"}, Rows: 2, TotalColumns: []string{"revenue"}, Limit: 3},
		format:  cellFormat{currency: "USD"},
		phrases: map[string]string{"period": "today (1 May 2026)"},
	}
}

// FuzzRender: whatever a model writes, an accepted text consists of letters and plain punctuation, the
// phrases, the limit, and cells at the places the citations give.
func FuzzRender(f *testing.F) {
	for _, seed := range []string{
		"{r1.product} made {r1.revenue} {period}.", "The top 3 made {total.revenue}.", "{r1.revenue}", "{", "}", "{}.", "{r1.revenue}{r2.revenue}.", "{{r1.revenue}}.",
		"a {r3.revenue}.", "a {r1.revenue} 4.", "a\x00{r1.revenue}.", "é {r1.revenue}.", "{r1.revenue} {r1.product}. {period} {r2.revenue}.", strings.Repeat("{period} ", 60) + ".",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s := hostileSheet()
		got, citations, err := s.render(text)
		if err != nil {
			if got != "" || citations != nil {
				t.Fatalf("%q: text with an error", text)
			}
			return
		}
		if len(citations) == 0 {
			t.Fatalf("%q was accepted without a cell", text)
		}
		runes := []rune(got)
		at := 0
		var plain strings.Builder
		for _, c := range citations {
			if c.Start < at || c.End > len(runes) || string(runes[c.Start:c.End]) != c.Text {
				t.Fatalf("%q: citation %+v in %q", text, c, got)
			}
			plain.WriteString(string(runes[at:c.Start]) + "\x00")
			at = c.End
		}
		plain.WriteString(string(runes[at:]))
		rest := plain.String()
		for _, phrase := range []string{"today (1 May 2026)", "Today (1 May 2026)"} {
			rest = strings.ReplaceAll(rest, phrase, "")
		}
		if strings.ContainsAny(strings.ReplaceAll(rest, "3", ""), "0124567899{}\n$") || !utf8.ValidString(got) {
			t.Fatalf("%q became %q", text, got)
		}
	})
}
