package main

import (
	"context"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/knowledge"
	"github.com/ils-platform/ilsai/tenancy"
)

// TestOphthalmicAnswers asks the real model: every answer is sentences of passages, word for word.
func TestOphthalmicAnswers(t *testing.T) {
	s := demoShops(t)
	corpus, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(tenant, text string) assistant.Answer {
		t.Helper()
		a, err := s.app.assistant.Ask(context.Background(), question(s.tenants[tenant], tenancy.QueryOphthalmic, text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return a
	}
	for text, want := range map[string]string{
		"Which index for -8.00?":                               "material-index-minus-8",
		"how do I take a PD with a ruler":                      "fitting-pd-ruler",
		"spider web cracks in the coating":                     "coating-crazing",
		"are normal glasses ok as safety glasses":              "standard-safety-en166",
		"what is category 3 on sunglasses":                     "sun-filter-categories",
		"has to lift his chin to read with the new varifocals": "problem-progressive-reading-low",
	} {
		a := ask("optical-shop-1", text)
		if !a.Plan.Knowledge || !a.Phrased || len(a.Passages) == 0 || a.TokensUsed == 0 {
			t.Errorf("%q: %q, phrased %v (%v), %d tokens", text, a.Answer, a.Phrased, a.PhrasingErr, a.TokensUsed)
			continue
		}
		found := false
		for _, p := range a.Passages {
			found = found || p.ID == want
			for _, q := range p.Sentences {
				if said := string([]rune(a.Answer)[q.Start:q.End]); !strings.Contains(corpus.Passage(p.ID).Text, said) {
					t.Errorf("%q: %q is not in %s", text, said, p.ID)
				}
			}
		}
		if !found {
			t.Errorf("%q: cites %v, want %s", text, a.Passages, want)
		}
	}
	if a := ask("optical-shop-1", "do I have glaucoma?"); a.Refer == "" || !strings.HasPrefix(a.Answer, corpus.Passage(knowledge.NoDiagnosis).Sentences[0]) {
		t.Errorf("a question for a diagnosis: %q", a.Answer)
	}
	if a := ask("optical-shop-1", "who won the cup"); a.Plan.Knowledge || a.Reason == "" {
		t.Errorf("a question about nothing here: %q", a.Answer)
	}
	for tenant, shop := range s.tenants {
		a := ask(tenant, "Which sunglasses do you recommend for driving?")
		own := tenancy.Allow(shop.Tier, tenancy.QuerySales) == nil
		if a.Recommended == nil || len(a.Recommended.Kinds) == 0 || (len(a.Recommended.Products) > 0) != own || a.ProductsErr != nil {
			t.Errorf("%s (%s): recommended %+v, %v", tenant, shop.Tier, a.Recommended, a.ProductsErr)
		}
	}
}
