package claims

import (
	"fmt"
	"slices"
	"strings"
)

// Cell is a stretch of the text that shows a cell. Start and End count code points; Row counts from 1 in Rows.Rows, 0 for any other row.
type Cell struct {
	Start, End int
	Row        int
	Column     string
	Value      any
}

// Rows are what the text is about. A figure is int64 or float64; anything else in a figure's place is one that is not shown, nil is none.
type Rows struct {
	Columns    []string // the keys, the metric, and with a comparison previous, change and change_rate
	Keys       int      // how many of them are keys
	Rows       [][]any  // as shown
	Series     [][]any  // every step of a series in order of time; nil: the rows are no series
	Unfinished bool     // the last step of Series still goes on
	Total      []any    // nil: there is none
	Count      int      // rows found, of which Rows shows the first
	Limit      int      // rows asked for; 0: all
	Compared   bool
	ByChange   bool // ranked by change
	Partial    bool // the period still goes on
}

// Contradiction is a claim that the rows do not bear out.
type Contradiction struct {
	Claim string // the words
	Why   string
}

func (c Contradiction) String() string { return fmt.Sprintf("%q: %s", c.Claim, c.Why) }

// Contradictions are the claims of a text that its rows do not bear out. phrases are stretches of the text that claim nothing, such as
// the names of what was asked for: they are not read.
func Contradictions(text string, cells []Cell, phrases []string, rows Rows) []Contradiction {
	all := words(text, cells, phrases)
	r := &reading{Rows: rows, text: text, named: len(clause(all).unique())}
	for _, c := range clauses(all) {
		r.read(c)
	}
	return r.found
}

type reading struct {
	Rows
	text  string
	named int // rows that the whole text names
	found []Contradiction
}

func (r *reading) contradictf(c clause, i int, format string, args ...any) {
	from, to := max(0, i-2), min(len(c), i+4)
	r.found = append(r.found, Contradiction{Claim: c[from:to].String(), Why: fmt.Sprintf(format, args...)})
}

func (r *reading) read(c clause) {
	r.directions(c)
	r.ranks(c)
	r.spans(c)
	r.counts(c)
	r.totals(c)
	r.pairs(c)
	r.partial(c)
	r.nothing(c)
}

// metric is the place of the figure asked for in a row.
func (r *reading) metric() int { return r.Keys }

func (r *reading) column(id string) int { return slices.Index(r.Columns, id) }

// row is the row that a cell is of; nil when it is not known.
func (r *reading) row(c *Cell) []any {
	if c.Row > 0 && c.Row <= len(r.Rows.Rows) {
		return r.Rows.Rows[c.Row-1]
	}
	at := r.column(c.Column)
	if at < 0 {
		return nil
	}
	for _, row := range r.Series {
		if at < r.Keys && row[at] == c.Value {
			return row
		}
	}
	return nil
}

// all are the rows that a rank is among.
func (r *reading) all() [][]any {
	if r.Series != nil {
		return r.Series
	}
	return r.Rows.Rows
}

func figure(cell any) (float64, bool) {
	switch v := cell.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func hidden(cell any) bool {
	_, shown := figure(cell)
	return cell != nil && !shown
}

// unique are the shown rows that a clause names, each once, in order.
func (c clause) unique() []int {
	var out []int
	for _, w := range c {
		if w.cell != nil && w.cell.Row > 0 && !slices.Contains(out, w.cell.Row) {
			out = append(out, w.cell.Row)
		}
	}
	return out
}

func (c clause) has(list ...string) bool {
	return slices.ContainsFunc(c, func(w word) bool { return slices.Contains(list, w.text) })
}

func (c clause) String() string {
	var out []string
	for _, w := range c {
		out = append(out, w.text)
	}
	return strings.Join(out, " ")
}
