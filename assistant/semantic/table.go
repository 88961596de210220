package semantic

import (
	"fmt"
	"slices"
)

// The columns a comparison adds after the metric.
const (
	columnPrevious   = "previous"    // the metric over the comparison window
	columnChange     = "change"      // metric less previous
	columnChangeRate = "change_rate" // change as a percentage of previous
)

// Column describes one column of a table. Unit is money, count, percent, points (percentage points),
// days, years or ratio (times) for figures; text, weekday, day, week, month, quarter or year for keys.
type Column struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Unit  string `json:"unit"`
}

// Table is a plan's rows as they are shown. Cells are int64 (money in hundredths, counts), float64
// (other units), string (keys; steps of time as YYYY-MM-DD, weekdays by name), nil where there is no
// figure, or Suppressed where there is one that is not shown.
//
// Columns are the plan's dimensions, the metric, with a comparison previous, change and change_rate,
// with as the share or the running total, then the metric's inputs.
type Table struct {
	Columns   []Column
	Rows      [][]any
	Total     []any // as wide as a row, keys nil; nil when the metric has no total, there are no groups, or a cell is suppressed
	RowCount  int   // groups found, of which Rows shows the first
	Truncated bool  // RowCount exceeds what was shown without the plan asking for fewer
	Formula   string
	None      string // what it means that there are no rows, "" for nothing recorded

	// Marks are the rows a series is told by (first, last, max, min), over all its steps; last is the last that is over,
	// unless there is none or the total runs. nil for anything but a series with rows.
	Marks map[string][]any

	// Support is how many people each of Rows is made of, in a protected catalogue; nil in others.
	Support []Support
	// Suppressed says that a cell of the table, shown or not, is.
	Suppressed bool

	series [][]any
}

// Series is every step of a series in order of time, shown or not; nil for anything else.
func (t *Table) Series() [][]any { return t.series }

// Tabulate makes the table of a valid plan from its queries' rows. Steps of time that nothing was
// recorded in are filled with the metric's empty value; rows are merged with their comparison, steps
// of time by position, others by key; order and limit are the plan's. In a protected catalogue cells
// that too few people are behind are replaced by Suppressed, and nothing is shown that they follow from.
func (c *Catalogue) Tabulate(p Plan, window, against Window, results map[Purpose][][]any) (*Table, error) {
	b := tableBuilder{c: c, p: p, metric: c.Metric(p.Metric), keys: len(p.By)}
	rows, err := b.read(results[ForRows], window, true)
	if err != nil {
		return nil, err
	}
	t := &Table{Columns: b.columns(), Formula: b.metric.Formula, None: b.metric.None}
	if p.Compare != "" {
		previous, err := b.read(results[ForComparison], against, false)
		if err != nil {
			return nil, err
		}
		rows = b.merge(rows, previous, window, against)
	}
	if total, ok := results[ForTotal]; ok && len(rows) > 0 {
		if t.Total, err = b.total(total, results[ForTotalComparison]); err != nil {
			return nil, err
		}
	}
	b.accompany(rows, t.Total)
	if t.Suppressed = b.suppress(rows); t.Suppressed {
		t.Total = nil
	}
	for i := range rows {
		rows[i].cells = append(rows[i].cells, rows[i].inputs...)
	}
	if t.Total != nil {
		t.Total = b.totalRow(t.Total)
	}
	if p.Series(c) {
		t.mark(rows, b.keys, b.lastFinished(rows, window))
	}
	b.sort(rows)
	t.RowCount = len(rows)
	shown := min(len(rows), p.RowLimit())
	t.Truncated = len(rows) > shown && p.Limit == 0 && p.Order == "" || len(results[ForRows]) >= MaxGroups
	if p.TimeGrain(c) != "" && p.Order == "" && p.Limit == 0 {
		rows = rows[len(rows)-shown:] // what runs in time and is too long shows its latest rows
	}
	t.Rows = make([][]any, 0, shown)
	for _, r := range rows[:shown] {
		t.Rows = append(t.Rows, r.cells)
		if c.Protected() {
			t.Support = append(t.Support, r.support)
		}
	}
	b.present(t)
	return t, nil
}

type tableBuilder struct {
	c      *Catalogue
	p      Plan
	metric *Metric
	keys   int
}

// record is a row on its way: cells as far as they are known, and what is put beside them at the end.
type record struct {
	cells   []any
	inputs  []any
	support Support
}

// columns describes the cells of a row.
func (b *tableBuilder) columns() []Column {
	var out []Column
	for _, id := range b.p.By {
		d := b.c.Dimension(id)
		unit := "text"
		switch {
		case d.Time != "":
			unit = string(d.Time)
		case d.Weekday():
			unit = "weekday"
		}
		out = append(out, Column{ID: id, Label: d.Label, Unit: unit})
	}
	unit := string(b.metric.Unit)
	out = append(out, Column{ID: b.metric.ID, Label: b.metric.Label, Unit: unit})
	if b.p.Compare != "" {
		difference := unit
		if b.metric.Unit == Percent {
			difference = "points"
		}
		before := "Previous period"
		if b.p.Compare == CompareYearAgo {
			before = "A year earlier"
		}
		out = append(out, Column{ID: columnPrevious, Label: before, Unit: unit},
			Column{ID: columnChange, Label: "Change", Unit: difference},
			Column{ID: columnChangeRate, Label: "Change in per cent", Unit: string(Percent)})
	}
	switch b.p.As {
	case AsShare:
		out = append(out, Column{ID: string(AsShare), Label: "Share of the total", Unit: string(Percent)})
	case AsRunning:
		out = append(out, Column{ID: string(AsRunning), Label: "Running total", Unit: unit})
	}
	for _, in := range b.metric.Inputs {
		out = append(out, Column{ID: in.ID, Label: in.Label, Unit: string(in.Unit)})
	}
	return out
}

// total is the metric over everything, with its comparison.
func (b *tableBuilder) total(total, previous [][]any) ([]any, error) {
	one := func(rows [][]any) (any, error) {
		width := 1
		if b.c.Protected() {
			width++
		}
		if len(rows) != 1 || len(rows[0]) != width {
			return nil, fmt.Errorf("semantic: a total of %d rows", len(rows))
		}
		return b.value(rows[0][0])
	}
	value, err := one(total)
	if err != nil {
		return nil, err
	}
	row := append(make([]any, b.keys, b.keys+4), value)
	if b.p.Compare == "" {
		return row, nil
	}
	before, err := one(previous)
	if err != nil {
		return nil, err
	}
	return compared(row, before), nil
}

// totalRow makes a total as wide as a row: of a share it is all of it, of a running total its end, of
// inputs nothing.
func (b *tableBuilder) totalRow(total []any) []any {
	switch value, ok := number(total[b.keys]); {
	case b.p.As == AsShare && ok && value > 0:
		total = append(total, float64(100))
	case b.p.As == AsShare:
		total = append(total, nil)
	case b.p.As == AsRunning:
		total = append(total, total[b.keys])
	}
	return append(total, slices.Repeat([]any{nil}, len(b.metric.Inputs))...)
}
