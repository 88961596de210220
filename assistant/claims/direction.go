package claims

import (
	"math"
)

// way is how a figure moved.
type way int

const (
	unknown way = iota
	up
	down
	flat
	mixed
)

func (w way) String() string {
	return [...]string{"not to be told", "up", "down", "unchanged", "up and down"}[w]
}

var ways = map[string]way{}

func init() {
	for list, w := range map[string]way{
		`rose risen rising rise rises grew grown growing grow grows increased increase increases increasing gained gain gains gaining
		climbed climbing climbs improved improving improvement higher`: up,
		`fell fallen falling fall falls declined decline declines declining dropped drop drops dropping decreased decrease decreases
		decreasing shrank shrunk shrinking slipped slipping lower worsened`: down,
		"unchanged flat steady stable level":                           flat,
		"mixed uneven fluctuated fluctuating fluctuates varied varies": mixed,
	} {
		for w2 := range set(list) {
			ways[w2] = w
		}
	}
}

// flatRate is the part, in per cent, under which a change is none.
const flatRate = 0.05

// claimed is the way that word i of a clause claims.
func (c clause) claimed(i int) way {
	prev, next := c.at(i-1), c.at(i+1)
	switch c.at(i) {
	case "up", "down":
		w := up
		if c.at(i) == "down" {
			w = down
		}
		moved := isForm[prev] || prev == "went" || prev == "gone" || prev == "so" || next == "from" || next == "on" || next == "by" || next == "against" || next == "compared"
		if next == "to" && w == up || next == "and" && c.at(i+2) == "down" || prev == "and" {
			return unknown
		}
		if moved {
			return w
		}
		return unknown
	case "same":
		if c.has("as", "period") && !c.has("tie", "tied", "share", "shares", "both") && isForm[c.at(i-2)] {
			return flat
		}
		return unknown
	case "level", "flat", "stable", "steady", "mixed":
		if next == "with" || c.at(i+1) == "of" { // level with another row: a tie
			return unknown
		}
	case "more", "less", "fewer":
		if next != "than" {
			return unknown
		}
		if c.at(i) == "more" {
			return up
		}
		return down
	case "increase", "rise", "gain", "decline", "drop", "decrease", "fall", "improvement":
		if prev == "no" { // no increase
			return unknown
		}
	}
	return ways[c.at(i)]
}

var isForm = set("is are was were be been remains remained stands stood stayed stays has have")

// directions checks every word that says which way a figure went.
func (r *reading) directions(c clause) {
	for i := range c {
		w := c.claimed(i)
		if w == unknown {
			continue
		}
		if c.negated(i) {
			r.noneMoved(c, i, w)
			continue
		}
		if a, b, ok := c.fromTo(i); ok {
			if got := moved(b.Value, a.Value); got != w && w != mixed {
				r.contradictf(c, i, "from %v to %v is %v", a.Value, b.Value, got)
			}
			continue
		}
		bases := r.bases(c)
		if len(bases) == 0 {
			r.contradictf(c, i, "nothing is compared")
			continue
		}
		held := false
		for _, got := range bases {
			held = held || got == w
		}
		if !held {
			r.contradictf(c, i, "it went %v", bases[0])
		}
	}
}

// negated: "no brand grew", "none fell", "did not grow".
func (c clause) negated(i int) bool {
	for j := i - 1; j >= 0 && j >= i-5; j-- {
		switch c.at(j) {
		case "no", "none", "nothing", "neither", "not", "never", "nobody":
			return true
		case ",", ":", cellWord:
			return false
		}
	}
	return false
}

// noneMoved checks that no row went a way.
func (r *reading) noneMoved(c clause, i int, w way) {
	if !r.Compared {
		for _, got := range r.bases(c) {
			if got == w {
				r.contradictf(c, i, "it went %v", got)
			}
		}
		return
	}
	for n, row := range r.Rows.Rows {
		if got := moved(row[r.metric()], row[r.metric()+1]); got == w || got == unknown && hidden(row[r.metric()]) {
			r.contradictf(c, i, "row %d went %v", n+1, got)
			return
		}
	}
}

// fromTo are the two cells of "from A to B" after word i, or of "up from A", where the other is what stands before.
func (c clause) fromTo(i int) (a, b *Cell, ok bool) {
	for j := i; j < len(c); j++ {
		if c.at(j) != "from" || j+1 >= len(c) || c[j+1].cell == nil {
			continue
		}
		a = c[j+1].cell
		for k := j + 2; k+1 < len(c); k++ {
			if c.at(k) == "to" && c[k+1].cell != nil {
				b = c[k+1].cell
				if b.Column == a.Column || a.Column == "previous" || b.Column == "previous" {
					return a, b, true
				}
			}
		}
	}
	return nil, nil, false
}

// bases are the movements that a clause may speak of: of the row it names first, of all in all, of a series.
func (r *reading) bases(c clause) []way {
	var out []way
	m := r.metric()
	if r.Compared {
		switch named := c.unique(); {
		case len(named) > 0:
			row := r.Rows.Rows[named[0]-1]
			out = append(out, moved(row[m], row[m+1]))
			if c.has("all", "every", "each", "both") && c.at(0) != "in" {
				for _, row := range r.Rows.Rows {
					if other := moved(row[m], row[m+1]); other != out[0] {
						return []way{other}
					}
				}
			}
		case r.Keys == 0 && len(r.Rows.Rows) == 1:
			out = append(out, moved(r.Rows.Rows[0][m], r.Rows.Rows[0][m+1]))
		}
		if r.Total != nil && len(r.Total) > m+1 {
			out = append(out, moved(r.Total[m], r.Total[m+1]))
		}
	}
	if r.Series != nil {
		out = append(out, r.trend()...)
	}
	return out
}

// trend is how a series moved, its unfinished step left out.
func (r *reading) trend() []way {
	steps := r.Series
	if r.Unfinished && len(steps) > 1 {
		steps = steps[:len(steps)-1]
	}
	if len(steps) < 2 {
		return nil
	}
	m := r.metric()
	first, last := steps[0][m], steps[len(steps)-1][m]
	rises, falls, lowest, highest := 0, 0, math.Inf(1), math.Inf(-1)
	for i, step := range steps {
		v, ok := figure(step[m])
		if !ok {
			if hidden(step[m]) {
				return []way{unknown}
			}
			continue
		}
		lowest, highest = min(lowest, v), max(highest, v)
		if i > 0 {
			switch moved(v, steps[i-1][m]) {
			case up:
				rises++
			case down:
				falls++
			}
		}
	}
	var out []way
	switch got := moved(last, first); got {
	case flat:
		if highest-lowest <= math.Abs(lowest)*flatRate/100 {
			return []way{flat}
		}
		out = append(out, mixed)
	default:
		out = append(out, got)
	}
	if rises > 0 && falls > 0 {
		out = append(out, mixed)
	}
	return out
}

// moved says how a figure moved from another.
func moved(now, before any) way {
	a, okA := figure(now)
	b, okB := figure(before)
	switch {
	case !okA || !okB:
		return unknown
	case a == b, b != 0 && math.Abs(a-b) < math.Abs(b)*flatRate/100:
		return flat
	case a > b:
		return up
	}
	return down
}
