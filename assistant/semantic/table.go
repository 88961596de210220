package semantic

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
)

// The columns a comparison adds after the metric.
const (
	columnPrevious   = "previous"    // the metric over the comparison window
	columnChange     = "change"      // metric less previous
	columnChangeRate = "change_rate" // change as a percentage of previous
)

// Column describes one column of a table. Unit is money, count, percent or points (percentage points)
// for figures; text, weekday, day, week, month, quarter or year for keys.
type Column struct {
	ID    string `json:"id"`
	Label string `json:"label"`
	Unit  string `json:"unit"`
}

// Table is a plan's rows as they are shown. Cells are int64 (money in hundredths, counts), float64
// (percent), string (keys; steps of time as YYYY-MM-DD, weekdays by name) or nil where there is no figure.
type Table struct {
	Columns   []Column
	Rows      [][]any
	Total     []any // as wide as a row, keys nil; nil when the metric has no total or there are no groups
	RowCount  int   // groups found, of which Rows shows the first
	Truncated bool  // RowCount exceeds what was shown without the plan asking for fewer

	// Marks are the rows a series is told by (first, last, max, min), over all its steps; nil for
	// anything but a series with rows.
	Marks map[string][]any

	series [][]any
}

// Series is every step of a series in order of time, shown or not; nil for anything else.
func (t *Table) Series() [][]any { return t.series }

// Tabulate makes the table of a valid plan from its queries' rows. Steps of time that nothing was
// recorded in are filled with the metric's empty value; rows are merged with their comparison, steps
// of time by position, others by key; order and limit are the plan's.
func (c *Catalogue) Tabulate(p Plan, window, against Window, results map[Purpose][][]any) (*Table, error) {
	b := tableBuilder{c: c, p: p, metric: c.Metric(p.Metric), keys: len(p.By)}
	rows, err := b.read(results[ForRows], window)
	if err != nil {
		return nil, err
	}
	t := &Table{Columns: b.columns()}
	if p.Compare != "" {
		previous, err := b.read(results[ForComparison], against)
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
	if p.Series(c) {
		t.mark(rows, b.keys)
	}
	b.sort(rows)
	t.RowCount = len(rows)
	shown := min(len(rows), p.RowLimit())
	t.Truncated = len(rows) > shown && p.Limit == 0 && p.Order == "" || len(results[ForRows]) >= MaxGroups
	if p.TimeGrain(c) != "" && p.Order == "" && p.Limit == 0 {
		rows = rows[len(rows)-shown:] // what runs in time and is too long shows its latest rows
	}
	t.Rows = rows[:shown]
	b.present(t)
	return t, nil
}

type tableBuilder struct {
	c      *Catalogue
	p      Plan
	metric *Metric
	keys   int
}

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
	return out
}

// read checks what a query returned and gives every cell its type.
func (b *tableBuilder) read(rows [][]any, w Window) ([][]any, error) {
	out := make([][]any, 0, len(rows))
	for _, row := range rows {
		if len(row) != b.keys+1 {
			return nil, fmt.Errorf("semantic: a row of %d columns where %d were asked for", len(row), b.keys+1)
		}
		r := make([]any, 0, len(row)+3)
		for i, cell := range row[:b.keys] {
			key, err := keyCell(b.c.Dimension(b.p.By[i]), cell)
			if err != nil {
				return nil, err
			}
			r = append(r, key)
		}
		value, err := b.value(row[b.keys])
		if err != nil {
			return nil, err
		}
		out = append(out, append(r, value))
	}
	if b.p.Series(b.c) {
		slices.SortFunc(out, func(x, y []any) int { return compareCells(x[0], y[0]) })
		if b.p.Order == "" || b.p.Order.ByChange() {
			out = b.fill(out, w)
		}
	}
	return out, nil
}

// fill adds the steps nothing was recorded in. A ranking of steps is not filled: a day the shop was
// closed is not its worst day.
func (b *tableBuilder) fill(rows [][]any, w Window) [][]any {
	step := b.p.TimeGrain(b.c)
	if w.From.IsZero() {
		if len(rows) == 0 {
			return rows
		}
		first, err := ParseDate(rows[0][0].(string))
		if err != nil {
			return rows
		}
		w.From = first
	}
	buckets, ok := w.Buckets(step, MaxGroups)
	if !ok || len(rows) == 0 {
		return rows
	}
	have := make(map[any][]any, len(rows))
	for _, r := range rows {
		have[r[0]] = r
	}
	out := make([][]any, 0, len(buckets))
	for _, key := range buckets {
		r, known := have[key.String()]
		if !known {
			r = append(make([]any, 0, 5), key.String(), b.nothing())
		}
		out = append(out, r)
	}
	return out
}

// nothing is the metric's value where nothing was recorded.
func (b *tableBuilder) nothing() any {
	if b.metric.Empty == EmptyNone {
		return nil
	}
	return int64(0)
}

func (b *tableBuilder) value(cell any) (any, error) {
	if cell == nil {
		return b.nothing(), nil
	}
	f, ok := number(cell)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("semantic: metric %s returned %T, not a number", b.metric.ID, cell)
	}
	if b.metric.Unit == Percent {
		return f, nil
	}
	if i, whole := cell.(int64); whole {
		return i, nil
	}
	return int64(math.Round(f)), nil
}

func keyCell(d *Dimension, cell any) (any, error) {
	if d.Weekday() {
		n, ok := number(cell)
		if name := WeekdayName(int(n)); ok && name != "" {
			return int64(n), nil
		}
		return nil, fmt.Errorf("semantic: dimension %s returned %v, not a day of the week", d.ID, cell)
	}
	switch v := cell.(type) {
	case string:
		return v, nil
	case []byte:
		return string(v), nil
	case nil:
		return "", nil
	}
	return fmt.Sprint(cell), nil
}

// merge puts the comparison beside each row. Groups that only the comparison has are kept when
// nothing means zero: what fell to nothing has fallen the most.
func (b *tableBuilder) merge(rows, previous [][]any, window, against Window) [][]any {
	key := func(r []any, w Window) string {
		var parts []string
		for i, id := range b.p.By {
			part := fmt.Sprint(r[i])
			if step := b.c.Dimension(id).Time; step != "" {
				if d, err := ParseDate(part); err == nil {
					part = fmt.Sprint(position(step, w, d))
				}
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, "\x00")
	}
	before := make(map[string][]any, len(previous))
	for _, r := range previous {
		before[key(r, against)] = r
	}
	out := make([][]any, 0, len(rows))
	for _, r := range rows {
		k := key(r, window)
		value := b.nothing()
		if q, ok := before[k]; ok {
			value = q[b.keys]
			delete(before, k)
		}
		out = append(out, compared(r, value))
	}
	if b.metric.Empty == EmptyZero && b.p.TimeGrain(b.c) == "" {
		for _, r := range previous {
			if _, left := before[key(r, against)]; left {
				gone := append(slices.Clone(r[:b.keys]), any(int64(0)))
				out = append(out, compared(gone, r[b.keys]))
			}
		}
	}
	return out
}

// position counts steps from the beginning of the window, so that the third day of one month meets
// the third of another.
func position(step Grain, w Window, key Date) int {
	from := step.Start(w.From)
	switch step {
	case Day:
		return from.Days(key)
	case Week:
		return from.Days(key) / 7
	}
	months := (key.Year-from.Year)*12 + int(key.Month) - int(from.Month)
	return months / shape{step, 1}.months()
}

// compared appends previous, change and change_rate.
func compared(row []any, previous any) []any {
	value, hasValue := number(row[len(row)-1])
	before, hasBefore := number(previous)
	row = append(row, previous)
	if !hasValue || !hasBefore {
		return append(row, nil, nil)
	}
	var change any = value - before
	if v, ok := row[len(row)-2].(int64); ok {
		if p, ok := previous.(int64); ok {
			change = v - p
		}
	}
	if before == 0 {
		return append(row, change, nil)
	}
	return append(row, change, 100*(value-before)/math.Abs(before))
}

func (b *tableBuilder) total(total, previous [][]any) ([]any, error) {
	one := func(rows [][]any) (any, error) {
		if len(rows) != 1 || len(rows[0]) != 1 {
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

// mark remembers a series as it ran, before any order or limit.
func (t *Table) mark(rows [][]any, value int) {
	if len(rows) == 0 {
		return
	}
	t.series = slices.Clone(rows)
	t.Marks = map[string][]any{RowFirst: rows[0], RowLast: rows[len(rows)-1]}
	for _, r := range rows {
		if r[value] == nil {
			continue
		}
		if best := t.Marks[RowMax]; best == nil || compareCells(r[value], best[value]) > 0 {
			t.Marks[RowMax] = r
		}
		if worst := t.Marks[RowMin]; worst == nil || compareCells(r[value], worst[value]) < 0 {
			t.Marks[RowMin] = r
		}
	}
	for _, name := range []string{RowMax, RowMin} {
		if t.Marks[name] == nil {
			t.Marks[name] = rows[0]
		}
	}
}

// sort puts rows in the plan's order: time first where there is time and no order, else by figure.
// Rows without the figure come last; equal ones go by their keys.
func (b *tableBuilder) sort(rows [][]any) {
	by, descending := b.keys, b.p.Order != OrderAsc && b.p.Order != OrderDecline
	if b.p.Order.ByChange() {
		by = b.keys + 3
	}
	step := -1
	for i, id := range b.p.By {
		if b.c.Dimension(id).Time != "" && b.p.Order == "" {
			step = i
		}
	}
	slices.SortStableFunc(rows, func(x, y []any) int {
		if step >= 0 {
			if c := compareCells(x[step], y[step]); c != 0 {
				return c
			}
		}
		if c := compareFigures(x[by], y[by], descending); c != 0 {
			return c
		}
		if c := compareFigures(x[b.keys], y[b.keys], descending); c != 0 {
			return c
		}
		for i := range b.keys {
			if c := compareCells(x[i], y[i]); c != 0 {
				return c
			}
		}
		return 0
	})
}

// present gives weekdays their names, once their numbers have sorted them.
func (b *tableBuilder) present(t *Table) {
	for i, id := range b.p.By {
		if !b.c.Dimension(id).Weekday() {
			continue
		}
		for _, row := range t.Rows {
			if n, ok := row[i].(int64); ok {
				row[i] = WeekdayName(int(n))
			}
		}
	}
}

func number(cell any) (float64, bool) {
	switch v := cell.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	case int:
		return float64(v), true
	}
	return 0, false
}

func compareFigures(x, y any, descending bool) int {
	switch {
	case x == nil && y == nil:
		return 0
	case x == nil:
		return 1
	case y == nil:
		return -1
	case descending:
		return compareCells(y, x)
	}
	return compareCells(x, y)
}

func compareCells(x, y any) int {
	a, okA := number(x)
	b, okB := number(y)
	if okA && okB {
		return cmp.Compare(a, b)
	}
	return strings.Compare(fmt.Sprint(x), fmt.Sprint(y))
}
