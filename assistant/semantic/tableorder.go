package semantic

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// lastFinished is the place of the last step that is over, of the last one where none is or where what is summed up is told:
// a step that still goes on says nothing about which way a series went.
func (b *tableBuilder) lastFinished(rows []record, w Window) int {
	last := len(rows) - 1
	if last < 1 || b.p.As == AsRunning {
		return last
	}
	if key, err := ParseDate(fmt.Sprint(rows[last].cells[0])); err == nil && w.Unfinished(b.p.TimeGrain(b.c), key) {
		return last - 1
	}
	return last
}

// mark remembers a series as it ran, before any order or limit.
func (t *Table) mark(rows []record, value, last int) {
	if len(rows) == 0 {
		return
	}
	t.series = make([][]any, 0, len(rows))
	for _, r := range rows {
		t.series = append(t.series, r.cells)
	}
	t.Marks = map[string][]any{RowFirst: t.series[0], RowLast: t.series[last]}
	for _, r := range t.series {
		if _, ok := number(r[value]); !ok {
			continue
		}
		if best := t.Marks[RowMax]; best == nil || compareCells(r[value], best[value]) > 0 {
			t.Marks[RowMax] = r
		}
		if worst := t.Marks[RowMin]; worst == nil || compareCells(r[value], worst[value]) < 0 {
			t.Marks[RowMin] = r
		}
	}
	for _, r := range t.series { // what is not shown may be the least, so nothing else is called so
		if _, hidden := r[value].(Suppressed); hidden {
			t.Marks[RowMin] = r
			break
		}
	}
	for _, name := range []string{RowMax, RowMin} {
		if t.Marks[name] == nil {
			t.Marks[name] = t.series[0]
		}
	}
}

// sort puts rows in the plan's order: time first where there is time and no order, else by figure.
// Rows without the figure come last, and so do those where it is suppressed, whose place would tell it;
// equal ones go by the input that sorts, if one does, then by their keys.
func (b *tableBuilder) sort(rows []record) {
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
	tie := slices.IndexFunc(b.metric.Inputs, func(in Input) bool { return in.Sort != "" })
	slices.SortStableFunc(rows, func(r, q record) int {
		x, y := r.cells, q.cells
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
		if tie >= 0 {
			if c := compareFigures(r.inputs[tie], q.inputs[tie], b.metric.Inputs[tie].Sort == OrderDesc); c != 0 {
				return c
			}
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
	_, okX := number(x)
	_, okY := number(y)
	switch {
	case !okX && !okY:
		return 0
	case !okX:
		return 1
	case !okY:
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
