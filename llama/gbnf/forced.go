package gbnf

import "unicode/utf8"

// Next is what may come at a place in a grammar.
type Next struct {
	End    bool    // the text may end
	Ranges []Range // or go on with one of these characters; they may overlap
}

// Forced returns the text that must come next, at most limit bytes of it, and what may come after that: the
// first choice, or the end, or, when limit or a bound was reached, the character that must follow. The Matcher
// stays where it is. Within a character nothing is known and everything may come.
func (m *Matcher) Forced(limit int) (text []byte, next Next) {
	if m.partial != "" {
		return nil, Next{Ranges: []Range{{0, utf8.MaxRune}}}
	}
	at := *m
	for visits := 0; visits < maxAhead; visits += m.visits {
		r, ok := at.only()
		if !ok || len(text)+utf8.RuneLen(r) > limit {
			break
		}
		from := at
		if !at.step(r) { // lost beyond the bounds
			at = from
			break
		}
		text = utf8.AppendRune(text, r)
	}
	next.End = at.end
	for _, p := range at.places {
		if in := m.grammar.code[p.pc]; in.op == opChar {
			next.Ranges = append(next.Ranges, Range{in.arg, in.arg})
		} else {
			next.Ranges = append(next.Ranges, m.grammar.sets[in.arg]...)
		}
	}
	return text, next
}

// only returns the one character that may come next.
func (m *Matcher) only() (r rune, ok bool) {
	if m.end || len(m.places) == 0 {
		return 0, false
	}
	for i, p := range m.places {
		x, single := m.grammar.only(p.pc)
		if !single || !utf8.ValidRune(x) || i > 0 && x != r {
			return 0, false
		}
		r = x
	}
	return r, true
}
