package claims

import (
	"cmp"
	"slices"
)

var (
	high = set("highest most best top leading strongest largest biggest greatest busiest leads lead led longest oldest fastest")
	low  = set("lowest least fewest worst weakest smallest slowest bottom shortest youngest trails trailing")
	// rising and falling are changes that are ranked.
	rising  = set("growth increase rise gain gains improvement grew grown growing rose risen rising increased improved climbed gained up")
	falling = set("decline drop fall decrease loss fell fallen falling dropped declined decreased shrank lost down")
	tied    = set("same tie ties tied share shares sharing equal equally joint jointly alike level both")
)

// ranks checks every word that gives a row its place.
func (r *reading) ranks(c clause) {
	for i := range c {
		top, ok := c.place(i)
		if !ok {
			continue
		}
		at := r.metric()
		if way := c.ranksChange(i); way != unknown || r.ByChange {
			if !r.Compared {
				r.contradictf(c, i, "no change is known")
				continue
			}
			at += 3
			if way == down {
				top = !top
			}
		}
		cell := c.subject(i)
		if cell == nil {
			continue
		}
		row := r.row(cell)
		if row == nil {
			if r.column(cell.Column) != r.metric() || cell.Row != 0 {
				continue
			}
			row = make([]any, len(r.Columns)) // a step that is not shown
			row[r.metric()] = cell.Value
		}
		if why := r.outranked(row, at, top); why != "" {
			r.contradictf(c, i, "%s", why)
			continue
		}
		r.order(c, i, at, top)
	}
}

// place says whether word i ranks a row, and whether first or last.
func (c clause) place(i int) (top, ok bool) {
	prev, next := c.at(i-1), c.at(i+1)
	switch w := c.at(i); {
	case (w == "most" || w == "least") && (prev == "at" || next == "of"), w == "top" && prev == "on":
		return false, false
	case w == "first" || w == "last":
		placed := prev == "comes" || prev == "came" || prev == "come" || prev == "ranks" || prev == "ranked" || next == "place" || isForm[prev] && next != cellWord && !isStep[next]
		return w == "first", placed
	case w == "least" && c.at(i+1) == "common", low[w]:
		return false, true
	case high[w]:
		return true, true
	}
	return false, false
}

var isStep = set("day week month quarter year step")

// ranksChange says whether the rank at i is of how figures moved, and which way: "the biggest decline", "grew most".
func (c clause) ranksChange(i int) way {
	for _, j := range []int{i + 1, i + 2, i - 1, i - 2} {
		switch w := c.at(j); {
		case rising[w]:
			return up
		case falling[w]:
			return down
		}
	}
	if c.at(i-1) == "up" && c.at(i-2) == "held" {
		return up
	}
	return unknown
}

// subject is the cell that the rank at i is about: the first after it, else the last before it.
func (c clause) subject(i int) *Cell {
	// "{store} had the highest figure" speaks of what comes before; what follows is of the same row.
	for j := i + 1; j < len(c); j++ {
		if c[j].cell != nil {
			return c[j].cell
		}
	}
	for j := i - 1; j >= 0; j-- {
		if c[j].cell != nil {
			return c[j].cell
		}
	}
	return nil
}

// outranked says why a row is not the first (or last) of all by a column.
func (r *reading) outranked(row []any, at int, top bool) string {
	v, ok := figure(row[at])
	for _, other := range r.all() {
		o, known := figure(other[at])
		switch {
		case hidden(other[at]) && ok && !top:
			return "a figure that is not shown may be lower"
		case !known || !ok:
		case top && o > v:
			return "another row is higher"
		case !top && o < v:
			return "another row is lower"
		}
	}
	if !ok && hidden(row[at]) && top && slices.ContainsFunc(r.all(), func(o []any) bool { _, known := figure(o[at]); return known }) {
		return "the figure is not shown"
	}
	return ""
}

// order checks that rows listed after a rank are the first ones, in order, and that nobody stands beside the only one named.
func (r *reading) order(c clause, i, at int, top bool) {
	named := c[i:].unique()
	if r.Series != nil || len(named) == 0 {
		return
	}
	figures := func(n int) (float64, bool) { return figure(r.Rows.Rows[n-1][at]) }
	for k := 1; k < len(named); k++ {
		a, okA := figures(named[k-1])
		b, okB := figures(named[k])
		if okA && okB && (top && b > a || !top && b < a) {
			r.contradictf(c, i, "row %d comes before row %d", named[k], named[k-1])
			return
		}
	}
	v, ok := figures(named[0])
	if !ok || len(c.unique()) > 1 || slices.ContainsFunc(words(r.text, nil, nil), func(w word) bool { return tied[w.text] }) {
		return
	}
	for n := range r.Rows.Rows {
		if o, ok := figures(n + 1); ok && n+1 != named[0] && cmp.Compare(o, v) == 0 {
			r.contradictf(c, i, "row %d has the same figure", n+1)
			return
		}
	}
}
