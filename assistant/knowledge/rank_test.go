package knowledge

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestAskedLeadsToItsPassage: what a passage says it answers is found there.
func TestAskedLeadsToItsPassage(t *testing.T) {
	x := index(t)
	first, third, asked := 0, 0, 0
	for _, p := range x.corpus.Passages {
		if len(p.Asked) < 3 {
			t.Errorf("%s says of %d questions only that it answers them", p.ID, len(p.Asked))
			continue
		}
		hits, err := x.rank(t.Context(), p.Asked[0], MaxHits)
		if err != nil {
			t.Fatal(err)
		}
		asked++
		at := slices.Index(ids(hits), p.ID)
		if at == 0 {
			first++
		}
		if at >= 0 {
			third++
		} else {
			t.Logf("%q finds %v, not %s", p.Asked[0], ids(hits), p.ID)
		}
	}
	if first, third := percent(first, asked), percent(third, asked); first < 95 || third < 99 {
		t.Errorf("the first question finds its passage first in %.1f %%, want 95, among the best three in %.1f %%, want 99", first, third)
	}
}

// TestWordingTellsApart: questions that hold the same telling words and ask different things.
func TestWordingTellsApart(t *testing.T) {
	for _, test := range []struct{ question, want string }{
		{"how does a progressive work", "lens-progressive-principle"},
		{"who should not get progressives", "lens-progressive-who-should-avoid"},
		{"how do I measure pantoscopic tilt", "measure-pantoscopic-how"},
		{"what is pantoscopic tilt", "fitting-pantoscopic-tilt"},
		{"what is prism for", "prism-what-it-does"},
		{"how thick will the prism be", "prism-thickness"},
		{"how often does a lens case have to be replaced", "cl-case-hygiene"},
	} {
		if found := find(t, test.question); len(found.Hits) == 0 || found.Hits[0].ID != test.want {
			t.Errorf("%q finds %v, want %s", test.question, ids(found.Hits), test.want)
		}
	}
}

func TestNearestWord(t *testing.T) {
	for _, test := range []struct{ word, want string }{
		{"polycarbonat", "polycarbonate"}, {"progressve", "progressive"}, {"astigmatisim", "astigmatism"}, {"galsses", "glasses"}, {"frmae", "frame"},
		{"flour", ""}, {"shouting", ""}, {"bat", ""}, {"zebra", ""}, {"12345", ""},
	} {
		if got := index(t).nearest(test.word); got != test.want {
			t.Errorf("%q is taken for %q, want %q", test.word, got, test.want)
		}
	}
}

// TestCosine: of any two sets, what they share is between nothing and all, whichever comes first.
func TestCosine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := func(label string) []uint32 {
			s := rapid.SliceOfN(rapid.Uint32Range(0, 9), 1, 8).Draw(t, label)
			slices.Sort(s)
			return slices.Compact(s)
		}
		a, b := set("a"), set("b")
		got := cosine(a, b)
		if got != cosine(b, a) || got < 0 || got > 1 {
			t.Errorf("cosine(%v, %v) = %v, the other way %v", a, b, got, cosine(b, a))
		}
		shared := slices.ContainsFunc(a, func(n uint32) bool { return slices.Contains(b, n) })
		if (got > 0) != shared || slices.Equal(a, b) != (got == 1) {
			t.Errorf("cosine(%v, %v) = %v", a, b, got)
		}
	})
}
