package knowledge

import (
	"context"
	"fmt"
	"math"
	"slices"
	"sort"
	"strings"

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
	// Topical: a word of the question is of what the passage is about, its title or keywords.
	Topical bool
}

// Index finds passages. It is safe for concurrent use; the caller closes it.
type Index struct {
	corpus *Corpus
	terms  *termReader
	bleve  bleve.Index
	rarity map[string]float64         // of a stem, by how few passages have it
	topics map[string]map[string]bool // passage id → stems of its title and keywords
	words  []string                   // that stand in passages, for misspelt ones
	known  map[string]bool            // of words
}

// How often a passage's parts count in it, and what a corrected word is worth. One field for all of
// them, since a word's rarity is the corpus's and not the titles' alone.
const (
	titleTimes, keywordTimes, textTimes = 3, 3, 1
	correctedWeight                     = 0.7
	numberWeight                        = 0.6 // of a whole number: an age or an axis is rarely what a question is about

	mentioned = 0.8 // of a word that stands in a passage's text only, when a question's coverage is measured
)

// passageField is that field.
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
	x := &Index{corpus: c, terms: terms, bleve: b, rarity: map[string]float64{}, topics: map[string]map[string]bool{}, known: map[string]bool{}}
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
	field.Analyzer, field.Store, field.IncludeInAll, field.DocValues, field.IncludeTermVectors = stems, false, false, false, true
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
		seen, topic := map[string]bool{}, map[string]bool{}
		x.topics[p.ID] = topic
		var b strings.Builder
		for _, part := range []struct {
			text  string
			times int
		}{{p.Title, titleTimes}, {strings.Join(p.Keywords, " "), keywordTimes}, {p.Text, textTimes}} {
			for _, t := range x.terms.read(part.text) {
				b.WriteString(strings.Repeat(t.stem+" ", part.times))
				seen[t.stem] = true
				if part.times > textTimes {
					topic[t.stem] = true
				}
				if !x.known[t.word] {
					x.known[t.word] = true
					x.words = append(x.words, t.word)
				}
			}
		}
		if err := batch.Index(p.ID, map[string]any{passageField: b.String()}); err != nil {
			return err
		}
		for stem := range seen {
			in[stem]++
		}
	}
	for stem, n := range in {
		x.rarity[stem] = rarity(n, len(x.corpus.Passages))
	}
	sort.Strings(x.words)
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
	// minCoverage is how much of a question the best passage must hold, or nothing is found; measured in
	// docs/decisions/0016-knowledge-retrieval.md.
	minCoverage = 0.5
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
		if hits[0].Topical && hits[0].Coverage >= minCoverage && h.Score >= minShare*hits[0].Score {
			kept = append(kept, h)
		}
	}
	return x.finding(kept, question)
}

// rank returns the n passages nearest to a question, the best first, however far they are.
func (x *Index) rank(ctx context.Context, question string, n int) ([]Hit, error) {
	terms := x.asked(question)
	if len(terms) == 0 {
		return nil, nil
	}
	var total float64
	each := make([]query.Query, len(terms))
	for i, t := range terms {
		total += t.rarity
		q := bleve.NewTermQuery(t.stem)
		q.SetField(passageField)
		q.SetBoost(t.weight)
		each[i] = q
	}
	req := bleve.NewSearchRequestOptions(bleve.NewDisjunctionQuery(each...), n, 0, false)
	req.IncludeLocations = true
	res, err := x.bleve.SearchInContext(ctx, req)
	if err != nil {
		return nil, fmt.Errorf("knowledge: %w", err)
	}
	hits := make([]Hit, len(res.Hits))
	for i, h := range res.Hits {
		hits[i] = Hit{Passage: x.corpus.byID[h.ID], Score: h.Score, Coverage: x.covered(h, terms) / total, Topical: x.topical(h.ID, terms)}
	}
	return hits, nil
}

func (x *Index) covered(h *search.DocumentMatch, terms []asked) (sum float64) {
	for _, t := range terms {
		switch {
		case x.topics[h.ID][t.stem]:
			sum += t.rarity * t.weight
		case len(h.Locations[passageField][t.stem]) > 0:
			sum += t.rarity * t.weight * mentioned
		}
	}
	return sum
}

func (x *Index) topical(id string, terms []asked) bool {
	return slices.ContainsFunc(terms, func(t asked) bool { return x.topics[id][t.stem] })
}

// asked reads a question's terms, each once. A word that stands in no passage is taken for the nearest
// that does, if it is near.
func (x *Index) asked(question string) []asked {
	var out []asked
	seen := map[string]bool{}
	for _, t := range x.terms.read(question) {
		a := asked{stem: t.stem, weight: 1}
		known := x.rarity[a.stem] > 0
		if !known {
			if word := x.nearest(t.word); word != "" {
				a.stem, a.weight = x.terms.stem(word), correctedWeight
			}
		}
		a.rarity = x.rarity[a.stem]
		if a.rarity == 0 {
			a.rarity = rarity(0, len(x.corpus.Passages))
		}
		if wholeNumber(a.stem) {
			a.rarity *= numberWeight
		}
		if !seen[a.stem] {
			seen[a.stem] = true
			out = append(out, a)
		}
	}
	return out
}

func wholeNumber(stem string) bool {
	return strings.Trim(stem, "0123456789") == ""
}

// nearest is the word of the corpus that a misspelt one was meant as: same first letter, one letter
// wrong, from eight letters on two. "" is none.
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
		if d, far := search.LevenshteinDistanceMax(word, w, least-1); !far && d < least {
			best, least = w, d
		}
	}
	return best
}
