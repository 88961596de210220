package privacy

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// capital says whether a text begins with an upper-case letter of any script.
func capital(t []byte) bool {
	if len(t) == 0 {
		return false
	}
	if t[0] < utf8.RuneSelf {
		return t[0] >= 'A' && t[0] <= 'Z'
	}
	r, _ := utf8.DecodeRune(t)
	return unicode.IsUpper(r)
}

// person finds a name at the word s[i:e]. A name is known by the word before it (Mr, patient, named), or by a
// given name that another capitalised word follows. before is where the word before ended.
func (c *scanner) person(i, e, before int) {
	s := c.s
	known := c.previous.known
	if i < c.insideName {
		return
	}
	if known.context != noContext && known.context != nameContext || digit(s[i]) {
		return
	}
	kind := c.introduction(i, before)
	given := known.is&given != 0
	upperFirst := capital(s[i:])
	if kind == noContext && (!upperFirst || c.byteAt(e) != ' ' || !capital(s[min(e+1, len(s)):])) {
		return
	}
	end, parts := c.nameEnd(i)
	switch {
	case parts == 0, known.is&ofTrade != 0, parts > 1 && brandPair(s[i:end]):
		return
	case !upperFirst: // patient john smith
		family := c.lowerEnd(e)
		switch {
		case kind == nameContext && known.is&everyday == 0 && (given || family > 0), kind != noContext && given && family > 0:
			end = max(e, family)
		default:
			return
		}
	case kind == titleContext, kind == nameContext:
	case kind == roleContext && (parts >= 2 || given):
	case given && parts >= 2:
	case parts >= 2 && known.is&everyday == 0 && c.familyName(e, end):
	default:
		return
	}
	c.add(Person, i, end)
	c.insideName = i + 1 + bytes.LastIndexByte(s[i:end], ' ') // its last word may begin another one
}

// introduction is the context whose word stands directly before i.
func (c *scanner) introduction(i, before int) context {
	if before == 0 || i-before > 3 || bytes.ContainsAny(c.s[before:i], "?!\n;,/") {
		return noContext
	}
	for _, k := range []context{titleContext, nameContext, roleContext} {
		if c.near[k] == before {
			return k
		}
	}
	return noContext
}

// nameEnd goes over the capitalised words from i on, and says how many there are.
func (c *scanner) nameEnd(i int) (end, parts int) {
	s := c.s
	for end = i; parts < maxParts; {
		at := end
		if parts > 0 {
			if c.byteAt(at) == '.' && at-i <= 2 {
				at++
			}
			if c.byteAt(at) != ' ' {
				return end, parts
			}
			at++
		}
		to := at
		for to < len(s) && (letter(s[to]) || s[to] >= 0x80 || (s[to] == '-' || s[to] == '\'') && to+1 < len(s) && (letter(s[to+1]) || s[to+1] >= 0x80)) {
			to++
		}
		t := s[at:to]
		if cut, ok := bytes.CutSuffix(t, []byte("'s")); ok {
			t, to = cut, to-2
		}
		if len(t) == 0 || alnum(c.byteAt(to)) {
			return end, parts
		}
		if !capital(t) {
			if parts == 0 {
				return to, 1
			}
			if !has(nobiliary, t) || !capital(s[min(to+1, len(s)):]) {
				return end, parts
			}
			end = to
			continue
		}
		if parts > 0 && has(trade, t) {
			return end, parts
		}
		end, parts = to, parts+1
	}
	return end, parts
}

// familyName says whether the last word of the name that goes from its first word's end to end is a common family name.
func (c *scanner) familyName(e, end int) bool {
	name := c.s[e:end]
	return has(familyNames, name[bytes.LastIndexByte(name, ' ')+1:])
}

// has says whether a set of words has t, in whatever case.
func has(set map[string]bool, t []byte) bool {
	var b [maxWord]byte
	if len(t) > maxWord {
		return false
	}
	for i := range t {
		b[i] = lower(t[i])
	}
	return set[string(b[:len(t)])]
}

// maxParts is of how many words a name is at most.
const maxParts = 4

var nobiliary = set(`de da do dos del della di van von der den la le al el bin ben ibn`)

// lowerEnd is the end of a family name in lower case after a given name that ends at e, 0 for none.
func (c *scanner) lowerEnd(e int) int {
	s := c.s
	if c.byteAt(e) != ' ' {
		return 0
	}
	to := e + 1
	for to < len(s) && (letter(s[to]) || s[to] >= 0x80 || (s[to] == '-' || s[to] == '\'') && letter(c.byteAt(to+1))) {
		to++
	}
	t := string(bytes.ToLower(s[e+1 : to]))
	if k := lexicon[t]; len(t) < 3 || k.context != noContext || k.is&(ofTrade|everyday|month) != 0 {
		return 0
	}
	return to
}

// brandPair says whether two words of a name that stand side by side are the name of a brand.
func brandPair(t []byte) bool {
	for first, rest := bytes.IndexByte(t, ' '), t; first > 0; first = bytes.IndexByte(rest, ' ') {
		second := len(rest)
		if n := bytes.IndexByte(rest[first+1:], ' '); n >= 0 {
			second = first + 1 + n
		}
		if has(brands, rest[:second]) {
			return true
		}
		rest = rest[first+1:]
	}
	return false
}
