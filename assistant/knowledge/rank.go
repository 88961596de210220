package knowledge

import (
	"math"
	"slices"
	"strings"
)

// Of the passages that share words with a question, those are best that hold most of it and of which a
// title, a keyword or a question that they answer is nearest to it.

// What a passage's score is made of, each 0 to 1; learnt, see docs/decisions/0027-ranking-of-passages.md.
const (
	coverageWeight = 1.0
	likenessWeight = 0.9 // of the mean of its nearest phrases
	titleWeight    = 0.3 // of its title, as a phrase
	pairsWeight    = 0.45
	nearestPhrases = 3
)

// What speaks for it beside its score: how much it holds of the question, in all rather than of it, since two telling words
// are more than one; and whether a word of the question is of optics alone.
const (
	heldWeight   = 0.17
	opticsWeight = 0.55
)

// phrase is one way of saying what a passage is about.
type phrase struct {
	stems  []string // each once, in order
	weight float64  // of all stems together
}

// about is what a passage is found by.
type about struct {
	phrases []phrase        // its title, if that says anything, then keywords and questions
	topics  map[string]bool // stems of phrases
	text    []string        // stems of its text
	stems   map[string]bool // of both
}

func (x *Index) describe(p *Passage) *about {
	a := &about{topics: map[string]bool{}, stems: map[string]bool{}}
	for _, text := range slices.Concat([]string{p.Title}, p.Keywords, p.Asked) {
		var ph phrase
		for _, t := range x.learn(text) {
			a.topics[t.stem], a.stems[t.stem] = true, true
			if !slices.Contains(ph.stems, t.stem) {
				ph.stems = append(ph.stems, t.stem)
			}
		}
		if len(ph.stems) > 0 {
			a.phrases = append(a.phrases, ph)
		}
	}
	for _, t := range x.learn(p.Text) {
		a.stems[t.stem] = true
		a.text = append(a.text, t.stem)
	}
	return a
}

// learn reads a text of the corpus and knows its words from then on.
func (x *Index) learn(text string) []term {
	words := wordsOf(text)
	for _, w := range words {
		x.known[w] = true
	}
	return x.terms.terms(words)
}

// phraseTimes is how often a phrase counts among the passage's words when candidates are looked for.
const phraseTimes = 3

// indexed is what bleve finds the passage by.
func (a *about) indexed() string {
	var b strings.Builder
	for _, ph := range a.phrases {
		b.WriteString(strings.Repeat(strings.Join(ph.stems, " ")+" ", phraseTimes))
	}
	b.WriteString(strings.Join(a.text, " "))
	return b.String()
}

// covers is the weight of the question's terms that the passage holds.
func (a *about) covers(terms []asked) (sum float64) {
	for _, t := range terms {
		switch {
		case a.topics[t.stem]:
			sum += t.rarity * t.weight
		case a.stems[t.stem]:
			sum += t.rarity * t.weight * mentioned
		}
	}
	return sum
}

func (a *about) topical(terms []asked) bool {
	return slices.ContainsFunc(terms, func(t asked) bool { return a.topics[t.stem] })
}

func (a *about) weigh(rarity map[string]float64) {
	for i := range a.phrases {
		for _, s := range a.phrases[i].stems {
			a.phrases[i].weight += rarity[s]
		}
	}
}

// like says how near a question, whose terms weigh total, is to the passage's nearest phrases and to its
// title, and how much of it stands in one of them in pairs of neighbours.
func (a *about) like(terms []asked, total float64) (mean, title, pairs float64) {
	best := make([]float64, nearestPhrases)
	for i := range a.phrases {
		sim, pair := a.phrases[i].like(terms, total)
		if i == 0 {
			title = sim
		}
		pairs = max(pairs, pair)
		if sim > best[nearestPhrases-1] {
			best[nearestPhrases-1] = sim
			slices.SortFunc(best, func(a, b float64) int { return int(math.Copysign(1, b-a)) })
		}
	}
	n := min(nearestPhrases, len(a.phrases))
	for _, sim := range best[:n] {
		mean += sim / float64(n)
	}
	return mean, title, pairs
}

func (p *phrase) like(terms []asked, total float64) (sim, pairs float64) {
	var both float64
	before := -1 // where in the phrase the question's last term stands
	for i, t := range terms {
		at := slices.Index(p.stems, t.stem)
		if at >= 0 {
			both += t.rarity * t.weight
			if before >= 0 && at == before+1 {
				pairs += min(t.rarity, terms[i-1].rarity)
			}
		}
		before = at
	}
	if both == 0 {
		return 0, 0
	}
	return both / math.Sqrt(total*p.weight), pairs / total
}
