package gbnftest

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Grammar is a parsed grammar whose start is the rule root.
type Grammar struct {
	rules map[string]node
	cost  map[string]int // the fewest characters each rule can come to
}

// node is literal, class, reference, sequence, choice or repeat.
type node any

type (
	literal   string
	reference string
	sequence  []node
	choice    []node
	class     struct {
		negated bool
		ranges  [][2]rune
	}
	repeat struct {
		of       node
		min, max int // max -1: no end
	}
)

// maxRepeats is llama.cpp's own bound.
const maxRepeats = 2000

// Parse reads a grammar. Undefined rules, rules defined twice, left recursion and anything llama.cpp
// would not read are errors.
func Parse(text string) (*Grammar, error) {
	p := &parser{rest: text}
	g := &Grammar{rules: map[string]node{}, cost: map[string]int{}}
	for p.space(true); p.rest != ""; p.space(true) {
		name := p.name()
		if name == "" {
			return nil, p.errorf("a rule name")
		}
		p.space(false)
		if !p.take("::=") {
			return nil, p.errorf("::=")
		}
		p.space(true)
		body, err := p.choice(false)
		if err != nil {
			return nil, err
		}
		if p.rest != "" && !p.take("\n") {
			return nil, p.errorf("the end of the rule")
		}
		if _, twice := g.rules[name]; twice {
			return nil, fmt.Errorf("gbnf: rule %s is defined twice", name)
		}
		g.rules[name] = body
	}
	return g, g.check()
}

type parser struct{ rest string }

func (p *parser) errorf(want string) error {
	return fmt.Errorf("gbnf: %s expected at %.40q", want, p.rest)
}

func (p *parser) take(s string) bool {
	rest, ok := strings.CutPrefix(p.rest, s)
	p.rest = rest
	return ok
}

func (p *parser) space(newlines bool) {
	for p.rest != "" {
		switch c := p.rest[0]; {
		case c == ' ' || c == '\t' || newlines && (c == '\n' || c == '\r'):
			p.rest = p.rest[1:]
		case c == '#':
			i := strings.IndexByte(p.rest+"\n", '\n')
			p.rest = p.rest[i:]
		default:
			return
		}
	}
}

func (p *parser) name() string {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	i := len(p.rest) - len(strings.TrimLeft(p.rest, letters))
	name := p.rest[:i]
	p.rest = p.rest[i:]
	return name
}

func (p *parser) choice(nested bool) (node, error) {
	var options choice
	for {
		option, err := p.sequence(nested)
		if err != nil {
			return nil, err
		}
		options = append(options, option)
		if !p.take("|") {
			break
		}
		p.space(true)
	}
	if len(options) == 1 {
		return options[0], nil
	}
	return options, nil
}

func (p *parser) sequence(nested bool) (node, error) {
	out := sequence{}
	for p.rest != "" {
		var item node
		switch p.rest[0] {
		case '"':
			p.rest = p.rest[1:]
			var b strings.Builder
			for !p.take(`"`) {
				r, err := p.char()
				if err != nil {
					return nil, err
				}
				b.WriteRune(r)
			}
			item = literal(b.String())
		case '[':
			set, err := p.class()
			if err != nil {
				return nil, err
			}
			item = set
		case '(':
			p.rest = p.rest[1:]
			p.space(true)
			group, err := p.choice(true)
			if err != nil {
				return nil, err
			}
			if !p.take(")") {
				return nil, p.errorf(")")
			}
			item = group
		default:
			name := p.name()
			if name == "" {
				return out, nil
			}
			item = reference(name)
		}
		p.space(nested)
		item, err := p.repeats(item, nested)
		if err != nil {
			return nil, err
		}
		out = append(out, item)
	}
	return out, nil
}

func (p *parser) repeats(item node, nested bool) (node, error) {
	switch {
	case p.take("*"):
		item = repeat{item, 0, -1}
	case p.take("+"):
		item = repeat{item, 1, -1}
	case p.take("?"):
		item = repeat{item, 0, 1}
	case p.take("{"):
		var lo, hi int
		inside, rest, ok := strings.Cut(p.rest, "}")
		p.rest = rest
		if n, err := fmt.Sscanf(inside, "%d,%d", &lo, &hi); !ok || err != nil && n != 1 || lo > maxRepeats || hi > maxRepeats {
			return nil, p.errorf("a repetition {m,n}")
		}
		if !strings.Contains(inside, ",") {
			hi = lo
		} else if strings.HasSuffix(inside, ",") {
			hi = -1
		}
		item = repeat{item, lo, hi}
	}
	p.space(nested)
	return item, nil
}

func (p *parser) class() (node, error) {
	p.rest = p.rest[1:]
	set := class{negated: p.take("^")}
	for !p.take("]") {
		lo, err := p.char()
		if err != nil {
			return nil, err
		}
		hi := lo
		if len(p.rest) > 1 && p.rest[0] == '-' && p.rest[1] != ']' {
			p.rest = p.rest[1:]
			if hi, err = p.char(); err != nil {
				return nil, err
			}
		}
		if hi < lo {
			return nil, fmt.Errorf("gbnf: the range %c-%c is empty", lo, hi)
		}
		set.ranges = append(set.ranges, [2]rune{lo, hi})
	}
	return set, nil
}

func (p *parser) char() (rune, error) {
	if p.rest == "" {
		return 0, p.errorf("a character")
	}
	if p.rest[0] == '\\' {
		if len(p.rest) < 2 {
			return 0, p.errorf("an escaped character")
		}
		c := p.rest[1]
		p.rest = p.rest[2:]
		switch c {
		case 't':
			return '\t', nil
		case 'r':
			return '\r', nil
		case 'n':
			return '\n', nil
		case '\\', '"', '[', ']':
			return rune(c), nil
		}
		return 0, fmt.Errorf("gbnf: unknown escape \\%c", c)
	}
	r, size := utf8.DecodeRuneInString(p.rest)
	if r == utf8.RuneError {
		return 0, p.errorf("valid UTF-8")
	}
	p.rest = p.rest[size:]
	return r, nil
}

// check finds undefined rules and left recursion, and computes costs.
func (g *Grammar) check() error {
	if g.rules["root"] == nil {
		return fmt.Errorf("gbnf: there is no rule root")
	}
	for name, body := range g.rules {
		if missing := g.undefined(body); missing != "" {
			return fmt.Errorf("gbnf: rule %s uses %s, which is not defined", name, missing)
		}
		g.cost[name] = maxCost
	}
	for changed := true; changed; {
		changed = false
		for name, body := range g.rules {
			if c := g.costOf(body); c < g.cost[name] {
				g.cost[name], changed = c, true
			}
		}
	}
	for name := range g.rules {
		if g.cost[name] == maxCost {
			return fmt.Errorf("gbnf: rule %s never ends", name)
		}
		if g.begins(g.rules[name], name, map[string]bool{}) {
			return fmt.Errorf("gbnf: rule %s is left-recursive", name)
		}
	}
	return nil
}

func (g *Grammar) undefined(n node) string {
	switch n := n.(type) {
	case reference:
		if g.rules[string(n)] == nil {
			return string(n)
		}
	case sequence:
		for _, item := range n {
			if m := g.undefined(item); m != "" {
				return m
			}
		}
	case choice:
		for _, item := range n {
			if m := g.undefined(item); m != "" {
				return m
			}
		}
	case repeat:
		return g.undefined(n.of)
	}
	return ""
}

const maxCost = 1 << 20

func (g *Grammar) costOf(n node) int {
	switch n := n.(type) {
	case literal:
		return len(n)
	case class:
		return 1
	case reference:
		return g.cost[string(n)]
	case sequence:
		sum := 0
		for _, item := range n {
			sum = min(maxCost, sum+g.costOf(item))
		}
		return sum
	case choice:
		least := maxCost
		for _, item := range n {
			least = min(least, g.costOf(item))
		}
		return least
	case repeat:
		return min(maxCost, n.min*g.costOf(n.of))
	}
	return 0
}

// begins says whether n can begin with the named rule, before any character.
func (g *Grammar) begins(n node, name string, seen map[string]bool) bool {
	switch n := n.(type) {
	case reference:
		if string(n) == name {
			return true
		}
		if seen[string(n)] {
			return false
		}
		seen[string(n)] = true
		return g.begins(g.rules[string(n)], name, seen)
	case sequence:
		for _, item := range n {
			if g.begins(item, name, seen) {
				return true
			}
			if g.costOf(item) > 0 {
				return false
			}
		}
	case choice:
		for _, item := range n {
			if g.begins(item, name, seen) {
				return true
			}
		}
	case repeat:
		return g.begins(n.of, name, seen)
	}
	return false
}
