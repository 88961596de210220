package privacy

// tokenRule is a code of letters and digits: in form, L is a letter, D a digit, anything else itself.
type tokenRule struct {
	kind  Kind
	form  string
	valid func([]byte) bool
}

var tokenRules = []tokenRule{
	{ESNIF, "DDDDDDDDL", validNIF},
	{ESNIE, "LDDDDDDDL", validNIE},
	{SGNRIC, "LDDDDDDDL", validNRIC},
	{UKNINO, "LLDDDDDDL", validNINO},
	{INPAN, "LLLLLDDDDL", validPAN},
	{ITFiscal, "LLLLLLDDLDDLDDDL", validFiscal},
	{FIIdentity, "DDDDDDADDDL", validHETU},
	{FIIdentity, "DDDDDDADDDD", validHETU},
}

// fits says whether t has the form.
func fits(t []byte, form string) bool {
	if len(t) != len(form) {
		return false
	}
	for i := range len(form) {
		switch form[i] {
		case 'L':
			if !letter(t[i]) {
				return false
			}
		case 'D':
			if !digit(t[i]) {
				return false
			}
		default:
			if t[i] != form[i] {
				return false
			}
		}
	}
	return true
}

// maxToken bounds the codes below, and IBANs with their spaces.
const maxToken = 44

// token looks at the run of letters and digits s[i:e], and at what follows after single spaces or dashes.
func (c *scanner) token(i, e int) {
	s := c.s
	if e-i > maxToken || alnum(c.byteAt(i-1)) {
		return
	}
	t := s[i:e]
	for k := range tokenRules {
		if r := &tokenRules[k]; fits(t, r.form) && r.valid(t) {
			c.add(r.kind, i, e)
			return
		}
	}
	c.record(i)
	if len(t) >= 4 && letter(t[0]) && letter(t[1]) && digit(t[2]) && digit(t[3]) {
		c.iban(i)
	}
	if len(t) == 2 && letter(t[0]) && letter(t[1]) {
		c.grouped(i, UKNINO, "LLDDDDDDL", validNINO)
	}
	if len(t) == 8 && fits(t, "DDDDDDDD") {
		c.grouped(i, ESNIF, "DDDDDDDDL", validNIF)
	}
	if len(t) == 6 && fits(t, "DDDDDD") {
		c.hetu(i)
	}
}

// grouped finds a code of the form whose parts stand apart, from i on.
func (c *scanner) grouped(i int, k Kind, form string, valid func([]byte) bool) {
	n, end := c.gather(c.gathered[:0], i, len(form))
	if fits(n, form) && valid(n) && !alnum(c.byteAt(end)) {
		c.add(k, i, end)
	}
}

// gather appends up to n letters and digits from i on, over single spaces and dashes, and says where they end.
func (c *scanner) gather(to []byte, i, n int) ([]byte, int) {
	s, gap := c.s, 0
	end := i
	for ; i < len(s) && len(to) < n; i++ {
		switch {
		case alnum(s[i]):
			to, gap, end = append(to, s[i]), 0, i+1
		case (s[i] == ' ' || s[i] == '-') && gap == 0:
			gap++
		default:
			return to, end
		}
	}
	return to, end
}

// hetu finds a Finnish number of the last century, with its sign: 131052-308T.
func (c *scanner) hetu(i int) {
	if i+11 > len(c.s) || alnum(c.byteAt(i+11)) {
		return
	}
	t := c.s[i : i+11]
	if (t[6] == '-' || t[6] == '+') && digit(t[7]) && digit(t[8]) && digit(t[9]) && alnum(t[10]) && validHETU(t) {
		c.add(FIIdentity, i, i+11)
	}
}

var ibanLengths = map[string]int{
	"AD": 24, "AE": 23, "AT": 20, "BE": 16, "BG": 22, "BR": 29, "CH": 21, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24, "FI": 18, "FR": 27,
	"GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IS": 26, "IT": 27, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MT": 31, "NL": 18,
	"NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "TR": 26, "UA": 29,
}

// iban finds an ISO 13616 number that begins at i: length by country, remainder 1 modulo 97.
func (c *scanner) iban(i int) {
	country := [2]byte{upper(c.s[i]), upper(c.s[i+1])}
	n := ibanLengths[string(country[:])]
	if n == 0 {
		return
	}
	t, end := c.gather(c.gathered[:0], i, n)
	if len(t) != n || alnum(c.byteAt(end)) {
		return
	}
	rest := 0
	for k := range t {
		b := upper(t[(k+4)%n])
		if digit(b) {
			rest = (rest*10 + int(b-'0')) % 97
		} else {
			rest = (rest*100 + int(b-'A') + 10) % 97
		}
	}
	if rest == 1 {
		c.add(IBAN, i, end)
	}
}

// record finds the number of a record, a chart, a member or a passport that begins at i and is named as such.
func (c *scanner) record(i int) {
	s := c.s
	kind := MedicalRecord
	const nearby = 16
	if prefix := c.ownPrefix(i); prefix == 0 {
		switch {
		case c.within(passportContext, i, nearby):
			kind = USPassport
		case !c.within(recordContext, i, nearby):
			return
		}
	}
	e, digits := i, 0
	for e < len(s) && e-i < 24 && (alnum(s[e]) || (s[e] == '-' || s[e] == '/' || s[e] == '.') && e+1 < len(s) && alnum(s[e+1])) {
		if digit(s[e]) {
			digits++
		}
		e++
	}
	if digits >= 4 && !alnum(c.byteAt(i-1)) {
		c.add(kind, i, e)
	}
}

// ownPrefix says how many letters at i name a record by themselves: MRN004512.
func (c *scanner) ownPrefix(i int) int {
	s := c.s
	if i+4 <= len(s) && lower(s[i]) == 'm' && lower(s[i+1]) == 'r' && lower(s[i+2]) == 'n' && (digit(s[i+3]) || s[i+3] == '-') {
		return 3
	}
	return 0
}
