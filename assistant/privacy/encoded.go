package privacy

import (
	"encoding/base64"
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
	decoded, ok := decode(s[i:e])
	if !ok {
		return
	}
	f := fold(string(decoded))
	if found := scan(f.s, true); len(found) > 0 {
		c.add(found[0].Kind, i, end)
	}
}

// decode reads base64 of either alphabet, and says whether the result is text.
func decode(s []byte) ([]byte, bool) {
	if len(s)%4 == 1 {
		s = s[:len(s)-1]
	}
	std := make([]byte, len(s))
	for i, b := range s {
		switch b {
		case '-':
			b = '+'
		case '_':
			b = '/'
		}
		std[i] = b
	}
	const sample = 48
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(std)))
	if len(std) > sample {
		n, err := base64.RawStdEncoding.Decode(out, std[:sample])
		if err != nil || !readable(out[:n-utf8.UTFMax]) {
			return nil, false
		}
	}
	n, err := base64.RawStdEncoding.Decode(out, std)
	return out[:n], err == nil && readable(out[:n])
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
