package main

import (
	"context"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/assistant/semantic/gbnftest"
)

// givenPlans is the default model, but for plans: each is given.
type givenPlans struct {
	assistant.Generator
	plan semantic.Plan
}

func (p *givenPlans) Generate(ctx context.Context, g assistant.Generation) (assistant.Completion, error) {
	if strings.HasPrefix(g.System, "plan ") {
		return assistant.Completion{Text: p.plan.String()}, nil
	}
	return p.Generator.Generate(ctx, g)
}

// shapes of rows that a sentence is to be true of.
var shapes = map[string]func(assistant.Answer) bool{
	"rise": func(a assistant.Answer) bool { return changed(a, 1) }, "fall": func(a assistant.Answer) bool { return changed(a, -1) },
	"tie": func(a assistant.Answer) bool {
		m := len(a.Plan.By)
		return a.Plan.Order != "" && len(a.Data.Rows) > 1 && a.Data.Rows[0][m] == a.Data.Rows[1][m]
	},
	"single row": func(a assistant.Answer) bool { return len(a.Data.Rows) == 1 }, "no row": func(a assistant.Answer) bool { return len(a.Data.Rows) == 0 },
	"many rows": func(a assistant.Answer) bool { return len(a.Data.Rows) > 5 }, "a period that goes on": func(a assistant.Answer) bool { return a.Period.Partial },
	"figures not shown": func(a assistant.Answer) bool { return a.Data.Suppressed }, "series": func(a assistant.Answer) bool { return a.Chart == assistant.ChartLine },
}

func changed(a assistant.Answer, sign float64) bool {
	if a.Plan.Compare == "" || len(a.Data.Rows) == 0 {
		return false
	}
	rate, ok := assistant.Figure(a.Data.Rows[0][len(a.Plan.By)+3])
	return ok && rate*sign > 0
}

// TestSentencesKeepToTheirRows has the default model write sentences over the rows of plans of every shape, as likely as the
// grammar makes them, and recomputes what each claims.
func TestSentencesKeepToTheirRows(t *testing.T) {
	plans := 20 // of each catalogue
	if fullBars() {
		plans = 2000
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	s := demoShops(t)
	tenant := s.tenants["optical-shop-3"]
	g := &givenPlans{Generator: s.app.model}
	a, err := assistant.New(assistant.Options{Generator: g, Data: dataSource{s.app}, Catalogues: semantic.Shipped(), Now: func() time.Time { return testNow }})
	if err != nil {
		t.Fatal(err)
	}
	const values = "(ray-ban) (oakley) (frames) (contact lenses) (downtown) (old town) (seniors) (alcon) (myopia) (progressive)"
	seen := map[string]int{}
	for _, catalogue := range semantic.Shipped() {
		grammar, err := gbnftest.Parse(semantic.PlanGrammar(catalogue, values))
		if err != nil {
			t.Fatal(err)
		}
		written, kept := 0, 0
		for written < plans {
			p, err := semantic.ParsePlan([]byte(grammar.Random(r, 40+r.IntN(160))))
			if err != nil {
				t.Fatal(err)
			}
			if p.Unsupported != "" {
				continue
			}
			if p.Compare == "" && p.As == "" && r.IntN(3) == 0 { // rare in what the grammar makes, and what sentences are about
				q := p
				q.Compare = semantic.ComparePrevious
				if q.Validate(catalogue) == nil {
					p = q
				}
			}
			g.plan = p
			q := question(tenant, "", semantic.Words(catalogue, p, nil)+" "+values)
			q.QueryType = catalogue.Domain
			got, err := a.Ask(t.Context(), q)
			if err != nil {
				t.Fatalf("%s: %v", p, err)
			}
			if got.Unknown != nil {
				continue
			}
			written++
			for name, has := range shapes {
				if has(got) {
					seen[name]++
				}
			}
			if got.Phrased {
				kept++
			} else if got.PhrasingErr != nil {
				t.Logf("%s: not shown: %v", p, got.PhrasingErr)
			}
			if wrong := got.Contradictions(); len(wrong) > 0 {
				t.Errorf("%s: %q: %v", p, got.Answer, wrong)
			}
		}
		t.Logf("%s: %d answers, %d in the model's words", catalogue.Domain, written, kept)
	}
	for name := range shapes {
		if seen[name] == 0 && fullBars() { // few plans do not meet every shape each time
			t.Errorf("no plan's rows were of the shape %q", name)
		}
	}
	t.Logf("%v", seen)
}
