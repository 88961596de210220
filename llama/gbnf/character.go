package gbnf

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// Range is a range of characters, both ends included.
type Range struct{ Low, High rune }

// set is a set of characters: ranges that rise and do not touch.
type set []Range

func (s set) has(r rune) bool {
	for _, x := range s {
		if r <= x.High {
			return r >= x.Low
		}
	}
	return false
}

func newSet(ranges []Range, negated bool) set {
	slices.SortFunc(ranges, func(a, b Range) int { return int(a.Low - b.Low) })
	var s set
	for _, x := range ranges {
		if n := len(s); n > 0 && x.Low <= s[n-1].High+1 {
			s[n-1].High = max(s[n-1].High, x.High)
		} else {
			s = append(s, x)
		}
	}
	if !negated {
		return s
	}
	var out set
	from := rune(0)
	for _, x := range s {
		if from < x.Low {
			out = append(out, Range{from, x.Low - 1})
		}
		from = x.High + 1
	}
	if from <= utf8.MaxRune {
		out = append(out, Range{from, utf8.MaxRune})
	}
	return out
}

func (p *parser) literal() (*node, error) {
	out := &node{kind: literal, text: make([]rune, 0, 12)}
	for p.at++; p.peek() != '"'; {
		r, err := p.char()
		if err != nil {
			return nil, err
		}
		out.text = append(out.text, r)
	}
	p.at++
	return out, nil
}

func (p *parser) class() (*node, error) {
	p.at++
	negated := p.peek() == '^'
	if negated {
		p.at++
	}
	var ranges []Range
	for p.peek() != ']' {
		low, err := p.char()
		if err != nil {
			return nil, err
		}
		high := low
		if p.peek() == '-' && p.at+1 < len(p.text) && p.text[p.at+1] != ']' {
			p.at++
			if high, err = p.char(); err != nil {
				return nil, err
			}
		}
		if high < low {
			return nil, p.errorf("the range %c-%c is empty", low, high)
		}
		ranges = append(ranges, Range{low, high})
	}
	p.at++
	s := newSet(ranges, negated)
	if len(ranges) == 0 || len(s) == 0 {
		return nil, p.errorf("an empty class")
	}
	return &node{kind: character, set: s}, nil
}

// char reads one character of a literal or a class.
func (p *parser) char() (rune, error) {
	if p.at >= len(p.text) {
		return 0, p.errorf("unexpected end")
	}
	r, n := utf8.DecodeRuneInString(p.text[p.at:])
	p.at += n
	if r != '\\' {
		return r, nil
	}
	c := p.peek()
	p.at++
	digits := 0
	switch c {
	case 't':
		return '\t', nil
	case 'r':
		return '\r', nil
	case 'n':
		return '\n', nil
	case '\\', '"', '[', ']':
		return rune(c), nil
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	case 'U':
		digits = 8
	}
	if digits > 0 && p.at+digits <= len(p.text) {
		v, err := strconv.ParseUint(p.text[p.at:p.at+digits], 16, 32)
		if err == nil && v <= utf8.MaxRune {
			p.at += digits
			return rune(v), nil
		}
	}
	p.at = min(p.at, len(p.text))
	return 0, p.errorf("an escape that is not known")
}
