package knowledge

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// Of the passages that share words with a question, those are best that hold most of it and of which a
// title, a keyword or a question that they answer is nearest to it, in what it says and in how.

// What a passage's score is made of, each 0 to 1; learnt, see docs/decisions/0027-ranking-of-passages.md.
const (
	coverageWeight = 1.0
	likenessWeight = 1.0  // of the mean of its nearest phrases
	titleWeight    = 0.3  // of its title, as a phrase
	wordsWeight    = 1.05 // of the phrase that is most alike in its words, stop words and all
	pairsWeight    = 0.65 // of that in pairs of neighbouring words
	nearestPhrases = 3
)

// What speaks for its being an answer at all: how like its phrases are, what it holds of the question beside the most telling
// word (one word alone says little), and whether a word of the question is of optics alone.
const (
	besideWeight = 1.5 // in words that no passage has, so that it means the same in a corpus of any size
	opticsWeight = 0.4
	minEvidence  = 1.5 // or nothing is found
)

// phrase is one way of saying what a passage is about.
type phrase struct {
	stems  []string // each once, in order
	weight float64  // of all stems together
	wording
}

// about is what a passage is found by.
type about struct {
	phrases []phrase        // its title, if that says anything, then keywords and questions
	topics  map[string]bool // stems of phrases
	stems   map[string]bool // of phrases and text
}

func (x *Index) describe(p *Passage) *about {
	a := &about{topics: map[string]bool{}, stems: map[string]bool{}}
	for _, text := range slices.Concat([]string{p.Title}, p.Keywords, p.Asked) {
		var ph phrase
		terms, words := x.learn(text)
		for _, t := range terms {
			a.topics[t.stem], a.stems[t.stem] = true, true
			if !slices.Contains(ph.stems, t.stem) {
				ph.stems = append(ph.stems, t.stem)
			}
		}
		if len(ph.stems) > 0 {
			ph.wording = x.vocabulary.wording(words)
			a.phrases = append(a.phrases, ph)
		}
	}
	terms, _ := x.learn(p.Text)
	for _, t := range terms {
		a.stems[t.stem] = true
	}
	return a
}

// learn reads a text of the corpus, its terms and the stems of all its words, and knows them from then on.
func (x *Index) learn(text string) ([]term, []string) {
	words := wordsOf(text)
	x.terms.learn(words)
	stems := x.terms.stems(words)
	for i, w := range words {
		x.known[w] = true
		if x.vocabulary[stems[i]] == 0 {
			x.vocabulary[stems[i]] = uint32(len(x.vocabulary) + 1)
		}
	}
	return x.terms.terms(words), stems
}

// indexed is what bleve finds the passage by among the candidates: each stem once, and once more when a phrase has it.
func (a *about) indexed() string {
	stems := slices.AppendSeq(slices.Collect(maps.Keys(a.stems)), maps.Keys(a.topics))
	slices.Sort(stems)
	return strings.Join(stems, " ")
}

// covers is the weight of the question's terms that the passage holds, and of the most telling that its phrases do.
func (a *about) covers(q *inquiry) (sum, most float64) {
	for _, t := range q.terms {
		switch {
		case a.topics[t.stem]:
			sum += t.rarity
			most = max(most, t.rarity)
		case a.stems[t.stem]:
			sum += t.rarity * mentioned
		}
	}
	return sum, most
}

func (a *about) topical(q *inquiry) bool {
	return slices.ContainsFunc(q.terms, func(t asked) bool { return a.topics[t.stem] })
}

func (a *about) weigh(rarity map[string]float64) {
	for i := range a.phrases {
		for _, s := range a.phrases[i].stems {
			a.phrases[i].weight += rarity[s]
		}
	}
}

// similarity of a question and a passage, each 0 to 1.
type similarity struct {
	mean, title  float64 // of what is said: of its nearest phrases, of its title
	words, pairs float64 // of how it is said, of the most alike phrase
}

// hit scores the passage for a question.
func (a *about) hit(q *inquiry) Hit {
	held, most := a.covers(q)
	s := a.like(q)
	alike := likenessWeight*s.mean + titleWeight*s.title + wordsWeight*s.words + pairsWeight*s.pairs
	h := Hit{Coverage: held / q.total, Topical: a.topical(q), evidence: alike + besideWeight*(held-most)/q.rarest}
	h.Score = coverageWeight*h.Coverage + alike
	if q.optics {
		h.evidence += opticsWeight
	}
	return h
}

// like compares a question with the passage's phrases.
func (a *about) like(q *inquiry) similarity {
	var s similarity
	best := make([]float64, nearestPhrases)
	for i := range a.phrases {
		ph := &a.phrases[i]
		sim := ph.says(q)
		if i == 0 {
			s.title = sim
		}
		if at := slices.IndexFunc(best, func(b float64) bool { return sim > b }); at >= 0 {
			copy(best[at+1:], best[at:])
			best[at] = sim
		}
		words, pairs := ph.alike(q.wording)
		s.words, s.pairs = max(s.words, words), max(s.pairs, pairs)
	}
	n := min(nearestPhrases, len(a.phrases))
	for _, sim := range best[:n] {
		s.mean += sim / float64(n)
	}
	return s
}

// says is how near the phrase is to what a question says, 0 to 1.
func (p *phrase) says(q *inquiry) float64 {
	var both float64
	for _, t := range q.terms {
		if slices.Contains(p.stems, t.stem) {
			both += t.rarity
		}
	}
	if both == 0 {
		return 0
	}
	return both / math.Sqrt(q.total*p.weight)
}
