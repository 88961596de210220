package gbnf

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of a grammar.
const (
	maxBytes      = 256 << 10
	maxDepth      = 32 // parentheses within parentheses
	maxRules      = 8 << 10
	maxRepetition = 2000    // llama.cpp's own
	maxCode       = 1 << 18 // instructions, after repetition
)

// ErrTooLarge is returned by Parse for a grammar beyond the bounds.
var ErrTooLarge = errors.New("gbnf: the grammar is too large")

// Grammar is a compiled grammar. It never changes and may be shared.
type Grammar struct {
	code   []instruction
	sets   []set
	splits [][]int32
	start  int32
}

// Parse reads a grammar whose start is the rule root. A rule defined twice keeps its last definition, as in
// llama.cpp. Token rules (<...>) are not read.
func Parse(text string) (*Grammar, error) {
	if len(text) > maxBytes {
		return nil, ErrTooLarge
	}
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return nil, errors.New("gbnf: the grammar is not text in UTF-8")
	}
	p := &parser{text: text, names: map[string]int{}}
	for p.space(true); p.at < len(p.text); p.space(true) {
		if err := p.rule(); err != nil {
			return nil, err
		}
	}
	root, ok := p.names["root"]
	if !ok {
		return nil, errors.New("gbnf: there is no rule root")
	}
	for name, i := range p.names {
		if p.rules[i] == nil {
			return nil, fmt.Errorf("gbnf: the rule %s is not defined", name)
		}
	}
	return compile(p.rules, root, len(text)/2)
}

// node is one expression; which fields count depends on kind.
type node struct {
	kind        kind
	text        []rune // of a literal
	set         set
	rule        int
	list        []*node
	least, most int // of a repetition; most is negative without an end
}

type kind uint8

const (
	sequence kind = iota
	choice
	literal
	character
	reference
	repetition
)

type parser struct {
	text  string
	at    int
	depth int
	names map[string]int
	rules []*node // nil: used and not yet defined
}

func (p *parser) errorf(format string, args ...any) error {
	return fmt.Errorf("gbnf: line %d: %s", strings.Count(p.text[:p.at], "\n")+1, fmt.Sprintf(format, args...))
}

func (p *parser) peek() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

func (p *parser) space(lines bool) {
	for {
		switch c := p.peek(); {
		case c == ' ' || c == '\t' || lines && (c == '\n' || c == '\r'):
			p.at++
		case c == '#':
			for c := p.peek(); c != 0 && c != '\n' && c != '\r'; c = p.peek() {
				p.at++
			}
		default:
			return
		}
	}
}

func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-'
}

// name reads a rule's name and returns its number.
func (p *parser) name() (int, error) {
	from := p.at
	for isWord(p.peek()) {
		p.at++
	}
	name := p.text[from:p.at]
	if name == "" {
		return 0, p.errorf("a rule name was expected")
	}
	i, ok := p.names[name]
	if !ok {
		i = len(p.rules)
		if i == maxRules {
			return 0, ErrTooLarge
		}
		p.names[name], p.rules = i, append(p.rules, nil)
	}
	return i, nil
}

func (p *parser) rule() error {
	i, err := p.name()
	if err != nil {
		return err
	}
	p.space(false)
	if !strings.HasPrefix(p.text[p.at:], "::=") {
		return p.errorf("::= was expected")
	}
	p.at += 3
	p.space(true)
	body, err := p.choice()
	if err != nil {
		return err
	}
	if c := p.peek(); c != '\n' && c != '\r' && c != 0 {
		return p.errorf("unexpected %q", c)
	}
	p.rules[i] = body
	return nil
}

func (p *parser) choice() (*node, error) {
	out := &node{kind: choice}
	for {
		option, err := p.sequence()
		if err != nil {
			return nil, err
		}
		out.list = append(out.list, option)
		if p.peek() != '|' {
			return out, nil
		}
		p.at++
		p.space(true)
	}
}

func (p *parser) sequence() (*node, error) {
	out := &node{kind: sequence}
	for {
		item, err := p.item()
		if err != nil || item == nil {
			return out, err
		}
		p.space(p.depth > 0)
		for {
			least, most, ok, err := p.repeats()
			if err != nil {
				return nil, err
			}
			if !ok {
				break
			}
			if item.kind == literal && len(item.text) == 0 {
				return nil, p.errorf("there is nothing to repeat")
			}
			item = &node{kind: repetition, list: []*node{item}, least: least, most: most}
			p.space(p.depth > 0)
		}
		out.list = append(out.list, item)
	}
}

// item reads what a sequence is made of; nil when it has ended.
func (p *parser) item() (*node, error) {
	switch c := p.peek(); {
	case c == '"':
		return p.literal()
	case c == '[':
		return p.class()
	case c == '.':
		p.at++
		return &node{kind: character, set: set{{0, utf8.MaxRune}}}, nil
	case isWord(c):
		i, err := p.name()
		return &node{kind: reference, rule: i}, err
	case c == '(':
		if p.depth++; p.depth > maxDepth {
			return nil, ErrTooLarge
		}
		p.at++
		p.space(true)
		group, err := p.choice()
		if err != nil {
			return nil, err
		}
		if p.peek() != ')' {
			return nil, p.errorf(") was expected")
		}
		p.at++
		p.depth--
		return group, nil
	}
	return nil, nil
}

func (p *parser) repeats() (least, most int, ok bool, err error) {
	switch p.peek() {
	case '*':
		least, most = 0, -1
	case '+':
		least, most = 1, -1
	case '?':
		least, most = 0, 1
	case '{':
		least, most, err = p.bounds()
	default:
		return 0, 0, false, nil
	}
	p.at++
	return least, most, true, err
}

// bounds reads {m}, {m,} or {m,n} up to the closing brace.
func (p *parser) bounds() (least, most int, err error) {
	inside, _, ok := strings.Cut(p.text[p.at+1:], "}")
	low, high, two := strings.Cut(inside, ",")
	least, err = strconv.Atoi(strings.TrimSpace(low))
	most = least
	if high = strings.TrimSpace(high); two && high == "" {
		most = -1
	} else if two && err == nil {
		most, err = strconv.Atoi(high)
	}
	if !ok || err != nil || least < 0 || least > maxRepetition || most > maxRepetition || most >= 0 && most < least || most < -1 {
		return 0, 0, p.errorf("a repetition {m,n} up to %d was expected", maxRepetition)
	}
	p.at += 1 + len(inside)
	return least, most, nil
}
