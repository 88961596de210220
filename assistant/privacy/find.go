package privacy

import "slices"

// Find lists the personal data in a text, in order, without overlaps. Its time is linear in the text.
func Find(text string) []Finding {
	f := fold(text)
	found := scan(f.s)
	for i := range found {
		found[i].Start, found[i].End = f.original(found[i].Start), f.original(found[i].End)
	}
	return found
}

// Contains says whether Find finds anything.
func Contains(text string) bool { return len(Find(text)) > 0 }

// scanner makes one pass over a folded text at a time.
type scanner struct {
	s     []byte
	inner bool // s was decoded from a text; what is encoded twice is not looked for
	found []Finding

	near     [contexts]int // where the last word of each context ended
	previous word          // the last word

	insideName int // where the last word of the last name begins

	chain    chain
	gathered [maxToken]byte // of the code that is looked at; here, so that each is no allocation
	lastHex  int            // how far IPv6 addresses were

	decoded       *scanner // of what is encoded in s, one run after the other; nil until there is one
	alphabet, out []byte   // of a run that is decoded
}

// word is a run of letters and digits, in lower case as far as it is short enough to be in a table.
type word struct {
	start, end int
	text       []byte // nil when it is too long for any table
	known      entry
	buffer     [maxWord]byte
}

const maxWord = 32

func scan(s []byte) []Finding {
	var c scanner
	return c.scan(s)
}

// scan lists what is found in s. The list is of use until the next call.
func (c *scanner) scan(s []byte) []Finding {
	c.s, c.found, c.previous, c.insideName, c.lastHex = s, c.found[:0], word{}, 0, 0
	for i := range c.near {
		c.near[i] = -1 << 30
	}
	for i := 0; i < len(s); {
		switch b := s[i]; {
		case digit(b):
			i = c.digits(i)
		case letter(b) || b >= 0x80:
			i = c.word(i)
		case b == '@':
			c.email(i)
			i++
		case b == ':':
			c.ipv6(i)
			i++
		default:
			i++
		}
	}
	return merged(c.found)
}

func (c *scanner) add(k Kind, start, end int) {
	if n := len(c.found); n > 0 { // a run of numbers in which each may begin one is one finding, and no heap of them
		if last := &c.found[n-1]; last.Kind == k && last.Start < start && start < last.End {
			last.End = max(last.End, end)
			return
		}
	}
	c.found = append(c.found, Finding{k, start, end})
}

// merged sorts findings and makes one of those that overlap: of the kind that begins first, or is longer.
func merged(found []Finding) []Finding {
	if len(found) < 2 {
		return found
	}
	slices.SortStableFunc(found, func(a, b Finding) int {
		if a.Start != b.Start {
			return a.Start - b.Start
		}
		return b.End - a.End
	})
	out := found[:1]
	for _, f := range found[1:] {
		last := &out[len(out)-1]
		if f.Start < last.End {
			last.End = max(last.End, f.End)
			continue
		}
		out = append(out, f)
	}
	return out
}

// byteAt is 0 outside the text.
func (c *scanner) byteAt(i int) byte {
	if i < 0 || i >= len(c.s) {
		return 0
	}
	return c.s[i]
}

// word takes the run of letters and digits that starts at i, and returns its end.
func (c *scanner) word(i int) int {
	s, e := c.s, i
	for e < len(s) && (alnum(s[e]) || s[e] >= 0x80) {
		if e > i && digit(s[e]) && s[e-1] >= 0x80 {
			break
		}
		e++
	}
	var buffer [maxWord]byte
	var text []byte
	var known entry
	if e-i <= maxWord {
		text = buffer[:e-i]
		for k, b := range s[i:e] {
			text[k] = lower(b)
		}
		known = lexicon[string(text)]
	}
	second := noContext
	if known.is&phraseEnd != 0 {
		second = c.phrase(i, text) // with the word before
	}
	before := c.previous.end
	w := &c.previous
	w.start, w.end, w.known, w.text = i, e, known, nil
	if text != nil {
		w.text = append(w.buffer[:0], text...)
	}
	c.note(known.context, e)
	if s[i] >= 0x80 {
		c.noteUnspaced(i, e)
	}
	c.note(second, e)
	c.token(i, e)
	if w.text != nil {
		c.spelledEmail(i, e)
		c.monthDate(i, e)
		c.person(i, e, before)
		c.address(i, e)
	}
	c.encoded(i)
	return e
}
