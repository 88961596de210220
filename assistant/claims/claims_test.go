package claims_test

import (
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/assistant/claims"
)

type below struct{} // a figure that is not shown

// sentence puts cells in the place of references such as {2.units}: row 2; {0.units=9}: a cell of no row shown, with its value.
func sentence(t *testing.T, text string, rows claims.Rows) (string, []claims.Cell) {
	t.Helper()
	var cells []claims.Cell
	var out []rune
	for {
		before, rest, found := strings.Cut(text, "{")
		out = append(out, []rune(before)...)
		if !found {
			return string(out), cells
		}
		ref, after, _ := strings.Cut(rest, "}")
		row, column, _ := strings.Cut(ref, ".")
		c := claims.Cell{Start: len(out), End: len(out) + 3, Column: column}
		at := -1
		for i, id := range rows.Columns {
			if id == column {
				at = i
			}
		}
		switch row {
		case "total":
			c.Value = rows.Total[at]
		default:
			c.Row = int(row[0] - '0')
			c.Value = rows.Rows[c.Row-1][at]
		}
		out = append(out, []rune("XYZ")...)
		cells = append(cells, c)
		text = after
	}
}

var (
	rowsOf = func(columns string, keys int, rows ...[]any) claims.Rows {
		return claims.Rows{Columns: strings.Fields(columns), Keys: keys, Rows: rows, Count: len(rows)}
	}
	single   = rowsOf("units", 0, []any{int64(7)})
	zero     = rowsOf("units", 0, []any{int64(0)})
	empty    = rowsOf("store units", 1)
	risen    = compared(rowsOf("units previous change change_rate", 0, []any{int64(7), int64(5), int64(2), 40.0}))
	fallen   = compared(rowsOf("units previous change change_rate", 0, []any{int64(5), int64(7), int64(-2), -28.6}))
	unmoved  = compared(rowsOf("units previous change change_rate", 0, []any{int64(5), int64(5), int64(0), 0.0}))
	fromNone = compared(rowsOf("units previous change change_rate", 0, []any{int64(5), nil, nil, nil}))
	ranked   = totalled(rowsOf("store units", 1, []any{"A", int64(9)}, []any{"B", int64(6)}, []any{"C", int64(2)}), "", 17)
	tie      = rowsOf("store units", 1, []any{"A", int64(9)}, []any{"B", int64(9)}, []any{"C", int64(2)})
	three    = func() claims.Rows { r := ranked; r.Count, r.Limit = 8, 3; return r }()
	grown    = byChange(compared(rowsOf("store units previous change change_rate", 1,
		[]any{"A", int64(9), int64(5), int64(4), 80.0}, []any{"B", int64(6), int64(5), int64(1), 20.0}, []any{"C", int64(2), int64(4), int64(-2), -50.0})))
	allFell = byChange(compared(rowsOf("store units previous change change_rate", 1,
		[]any{"A", int64(9), int64(10), int64(-1), -10.0}, []any{"B", int64(6), int64(9), int64(-3), -33.3})))
	rising      = series(rowsOf("month units", 1, []any{"2026-08-01", int64(2)}, []any{"2026-09-01", int64(4)}, []any{"2026-10-01", int64(9)}), false)
	unfinished  = series(rowsOf("month units", 1, []any{"2026-08-01", int64(2)}, []any{"2026-09-01", int64(4)}, []any{"2026-10-01", int64(9)}, []any{"2026-11-01", int64(1)}), true)
	upAndDown   = series(rowsOf("month units", 1, []any{"2026-08-01", int64(2)}, []any{"2026-09-01", int64(9)}, []any{"2026-10-01", int64(2)}), false)
	suppressed  = rowsOf("age units", 1, []any{"A", int64(30)}, []any{"B", int64(12)}, []any{"C", below{}})
	partialRows = func() claims.Rows { r := single; r.Partial = true; return r }()
)

func compared(r claims.Rows) claims.Rows { r.Compared = true; return r }
func byChange(r claims.Rows) claims.Rows { r.ByChange = true; return r }
func series(r claims.Rows, unfinished bool) claims.Rows {
	r.Series, r.Unfinished = r.Rows, unfinished
	return r
}

func totalled(r claims.Rows, key any, total int64) claims.Rows {
	r.Total = []any{key, total}
	return r
}

func TestContradictions(t *testing.T) {
	tests := []struct {
		name  string
		rows  claims.Rows
		true  []string
		false []string
	}{
		{"a single figure", single,
			[]string{"It was {1.units}.", "We sold {1.units} units, all of them paid.", "In total {1.units} units were sold."},
			[]string{"It rose to {1.units}.", "Nothing is recorded.", "It was {1.units} so far.", "It is up on the month before: {1.units}.", "The three stores sold {1.units}."}},
		{"zero", zero, []string{"Nothing is recorded.", "There are no units: {1.units}."}, []string{"It fell to {1.units}."}},
		{"no rows", empty, []string{"Nothing is recorded, so there is no figure to show."}, []string{"The two stores are level."}},
		{"a period that goes on", partialRows, []string{"It is {1.units} so far."}, []string{"It is lower so far: {1.units}."}},
		{"a rise", risen,
			[]string{"It rose to {1.units} from {1.previous} ({1.change_rate}).", "It was higher: {1.units} against {1.previous}.", "It is up from {1.previous} to {1.units}.", "It grew from {1.previous} to {1.units}.", "It did not fall: {1.units}."},
			[]string{"It fell to {1.units}.", "It is lower: {1.units} against {1.previous}.", "It was unchanged at {1.units}.", "It is down from {1.previous} to {1.units}.", "It remained the same as before, {1.units}.", "It rose from {1.units} to {1.previous}.", "It did not rise: {1.units}.", "The figure is less than the {1.previous} of before."}},
		{"a fall", fallen, []string{"It dropped to {1.units}.", "It was down on before: {1.units}.", "No increase: {1.units}."}, []string{"It was up on before: {1.units}.", "It gained: {1.units}.", "More than before: {1.units}."}},
		{"no move", unmoved, []string{"It was unchanged at {1.units}.", "It stayed flat at {1.units}."}, []string{"It rose to {1.units}.", "It declined to {1.units}."}},
		{"from nothing", fromNone, []string{"It was {1.units}; before it there is nothing to compare with."}, []string{"It rose to {1.units}."}},
		{"ranks", ranked,
			[]string{"{1.store} had the highest figure: the number of units was {1.units}.", "The top stores: {1.store} ({1.units}), {2.store} ({2.units}) and {3.store} ({3.units}).", "{1.store} leads with {1.units}; {3.store} comes last with {3.units}.",
				"The three stores sold {total.units} in total.", "{3.store} sold least, {3.units}.", "{1.store} is in first place."},
			[]string{"{2.store} had the highest figure: {2.units}.", "The lowest stores: {1.store} ({1.units}) and {2.store} ({2.units}).", "{1.store} comes last with {1.units}.", "The top stores: {1.store} ({1.units}), {3.store} ({3.units}) and {2.store} ({2.units}).",
				"The four stores sold {total.units}.", "There is a single store: {1.store} ({1.units}).", "In total {1.units} units were sold.", "{1.store} ({2.units}) and {2.store} ({1.units}).", "{1.store} ({1.units}), {2.store} ({2.units}) and {3.store} ({3.units}); the table shows the rest.",
				"{1.store} grew the most.", "Both stores: {1.store} ({1.units}).", "There are no stores."}},
		{"a tie", tie, []string{"{1.store} and {2.store} share first place with {1.units}.", "The highest: {1.store} ({1.units}) and {2.store} ({2.units})."}, []string{"{1.store} had the highest figure, {1.units}."}},
		{"three of eight", three, []string{"The top three: {1.store}, {2.store} and {3.store}; the table shows the rest.", "All eight stores are in the table."}, []string{"All four stores are in the table."}},
		{"ranked by growth", grown,
			[]string{"{1.store} grew the most, {1.change_rate}.", "The strongest growth was at {1.store}: {1.units} against {1.previous}.", "{3.store} declined most ({3.change_rate})."},
			[]string{"{2.store} grew the most, {2.change_rate}.", "The biggest decline was at {1.store}: {1.units}.", "No store grew; {1.store} held up best.", "All stores grew: {1.store} ({1.change_rate})."}},
		{"all fell", allFell, []string{"No store grew; {1.store} held up best, with {1.units} against {1.previous}.", "Every store fell: {1.store} ({1.change_rate}) and {2.store} ({2.change_rate})."}, []string{"{1.store} grew most ({1.change_rate})."}},
		{"a series that rises", rising,
			[]string{"It rose from {1.units} ({1.month}) to {3.units} ({3.month}); the highest month was {3.month} with {3.units}.", "It has been rising, between {1.units} ({1.month}) and {3.units} ({3.month})."},
			[]string{"It fell from {1.units} to {3.units}.", "It has been falling.", "It was steady.", "The lowest month was {3.month} with {3.units}.", "It moved between {2.units} and {3.units}.", "It went down, from {3.units} to {1.units}, as a decline from {1.units} to {3.units} shows."}},
		{"a series whose last step goes on", unfinished, []string{"It has been rising.", "It rose from {1.units} ({1.month}) to {3.units} ({3.month})."}, []string{"It has been falling.", "It rose from {1.units} ({1.month}) to {4.units} ({4.month})."}},
		{"up and down", upAndDown, []string{"It was mixed, with {2.month} the highest."}, []string{"It rose.", "It fell."}},
		{"figures not shown", suppressed, []string{"{1.age} is the largest with {1.units}.", "{1.age} ({1.units}), {2.age} ({2.units}) and {3.age} ({3.units})."}, []string{"{2.age} is the smallest with {2.units}.", "In total {1.units}.", "Nothing is recorded."}},
	}
	for _, tt := range tests {
		for _, s := range tt.true {
			text, cells := sentence(t, s, tt.rows)
			if got := claims.Contradictions(text, cells, nil, tt.rows); len(got) > 0 {
				t.Errorf("%s: %q is true, got %v", tt.name, s, got)
			}
		}
		for _, s := range tt.false {
			text, cells := sentence(t, s, tt.rows)
			if got := claims.Contradictions(text, cells, nil, tt.rows); len(got) == 0 {
				t.Errorf("%s: %q is not true, and passes", tt.name, s)
			}
		}
	}
}

// What was asked for is no claim, however it is called.
func TestPhrasesClaimNothing(t *testing.T) {
	rows := rowsOf("units", 0, []any{int64(7)})
	text := "Units for High minus, Top Vision and Best of Lowest Rise: 7."
	cells := []claims.Cell{{Start: len([]rune(text)) - 2, End: len([]rune(text)) - 1, Row: 1, Column: "units", Value: int64(7)}}
	if got := claims.Contradictions(text, cells, []string{"for High minus, Top Vision and Best of Lowest Rise"}, rows); len(got) > 0 {
		t.Errorf("got %v", got)
	}
	if got := claims.Contradictions(text, cells, nil, rows); len(got) == 0 {
		t.Error("the same words as claims pass")
	}
}

// A cell's own text is never read.
func TestCellsAreNotRead(t *testing.T) {
	rows := rowsOf("product units", 1, []any{"Nothing is lower, it fell", int64(7)}, []any{"B", int64(8)})
	text := "Nothing is lower, it fell"
	cells := []claims.Cell{{Start: 0, End: len([]rune(text)), Row: 1, Column: "product", Value: text}}
	if got := claims.Contradictions(text+" sold.", cells, nil, rows); len(got) > 0 {
		t.Errorf("got %v", got)
	}
}
