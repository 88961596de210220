package gbnftest

import (
	"math/rand/v2"
	"strings"
	"unicode/utf8"
)

// Random writes a text the grammar allows. Beyond about size characters it takes the shortest way to
// the end.
func (g *Grammar) Random(r *rand.Rand, size int) string {
	w := writer{g: g, r: r, size: size}
	w.write(g.rules["root"])
	return w.b.String()
}

type writer struct {
	g    *Grammar
	r    *rand.Rand
	b    strings.Builder
	size int
}

func (w *writer) write(n node) {
	switch n := n.(type) {
	case literal:
		w.b.WriteString(string(n))
	case reference:
		w.write(w.g.rules[string(n)])
	case sequence:
		for _, item := range n {
			w.write(item)
		}
	case choice:
		pick := n[w.r.IntN(len(n))]
		if w.b.Len() > w.size {
			for _, item := range n {
				if w.g.costOf(item) < w.g.costOf(pick) {
					pick = item
				}
			}
		}
		w.write(pick)
	case repeat:
		for i := 0; n.max < 0 || i < n.max; i++ {
			if i >= n.min && (w.b.Len() > w.size || w.r.IntN(2) == 0) {
				return
			}
			w.write(n.of)
		}
	case class:
		w.b.WriteRune(n.pick(w.r))
	}
}

func (c class) pick(r *rand.Rand) rune {
	if c.negated {
		for {
			if x := rune(' ' + r.IntN(95)); c.has(x) {
				return x
			}
		}
	}
	span := c.ranges[r.IntN(len(c.ranges))]
	return span[0] + rune(r.IntN(int(span[1]-span[0])+1))
}

func (c class) has(x rune) bool {
	for _, span := range c.ranges {
		if x >= span[0] && x <= span[1] {
			return !c.negated
		}
	}
	return c.negated
}

// Allows says whether the grammar allows exactly this text.
func (g *Grammar) Allows(text string) bool {
	return g.match(g.rules["root"], text, func(rest string) bool { return rest == "" })
}

// match tries every way n can take the beginning of text, until then accepts what is left.
func (g *Grammar) match(n node, text string, then func(rest string) bool) bool {
	switch n := n.(type) {
	case literal:
		rest, ok := strings.CutPrefix(text, string(n))
		return ok && then(rest)
	case class:
		x, size := utf8.DecodeRuneInString(text)
		return size > 0 && n.has(x) && then(text[size:])
	case reference:
		return g.match(g.rules[string(n)], text, then)
	case sequence:
		if len(n) == 0 {
			return then(text)
		}
		return g.match(n[0], text, func(rest string) bool { return g.match(n[1:], rest, then) })
	case choice:
		for _, item := range n {
			if g.match(item, text, then) {
				return true
			}
		}
	case repeat:
		if n.min == 0 && then(text) {
			return true
		}
		if n.max == 0 {
			return false
		}
		next := repeat{n.of, max(0, n.min-1), n.max - 1}
		if n.max < 0 {
			next.max = -1
		}
		return g.match(n.of, text, func(rest string) bool {
			return len(rest) < len(text) && g.match(next, rest, then)
		})
	}
	return false
}
