package privacy

// chain is a run of groups of digits with at most a few separating characters between them, such as
// 555-123-4567 or 4111 1111 1111 1111. Everything that is a number is looked for in it.
type chain struct {
	digits []byte // of all groups
	groups []group
	plus   bool // a + stands before it
	glued  bool // it begins within a longer code, such as INV-2024-0012
	tail   bool // a letter follows its last digit directly
	cut    byte // the separator before the groups that follow, when it was read in pieces; 0: none follow
}

// A chain longer than this is read in pieces, so that what a long run of digits takes stays small. Pieces overlap by
// more groups than any number has.
const (
	maxGroups     = 256
	groupsOverlap = 24
)

type group struct {
	start, end int  // in the text
	first      int  // index of its first digit in chain.digits
	sep        byte // what follows: '-', '.', '/', ' ', '(' for any mix with brackets; 0 for the last group
}

func (g group) size() int { return g.end - g.start }

// digits takes the chain that starts at i, and returns its end.
func (c *scanner) digits(i int) int {
	c.readChain(i)
	ch := &c.chain
	last := ch.groups[len(ch.groups)-1]
	if ch.tail {
		c.token(last.start, c.tokenEnd(last.start))
	}
	c.encoded(i)
	c.ip()
	c.dateOfBirth()
	c.record(i)
	for g := range ch.groups {
		if ch.groups[g].size() == 6 {
			c.hetu(ch.groups[g].start)
		}
		if ch.borderBefore(g) && !c.card(g) {
			c.shapes(g)
		}
	}
	c.ones()
	c.named()
	c.phone()
	for ch.cut != 0 {
		c.readChain(ch.groups[maxGroups-groupsOverlap].start)
		for g := range ch.groups {
			if ch.borderBefore(g) && !c.card(g) {
				c.shapes(g)
			}
		}
		c.national()
		if last = ch.groups[len(ch.groups)-1]; ch.tail {
			c.token(last.start, c.tokenEnd(last.start))
		}
	}
	if ch.tail { // the letters belong to the last group: they are no word of their own
		return c.tokenEnd(last.start)
	}
	return last.end
}

func (c *scanner) tokenEnd(i int) int {
	for i < len(c.s) && alnum(c.s[i]) {
		i++
	}
	return i
}

func (c *scanner) readChain(i int) {
	s := c.s
	ch := &c.chain
	ch.digits, ch.groups = ch.digits[:0], ch.groups[:0]
	before := c.byteAt(i - 1)
	ch.plus = before == '+' || before == ' ' && c.byteAt(i-2) == '+' || before == '(' && c.byteAt(i-2) == '+'
	ch.glued = (before == '-' || before == '_' || before == '/' || before == '.' || before == '#') && alnum(c.byteAt(i-2)) ||
		before == '$' || alnum(before)
	ch.tail, ch.cut = false, 0
	for {
		e := i
		for e < len(s) && digit(s[e]) {
			e++
		}
		g := group{start: i, end: e, first: len(ch.digits)}
		ch.digits = append(ch.digits, s[i:e]...)
		next := 0
		if e < len(s) && alnum(s[e]) {
			ch.tail = true
		} else {
			g.sep, next = separator(s, e)
		}
		ch.groups = append(ch.groups, g)
		if g.sep == 0 {
			return
		}
		if len(ch.groups) == maxGroups {
			ch.cut = g.sep
			return
		}
		i = next
	}
}

// separator says what stands between a group of digits that ends at e and the next, and where that begins.
// A minus sign after a space is none: -2.25 -0.50.
func separator(s []byte, e int) (sep byte, next int) {
	i := e
	for i < len(s) && i-e < 4 && !digit(s[i]) {
		switch b := s[i]; b {
		case ' ':
			if sep == 0 {
				sep = ' '
			}
		case '-', '.', '/':
			spaced := i > e && s[i-1] == ' '
			if sep != 0 && sep != ' ' && sep != '(' || spaced && i+1 < len(s) && s[i+1] != ' ' || b == '.' && spaced {
				return 0, 0
			}
			if sep != '(' {
				sep = b
			}
		case '(', ')':
			sep = '('
		default:
			return 0, 0
		}
		i++
	}
	if i >= len(s) || !digit(s[i]) || sep == '.' && i-e > 1 {
		return 0, 0
	}
	return sep, i
}

// borderBefore says whether a number may begin with the group: it is the first, or a space stands before it.
func (ch *chain) borderBefore(g int) bool {
	if g == 0 {
		return !ch.glued
	}
	return ch.groups[g-1].sep == ' ' || ch.groups[g-1].sep == '('
}

// borderAfter says whether a number may end with the group.
func (ch *chain) borderAfter(g int) bool {
	if g == len(ch.groups)-1 && ch.cut == 0 {
		return !ch.tail
	}
	return ch.groups[g].sep == ' ' || ch.groups[g].sep == '('
}

// window is the number of digits from group g to the end of group h.
func (ch *chain) window(g, h int) []byte {
	end := len(ch.digits)
	if h+1 < len(ch.groups) {
		end = ch.groups[h+1].first
	}
	return ch.digits[ch.groups[g].first:end]
}

// until is the group that ends n digits after the beginning of group g.
func (ch *chain) until(g, n int) (h int, ok bool) {
	target := ch.groups[g].first + n
	for h = g; h < len(ch.groups) && h-g < n; h++ {
		end := len(ch.digits)
		if h+1 < len(ch.groups) {
			end = ch.groups[h+1].first
		}
		if end >= target {
			return h, end == target
		}
	}
	return 0, false
}

// sized says whether the groups from g on have just these sizes.
func (ch *chain) sized(g int, sizes ...int) bool {
	if g+len(sizes) > len(ch.groups) {
		return false
	}
	for i, n := range sizes {
		if ch.groups[g+i].size() != n {
			return false
		}
	}
	return true
}

// uniform says whether the same separator stands between all groups from g to h.
func (ch *chain) uniform(g, h int) bool {
	for i := g; i < h; i++ {
		if ch.groups[i].sep != ch.groups[g].sep {
			return false
		}
	}
	return true
}

// span is the text from group g to group h.
func (c *scanner) span(k Kind, g, h int) { c.add(k, c.chain.groups[g].start, c.chain.groups[h].end) }
