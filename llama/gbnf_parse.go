package llama

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// gbnfParser reads GBNF as llama.cpp's parser does (llama-grammar.cpp of the pinned version), and
// keeps only what checkRules needs.
type gbnfParser struct {
	src      string
	pos      int
	names    map[string]int
	rules    []gbnfRule
	extra    int // rules llama.cpp will make for repetitions
	elements int
}

func (p *gbnfParser) fail(format string, args ...any) error {
	before := p.src[:min(p.pos, len(p.src))]
	line := strings.Count(before, "\n") + 1
	col := len(before) - strings.LastIndexByte(before, '\n')
	return &GrammarError{Line: line, Column: col, Message: fmt.Sprintf(format, args...)}
}

func (p *gbnfParser) parse() error {
	if len(p.src) > MaxGrammarBytes {
		return &GrammarError{Message: fmt.Sprintf("it has %d bytes, the limit is %d", len(p.src), MaxGrammarBytes)}
	}
	if i := strings.IndexByte(p.src, 0); i >= 0 {
		p.pos = i
		return p.fail("a NUL byte")
	}
	if !utf8.ValidString(p.src) {
		return &GrammarError{Message: "it is not UTF-8"}
	}
	p.space(true)
	for p.pos < len(p.src) {
		if err := p.rule(); err != nil {
			return err
		}
	}
	return nil
}

func (p *gbnfParser) peek() byte {
	if p.pos < len(p.src) {
		return p.src[p.pos]
	}
	return 0
}

func (p *gbnfParser) space(newlines bool) {
	for {
		switch c := p.peek(); {
		case c == ' ' || c == '\t' || newlines && (c == '\r' || c == '\n'):
			p.pos++
		case c == '#':
			for c := p.peek(); c != 0 && c != '\r' && c != '\n'; c = p.peek() {
				p.pos++
			}
		default:
			return
		}
	}
}

func (p *gbnfParser) name() (string, error) {
	start := p.pos
	for isWord(p.peek()) {
		p.pos++
	}
	if p.pos == start {
		return "", p.fail("a rule name was expected")
	}
	return p.src[start:p.pos], nil
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-'
}

func (p *gbnfParser) symbol(name string) int {
	i, ok := p.names[name]
	if !ok {
		i = p.newRule(name)
		p.names[name] = i
	}
	return i
}

func (p *gbnfParser) newRule(name string) int {
	p.rules = append(p.rules, gbnfRule{name: name, line: strings.Count(p.src[:p.pos], "\n") + 1})
	return len(p.rules) - 1
}

func (p *gbnfParser) rule() error {
	name, err := p.name()
	if err != nil {
		return err
	}
	i := p.symbol(name)
	p.space(false)
	if !strings.HasPrefix(p.src[p.pos:], "::=") {
		return p.fail("::= was expected")
	}
	p.pos += 3
	p.space(true)
	if err := p.alternates(i, 0); err != nil {
		return err
	}
	if c := p.peek(); c != '\r' && c != '\n' && p.pos < len(p.src) {
		return p.fail("unexpected %q", c)
	}
	p.space(true)
	return nil
}

func (p *gbnfParser) alternates(i, depth int) error {
	if depth > maxGrammarDepth {
		return p.fail("groups nested deeper than %d", maxGrammarDepth)
	}
	p.rules[i].alternates = nil // a rule defined twice keeps its last definition, as in llama.cpp
	for {
		alt, err := p.sequence(i, depth)
		if err != nil {
			return err
		}
		p.rules[i].alternates = append(p.rules[i].alternates, alt)
		if p.peek() != '|' {
			p.rules[i].defined = true
			return nil
		}
		p.pos++
		p.space(true)
	}
}

func (p *gbnfParser) sequence(rule, depth int) ([]gbnfItem, error) {
	var alt []gbnfItem
	last := -1 // elements of the item a repetition would repeat; -1: there is none
	for {
		var err error
		n := 0
		switch c := p.peek(); {
		case c == '"':
			n, err = p.literal()
			last = n
			if n > 0 {
				alt = append(alt, gbnfItem{rule: -1})
			}
		case c == '[':
			n, err = p.class()
			last = n
			if n > 0 {
				alt = append(alt, gbnfItem{rule: -1})
			}
		case c == '.':
			p.pos++
			n, last, alt = 1, 1, append(alt, gbnfItem{rule: -1})
		case c == '<' || c == '!':
			err = p.fail("token rules are not supported")
		case isWord(c):
			var name string
			name, err = p.name()
			n, last, alt = 1, 1, append(alt, gbnfItem{rule: p.symbol(name)})
		case c == '(':
			var group int
			group, err = p.group(rule, depth)
			n, last, alt = 1, 1, append(alt, gbnfItem{rule: group})
		case c == '*' || c == '+' || c == '?' || c == '{':
			n, err = p.repetition(last, alt)
		default:
			return alt, nil
		}
		if err != nil {
			return nil, err
		}
		p.elements += n
		if p.elements > maxGrammarElements || len(p.rules)+p.extra > maxGrammarRules {
			return nil, p.fail("the grammar has too many elements or rules")
		}
		p.space(depth > 0)
	}
}

func (p *gbnfParser) group(rule, depth int) (int, error) {
	p.pos++
	p.space(true)
	i := p.newRule(p.rules[rule].name)
	if err := p.alternates(i, depth+1); err != nil {
		return 0, err
	}
	if p.peek() != ')' {
		return 0, p.fail("')' was expected")
	}
	p.pos++
	return i, nil
}

// repetition returns how many elements the repetition adds. Repeating nothing, such as ""*, is
// refused as llama.cpp does.
func (p *gbnfParser) repetition(last int, alt []gbnfItem) (int, error) {
	if last <= 0 {
		return 0, p.fail("there is nothing to repeat")
	}
	least, most, err := p.bounds()
	if err != nil {
		return 0, err
	}
	it := &alt[len(alt)-1]
	it.endless = it.endless || most < 0
	it.optional = it.optional || least == 0
	optional := max(most-least, 1) // an open end costs one rule
	p.extra += optional
	return last * (max(least, 1) + optional), nil
}

// bounds reads *, +, ? or {m,n}; most is negative when there is no upper bound.
func (p *gbnfParser) bounds() (least, most int, err error) {
	c := p.peek()
	p.pos++
	switch c {
	case '*':
		return 0, -1, nil
	case '+':
		return 1, -1, nil
	case '?':
		return 0, 1, nil
	}
	p.space(true)
	if least, err = p.number(); err != nil {
		return 0, 0, err
	}
	most = least
	p.space(true)
	if p.peek() == ',' {
		p.pos++
		p.space(true)
		most = -1
		if c := p.peek(); '0' <= c && c <= '9' {
			if most, err = p.number(); err != nil {
				return 0, 0, err
			}
			p.space(true)
		}
	}
	if p.peek() != '}' {
		return 0, 0, p.fail("'}' was expected")
	}
	p.pos++
	if most >= 0 && most < least {
		return 0, 0, p.fail("a repetition from %d to %d", least, most)
	}
	return least, most, nil
}

func (p *gbnfParser) number() (int, error) {
	start := p.pos
	for c := p.peek(); '0' <= c && c <= '9'; c = p.peek() {
		p.pos++
	}
	n, err := strconv.Atoi(p.src[start:p.pos])
	if err != nil || n > maxGrammarRepetition {
		return 0, p.fail("a number up to %d was expected", maxGrammarRepetition)
	}
	return n, nil
}

func (p *gbnfParser) literal() (int, error) {
	p.pos++
	for n := 0; ; n++ {
		if p.peek() == '"' {
			p.pos++
			return n, nil
		}
		if err := p.char(); err != nil {
			return 0, err
		}
	}
}

func (p *gbnfParser) class() (int, error) {
	p.pos++
	if p.peek() == '^' {
		p.pos++
	}
	n := 0
	for ; p.peek() != ']'; n++ {
		if err := p.char(); err != nil {
			return 0, err
		}
		if p.peek() == '-' && !strings.HasPrefix(p.src[p.pos:], "-]") {
			p.pos++
			n++
			if err := p.char(); err != nil {
				return 0, err
			}
		}
	}
	p.pos++
	if n == 0 {
		return 0, p.fail("an empty class")
	}
	return n, nil
}

// char reads one character of a literal or a class, escapes included.
func (p *gbnfParser) char() error {
	if p.pos >= len(p.src) {
		return p.fail("unexpected end")
	}
	if p.peek() != '\\' {
		_, n := utf8.DecodeRuneInString(p.src[p.pos:])
		p.pos += n
		return nil
	}
	p.pos++
	c := p.peek()
	digits := map[byte]int{'x': 2, 'u': 4, 'U': 8}[c]
	if digits == 0 && !strings.ContainsRune(`trn\"[]`, rune(c)) || c == 0 {
		return p.fail("unknown escape \\%c", c)
	}
	p.pos++
	for range digits {
		if !strings.ContainsRune("0123456789abcdefABCDEF", rune(p.peek())) || p.peek() == 0 {
			return p.fail("a hexadecimal digit was expected")
		}
		p.pos++
	}
	return nil
}
