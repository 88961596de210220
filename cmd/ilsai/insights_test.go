package main

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/insight"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

func (s *shops) told(tenant string, domains ...string) insight.Shop {
	t := s.tenants[tenant]
	return insight.Shop{Tenant: assistant.Tenant{ID: t.ID, Name: t.Name, TimeZone: t.TimeZone, Currency: t.Currency}, Domains: domains}
}

// TestChangesAreTheShopsFigures compares what is told to have changed with SQL of this test's own: each cell, and
// that nothing that moves more was left out.
func TestChangesAreTheShopsFigures(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	columns := map[string]string{"category": "p.category", "brand": "p.brand", "store": "s.name", "": "''"}
	figures := map[string]string{"revenue": "SUM(l.net_cents)", "returns": "SUM(l.returned_quantity)"}
	for _, tenant := range []string{shop2, shop3} {
		all, err := s.app.insights.Search(t.Context(), s.told(tenant, "sales"), "")
		if err != nil || len(all) == 0 {
			t.Fatalf("%s: %d changes, %v", tenant, len(all), err)
		}
		again, err := s.app.insights.Search(t.Context(), s.told(tenant, "sales"), "  ")
		if err != nil || fmt.Sprint(again) != fmt.Sprint(all) {
			t.Errorf("%s: told otherwise the second time: %v", tenant, err)
		}
		for _, in := range all {
			column, ok := columns[in.Dimension]
			if !ok || len(in.Cells) != 3 || in.Plan == nil || in.Kind != insight.KindChange {
				t.Fatalf("%s: %+v", tenant, in)
			}
			sum := func(from, to string) float64 {
				rows := s.query(t, tenant, fmt.Sprintf(`SELECT %s FROM sale_lines l JOIN products p ON p.id = l.product_id JOIN stores s ON s.id = l.store_id
					WHERE l.business_date BETWEEN '%s' AND '%s' AND %s = '%s'`, figures[in.Metric], from, to, column, in.Value))
				n, _ := number(rows[0][0])
				return n
			}
			now, before := sum("2026-11-01", "2026-11-18"), sum("2026-10-01", "2026-10-18")
			for i, want := range []float64{now, before, 100 * (now - before) / before} {
				if got, _ := number(in.Cells[i].Value); math.Abs(got-want) > 1e-9*math.Abs(want) {
					t.Errorf("%s: %s: cell %d is %v, want %v", tenant, in.Text, i, in.Cells[i].Value, want)
				}
				if !strings.Contains(in.Text, strings.TrimLeft(in.Cells[i].Text, "+-")) {
					t.Errorf("%s: %q does not show %q", tenant, in.Text, in.Cells[i].Text)
				}
			}
			t.Logf("%s: %s | %s", tenant, in.Text, in.Question)
		}
	}
}

// TestSearchesOfTwoShops: each finds its own, whatever the other has looked up before.
func TestSearchesOfTwoShops(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	values := map[string]map[string]bool{}
	for _, tenant := range []string{shop2, shop3} {
		values[tenant] = map[string]bool{}
		for _, row := range s.query(t, tenant, "SELECT name FROM products UNION SELECT DISTINCT brand FROM products UNION SELECT DISTINCT category FROM products UNION SELECT name FROM stores") {
			values[tenant][row[0].(string)] = true
		}
	}
	const letters = "abcdefghijklmnopqrstuvwxyz"
	seen, took := 0, time.Duration(0)
	for range 2 { // before and after it is known
		for _, a := range letters {
			for _, tenant := range []string{shop2, shop3} {
				for _, text := range []string{string(a) + "a", string(a) + "o", string(a) + "e sales"} {
					began := time.Now()
					all, err := s.app.insights.Search(t.Context(), s.told(tenant, "sales"), text)
					took = max(took, time.Since(began))
					if err != nil {
						t.Fatal(err)
					}
					for _, in := range all {
						if in.Value != "" && !values[tenant][in.Value] {
							t.Errorf("%s is told of %q, which it has not", tenant, in.Value)
						}
						if in.Value != "" {
							seen++
						}
					}
				}
			}
		}
	}
	t.Logf("%d values found; the slowest search took %s", seen, took)
	if seen < 100 {
		t.Errorf("only %d values were found", seen)
	}
}

// TestSearchFinds what people type.
func TestSearchFinds(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	shop := s.told(shop3, "ophthalmic", "sales", "inventory", "patients")
	if _, err := s.app.insights.Suggestions(t.Context(), shop); err != nil { // reads the shop's data
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"ray": "Ray-Ban", "ray-ban": "Ray-Ban", "RAY BAN sales": "Ray-Ban", "frame": "Frames", "sunglasses": "Sunglasses",
		"revenue": "Revenue: ", "turnover": "Revenue: ", "average basket": "Average order value: ", "returns": "Returns: ",
	} {
		all, err := s.app.insights.Search(t.Context(), shop, text)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, in := range all {
			found = found || strings.Contains(in.Text, want)
		}
		if !found || len(all) > 8 {
			t.Errorf("%q finds %v, want %q", text, texts(all), want)
		}
	}
	for _, text := range []string{"zzzzqq", "?!", "' OR 1=1 --", "x"} {
		if all, err := s.app.insights.Search(t.Context(), shop, text); err != nil || text == "zzzzqq" && len(all) > 0 {
			t.Errorf("%q finds %v, %v", text, texts(all), err)
		}
	}
}

func texts(all []insight.Insight) (out []string) {
	for _, in := range all {
		out = append(out, in.Text)
	}
	return out
}

// TestSuggestionsHaveAnAnswer: what is suggested has rows now, and a shop without data is suggested nothing of it.
func TestSuggestionsHaveAnAnswer(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	for domain, most := range map[string]int{"sales": len(semantic.Sales().Suggestions), "inventory": len(semantic.Inventory().Suggestions), "patients": len(semantic.Patients().Suggestions)} {
		all, err := s.app.insights.Suggestions(t.Context(), s.told(shop3, domain))
		if err != nil || len(all) < 3 || len(all) > most {
			t.Errorf("%s: %v, %v", domain, all, err)
		}
		for _, one := range all {
			if one.QueryType != domain {
				t.Errorf("%s: %+v", domain, one)
			}
		}
	}
	nobody := s.told(shop3, "sales")
	nobody.ID = "nobody-here"
	if all, err := s.app.insights.Suggestions(context.Background(), nobody); err != nil || len(all) != 0 {
		t.Errorf("a shop without data is suggested %v, %v", all, err)
	}
}
