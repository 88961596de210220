package semantic

import (
	"fmt"
	"math"
	"strconv"
)

// Support is how many people a row is made of, in the plan's window and in the one it is held against.
type Support struct{ Current, Previous int64 }

// Suppressed stands in a cell whose figure is not shown, because fewer than Below people are behind
// it, or because it would tell such a figure. The threshold of 11 is the cell size suppression policy of
// the Centers for Medicare & Medicaid Services (ResDAC, 26 January 2024): no cell of 1 to 10.
//
// Below is 0 in every cell of a table in which larger figures had to go as well: which ones those are
// would tell the others.
type Suppressed struct{ Below int }

// String reads as a cell.
func (s Suppressed) String() string {
	if s.Below == 0 {
		return "not shown"
	}
	return fmt.Sprintf("fewer than %d", s.Below)
}

// MarshalJSON writes a text, "<11" or "not shown", in the place of a number.
func (s Suppressed) MarshalJSON() ([]byte, error) {
	if s.Below == 0 {
		return []byte(`"not shown"`), nil
	}
	return []byte(strconv.Quote("<" + strconv.Itoa(s.Below))), nil
}

// hiddenRow says which figures of a row must go: that of the window, that of the comparison.
type hiddenRow struct{ now, before bool }

// suppress replaces every figure that 1 to Minimum-1 people are behind, or that counts as many, and what
// such a figure follows from: shares of all rows, running totals from it on, changes. The caller drops
// the total for the same reason. Where only one cell of a line of the table is gone, the next smallest goes
// too, so that the line's total, which another answer may hold, does not tell it. It says whether it
// replaced any.
//
// What follows from several answers is not its business beyond that: docs/privacy.md.
func (b *tableBuilder) suppress(rows []record) bool {
	if !b.c.Protected() {
		return false
	}
	gone := make([]hiddenRow, len(rows))
	primary := false
	for i := range rows {
		gone[i] = b.small(rows[i])
		primary = primary || gone[i].now || gone[i].before
	}
	if !primary {
		return false
	}
	mark := Suppressed{Below: b.c.Minimum}
	if b.metric.HasTotal() && b.complement(rows, gone) {
		mark.Below = 0
	}
	before := false
	for i := range rows {
		b.hide(rows[i], gone[i], mark)
		before = before || gone[i].now
		if before && b.p.As == AsRunning || b.p.As == AsShare {
			rows[i].cells[b.keys+1] = mark
		}
	}
	return true
}

func (b *tableBuilder) hide(r record, gone hiddenRow, mark Suppressed) {
	if gone.now {
		r.cells[b.keys] = mark
		for j := range r.inputs {
			r.inputs[j] = mark
		}
	}
	if b.p.Compare != "" && (gone.now || gone.before) {
		if gone.before {
			r.cells[b.keys+1] = mark
		}
		r.cells[b.keys+2], r.cells[b.keys+3] = mark, mark
	}
}

// small says which figures of a row would tell of a few people: by how many are behind them, by what they
// count, or because they are a percentage of people from which such a count follows.
func (b *tableBuilder) small(r record) hiddenRow {
	few := func(n float64) bool { return n > 0 && n < float64(b.c.Minimum) }
	tells := func(cell any, u Unit, people int64) bool {
		v, ok := number(cell)
		switch {
		case few(float64(people)):
			return true
		case !ok:
			return false
		case u == Count:
			return few(math.Abs(v))
		case u == Percent:
			with := math.Round(v * float64(people) / 100)
			return few(with) || few(float64(people)-with)
		}
		return false
	}
	h := hiddenRow{now: tells(r.cells[b.keys], b.metric.Unit, r.support.Current)}
	var counts []float64
	if v, ok := number(r.cells[b.keys]); ok && b.metric.Unit == Count {
		counts = append(counts, v)
	}
	for i, in := range b.metric.Inputs {
		h.now = h.now || tells(r.inputs[i], in.Unit, r.support.Current)
		if v, ok := number(r.inputs[i]); ok && in.Unit == Count {
			counts = append(counts, v)
		}
	}
	for i, x := range counts { // one less another of the same row counts those who are in one only
		for _, y := range counts[:i] {
			h.now = h.now || few(math.Abs(x-y))
		}
	}
	if b.p.Compare != "" {
		h.before = tells(r.cells[b.keys+1], b.metric.Unit, r.support.Previous)
	}
	return h
}

// complement hides the next smallest cell wherever a line of the table has one that is hidden alone. A line is all
// rows of a table with one key, and the rows that share a key in one with two. It says whether it hid any.
func (b *tableBuilder) complement(rows []record, gone []hiddenRow) bool {
	some := false
	sides := []struct {
		is    func(int) *bool
		value func(int) float64
	}{
		{func(i int) *bool { return &gone[i].now }, func(i int) float64 { v, _ := number(rows[i].cells[b.keys]); return v }},
	}
	if b.p.Compare != "" {
		sides = append(sides, sides[0])
		sides[1].is = func(i int) *bool { return &gone[i].before }
		sides[1].value = func(i int) float64 { v, _ := number(rows[i].cells[b.keys+1]); return v }
	}
	lines := b.lines(rows)
	for _, side := range sides {
		for again := true; again; {
			again = false
			for _, line := range lines {
				alone, next := 0, -1
				for _, i := range line {
					switch {
					case *side.is(i):
						alone++
					case side.value(i) > 0 && (next < 0 || side.value(i) < side.value(next)):
						next = i
					}
				}
				if alone == 1 && next >= 0 {
					*side.is(next) = true
					some, again = true, true
				}
			}
		}
	}
	return some
}

// lines are the rows that another answer may hold the sum of.
func (b *tableBuilder) lines(rows []record) [][]int {
	if b.keys < 2 {
		all := make([]int, len(rows))
		for i := range all {
			all[i] = i
		}
		return [][]int{all}
	}
	var lines [][]int
	for k := range b.keys {
		at := map[any]int{}
		for i := range rows {
			key := rows[i].cells[k]
			n, known := at[key]
			if !known {
				n = len(lines)
				at[key], lines = n, append(lines, nil)
			}
			lines[n] = append(lines[n], i)
		}
	}
	return lines
}
