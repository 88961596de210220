package knowledge

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/index/scorch"
	"github.com/blevesearch/bleve/v2/mapping"
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

	vocabulary vocabulary
	known      map[string]bool // words of passages and of synonyms
	words      []string        // the same, sorted, for misspelt ones
}

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
	x := &Index{corpus: c, terms: terms, bleve: b, rarity: map[string]float64{}, about: map[string]*about{}, vocabulary: vocabulary{}, known: terms.synonymWords()}
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

// Bounds of what is found.
const (
	MaxHits = 3
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
	q := x.read(question)
	if len(q.terms) == 0 {
		return nil, nil
	}
	each := make([]query.Query, len(q.terms))
	for i, t := range q.terms {
		term := bleve.NewTermQuery(t.stem)
		term.SetField(passageField)
		term.SetBoost(x.terms.weight(t.stem))
		each[i] = term
	}
	res, err := x.bleve.SearchInContext(ctx, bleve.NewSearchRequestOptions(bleve.NewDisjunctionQuery(each...), candidates, 0, false))
	if err != nil {
		return nil, fmt.Errorf("knowledge: %w", err)
	}
	hits := make([]Hit, len(res.Hits))
	for i, h := range res.Hits {
		hits[i] = x.about[h.ID].hit(q)
		hits[i].Passage = x.corpus.byID[h.ID]
	}
	slices.SortStableFunc(hits, func(a, b Hit) int { return cmp.Compare(b.Score, a.Score) })
	return hits[:min(n, len(hits))], nil
}
