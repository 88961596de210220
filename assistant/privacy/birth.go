package privacy

// isDate says whether the groups from g on are a date in figures, or eight digits that are one.
func (ch *chain) isDate(g int) bool {
	two := func(i int) int {
		d := ch.digits[ch.groups[g+i].first:]
		if ch.groups[g+i].size() == 1 {
			return int(d[0] - '0')
		}
		return int(d[0]-'0')*10 + int(d[1]-'0')
	}
	short := func(i, most int) bool {
		n := ch.groups[g+i].size()
		return n <= 2 && two(i) >= 1 && two(i) <= most
	}
	year := func(d []byte) bool { return string(d[:2]) == "19" || string(d[:2]) == "20" }
	rest := ch.groups[g:]
	d := ch.digits[rest[0].first:]
	switch {
	case len(rest) >= 3 && rest[0].sep != 0 && rest[0].sep == rest[1].sep:
		if rest[0].size() == 4 {
			return year(d) && short(1, 12) && short(2, 31)
		}
		n := rest[2].size()
		return (n == 4 && year(ch.digits[rest[2].first:]) || n == 2) && (short(0, 31) && short(1, 12) || short(0, 12) && short(1, 31))
	case rest[0].size() == 8:
		return year(d) && string(d[4:6]) <= "12" && string(d[6:8]) <= "31"
	}
	return false
}

// dateOfBirth finds a date that is said to be one. A date that bounds a range is not: born before 1960-01-01.
func (c *scanner) dateOfBirth() {
	ch := &c.chain
	start := ch.groups[0].start
	if !ch.isDate(0) || !c.birth(start) {
		return
	}
	h := 0
	if ch.groups[0].size() != 8 {
		h = 2
	}
	c.span(DateOfBirth, 0, h)
}

// birth says whether what stands at i is when somebody was born.
func (c *scanner) birth(i int) bool {
	return c.within(birthContext, i, reach) && c.near[boundContext] < c.near[birthContext]
}

//nolint:misspell // of many languages
var months = set(` january february march april may june july august september october november december
		jan feb mar apr jun jul aug sep sept oct nov dec
		januar februar marz maerz mai juni juli oktober dezember
		enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre
		janvier fevrier mars avril juin juillet aout septembre octobre novembre decembre
		gennaio febbraio aprile maggio giugno luglio settembre ottobre dicembre
		janeiro fevereiro março junho julho setembro outubro dezembro
		января февраля марта апреля мая июня июля августа сентября октября ноября декабря`)

// monthDate finds a date of birth whose month is the word in s[i:e].
func (c *scanner) monthDate(i, e int) {
	if !c.birth(i) || c.previous.known.is&month == 0 {
		return
	}
	s := c.s
	start, end, n := i, e, 0
	k := i - 1 // 12 March, 12. März, 12 de marzo
	for steps := 0; k >= 0 && steps < 5 && !digit(s[k]) && (s[k] == ' ' || s[k] == '.' || letter(s[k])); steps++ {
		k--
	}
	if k >= 0 && digit(s[k]) {
		for k > 0 && digit(s[k-1]) && i-k < 10 {
			k--
		}
		start, n = k, n+1
	}
	for parts := 0; parts < 2; parts++ { // 12, 1985
		k = end
		for k < len(s) && k-end < 4 && (s[k] == ' ' || s[k] == ',' || s[k] == '.' || s[k] == 'd' || s[k] == 'e' || s[k] == 't' || s[k] == 'h') {
			k++
		}
		from := k
		for k < len(s) && digit(s[k]) && k-from < 4 {
			k++
		}
		if k == from {
			break
		}
		end, n = k, n+1
	}
	if n >= 2 {
		c.add(DateOfBirth, start, end)
	}
}
