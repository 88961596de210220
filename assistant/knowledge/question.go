package knowledge

import (
	"slices"
	"sort"

	"github.com/blevesearch/bleve/v2/search"
)

// What words are worth.
const (
	numberWeight = 0.6 // of a whole number: an age or an axis is rarely what a question is about
	lightWeight  = 0.3 // of a light word

	mentioned = 0.8 // of a word that stands in a passage's text only, when a question's coverage is measured
)

// asked is a term of a question.
type asked struct {
	stem   string
	rarity float64
}

// inquiry is a question as it is compared with passages.
type inquiry struct {
	terms  []asked // each once
	total  float64 // the weight of all terms
	rarest float64 // the rarity of a word that no passage has
	optics bool    // a term is of optics alone
	wording
}

// read takes a word that stands in no passage for the nearest that does, if it is near.
func (x *Index) read(question string) *inquiry {
	words := wordsOf(question)
	for i, w := range words {
		if x.known[w] || x.terms.stop[w] || x.rarity[x.terms.stem(w)] > 0 {
			continue
		}
		if word := x.nearest(w); word != "" {
			words[i] = word
		}
	}
	q := &inquiry{rarest: rarity(0, len(x.corpus.Passages)), wording: x.vocabulary.wording(x.terms.stems(words))}
	for _, t := range x.terms.terms(words) {
		if slices.ContainsFunc(q.terms, func(a asked) bool { return a.stem == t.stem }) {
			continue
		}
		a := asked{stem: t.stem, rarity: x.rarity[t.stem]}
		if a.rarity == 0 {
			a.rarity = q.rarest * x.terms.weight(a.stem)
		}
		q.terms = append(q.terms, a)
		q.total += a.rarity
		q.optics = q.optics || x.terms.optics[a.stem]
	}
	return q
}

// nearest is the word of the corpus that a misspelt one was meant as: same first letter, one letter too many or
// too few, from ten letters on two, or two neighbours swapped. "" is none. A letter in another's place makes another
// word more often than an error, as a letter more or less does in a short one ("flour" is neither "floor" nor "four").
func (x *Index) nearest(word string) string {
	if len(word) < 5 || isDigit(word[0]) {
		return ""
	}
	limit := 1
	if len(word) >= longWord {
		limit = 2
	}
	best, least := "", limit+1
	from := sort.SearchStrings(x.words, word[:1])
	for _, w := range x.words[from:] {
		if w[0] != word[0] {
			break
		}
		if len(w) == len(word) && len(word) < longWord {
			if swapped(w, word) {
				return w
			}
			continue
		}
		if len(word) < 6 {
			continue
		}
		if d, far := search.LevenshteinDistanceMax(word, w, least-1); !far && d < least {
			best, least = w, d
		}
	}
	return best
}

// longWord is how many letters a word has that is not easily another by a change of two.
const longWord = 10

// swapped says whether two words of the same length differ by two neighbouring letters only.
func swapped(a, b string) bool {
	for i := range a {
		if a[i] != b[i] {
			return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}
