package privacy

import (
	"unicode"
	"unicode/utf8"
)

// folded is a text as the recognisers read it: what only changes its looks is gone. Digits and letters of any
// style or script stand as the ASCII characters they pass for, accents and invisible characters are dropped, and
// the many dashes, spaces and full stops are one each. Case is kept. Letters without such a counterpart keep
// their UTF-8.
type folded struct {
	s  []byte
	at []int32 // the offset in the text of each byte of s, and of the end; nil: they are the same
}

// original is the offset in the text of offset i of the folded text.
func (f *folded) original(i int) int {
	if f.at == nil {
		return i
	}
	return int(f.at[i])
}

func fold(text string) folded {
	i := 0
	for i < len(text) && text[i] < utf8.RuneSelf {
		i++
	}
	if i == len(text) {
		return folded{s: []byte(text)}
	}
	f := folded{s: make([]byte, 0, len(text)+8), at: make([]int32, 0, len(text)+9)}
	f.s = append(f.s, text[:i]...)
	for j := range i {
		f.at = append(f.at, int32(j))
	}
	for i < len(text) {
		if c := text[i]; c < utf8.RuneSelf {
			f.s, f.at = append(f.s, c), append(f.at, int32(i))
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		before := len(f.s)
		f.s = appendFolded(f.s, r, text[i:i+size])
		for range len(f.s) - before {
			f.at = append(f.at, int32(i))
		}
		i += size
	}
	f.at = append(f.at, int32(len(text)))
	return f
}

// foldString is fold's text, for tables that are compared with it.
func foldString(text string) string { return string(fold(text).s) }

// appendFolded appends what the rune passes for; raw are its bytes in the text.
func appendFolded(to []byte, r rune, raw string) []byte {
	if r < latinTableEnd {
		if plain := latinTable[r]; plain != "" {
			return append(to, plain...)
		}
	}
	switch {
	case r == utf8.RuneError:
		return append(to, raw...)
	case invisible(r):
		return to
	case r >= 0xFF01 && r <= 0xFF5E: // full-width forms
		return append(to, byte(r-0xFF01+'!'))
	case r >= 0xE0020 && r <= 0xE007E: // tags: ASCII that is not drawn
		return append(to, byte(r-0xE0000))
	case r >= 0x1D400 && r <= 0x1D6A3: // mathematical letters, 13 styles
		n := (r - 0x1D400) % 52
		if n < 26 {
			return append(to, byte('A'+n))
		}
		return append(to, byte('a'+n-26))
	case r >= 0x1D7CE && r <= 0x1D7FF:
		return append(to, byte('0'+(r-0x1D7CE)%10))
	case r >= 0x24B6 && r <= 0x24CF: // circled letters
		return append(to, byte('A'+r-0x24B6))
	case r >= 0x24D0 && r <= 0x24E9:
		return append(to, byte('a'+r-0x24D0))
	case r >= 0x2460 && r <= 0x2468: // circled digits
		return append(to, byte('1'+r-0x2460))
	case r >= 0x2080 && r <= 0x2089: // subscripts
		return append(to, byte('0'+r-0x2080))
	case r >= 0x2074 && r <= 0x2079:
		return append(to, byte('0'+r-0x2070))
	}
	if plain, ok := lookalikes[r]; ok {
		return append(to, plain)
	}
	switch {
	case unicode.Is(unicode.Nd, r):
		return append(to, digitOf(r))
	case unicode.Is(unicode.Pd, r):
		return append(to, '-')
	case unicode.Is(unicode.Z, r):
		return append(to, ' ')
	case unicode.Is(unicode.Mn, r):
		return to
	}
	return append(to, raw...)
}

// invisible says whether a rune is not drawn: format characters, fillers and selectors.
func invisible(r rune) bool {
	switch {
	case r == 0xAD, r == 0x34F, r == 0x115F, r == 0x1160, r == 0x3164, r == 0xFFA0, r == 0x180E:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF:
		return true
	case r >= 0xE0020 && r <= 0xE007E:
		return false
	}
	return unicode.Is(unicode.Cf, r)
}

// digitOf is the value of a decimal digit: every script has its ten in a row, which begins where the one before
// is no digit, or is the ten's first by its distance.
func digitOf(r rune) byte {
	for _, x := range unicode.Nd.R16 {
		if lo, hi := rune(x.Lo), rune(x.Hi); r >= lo && r <= hi {
			return byte('0' + (r-lo)%10)
		}
	}
	for _, x := range unicode.Nd.R32 {
		if lo, hi := rune(x.Lo), rune(x.Hi); r >= lo && r <= hi {
			return byte('0' + (r-lo)%10)
		}
	}
	return '0'
}
