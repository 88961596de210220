package privacy

import (
	"strings"
	"unicode/utf8"
)

const (
	// held is how many folded bytes of a text stay back until more comes: longer than any finding with what it is
	// known by, but for a run of base64, which is held as a whole.
	held = 256
	// keptBefore is how many bytes that were let through are kept as the context of what follows.
	keptBefore = 512
	// longestRun is the length from which an unbroken run that may be base64 is not waited for any longer: all of it
	// is replaced.
	longestRun = 16 << 10
	// longestHeld bounds what is held when it is invisible for the most part.
	longestHeld = 64 << 10
)

// encodedMark stands for a run that is too long to be looked into.
const encodedMark = "[ENCODED]"

// Filter is Redact for a text that comes in pieces, cut anywhere, also within a character. What it has let through
// is never part of a finding. Its zero value is ready; it is for one text and one goroutine.
type Filter struct {
	before  string // let through already
	pending string
	swallow bool // within a run that was replaced
}

// Write takes the next piece and returns what may be sent now, which is often nothing.
func (f *Filter) Write(piece string) string {
	f.pending += piece
	return f.release(false)
}

// Close returns what is left at the end of the text.
func (f *Filter) Close() string { return f.release(true) }

func (f *Filter) release(all bool) string {
	var out strings.Builder
	if f.swallow {
		f.swallowRun()
	}
	text := f.before + f.pending
	folded := fold(text)
	limit := len(folded.s)
	if !all {
		limit -= held
		for run := 0; limit > 0 && limit < len(folded.s) && encodedByte(folded.s[limit]) && encodedByte(folded.s[limit-1]); run++ {
			if run > longestRun {
				break
			}
			limit--
		}
		if limit <= 0 || folded.original(limit) <= len(f.before) {
			return f.overlong(&out)
		}
	}
	found := scan(folded.s)
	for i := len(found) - 1; i >= 0; i-- {
		if found[i].Start < limit && limit < found[i].End {
			limit = found[i].Start
		}
	}
	at, end := len(f.before), folded.original(limit)
	if end <= at {
		return f.overlong(&out)
	}
	for _, x := range found {
		if x.End > limit {
			break
		}
		from, to := folded.original(x.Start), folded.original(x.End)
		if to <= at {
			continue
		}
		out.WriteString(text[at:max(at, from)])
		out.WriteString(x.Kind.Mark())
		at = to
	}
	out.WriteString(text[at:end])
	f.pending = text[end:]
	keep := max(0, end-keptBefore)
	for keep < end && !utf8.RuneStart(text[keep]) {
		keep++
	}
	f.before = text[keep:end]
	return out.String()
}

// overlong keeps what is held within bounds although none of it may be let through yet.
func (f *Filter) overlong(out *strings.Builder) string {
	if len(f.pending) > longestHeld {
		visible := strings.Map(func(r rune) rune {
			if invisible(r) {
				return -1
			}
			return r
		}, f.pending)
		if len(visible) == len(f.pending) {
			out.WriteString(encodedMark)
			f.pending, f.before, f.swallow = "", "", true
			return out.String()
		}
		f.pending = visible
	}
	return out.String()
}

// swallowRun drops what belongs to a run that was replaced.
func (f *Filter) swallowRun() {
	i := 0
	for i < len(f.pending) && encodedByte(f.pending[i]) {
		i++
	}
	f.pending = f.pending[i:]
	f.swallow = f.pending == ""
}
