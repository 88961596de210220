package engine

import (
	"unicode"
	"unicode/utf8"

	"github.com/ils-platform/ilsai/llama/gbnf"
)

// Llama 3's tokenizer first cuts a text into pieces and then makes tokens of each piece alone:
//
//	's | 't | 're | 've | 'm | 'll | 'd   (any case)
//	one sign or space, if there is one, and letters
//	1 to 3 digits
//	a space, if there is one, signs, and the line ends after them
//	white space
//
// So the tokens before a cut between two pieces never depend on what comes after it. lastCut finds such a cut;
// in doubt, as beyond the Latin letters and at line ends, it finds an earlier one or none.

// class is a set of kinds of characters, as the pieces tell them apart.
type class uint8

const (
	letter class = 1 << iota
	digit
	sign
	blank // the space itself
	doubt // line ends, other white space, and what two tables of Unicode may not agree on

	anything = letter | digit | sign | blank | doubt
)

func classOf(r rune) class {
	switch {
	case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z':
		return letter
	case r >= '0' && r <= '9':
		return digit
	case r == ' ':
		return blank
	case r > ' ' && r < 0x7f:
		return sign
	case r >= 0xc0 && r < 0x180 && unicode.IsLetter(r):
		return letter
	}
	return doubt
}

// classesOf is what may follow; no class at all when only the end may.
func classesOf(next gbnf.Next) (c class) {
	for _, x := range next.Ranges {
		if x.High-x.Low > 0x100 {
			return anything
		}
		for r := x.Low; r <= x.High; r++ {
			c |= classOf(r)
		}
	}
	return c
}

// lastCut returns the last place where a piece of text certainly ends, whatever follows of next's classes.
// text begins with a piece. 0: there is none.
func lastCut(text []byte, next class) int {
	cut := 0
	for cut < len(text) {
		end := pieceEnd(text, cut, next)
		if end == 0 {
			end = clearCut(text, cut)
		}
		if end == 0 {
			break
		}
		cut = end
	}
	return cut
}

// pieceEnd returns where the piece that begins at from ends, 0 when that is not certain.
func pieceEnd(text []byte, from int, next class) int {
	at := func(i int) class { // of the character at i, or of all that may come there
		if i < len(text) {
			r, _ := utf8.DecodeRune(text[i:])
			return classOf(r)
		}
		return next
	}
	run := func(i int, of class) int { // the end of a run, 0 when it may go on
		for i < len(text) && at(i) == of {
			_, n := utf8.DecodeRune(text[i:])
			i += n
		}
		if at(i)&(of|doubt) != 0 {
			return 0
		}
		return i
	}
	switch first := at(from); {
	case first == letter:
		return run(from, letter)
	case first == digit:
		end := from
		for end < len(text) && end < from+3 && at(end) == digit {
			end++
		}
		if end == from+3 || at(end)&(digit|doubt) == 0 {
			return end
		}
	case first == sign && text[from] == '\'' && at(from+1)&(letter|doubt) != 0:
		return 0 // may be 's and the like; beyond ASCII, lower case may be too (the Kelvin sign)
	case first == sign || first == blank:
		second := at(from + 1)
		switch {
		case second == letter && from+1 < len(text):
			return run(from+1, letter)
		case second&letter != 0 || first == blank && second&(blank|doubt) != 0:
			return 0
		case first == blank && second == digit:
			return from + 1
		case first == blank && (second != sign || from+1 == len(text)):
			return 0
		}
		end := from + 1
		for end < len(text) && at(end) == sign {
			end++
		}
		if at(end)&(sign|doubt) == 0 {
			return end
		}
	}
	return 0
}

// clearCut returns the first place after from that is a cut whatever the pieces around it are: behind a letter
// or a digit where no other follows.
func clearCut(text []byte, from int) int {
	for i := from + 1; i < len(text); i++ {
		if text[i-1] >= utf8.RuneSelf || text[i] >= utf8.RuneSelf {
			continue
		}
		a, b := classOf(rune(text[i-1])), classOf(rune(text[i]))
		if a&(letter|digit) != 0 && b&(letter|digit|doubt) == 0 {
			return i
		}
	}
	return 0
}
