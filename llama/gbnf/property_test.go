package gbnf_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai/llama/gbnf"
)

const longest = 6 // of the texts the brute-force reading looks at

// words are all texts up to a length that an expression means: the plainest reading there is.
type words map[string]bool

type expression struct {
	text  string
	words words
}

func product(a, b words) words {
	out := words{}
	for x := range a {
		for y := range b {
			if len(x)+len(y) <= longest {
				out[x+y] = true
			}
		}
	}
	return out
}

func union(a, b words) words {
	out := words{}
	for _, s := range []words{a, b} {
		for x := range s {
			out[x] = true
		}
	}
	return out
}

func repeated(a words, least, most int) words {
	out, power := words{}, words{"": true}
	for n := 0; n <= most && n <= longest+least; n++ {
		if n >= least {
			out = union(out, power)
		}
		power = product(power, a)
	}
	return out
}

// draw makes an expression over a, b and c. Named ones go to rules.
func draw(r *rapid.T, depth int, rules *[]string) expression {
	kind := rapid.IntRange(0, 6).Draw(r, "kind")
	if depth == 0 {
		kind %= 2
	}
	sub := func() expression { return draw(r, depth-1, rules) }
	switch kind {
	case 0:
		s := rapid.SampledFrom([]string{"a", "b", "ab", "ba", "aab", "c", "cc"}).Draw(r, "literal")
		return expression{`"` + s + `"`, words{s: true}}
	case 1:
		switch rapid.IntRange(0, 2).Draw(r, "class") {
		case 0:
			return expression{"[ab]", words{"a": true, "b": true}}
		case 1:
			return expression{"[b-c]", words{"b": true, "c": true}}
		}
		return expression{"[c]", words{"c": true}}
	case 2, 3:
		a, b := sub(), sub()
		return expression{a.text + " " + b.text, product(a.words, b.words)}
	case 4:
		a, b := sub(), sub()
		return expression{"(" + a.text + " | " + b.text + ")", union(a.words, b.words)}
	case 5:
		a := sub()
		if a.words[""] { // llama.cpp does not take x* of what may be empty
			a = expression{`"b"`, words{"b": true}}
		}
		least, most := rapid.IntRange(0, 2).Draw(r, "least"), rapid.IntRange(0, 2).Draw(r, "more")
		if rapid.Bool().Draw(r, "endless") {
			return expression{fmt.Sprintf("(%s){%d,}", a.text, least), repeated(a.words, least, longest+least)}
		}
		return expression{fmt.Sprintf("(%s){%d,%d}", a.text, least, least+most), repeated(a.words, least, least+most)}
	}
	a := sub()
	name := fmt.Sprintf("rule-%d", len(*rules))
	*rules = append(*rules, name+" ::= "+a.text)
	return expression{name, a.words}
}

// TestAgainstBruteForce: what is allowed and what is forced are what the set of all texts says.
func TestAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var rules []string
		e := draw(r, 4, &rules)
		grammar := "root ::= " + e.text + "\n" + strings.Join(rules, "\n") + "\n"
		g, err := gbnf.Parse(grammar)
		if err != nil {
			r.Fatalf("%s: %v", grammar, err)
		}
		for range 20 {
			s := rapid.StringOfN(rapid.RuneFrom([]rune("abc")), 0, longest, -1).Draw(r, "text")
			m := g.Matcher()
			allowed := m.Accept([]byte(s))
			forced, next := m.Forced(longest + 1 - len(s))
			if ends := allowed && len(forced) == 0 && next.End; ends != e.words[s] {
				r.Fatalf("%s: %q is a text: %v, want %v", grammar, s, ends, e.words[s])
			}
			whole := s + string(forced)
			goesOn := map[byte]bool{}
			for w := range e.words {
				if !strings.HasPrefix(w, s) {
					continue
				}
				if !allowed {
					r.Fatalf("%s: does not allow %q, and %q is a text", grammar, s, w)
				}
				if !strings.HasPrefix(w, whole) && len(whole) <= longest {
					r.Fatalf("%s: after %q %q is forced, and %q is a text", grammar, s, forced, w)
				}
				if len(w) > len(whole) && strings.HasPrefix(w, whole) {
					goesOn[w[len(whole)]] = true
					if !may(next, rune(w[len(whole)])) {
						r.Fatalf("%s: after %q %v may come, and %q is a text", grammar, whole, next.Ranges, w)
					}
				}
			}
			if len(whole) < longest-3 && len(goesOn) == 1 && !e.words[whole] && !next.End && !beyond(next, goesOn) {
				r.Fatalf("%s: after %q only %v can come, and %q was forced", grammar, s, goesOn, forced)
			}
		}
	})
}

// beyond tells whether more may come than the texts that are short enough show.
func beyond(next gbnf.Next, known map[byte]bool) bool {
	for r := 'a'; r <= 'c'; r++ {
		if may(next, r) && !known[byte(r)] {
			return true
		}
	}
	return false
}
