package assistant

import (
	"context"
	"errors"
	"regexp"
	"slices"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Recommendation is what a shop may offer for a question of optics: kinds of product that the cited
// passages lead to, and the shop's own products of those kinds that sell best, if it may be told.
type Recommendation struct {
	Kinds    []string  `json:"kinds"`
	Products []Product `json:"products"`
}

// Product is one of the shop's own.
type Product struct {
	Name string `json:"name"`
	Kind string `json:"kind"` // the shop's own category
}

// recommendedPlan finds what sells of a kind; the kind is put in as a value and never into text.
const (
	recommendedPlan  = `{"metric":"units","by":["product"],"where":[" kind"],"period":"last_90_days","order":"desc","limit":3}`
	domainSales      = "sales"
	maxKindsAnswered = 2
)

// asksForProducts is how staff ask what to sell. It decides only whether products are listed beside the answer.
var asksForProducts = regexp.MustCompile(`(?i)\b(recommend|suggest|offer|sell|propose|advise|give (him|her|them|a customer)|best|which|what) ?\b` +
	`.*\b(lens|lenses|frames?|glasses|sunglasses|goggles|contacts?|coating|solution|product|products|index|material|magnifier)\b|\b(recommend|suggest|offer|sell|propose)\b`)

// recommend adds kinds and products. That the shop's products cannot be read takes nothing from the answer.
func (r *run) recommend(ctx context.Context) {
	if !asksForProducts.MatchString(r.text) {
		return
	}
	rec := &Recommendation{Kinds: []string{}, Products: []Product{}}
	for _, h := range r.found.Hits {
		if !slices.ContainsFunc(r.answer.Passages, func(p PassageCitation) bool { return p.ID == h.ID }) {
			continue
		}
		for _, k := range h.Kinds {
			if !slices.Contains(rec.Kinds, k) {
				rec.Kinds = append(rec.Kinds, k)
			}
		}
	}
	if len(rec.Kinds) == 0 {
		return
	}
	r.answer.Recommended = rec
	if catalogue := r.catalogues[domainSales]; r.question.OwnProducts && catalogue != nil {
		began := r.now()
		for _, kind := range rec.Kinds[:min(len(rec.Kinds), maxKindsAnswered)] {
			products, err := r.selling(ctx, catalogue, kind)
			if err != nil {
				r.answer.ProductsErr = err
				break
			}
			rec.Products = append(rec.Products, products...)
		}
		r.answer.Timing.DBMS += milliseconds(r.now().Sub(began))
	}
}

// selling are the shop's best selling products of a kind; none, when it has no such category.
func (r *run) selling(ctx context.Context, c *semantic.Catalogue, kind string) (_ []Product, err error) {
	plan, err := semantic.ParsePlan([]byte(recommendedPlan))
	if err != nil {
		return nil, err
	}
	if err := plan.Validate(c); err != nil {
		return nil, err // a chain's own catalogue without these
	}
	window, err := plan.Place(c, r.started, r.location)
	if err != nil {
		return nil, err
	}
	snapshot, err := r.data.Snapshot(ctx, r.question.Tenant.ID, c.Domain)
	if err != nil {
		return nil, err
	}
	defer snapshot.Close()
	filters, err := r.values.resolve(ctx, snapshot, r.question.Tenant.ID, c, []string{kind})
	var unknown *semantic.UnknownValueError
	switch {
	case errors.As(err, &unknown), err == nil && (len(filters) != 1 || filters[0].Dimension != "category"):
		return nil, nil // the shop has no such category: there is nothing to recommend
	case err != nil:
		return nil, err
	}
	queries, err := Compile(snapshot, c, plan, filters, window, semantic.Window{})
	if err != nil {
		return nil, err
	}
	var out []Product
	for _, q := range queries {
		if q.Purpose != semantic.ForRows {
			continue
		}
		_, rows, err := snapshot.Query(ctx, q.SQL, q.Args, q.Limit)
		if err != nil {
			return nil, err
		}
		for _, row := range rows[:min(len(rows), plan.Limit)] {
			if name, ok := row[0].(string); ok {
				out = append(out, Product{Name: name, Kind: filters[0].Values[0]})
			}
		}
	}
	return out, nil
}
