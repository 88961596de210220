package privacy

import "bytes"

// maxLocal and maxDomain bound how far an address reaches from its sign, in folded bytes, spaces included.
const (
	maxLocal  = 64
	maxDomain = 96
)

func local(b byte) bool {
	return alnum(b) || b == '.' || b == '_' || b == '-' || b == '+' || b == '%' || b == '\'' || b >= 0x80
}

// email finds the address around the @ at i, also with spaces around its signs or between all its letters.
func (c *scanner) email(i int) {
	start := c.localStart(i)
	if start == i {
		return
	}
	if end := c.domainEnd(i + 1); end > 0 {
		c.add(Email, start, end)
	}
}

// localStart is where the part before the sign at i begins.
func (c *scanner) localStart(i int) int {
	s := c.s
	k, floor := i, max(0, i-maxLocal)
	for k > floor && s[k-1] == ' ' {
		k--
	}
	if k == floor || !local(s[k-1]) {
		return i
	}
	for {
		end := k
		for k > floor && local(s[k-1]) {
			k--
		}
		gap := k
		for gap > floor && s[gap-1] == ' ' && k-gap < 2 {
			gap--
		}
		if gap == floor || gap == k || !local(s[gap-1]) {
			return k
		}
		single := end-k == 1 && (gap == 1 || !local(s[gap-2]))
		if s[k] != '.' && s[gap-1] != '.' && !single {
			return k
		}
		k = gap
	}
}

// domainEnd is where the domain that begins at i ends; 0: there is none.
func (c *scanner) domainEnd(i int) int {
	s := c.s
	ceiling := min(len(s), i+maxDomain)
	skip := func(k int) int {
		for n := 0; k < ceiling && s[k] == ' ' && n < 2; n++ {
			k++
		}
		return k
	}
	label := func(k int) int {
		k = skip(k)
		from := k
		for k < ceiling && (alnum(s[k]) || s[k] == '-' || s[k] >= 0x80) {
			k++
		}
		if k == from {
			return 0
		}
		for k-from == 1 || k > 2 && s[k-2] == ' ' { // letters apart
			next := k + 1
			if next >= ceiling || s[k] != ' ' || !alnum(s[next]) || next+1 < len(s) && alnum(s[next+1]) {
				break
			}
			k = next + 1
		}
		return k
	}
	k := label(i)
	if k == 0 {
		return 0
	}
	end := 0
	for {
		dot := skip(k)
		if dot >= ceiling || s[dot] != '.' || dot > k && dot+1 < len(s) && s[dot+1] != ' ' {
			return end
		}
		from := skip(dot + 1)
		next := label(dot + 1)
		if next == 0 || from > dot+1 && dot == k && upper(s[from]) == s[from] { // the end of a sentence
			return end
		}
		if letter(s[from]) && (next-from >= 2 || next < ceiling && s[next] == ' ') || s[from] >= 0x80 {
			end = next
		}
		k = next
	}
}

// spelledEmail finds an address whose sign is written as a word: john dot smith at example dot com, john [at] example.com.
func (c *scanner) spelledEmail(i, e int) {
	switch string(c.previous.text) {
	case "at", "arroba", "chiocciola", "aet", "arobase":
	default:
		return
	}
	s := c.s
	left, right, bracketed := i, e, false
	if closing := closingOf(c.byteAt(i - 1)); closing != 0 && c.byteAt(e) == closing {
		left, right, bracketed = i-1, e+1, true
	}
	for left > 0 && s[left-1] == ' ' && i-left < 3 {
		left--
	}
	if !bracketed && left == i {
		return
	}
	end, spelled := c.spelledDomain(right)
	if end == 0 || !bracketed && !spelled {
		return
	}
	if start := c.spelledLocal(left); start < left {
		c.add(Email, start, end)
	}
}

func closingOf(b byte) byte {
	switch b {
	case '(':
		return ')'
	case '[':
		return ']'
	case '{':
		return '}'
	case '<':
		return '>'
	}
	return 0
}

// spelledLocal is where the part that ends at i begins, over dots in words.
func (c *scanner) spelledLocal(i int) int {
	s := c.s
	floor := max(0, i-maxLocal)
	k := i
	for {
		for k > floor && local(s[k-1]) {
			k--
		}
		n := dotBefore(s[floor:k])
		if n == 0 || n == k-floor {
			return k
		}
		k -= n
	}
}

// spelledDomain is where the domain that begins at i ends, 0 for none, and whether a dot of it is a word.
func (c *scanner) spelledDomain(i int) (end int, spelled bool) {
	rest := c.s[i:min(len(c.s), i+maxDomain)]
	at := 0
	for at < len(rest) && rest[at] == ' ' {
		at++
	}
	for labels := 0; ; labels++ {
		from := at
		for at < len(rest) && (alnum(rest[at]) || rest[at] == '-') {
			at++
		}
		if at == from {
			return end, spelled
		}
		if labels > 0 && at-from >= 2 && letter(rest[from]) {
			end = i + at
		}
		if at+1 < len(rest) && rest[at] == '.' && alnum(rest[at+1]) {
			at++
			continue
		}
		n := dotAfter(rest[at:])
		if n == 0 {
			return end, spelled
		}
		spelled = true
		at += n
	}
}

var dots = [][]byte{
	[]byte(" dot "), []byte("[dot]"), []byte("(dot)"), []byte("{dot}"), []byte(" [dot] "), []byte(" (dot) "), []byte(" . "), []byte("[.]"), []byte("(.)"),
	[]byte(" punto "), []byte(" point "), []byte(" punkt "), []byte(" ponto "),
}

// dotBefore is the length of a dot in words at the end of a text, dotAfter at its beginning; 0 for none.
func dotBefore(text []byte) (n int) {
	for _, d := range dots {
		if len(text) >= len(d) && text[len(text)-1] == d[len(d)-1] && bytes.EqualFold(text[len(text)-len(d):], d) {
			n = max(n, len(d))
		}
	}
	return n
}

func dotAfter(text []byte) (n int) {
	for _, d := range dots {
		if len(text) >= len(d) && text[0] == d[0] && bytes.EqualFold(text[:len(d)], d) {
			n = max(n, len(d))
		}
	}
	return n
}
