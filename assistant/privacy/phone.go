package privacy

// nanp says whether ten digits are a number of the North American plan, +1.
func nanp(d []byte) bool { return d[0] >= '2' && d[3] >= '2' && (d[1] != '1' || d[2] != '1') }

// phone finds telephone numbers in the chain.
func (c *scanner) phone() {
	ch := &c.chain
	if ch.plus {
		if c.international() {
			return
		}
	}
	start := ch.groups[0].start
	if c.within(phoneContext, start, reach) && !ch.isDate(0) {
		if h, ok := ch.most(0, 7, 15); ok {
			c.span(Phone, 0, h)
			return
		}
	}
	c.national()
}

// national finds numbers of telephones that are known by their form.
func (c *scanner) national() {
	ch := &c.chain
	for g := range ch.groups {
		if !ch.borderBefore(g) {
			continue
		}
		if h, ok := ch.national(g); ok {
			start := ch.groups[g].start
			if c.byteAt(start-1) == '(' {
				start--
			}
			c.add(Phone, start, ch.groups[h].end)
		}
	}
}

// most is the last group up to which the digits from g on are between least and greatest.
func (ch *chain) most(g, least, greatest int) (h int, ok bool) {
	total := 0
	for i := g; i < len(ch.groups); i++ {
		total += ch.groups[i].size()
		if total > greatest {
			return h, ok
		}
		if total >= least && (i < len(ch.groups)-1 || !ch.tail) {
			h, ok = i, true
		}
	}
	return h, ok
}

// international takes what follows a +. A power of a lens is not meant: +1.25.
func (c *scanner) international() bool {
	ch := &c.chain
	if g := ch.groups[0]; g.sep == '.' && len(ch.groups) > 1 && ch.groups[1].size() == 2 || ch.digits[0] == '0' {
		return false
	}
	h, ok := ch.most(0, 8, 15)
	if !ok {
		return false
	}
	start := ch.groups[0].start
	for start > 0 && (c.s[start-1] == '+' || c.s[start-1] == '(') {
		start--
	}
	c.add(Phone, start, ch.groups[h].end)
	return true
}

// national finds numbers that are known by their form: 555-123-4567, (020) 7946 0958, 01 23 45 67 89.
func (ch *chain) national(g int) (h int, ok bool) {
	if ch.sized(g, 1, 3, 3, 4) && ch.digits[ch.groups[g].first] == '1' {
		g++
	}
	if ch.sized(g, 3, 3, 4) && ch.borderAfter(g+2) && nanp(ch.window(g, g+2)) {
		return g + 2, true
	}
	first := ch.groups[g]
	if len(ch.groups)-g < 2 || ch.digits[first.first] != '0' || first.size() < 2 || first.size() > 6 {
		return 0, false
	}
	if first.size() == 2 && ch.sized(g, 2, 2, 2, 2, 2) && ch.borderAfter(g+4) && ch.uniform(g, g+4) {
		return g + 4, true
	}
	if ch.isDate(g) || first.sep == '.' || first.size() == 2 && ch.groups[g+1].size() < 3 {
		return 0, false
	}
	h, ok = ch.most(g, 9, 13)
	return h, ok && ch.borderAfter(h) && h-g <= 3 && (h-g < 2 || len(ch.window(g, h)) >= 10)
}
