package semantic

import (
	"fmt"
	"math"
	"slices"
)

// read checks what a query returned and gives every cell its type. withInputs says whether the query
// asked for the metric's inputs, as that of the rows does.
func (b *tableBuilder) read(rows [][]any, w Window, withInputs bool) ([]record, error) {
	var inputs []Input
	if withInputs {
		inputs = b.metric.Inputs
	}
	width := b.keys + 1 + len(inputs)
	if b.c.Protected() {
		width++
	}
	out := make([]record, 0, len(rows))
	for _, row := range rows {
		if len(row) != width {
			return nil, fmt.Errorf("semantic: a row of %d columns where %d were asked for", len(row), width)
		}
		r, err := b.record(row, inputs)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	if b.p.Series(b.c) {
		slices.SortFunc(out, func(x, y record) int { return compareCells(x.cells[0], y.cells[0]) })
		if b.p.Order == "" || b.p.Order.ByChange() {
			out = b.fill(out, w, inputs)
		}
	}
	return out, nil
}

func (b *tableBuilder) record(row []any, inputs []Input) (record, error) {
	r := record{cells: make([]any, 0, len(row)+3)}
	for i, cell := range row[:b.keys] {
		key, err := keyCell(b.c.Dimension(b.p.By[i]), cell)
		if err != nil {
			return r, err
		}
		r.cells = append(r.cells, key)
	}
	value, err := b.value(row[b.keys])
	if err != nil {
		return r, err
	}
	r.cells = append(r.cells, value)
	for i, in := range inputs {
		cell, err := figure(in.ID, in.Unit, row[b.keys+1+i])
		if err != nil {
			return r, err
		}
		r.inputs = append(r.inputs, cell)
	}
	if b.c.Protected() {
		people, ok := number(row[len(row)-1])
		if !ok || people < 0 {
			return r, fmt.Errorf("semantic: the support of a cell of %s is %v, not a number of people", b.metric.ID, row[len(row)-1])
		}
		r.support.Current = int64(people)
	}
	return r, nil
}

// fill adds the steps nothing was recorded in. A ranking of steps is not filled: a day the shop was
// closed is not its worst day.
func (b *tableBuilder) fill(rows []record, w Window, inputs []Input) []record {
	step := b.p.TimeGrain(b.c)
	if w.From.IsZero() {
		if len(rows) == 0 {
			return rows
		}
		first, err := ParseDate(rows[0].cells[0].(string))
		if err != nil {
			return rows
		}
		w.From = first
	}
	buckets, ok := w.Buckets(step, MaxGroups)
	if !ok || len(rows) == 0 {
		return rows
	}
	have := make(map[any]record, len(rows))
	for _, r := range rows {
		have[r.cells[0]] = r
	}
	out := make([]record, 0, len(buckets))
	for _, key := range buckets {
		r, known := have[key.String()]
		if !known {
			r = record{cells: append(make([]any, 0, 5), key.String(), b.nothing()), inputs: make([]any, len(inputs))}
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
	return figure(b.metric.ID, b.metric.Unit, cell)
}

// finest is the step of figures with a fraction. Engines divide to different last digits, and rows that are equal in one
// must be so in the other, for their order's sake.
const finest = 1e9

// figure gives a figure the type of its unit.
func figure(id string, u Unit, cell any) (any, error) {
	if cell == nil {
		return nil, nil
	}
	f, ok := number(cell)
	if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, fmt.Errorf("semantic: %s returned %T, not a number", id, cell)
	}
	if !u.Whole() {
		return math.Round(f*finest) / finest, nil
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
