package privacy

import "net/netip"

// ip finds an IPv4 address in the chain. Four numbers after the word version are none.
func (c *scanner) ip() {
	ch := &c.chain
	for g := 0; g+4 <= len(ch.groups); g++ {
		if g > 0 && ch.groups[g-1].sep == '.' || g == 0 && ch.glued {
			continue
		}
		if ch.groups[g].sep != '.' || !ch.uniform(g, g+3) || ch.groups[g+3].sep == '.' || !ch.borderAfter(g+3) {
			continue
		}
		valid := true
		for i := g; i < g+4; i++ {
			group := ch.groups[i]
			d := ch.digits[group.first : group.first+min(group.size(), 4)]
			n := 0
			for _, b := range d {
				n = n*10 + int(b-'0')
			}
			valid = valid && n <= 255 && (len(d) == 1 || d[0] != '0')
		}
		if before := c.byteAt(ch.groups[g].start - 1); valid && before != 'v' && !c.within(versionContext, ch.groups[g].start, 4) {
			c.span(IPAddress, g, g+3)
		}
	}
}

// ipv6 finds an IPv6 address around the colon at i.
func (c *scanner) ipv6(i int) {
	const longest = 45
	if i < c.lastHex {
		return
	}
	s := c.s
	hex := func(b byte) bool {
		return digit(b) || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F' || b == ':' || b == '.'
	}
	start, end := i, i
	for start > 0 && i-start <= longest && hex(s[start-1]) {
		start--
	}
	for end < len(s) && hex(s[end]) {
		end++
	}
	c.lastHex = end
	for end > start && s[end-1] == '.' {
		end--
	}
	if end-start < 6 || end-start > longest || alnum(c.byteAt(start-1)) || alnum(c.byteAt(end)) {
		return
	}
	if a, err := netip.ParseAddr(string(s[start:end])); err == nil && a.Is6() {
		c.add(IPAddress, start, end)
	}
}
