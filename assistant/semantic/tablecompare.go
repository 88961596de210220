package semantic

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// merge puts the comparison beside each row. Groups that only the comparison has are kept when
// nothing means zero: what fell to nothing has fallen the most.
func (b *tableBuilder) merge(rows, previous []record, window, against Window) []record {
	key := func(r record, w Window) string {
		var parts []string
		for i, id := range b.p.By {
			part := fmt.Sprint(r.cells[i])
			if step := b.c.Dimension(id).Time; step != "" {
				if d, err := ParseDate(part); err == nil {
					part = fmt.Sprint(position(step, w, d))
				}
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, "\x00")
	}
	before := make(map[string]record, len(previous))
	for _, r := range previous {
		before[key(r, against)] = r
	}
	out := make([]record, 0, len(rows))
	for _, r := range rows {
		k := key(r, window)
		value := b.nothing()
		if q, ok := before[k]; ok {
			value, r.support.Previous = q.cells[b.keys], q.support.Current
			delete(before, k)
		}
		r.cells = compared(r.cells, value)
		out = append(out, r)
	}
	if b.metric.Empty == EmptyZero && b.p.TimeGrain(b.c) == "" {
		for _, q := range previous {
			if _, left := before[key(q, against)]; left {
				gone := append(slices.Clone(q.cells[:b.keys]), any(int64(0)))
				out = append(out, record{
					cells:   compared(gone, q.cells[b.keys]),
					inputs:  make([]any, len(b.metric.Inputs)),
					support: Support{Previous: q.support.Current},
				})
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
