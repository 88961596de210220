package privacy

import (
	"encoding/base64"
	"slices"
	"unicode"
	"unicode/utf8"
)

const leastEncoded = 12

func encodedByte(b byte) bool { return alnum(b) || b == '+' || b == '/' || b == '-' || b == '_' }

// encoded decodes the run at i if it is base64 of a text, and takes all of it if that text holds personal data.
func (c *scanner) encoded(i int) {
	if c.inner || i > 0 && encodedByte(c.s[i-1]) {
		return
	}
	s := c.s
	e := i
	var uppers, lowers, others int
	for e < len(s) && encodedByte(s[e]) {
		switch b := s[e]; {
		case b >= 'a' && b <= 'z':
			lowers++
		case b >= 'A' && b <= 'Z':
			uppers++
		default:
			others++
		}
		e++
	}
	if e-i < leastEncoded || uppers == 0 || lowers+others == 0 {
		return
	}
	end := e
	for end < len(s) && s[end] == '=' && end-e < 2 {
		end++
	}
	text, ok := c.decode(s[i:e])
	if !ok {
		return
	}
	if !ascii(text) {
		text = fold(string(text)).s
	}
	if c.decoded == nil {
		c.decoded = &scanner{inner: true}
	}
	if found := c.decoded.scan(text); len(found) > 0 {
		c.add(found[0].Kind, i, end)
	}
}

// decode reads base64 of either alphabet, and says whether the result is text; it is of use until the next call.
func (c *scanner) decode(s []byte) ([]byte, bool) {
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	c.alphabet = append(c.alphabet[:0], s...)
	std := c.alphabet
	for i, b := range std {
		switch b {
		case '-':
			std[i] = '+'
		case '_':
			std[i] = '/'
		}
	}
	const sample = 48
	c.out = slices.Grow(c.out[:0], base64.RawStdEncoding.DecodedLen(len(std)))
	out := c.out[:base64.RawStdEncoding.DecodedLen(len(std))]
	if len(std) > sample {
		n, err := base64.RawStdEncoding.Decode(out, std[:sample])
		if err != nil || !readable(out[:n-utf8.UTFMax]) {
			return nil, false
		}
	}
	n, err := base64.RawStdEncoding.Decode(out, std)
	return out[:n], err == nil && readable(out[:n])
}

func ascii(b []byte) bool {
	for _, x := range b {
		if x >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func readable(b []byte) bool {
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		if r == utf8.RuneError && (size == 1 && utf8.FullRune(b)) || r < ' ' && r != '\n' && r != '\t' && r != '\r' || unicode.Is(unicode.Co, r) {
			return false
		}
		b = b[size:]
	}
	return true
}
