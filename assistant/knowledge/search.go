package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"sort"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search"
	"github.com/blevesearch/bleve/v2/search/query"
)

// Hit is a passage that a question may be about.
type Hit struct {
	*Passage
	Score float64
	// Coverage is the part of the question, by how telling its words are, that the passage holds: 0 to 1.
	Coverage float64
	// Topical: a word of the question is of what the passage is about, its title, keywords or questions.
	Topical bool

	evidence float64 // that it answers
}

// Index finds passages. It is safe for concurrent use; the caller closes it.
type Index struct {
	corpus *Corpus
	terms  *termReader
	bleve  bleve.Index
	rarity map[string]float64 // of a stem, by how few passages have it
	about  map[string]*about  // by passage id
	known  map[string]bool    // words of passages and of synonyms
	words  []string           // the same, sorted, for misspelt ones
}

// What words are worth.
const (
	correctedWeight = 0.9
	numberWeight    = 0.6 // of a whole number: an age or an axis is rarely what a question is about
	lightWeight     = 0.3 // of a light word

	mentioned = 0.8 // of a word that stands in a passage's text only, when a question's coverage is measured
)

// passageField is the one field of all parts of a passage, since a word's rarity is the corpus's and not the titles' alone.
const passageField = "passage"

// stems is bleve's analyzer of text that is terms already.
const stems = "stems"

// NewIndex reads the whole corpus into memory.
func NewIndex(c *Corpus) (*Index, error) {
	terms, err := newTermReader()
	if err != nil {
		return nil, err
	}
	m, err := indexMapping()
	if err != nil {
		return nil, err
	}
	b, err := bleve.NewUsing("", m, scorch.Name, scorch.Name, nil) // "": in memory
	if err != nil {
		return nil, fmt.Errorf("knowledge: %w", err)
	}
	x := &Index{corpus: c, terms: terms, bleve: b, rarity: map[string]float64{}, about: map[string]*about{}, known: terms.synonymWords()}
	if err := x.fill(); err != nil {
		return nil, fmt.Errorf("knowledge: %w", err)
	}
	return x, nil
}

func indexMapping() (mapping.IndexMapping, error) {
	m := bleve.NewIndexMapping()
	if err := m.AddCustomAnalyzer(stems, map[string]any{"type": custom.Name, "tokenizer": whitespace.Name}); err != nil {
		return nil, err
	}
	field := bleve.NewTextFieldMapping()
	field.Analyzer, field.Store, field.IncludeInAll, field.DocValues, field.IncludeTermVectors = stems, false, false, false, false
	doc := bleve.NewDocumentStaticMapping()
	doc.AddFieldMappingsAt(passageField, field)
	m.DefaultMapping, m.ScoringModel = doc, "bm25"
	return m, m.Validate()
}

func (x *Index) fill() error {
	batch := x.bleve.NewBatch()
	in := map[string]int{}
	for i := range x.corpus.Passages {
		p := &x.corpus.Passages[i]
		a := x.describe(p)
		x.about[p.ID] = a
		if err := batch.Index(p.ID, map[string]any{passageField: a.indexed()}); err != nil {
			return err
		}
		for stem := range a.stems {
			in[stem]++
		}
	}
	for stem, n := range in {
		x.rarity[stem] = rarity(n, len(x.corpus.Passages)) * x.terms.weight(stem)
	}
	for _, a := range x.about {
		a.weigh(x.rarity)
	}
	x.words = slices.Sorted(maps.Keys(x.known))
	return x.bleve.Batch(batch)
}

func rarity(in, of int) float64 { return math.Log(1 + (float64(of-in)+0.5)/(float64(in)+0.5)) }

// Close frees the index.
func (x *Index) Close() error { return x.bleve.Close() }

// asked is a term of a question.
type asked struct {
	stem   string
	weight float64 // 1, less when it was corrected
	rarity float64
}

// Bounds of what is found.
const (
	MaxHits = 3
	// minEvidence is what must speak for the best passage, or nothing is found.
	minEvidence = 1.9
	// minShare of the best one's score is what the others must have.
	minShare = 0.3
)

// Find looks for the passages that answer a question.
func (x *Index) Find(ctx context.Context, question string) (Finding, error) {
	hits, err := x.rank(ctx, question, MaxHits)
	if err != nil {
		return Finding{}, err
	}
	kept := hits[:0]
	for _, h := range hits {
		if hits[0].Topical && hits[0].evidence >= minEvidence && h.Score >= minShare*hits[0].Score {
			kept = append(kept, h)
		}
	}
	return x.finding(kept, question)
}

// candidates are how many passages bleve finds for rank to choose among.
const candidates = 40

// rank returns the n passages nearest to a question, the best first, however far they are.
func (x *Index) rank(ctx context.Context, question string, n int) ([]Hit, error) {
	terms := x.asked(question)
	if len(terms) == 0 {
		return nil, nil
	}
	var total, ofOptics float64
	each := make([]query.Query, len(terms))
	for i, t := range terms {
		total += t.rarity
		if x.terms.optics[t.stem] {
			ofOptics = opticsWeight
		}
		q := bleve.NewTermQuery(t.stem)
		q.SetField(passageField)
		q.SetBoost(t.weight * x.terms.weight(t.stem))
		each[i] = q
	}
	req := bleve.NewSearchRequestOptions(bleve.NewDisjunctionQuery(each...), candidates, 0, false)
	res, err := x.bleve.SearchInContext(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("knowledge: %w", err)
	}
	hits := make([]Hit, len(res.Hits))
	for i, h := range res.Hits {
		a := x.about[h.ID]
		held := a.covers(terms)
		like, title, pairs := a.like(terms, total)
		score := coverageWeight*held/total + likenessWeight*like + titleWeight*title + pairsWeight*pairs
		hits[i] = Hit{
			Passage: x.corpus.byID[h.ID], Coverage: held / total, Topical: a.topical(terms),
			Score: score, evidence: score + heldWeight*held + ofOptics,
		}
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits[:min(n, len(hits))], nil
}

// asked reads a question's terms, each once. A word that stands in no passage is taken for the nearest
// that does, if it is near.
func (x *Index) asked(question string) []asked {
	words := wordsOf(question)
	corrected := map[string]bool{}
	for i, w := range words {
		if x.known[w] || x.terms.stop[w] || x.rarity[x.terms.stem(w)] > 0 {
			continue
		}
		if word := x.nearest(w); word != "" {
			words[i], corrected[word] = word, true
		}
	}
	var out []asked
	seen := map[string]bool{}
	for _, t := range x.terms.terms(words) {
		if seen[t.stem] {
			continue
		}
		seen[t.stem] = true
		a := asked{stem: t.stem, weight: 1, rarity: x.rarity[t.stem]}
		if corrected[t.word] {
			a.weight = correctedWeight
		}
		if a.rarity == 0 {
			a.rarity = rarity(0, len(x.corpus.Passages)) * x.terms.weight(a.stem)
		}
		out = append(out, a)
	}
	return out
}

// nearest is the word of the corpus that a misspelt one was meant as: same first letter, one letter too many or
// too few, from eight letters on two, or two neighbours swapped. A letter in another's place makes another word more
// often than an error ("flour" is no "floor"), so up to nine letters it is none. "" is no such word.
func (x *Index) nearest(word string) string {
	if len(word) < 5 || isDigit(word[0]) {
		return ""
	}
	limit := 1
	if len(word) >= 8 {
		limit = 2
	}
	best, least := "", limit+1
	from := sort.SearchStrings(x.words, word[:1])
	for _, w := range x.words[from:] {
		if w[0] != word[0] {
			break
		}
		if len(w) == len(word) && len(word) < 10 {
			if least > 1 && swapped(w, word) {
				best, least = w, 1
			}
			continue
		}
		if d, far := search.LevenshteinDistanceMax(word, w, least-1); !far && d < least {
			best, least = w, d
		}
	}
	return best
}

// swapped says whether two words of the same length differ by two neighbouring letters only.
func swapped(a, b string) bool {
	for i := range a {
		if a[i] != b[i] {
			return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}
