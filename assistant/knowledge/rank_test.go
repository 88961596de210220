package knowledge

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

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

// TestCorporaApart: a corpus of a few passages, none of which says what it answers, is searched as well, and finds its own alone.
func TestCorporaApart(t *testing.T) {
	const filler = " Everything else is done as the house has always done it, with care for each person who comes through the door. " +
		"Whoever is unsure asks the manager, who decides and writes it down in the book behind the till for all colleagues."
	open := func(passages ...[3]string) *Index {
		var y strings.Builder
		for _, p := range passages {
			fmt.Fprintf(&y, "- {id: %s, title: %q, text: %q, sources: [The house's own handbook]}\n", p[0], p[1], p[2]+filler)
		}
		c, err := Load(fstest.MapFS{"own.yaml": {Data: []byte(y.String())}})
		if err != nil {
			t.Fatal(err)
		}
		x, err := NewIndex(c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = x.Close() })
		return x
	}
	one := open([3]string{"own-warranty", "Warranty on frames and lenses", "Frames are replaced for two years if a part breaks in normal use. Scratched lenses are replaced once."},
		[3]string{"own-loan", "Loan spectacles during a repair", "A customer whose spectacles are being repaired may borrow a pair for a week against a deposit."},
		[3]string{"own-tests", "Booking an eye test", "Eye tests take half an hour and are booked by telephone or at the counter, never on Sundays."})
	two := open([3]string{"other-warranty", "Warranty on frames", "Only hinges are covered, for six months from the day of the sale, and no lens is replaced for free."})
	for _, test := range []struct {
		x              *Index
		question, want string
	}{
		{one, "how long is the warranty on frames", "own-warranty"},
		{one, "can the customer borrow spectacles while hers are repaired", "own-loan"},
		{one, "how do I book an eye test", "own-tests"},
		{one, "what is the capital of Norway", ""},
		{two, "how long is the warranty on frames", "other-warranty"},
		{two, "how do I book an eye test", ""},
	} {
		found, err := test.x.Find(t.Context(), test.question)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(found.Hits) > 0 {
			got = found.Hits[0].ID
		}
		if got != test.want {
			t.Errorf("%q finds %q, want %q", test.question, got, test.want)
		}
		for _, h := range found.Hits {
			if test.x.corpus.Passage(h.ID) == nil {
				t.Errorf("%q finds %s of another corpus", test.question, h.ID)
			}
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
