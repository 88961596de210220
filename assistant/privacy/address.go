package privacy

import (
	"bytes"
	"strings"
)

func fields(s string) []string { return strings.Fields(s) }

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range fields(foldString(words)) {
		m[w] = true
	}
	return m
}

var (
	// streetsAfter follow a number and a name: 12 Main Street. Those of streetsShort are words of their own, so their
	// name must be written like one.
	streetsAfter = set(`street road avenue boulevard lane drive highway parkway terrace crescent turnpike alley straat laan gatan vej utca`)
	streetsShort = set(`st rd ave blvd ln dr hwy pkwy ct court way place pl square sq close row trail circle cir loop walk quay`)
	// streetsBefore stand before a name: 12 rue de la Paix, Calle Mayor 12.
	streetsBefore = set(`rue avenue boulevard chemin impasse allee quai calle avenida avda paseo plaza carrer via viale corso piazza rua travessa ulica ul улица ул
		проспект`)
	// streetEnds end a word that a number follows: Hauptstrasse 12.
	streetEnds = []string{"strasse", "str", "gasse", "weg", "allee", "platz", "ufer", "damm", "ring", "straat", "laan", "gatan", "vagen", "katu", "tie", "veien", "gata"}
)

// address finds a street with its number at the word s[i:e], which may be the street's kind.
func (c *scanner) address(i, e int) {
	w, is := c.previous.text, c.previous.known.is
	isShort := is&streetShort != 0
	if isShort || is&streetAfter != 0 {
		if start, ok := c.numberBefore(i, isShort); ok {
			c.add(Location, start, c.addressEnd(e))
			return
		}
	}
	if is&streetBefore != 0 {
		c.streetName(i, e)
		return
	}
	if len(w) >= 6 && c.s[i] >= 'A' && c.s[i] <= 'Z' {
		for _, end := range streetEnds {
			if strings.HasSuffix(string(w), end) {
				if n := c.numberAfter(e); n > 0 && (len(end) > 3 || c.byteAt(e) == '.' || end != "str" && len(w) > len(end)+3) {
					c.add(Location, i, c.addressEnd(n))
				}
				return
			}
		}
	}
	if string(w) == "box" && c.s[i] <= 'Z' {
		before := c.s[max(0, i-6):i]
		po := bytes.LastIndexAny(before, "Pp")
		if n := c.numberAfter(e); n > 0 && po >= 0 && string(bytes.ToLower(bytes.ReplaceAll(bytes.ReplaceAll(before[po:], []byte("."), nil), []byte(" "), nil))) == "po" {
			c.add(Location, i-len(before)+po, n)
		}
	}
}

// numberBefore walks back over at most four words of a name to the number of the house.
func (c *scanner) numberBefore(i int, strict bool) (int, bool) {
	s := c.s
	k, words := i, 0
	for words <= 4 {
		for k > 0 && (s[k-1] == ' ' || s[k-1] == '.') && i-k < 60 {
			k--
		}
		end := k
		for k > 0 && (alnum(s[k-1]) || s[k-1] >= 0x80 || s[k-1] == '\'' || s[k-1] == '-') && i-k < 60 {
			k--
		}
		if k == end || i-k >= 60 {
			return 0, false
		}
		t := s[k:end]
		if digit(t[0]) {
			if words == 0 && !ordinal(t) {
				return 0, false
			}
			if len(t) <= 6 && !ordinal(t) {
				return k, !alnum(c.byteAt(k-1)) && c.byteAt(k-1) != '.' && c.byteAt(k-1) != '$'
			}
			if !ordinal(t) {
				return 0, false
			}
		} else if letter(t[0]) && t[0] >= 'a' && (strict || common[string(t)] || trade[string(t)]) {
			return 0, false
		}
		words++
	}
	return 0, false
}

// ordinal says whether a number is part of a name: 5th.
func ordinal(t []byte) bool {
	n := len(t)
	if n < 3 || !letter(t[n-1]) || !letter(t[n-2]) {
		return false
	}
	switch strings.ToLower(string(t[n-2:])) {
	case "st", "nd", "rd", "th":
		return true
	}
	return false
}

// numberAfter is the end of a house number that follows e after a space, 0 for none.
func (c *scanner) numberAfter(e int) int {
	s := c.s
	for n := 0; e < len(s) && n < 4 && (s[e] == ' ' || s[e] == '.' || s[e] == ',' || s[e] == '#'); n++ {
		e++
	}
	from := e
	for e < len(s) && digit(s[e]) {
		e++
	}
	if e == from || e-from > 5 {
		return 0
	}
	if e < len(s) && letter(s[e]) && !alnum(c.byteAt(e+1)) {
		e++
	}
	if alnum(c.byteAt(e)) || c.byteAt(e) == '%' {
		return 0
	}
	return e
}

// streetName takes the name after a street's kind, with its number on either side.
func (c *scanner) streetName(i, e int) {
	s := c.s
	start := i
	k := i
	for k > 0 && i-k < 6 && (s[k-1] == ' ' || s[k-1] == ',' || lower(s[k-1]) == 'b' || lower(s[k-1]) == 's' || lower(s[k-1]) == 'i') {
		k--
	}
	for k > 0 && digit(s[k-1]) && start-k < 10 {
		k--
	}
	if k < i && digit(s[k]) && !alnum(c.byteAt(k-1)) {
		start = k
	}
	names := 0
	k = e
	for k-e < 60 {
		at := k
		for at < len(s) && (s[at] == ' ' || s[at] == '.') && at-k < 2 {
			at++
		}
		if at == k {
			break
		}
		end := at
		for end < len(s) && (letter(s[end]) || s[end] >= 0x80 || s[end] == '\'' || s[end] == '-') {
			end++
		}
		if end == at {
			break
		}
		if capital(s[at:]) {
			names++
		} else if !particles[string(bytes.ToLower(s[at:end]))] {
			break
		}
		k = end
	}
	if names == 0 {
		return
	}
	if start < i {
		c.add(Location, start, c.addressEnd(k))
	} else if n := c.numberAfter(k); n > 0 && capital(s[i:]) {
		c.add(Location, i, c.addressEnd(n))
	}
}

var particles = set(`de la du des le les del dei della di da do dos das den der van von y e et`)

// addressEnd adds what belongs to the street that ends at e: Apt 4, Springfield, IL 62704.
func (c *scanner) addressEnd(e int) int {
	s := c.s
	end, commas := e, 0
	for k := e; k < len(s) && k-e < 60; {
		at := k
		for at < len(s) && (s[at] == ' ' || s[at] == ',' || s[at] == '.') && at-k < 3 {
			if s[at] == ',' {
				commas++
			}
			at++
		}
		to := at
		for to < len(s) && (alnum(s[to]) || s[to] >= 0x80 || s[to] == '\'' || s[to] == '#') {
			to++
		}
		if to == at || at == k {
			break
		}
		t := s[at:to]
		switch {
		case digit(t[0]) || t[0] == '#':
			if len(t) > 6 {
				return end
			}
			end = to
		case !capital(t) && !bytes.EqualFold(t, []byte("apt")):
			return end
		case commas > 0 && commas < 4:
			end = to
		}
		k = to
	}
	return end
}
