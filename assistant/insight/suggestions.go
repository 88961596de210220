package insight

import (
	"context"

	"github.com/ils-platform/ilsai/assistant"
)

// Suggestion is a question that has an answer now.
type Suggestion struct {
	Question  string `json:"question"`
	QueryType string `json:"query_type"`
}

// optics are suggested where there are passages on it.
var optics = []string{
	"What is the difference between polycarbonate and high-index lenses?",
	"How do I measure the fitting height of progressive lenses?",
	"Which coatings help against reflections?",
	"How should soft contact lenses be cleaned?",
}

// Suggestions are questions that the shop's data can answer now, each domain's in the catalogue's order, the
// domains taking turns. Errors are those of the data source.
func (s *Service) Suggestions(ctx context.Context, shop Shop) ([]Suggestion, error) {
	var lists [][]Suggestion
	for _, domain := range shop.Domains {
		if domain == DomainOphthalmic && s.o.Library != nil {
			lists = append(lists, suggestionsOf(domain, optics))
		}
	}
	for _, c := range s.catalogues(shop) {
		f, err := s.look(ctx, shop.Tenant, c)
		if err != nil {
			return nil, err
		}
		lists = append(lists, suggestionsOf(c.Domain, f.suggestions))
	}
	out := []Suggestion{}
	for i, more := 0, true; more; i++ {
		more = false
		for _, list := range lists {
			if i < len(list) {
				out, more = append(out, list[i]), true
			}
		}
	}
	return out, nil
}

func suggestionsOf(domain string, questions []string) []Suggestion {
	out := make([]Suggestion, len(questions))
	for i, q := range questions {
		out[i] = Suggestion{Question: q, QueryType: domain}
	}
	return out
}

// suggestions leaves out those whose plan gives no row with a figure. One whose plan is not known stays, as long as
// there is any data.
func (r reader) suggestions(ctx context.Context) ([]string, error) {
	var out []string
	answered := 0
	for _, question := range r.catalogue.Suggestions {
		p, known := r.catalogue.SuggestionPlan(question)
		if known {
			t, _, _, err := r.table(ctx, p)
			if err != nil {
				return nil, err
			}
			if !tells(t.Rows, len(p.By)) {
				continue
			}
			answered++
		}
		out = append(out, question)
	}
	if answered == 0 {
		return nil, nil
	}
	return out, nil
}

// tells says whether a row has a figure that is not nothing. What is not shown is no figure.
func tells(rows [][]any, metric int) bool {
	for _, row := range rows {
		if v, ok := assistant.Figure(row[metric]); ok && v != 0 {
			return true
		}
	}
	return false
}
