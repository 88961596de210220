package privacy

// numberRule is a number of so many digits. Written in one of its shapes it is found by itself; in any other way
// when a word says that it is one.
type numberRule struct {
	kind   Kind
	n      int
	valid  func([]byte) bool
	shapes [][]int
}

// numberRules is in order of preference. The numbers that are found without a context have a shape of their own
// or a check that one number in a hundred passes.
var numberRules = []numberRule{
	{USSSN, 9, validSSN, [][]int{{3, 2, 4}}},
	{USITIN, 9, validITIN, [][]int{{3, 2, 4}}},
	{BRCPF, 11, validCPF, [][]int{{3, 3, 3, 2}, {11}}},
	{FRNIR, 15, validNIR, [][]int{{1, 2, 2, 2, 3, 3, 2}, {13, 2}, {15}}},
	{INAadhaar, 12, validAadhaar, [][]int{{4, 4, 4}}},
	{UKNHS, 10, validNHS, nil},
	{PLPESEL, 11, validPESEL, nil},
	{DETaxID, 11, validDETax, nil},
	{AUMedicare, 10, validMedicare, nil},
	{AUTFN, 9, validTFN, nil},
	{CASIN, 9, validSIN, nil},
	{ILIdentity, 9, validIL, nil},
}

type numberShape struct {
	rule  *numberRule
	sizes []int
}

// shapesByFirst are the shapes of all rules by the size of their first group.
var shapesByFirst = func() (by [16][]numberShape) {
	for i := range numberRules {
		for _, sizes := range numberRules[i].shapes {
			by[sizes[0]] = append(by[sizes[0]], numberShape{&numberRules[i], sizes})
		}
	}
	return by
}()

// shapes finds numbers that begin with group g and are known by their form.
func (c *scanner) shapes(g int) {
	ch := &c.chain
	first := ch.groups[g].size()
	if first >= len(shapesByFirst) {
		return
	}
	for i := range shapesByFirst[first] {
		s := &shapesByFirst[first][i]
		if !ch.sized(g, s.sizes...) {
			continue
		}
		h := g + len(s.sizes) - 1
		if ch.borderAfter(h) && ch.uniformNumber(g, h) && s.rule.valid(ch.window(g, h)) {
			c.span(s.rule.kind, g, h)
			return
		}
	}
}

// ones finds a number whose digits stand alone: 5 5 5 - 1 2 3 - 4 5 6 7. A list that ascends is none.
func (c *scanner) ones() {
	ch := &c.chain
	n := len(ch.groups)
	if n < 9 || n > 12 || n != len(ch.digits) || ch.tail {
		return
	}
	d, ascending := ch.digits, true
	for i := 1; i < n; i++ {
		ascending = ascending && d[i] >= d[i-1]
	}
	switch {
	case ascending:
	case n == 9 && ch.groups[2].sep == '-' && ch.groups[4].sep == '-' && validSSN(d):
		c.span(USSSN, 0, n-1)
	case n == 10 && nanp(d), n == 11 && d[0] == '1' && nanp(d[1:]), n >= 10 && d[0] == '0' && d[1] != '0', ch.plus:
		c.span(Phone, 0, n-1)
	}
}

// uniformNumber says whether the groups look like one number: the separators are the same, or as CPF has them.
func (ch *chain) uniformNumber(g, h int) bool {
	return ch.uniform(g, h) || h-g == 3 && ch.uniform(g, h-1) && ch.groups[h-1].sep == '-'
}

// named finds numbers that a word before them names: an id, a passport.
func (c *scanner) named() {
	ch := &c.chain
	start := ch.groups[0].start
	isID, isPassport := c.within(idContext, start, reach), c.within(passportContext, start, reach)
	if !isID && !isPassport {
		return
	}
	inThrees := ch.sized(0, 3, 3, 3)
	for i := range numberRules {
		r := &numberRules[i]
		if inThrees && r.n == 9 && len(r.shapes) > 0 {
			continue
		}
		if h, ok := ch.until(0, r.n); isID && ok && ch.borderAfter(h) && r.valid(ch.window(0, h)) {
			c.span(r.kind, 0, h)
			return
		}
	}
	for n := 15; n >= 8; n-- {
		if h, ok := ch.until(0, n); ok && ch.borderAfter(h) && (n == len(ch.digits) || n == 9 || n == 11) && !ch.isDate(0) {
			kind := NationalID
			if isPassport {
				kind = USPassport
			}
			c.span(kind, 0, h)
			return
		}
	}
}

// card finds payment cards that begin with group g (ISO/IEC 7812).
func (c *scanner) card(g int) bool {
	ch := &c.chain
	start := ch.groups[g].first
	if start+12 > len(ch.digits) {
		return false
	}
	d := ch.digits[start:]
	inContext := c.within(cardContext, ch.groups[g].start, reach)
	for _, n := range cardLengths(d, inContext) {
		if n > len(d) || n == 0 {
			continue
		}
		h, ok := ch.until(g, n)
		if ok && ch.borderAfter(h) && (inContext || ch.cardGroups(g, h)) && !repeated(d[:n]) && luhn(d[:n]) {
			c.span(CreditCard, g, h)
			return true
		}
	}
	return false
}

// cardLengths is how many digits the card has that begins so. Numbers of 13 digits are EAN codes far more often than the cards
// of that length, which are not issued any more; those of Maestro have too little form. Both need a context.
func cardLengths(d []byte, inContext bool) [4]int {
	two := int(d[0]-'0')*10 + int(d[1]-'0')
	four := two*100 + int(d[2]-'0')*10 + int(d[3]-'0')
	switch {
	case inContext && (d[0] == '5' || d[0] == '6'):
		return [4]int{16, 19, 12, 13}
	case d[0] == '4' && inContext:
		return [4]int{16, 19, 13}
	case d[0] == '4':
		return [4]int{16, 19}
	case two >= 51 && two <= 55, four >= 2221 && four <= 2720:
		return [4]int{16}
	case two == 34 || two == 37:
		return [4]int{15}
	case two == 36 || two == 38 || four >= 3000 && four <= 3059:
		return [4]int{14}
	case two == 35 || two == 65 || two == 62 || four == 6011 || four >= 6440 && four <= 6499:
		return [4]int{16}
	}
	return [4]int{}
}

// cardGroups says whether the digits stand as people write a card: in fours, as Amex prints them, two by two, one
// by one, or together.
func (ch *chain) cardGroups(g, h int) bool {
	if g == h {
		return true
	}
	if ch.groups[g].size() > 1 && !ch.uniform(g, h) {
		return false
	}
	if ch.sized(g, 4, 6, 5) && h == g+2 || ch.sized(g, 4, 6, 4) && h == g+2 {
		return true
	}
	size := ch.groups[g].size()
	if size != 4 && size != 2 && size != 1 {
		return false
	}
	for i := g; i <= h; i++ {
		if n := ch.groups[i].size(); n != size && (i < h || n > size) {
			return false
		}
	}
	return true
}
