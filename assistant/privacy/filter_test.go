package privacy

import (
	"strings"
	"testing"
)

// throughFilter is what a filter lets through of a text in pieces.
func throughFilter(pieces ...string) string {
	var f Filter
	var b strings.Builder
	for _, p := range pieces {
		b.WriteString(f.Write(p))
	}
	b.WriteString(f.Close())
	return b.String()
}

// TestNoSplitLetsAValueThrough is the second half of bar 6.2: every kind, as it is and in disguise, cut in two at every
// byte and into single bytes. What is sent must be what a filter that sees the whole text sends.
func TestNoSplitLetsAValueThrough(t *testing.T) {
	with, without := corpus(corpusSeed+3, 2)
	with = append(with, weakCorpus(corpusSeed+3, 2)...)
	g := newMaker(corpusSeed + 4)
	for _, o := range obfuscations {
		for _, l := range with[:len(with):len(with)] {
			if o.only(Kind(l.class)) && g.IntN(6) == 0 {
				v := o.apply(g, l.value)
				with = append(with, labelled{strings.Replace(l.text, l.value, v, 1), v, l.class})
			}
		}
	}
	filler := strings.Repeat("The shop sold more frames in May than in April. ", 6)
	cuts := 0
	for i, l := range append(with, without[:20]...) {
		if testing.Short() && i%5 > 0 { // as under the race detector: one goroutine cuts
			continue
		}
		before, after := filler, filler
		if i%3 == 0 {
			before = ""
		}
		text := before + l.text + ". " + after
		want := Redact(text)
		if i%4 == 0 {
			if got := throughFilter(strings.Split(text, "")...); got != want {
				t.Errorf("%s letter by letter:\n got %q\nwant %q", l.class, got, want)
			}
		}
		from := max(0, len(before)-4)
		for at := from; at < min(len(text), len(before)+len(l.text)+8); at++ {
			cuts++
			var f Filter
			first := f.Write(text[:at])
			if covered(l) && l.value != "" && strings.Contains(first, l.value) {
				t.Fatalf("%s: %q was let through", l.class, l.value)
			}
			if got := first + f.Write(text[at:]) + f.Close(); got != want {
				t.Fatalf("%s cut at %d:\n got %q\nwant %q", l.class, at, got, want)
			}
		}
	}
	t.Logf("%d texts, %d cuts", len(with)+20, cuts)
}

func TestFilterInRandomPieces(t *testing.T) {
	with, without := corpus(corpusSeed+5, 4)
	g := newMaker(corpusSeed + 6)
	for range 60 {
		var text strings.Builder
		for range 12 {
			all := with
			if g.IntN(2) == 0 {
				all = without
			}
			text.WriteString(all[g.IntN(len(all))].text + g.of(". ", "\n", "? ", "\n\n"))
		}
		whole := text.String()
		var pieces []string
		for rest := whole; rest != ""; {
			n := min(len(rest), 1+g.IntN(40))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if got, want := throughFilter(pieces...), Redact(whole); got != want {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	}
}

// TestFilterLetsTextFlow: a reader of a long answer without personal data waits for a bounded number of characters.
func TestFilterLetsTextFlow(t *testing.T) {
	var f Filter
	sent, got := "", ""
	for range 100 {
		const piece = "Frames sold well. "
		sent += piece
		got += f.Write(piece)
		if late := len(sent) - len(got); late > held+len(piece) {
			t.Fatalf("%d bytes are held back", late)
		}
	}
	if got += f.Close(); got != sent {
		t.Error("a text without personal data was changed")
	}
}

func TestFilterBoundsWhatItHolds(t *testing.T) {
	var f Filter
	for range 300 {
		f.Write(strings.Repeat("\u200b", 400))
		if len(f.pending) > 2*longestHeld {
			t.Fatalf("%d bytes of invisible characters are held", len(f.pending))
		}
	}
	f = Filter{}
	out := ""
	for range 300 {
		out += f.Write("QUJD" + strings.Repeat("abcD", 100))
		if len(f.pending) > 2*longestHeld {
			t.Fatalf("%d bytes of one run are held", len(f.pending))
		}
	}
	if out += f.Write(" and on") + f.Close(); !strings.HasSuffix(out, " and on") {
		t.Errorf("what follows a long run is lost: %q", out[max(0, len(out)-40):])
	}
}
