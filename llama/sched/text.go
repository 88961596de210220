package sched

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// assembler turns the bytes of tokens into text that may be delivered: whole runes, and nothing
// that may turn out to be the beginning of a stop string. How the bytes are cut into pieces makes
// no difference to the text.
type assembler struct {
	stops [][]byte
	raw   []byte // the beginning of a rune
	held  []byte // whole runes not yet delivered
}

func newAssembler(stops []string) assembler {
	a := assembler{held: make([]byte, 0, 256), raw: make([]byte, 0, 64)}
	for _, s := range stops {
		a.stops = append(a.stops, []byte(s))
	}
	return a
}

// push takes the bytes of one more token. What take returns afterwards may be delivered; stopped
// means that a stop string is complete and take returns the last text.
func (a *assembler) push(piece []byte) (stopped bool) {
	from := len(a.held)
	a.raw = append(a.raw, piece...)
	n := 0
	for n < len(a.raw) && (utf8.FullRune(a.raw[n:])) {
		r, size := utf8.DecodeRune(a.raw[n:])
		a.held = utf8.AppendRune(a.held, r) // bytes that are no UTF-8 become U+FFFD, one each
		n += size
	}
	a.raw = slices.Delete(a.raw, 0, n)
	return a.cutAtStop(from)
}

// cutAtStop cuts held before the stop string that is complete first. Only bytes from position
// from on are new, so only they can complete one.
func (a *assembler) cutAtStop(from int) bool {
	for end := from + 1; end <= len(a.held); end++ {
		longest := 0
		for _, stop := range a.stops {
			if bytes.HasSuffix(a.held[:end], stop) {
				longest = max(longest, len(stop))
			}
		}
		if longest > 0 {
			a.held = a.held[:end-longest]
			a.raw = a.raw[:0]
			return true
		}
	}
	return false
}

// ready is how many bytes of held cannot become part of a stop string.
func (a *assembler) ready() int {
	keep := 0
	for _, stop := range a.stops {
		for n := min(len(stop)-1, len(a.held)); n > keep; n-- {
			if bytes.HasSuffix(a.held, stop[:n]) {
				keep = n
				break
			}
		}
	}
	return len(a.held) - keep
}

// take moves the deliverable text to dst; last also moves what was held back.
func (a *assembler) take(dst []byte, last bool) []byte {
	n := len(a.held)
	if last {
		for range a.raw {
			a.held = utf8.AppendRune(a.held, utf8.RuneError)
		}
		a.raw = a.raw[:0]
		n = len(a.held)
	} else if len(a.stops) > 0 {
		n = a.ready()
	}
	dst = append(dst, a.held[:n]...)
	a.held = slices.Delete(a.held, 0, n)
	return dst
}
