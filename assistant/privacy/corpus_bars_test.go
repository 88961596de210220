package privacy

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// score counts sentences of a class.
type score struct{ right, all int }

func (s score) rate() float64 { return 100 * float64(s.right) / float64(max(1, s.all)) }

// covered says whether the value is wholly within findings of the text: what is found of it is not shown.
func covered(l labelled) bool {
	at := strings.Index(l.text, l.value)
	for _, f := range Find(l.text) {
		if f.Start <= at && f.End >= at+len(l.value) {
			return true
		}
		if f.Start < at+len(l.value) && f.End > at { // found in part: the rest must be signs
			rest := l.text[at:max(at, f.Start)] + l.text[min(f.End, at+len(l.value)):at+len(l.value)]
			if strings.Trim(rest, " ()+-.=,") == "" {
				return true
			}
		}
	}
	return false
}

const corpusSeed = 20261128

// TestCorpus is bar 6.1. The table is what `go test -v` shows.
func TestCorpus(t *testing.T) {
	t.Logf("seed %d", corpusSeed)
	with, without := corpus(corpusSeed, 60)
	weakly := weakCorpus(corpusSeed, 60)
	scores := map[string]score{}
	var missed []string
	tally := func(all []labelled) (total score) {
		for _, l := range all {
			s := scores[l.class]
			s.all++
			total.all++
			if covered(l) {
				s.right++
				total.right++
			} else {
				missed = append(missed, l.class+": "+l.text)
			}
			scores[l.class] = s
		}
		return total
	}
	strong := tally(with)
	soft := tally(weakly)
	negatives, wrong := score{}, 0
	for _, l := range without {
		s := scores["without: "+l.class]
		s.all++
		negatives.all++
		if found := Find(l.text); len(found) == 0 {
			s.right++
			negatives.right++
		} else {
			wrong++
			missed = append(missed, fmt.Sprintf("false %s: %s", found[0].Kind, l.text))
		}
		scores["without: "+l.class] = s
	}
	for _, class := range slices.Sorted(maps.Keys(scores)) {
		t.Logf("%-34s %4d of %4d  %6.2f %%", class, scores[class].right, scores[class].all, scores[class].rate())
	}
	found := strong.right + soft.right
	precision := 100 * float64(found) / float64(found+wrong)
	t.Logf("%d sentences, %d of them without personal data", strong.all+soft.all+negatives.all, negatives.all)
	t.Logf("recall of what has a form %.2f %% (bar 99.5); of names and addresses %.2f %% (bar 90); precision %.2f %% (bar 98)", strong.rate(), soft.rate(), precision)
	if strong.all+soft.all+negatives.all < 2000 || negatives.all < strong.all+soft.all || strong.rate() < 99.5 || soft.rate() < 90 || precision < 98 {
		t.Error("a bar does not hold")
	}
	for i, m := range missed {
		if i < 60 {
			t.Log(m)
		}
	}
}

// TestDisguises is the first half of bar 6.2.
func TestDisguises(t *testing.T) {
	with, _ := corpus(corpusSeed+1, 30)
	g := newMaker(corpusSeed + 2)
	total := score{}
	for _, o := range obfuscations {
		s := score{}
		for _, l := range with {
			if !o.only(Kind(l.class)) {
				continue
			}
			changed := o.apply(g, l.value)
			d := labelled{strings.Replace(l.text, l.value, changed, 1), changed, l.class}
			s.all++
			if covered(d) {
				s.right++
			} else if s.all-s.right < 6 {
				t.Logf("missed: %s", d.text)
			}
		}
		t.Logf("%-24s %4d of %4d  %6.2f %%", o.name, s.right, s.all, s.rate())
		total.right += s.right
		total.all += s.all
	}
	t.Logf("recall in disguise %.2f %% (bar 95)", total.rate())
	if total.rate() < 95 {
		t.Error("the bar does not hold")
	}
}
