package gbnf

import (
	"slices"
	"unicode/utf8"
)

// Bounds of a Matcher.
const (
	maxPlaces = 4 << 10
	maxStack  = 256
	maxFrames = 64 << 10      // in a Matcher's whole life
	maxVisits = 4 << 10       // instructions looked at for one character
	maxAhead  = 4 * maxVisits // and for all that Forced looks ahead
)

// frame is where a rule goes on when the rule it called has ended. Equal frames are the same frame.
type frame struct {
	back  int32
	depth int32
	under *frame
}

// place is somewhere the text so far may have led to: an instruction that takes a character.
type place struct {
	pc    int32
	stack *frame
}

// Matcher stands in a grammar. Copying one is a snapshot; a Matcher and its copies belong to one goroutine.
type Matcher struct {
	*walker
	places  []place // never changed, only replaced
	end     bool    // the text may end here
	partial string  // the beginning of a character
}

// walker is what a Matcher shares with its copies.
type walker struct {
	grammar *Grammar
	frames  map[frame]*frame
	seen    map[place]struct{}
	visits  int
	todo    []place
}

// Matcher returns one that stands at the beginning.
func (g *Grammar) Matcher() *Matcher {
	m := &Matcher{walker: &walker{grammar: g, frames: map[frame]*frame{}, seen: map[place]struct{}{}}}
	m.begin()
	m.places, m.end, _ = m.close(nil, place{g.start, nil}, false)
	return m
}

// Accept walks on by bytes, which may end within a character. False: the grammar does not allow them, or the
// Matcher has been lost; nothing is allowed from then on.
func (m *Matcher) Accept(text []byte) bool {
	rest := m.partial + string(text)
	for rest != "" && utf8.FullRuneInString(rest) {
		r, n := utf8.DecodeRuneInString(rest)
		if r == utf8.RuneError && n == 1 {
			m.places, m.end = nil, false
			return false
		}
		rest = rest[n:]
		if !m.step(r) {
			return false
		}
	}
	m.partial = rest
	return len(m.places) > 0 || m.end
}

func (m *Matcher) step(r rune) bool {
	m.begin()
	var next []place
	end := false
	for _, p := range m.places {
		if m.grammar.takes(p.pc, r) {
			var ok bool
			if next, end, ok = m.close(next, place{p.pc + 1, p.stack}, end); !ok {
				break // lost: next is nil, and end false
			}
		}
	}
	m.places, m.end = next, end
	return len(next) > 0 || end
}

func (w *walker) begin() {
	clear(w.seen)
	w.visits = 0
}

// close follows all instructions that take no character and appends the places it comes to. ok is false
// beyond the bounds.
func (w *walker) close(out []place, from place, end bool) (places []place, ended, ok bool) {
	w.todo = append(w.todo[:0], from)
	for len(w.todo) > 0 {
		at := w.todo[len(w.todo)-1]
		w.todo = w.todo[:len(w.todo)-1]
		if _, known := w.seen[at]; known {
			continue
		}
		w.seen[at] = struct{}{}
		if w.visits++; w.visits > maxVisits || len(out) > maxPlaces {
			return nil, false, false
		}
		switch in := w.grammar.code[at.pc]; in.op {
		case opChar, opSet:
			out = append(out, at)
		case opJump:
			w.todo = append(w.todo, place{in.arg, at.stack})
		case opSplit:
			for _, pc := range slices.Backward(w.grammar.splits[in.arg]) {
				w.todo = append(w.todo, place{pc, at.stack})
			}
		case opCall:
			stack := at.stack
			if !in.tail {
				if stack = w.push(at.pc+1, stack); stack == nil {
					return nil, false, false
				}
			}
			w.todo = append(w.todo, place{in.arg, stack})
		case opReturn:
			if at.stack == nil {
				end = true
			} else {
				w.todo = append(w.todo, place{at.stack.back, at.stack.under})
			}
		}
	}
	return out, end, true
}

// push returns the frame over under, nil beyond the bounds.
func (w *walker) push(back int32, under *frame) *frame {
	f := frame{back: back, depth: 1, under: under}
	if under != nil {
		f.depth = under.depth + 1
	}
	if known := w.frames[f]; known != nil {
		return known
	}
	if f.depth > maxStack || len(w.frames) == maxFrames {
		return nil
	}
	w.frames[f] = &f
	return &f
}
