package insight

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Bounds of a search.
const (
	MaxQueryRunes = 200
	maxFound      = 8
	maxPerKind    = 3
	// enough of the letters of a query must be found in a candidate, or all of the candidate in the query.
	enough = 0.4
	// readTimeout bounds what is read in the background.
	readTimeout = 10 * time.Second
)

// searched are the dimensions whose values a search finds: things and places of the shop, never people.
var searched = []string{"product", "brand", "category", "store", "supplier"}

// Search tells what a search term may mean. It waits for the shop's data no longer than Options.Patience: what was
// last read of it is looked through then. Without a term it tells what has changed,
// and does wait. Errors are those of the data source and the library.
func (s *Service) Search(ctx context.Context, shop Shop, text string) ([]Insight, error) {
	text = semantic.Normalize(text)
	query := words(text)
	waiting, cancel := context.WithTimeout(ctx, s.o.Patience)
	defer cancel()
	var values, changes []scored
	out := []Insight{}
	for _, c := range s.catalogues(shop) {
		var f found
		if len(query) == 0 {
			var err error
			if f, err = s.look(ctx, shop.Tenant, c); err != nil {
				return nil, err
			}
			out = append(out, f.changes...)
			continue
		}
		f = s.recent(waiting, shop, c)
		values = append(values, matching(query, c, f.values)...)
		for _, in := range f.changes {
			m := match(query, in.Value)
			if in.Value == "" {
				m = match(query, c.Metric(in.Metric).Words...)
			}
			if m >= enough {
				changes = append(changes, scored{in, m})
			}
		}
	}
	if len(query) == 0 {
		slices.SortStableFunc(out, heavier)
		return out[:min(len(out), maxChanges)], nil
	}
	out = append(out, best(changes)...)
	out = append(out, best(values)...)
	out = append(out, best(s.metrics(shop, query))...)
	passages, err := s.passages(ctx, shop, text)
	if err != nil {
		return nil, err
	}
	out = append(out, passages...)
	return out[:min(len(out), maxFound)], nil
}

func heavier(a, b Insight) int {
	switch {
	case a.weight > b.weight:
		return -1
	case a.weight < b.weight:
		return 1
	}
	return strings.Compare(a.Text, b.Text)
}

// recent is what is known of a shop's domain. When there is something newer, it is read in the background, waited for
// until patience is over, and what was known before is returned then.
func (s *Service) recent(ctx context.Context, shop Shop, c *semantic.Catalogue) found {
	key := cacheKey{shop.ID, c.Domain}
	if f, ok := s.known(shop.Tenant, c); ok {
		return f
	}
	over, mine := s.cache.begin(key)
	if mine && s.ctx.Err() == nil {
		s.work.Go(func() {
			defer s.cache.end(key)
			ctx, cancel := context.WithTimeout(s.ctx, readTimeout)
			defer cancel()
			if _, err := s.look(ctx, shop.Tenant, c); err != nil {
				s.o.Logger.Debug("a shop's data could not be looked through", "tenant", shop.ID, "domain", c.Domain, "cause", err)
			}
		})
	} else if mine {
		s.cache.end(key)
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
	return s.cache.last(key)
}

// metrics are figures that can be asked for. They are the catalogue's, the same for every shop.
func (s *Service) metrics(shop Shop, query []string) []scored {
	var out []scored
	for _, c := range s.catalogues(shop) {
		for _, m := range c.Metrics {
			if n := match(query, append([]string{m.Label}, m.Words...)...); n >= enough {
				out = append(out, scored{Insight{
					Kind: KindMetric, QueryType: c.Domain, Metric: m.ID, Text: m.Label + ": " + m.About, Question: ask(&m, ""),
				}, n})
			}
		}
	}
	return out
}

// ask is a question for a metric, of one value of the shop.
func ask(m *semantic.Metric, value string) string {
	what := strings.ToLower(m.Label)
	if value != "" {
		what += " of " + value
	}
	if m.Point() {
		return fmt.Sprintf("What is the %s now?", what)
	}
	return fmt.Sprintf("What was the %s this month?", what)
}

// passages are what to read on optics.
func (s *Service) passages(ctx context.Context, shop Shop, text string) ([]Insight, error) {
	if s.o.Library == nil || !slices.Contains(shop.Domains, DomainOphthalmic) {
		return nil, nil
	}
	all, err := s.o.Library.Find(ctx, text)
	if err != nil {
		return nil, err
	}
	var out []Insight
	for _, p := range all[:min(len(all), maxPerKind)] {
		out = append(out, Insight{Kind: KindPassage, QueryType: DomainOphthalmic, Text: p.Title, Question: "What should I know about " + p.Title + "?", Passage: p.ID})
	}
	return out, nil
}

// values are what the shop has. A protected catalogue's are left out: that there is one at all may be telling.
func (r reader) values(ctx context.Context) ([]candidate, error) {
	if r.catalogue.Protected() {
		return nil, nil
	}
	var out []candidate
	for _, d := range r.catalogue.Filterable() {
		if !slices.Contains(searched, d.ID) {
			continue
		}
		_, rows, err := r.snapshot.Query(ctx, d.Values, nil, maxValues)
		if err != nil {
			return nil, err
		}
		for _, row := range rows {
			value, ok := row[0].(string)
			if w := words(value); ok && len(w) > 0 {
				out = append(out, candidate{dimension: d, value: value, words: w})
			}
		}
	}
	return out, nil
}

// maxValues is how many of one dimension are looked through.
const maxValues = 5000
