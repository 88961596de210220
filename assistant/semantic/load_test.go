package semantic_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

func TestSalesCatalogue(t *testing.T) {
	c := semantic.Sales()
	if c.Domain != "sales" || c.Metric("revenue") == nil || c.Dimension("week").Time != semantic.Week {
		t.Fatalf("the shipped catalogue lacks what every test relies on: %+v", c)
	}
	var order []string
	for _, d := range c.Filterable() {
		order = append(order, d.ID)
	}
	if got, want := strings.Join(order, " "), "category segment brand store staff product"; got != want {
		t.Errorf("filterable dimensions %q, want %q", got, want)
	}
	if m := c.Metric("average_order_value"); m.SQL.For(semantic.SQLite) == m.SQL.For(semantic.Postgres) {
		t.Error("each engine has its own expression for average_order_value")
	}
	if c.Metric("customers").HasTotal() || !c.Metric("orders").HasTotal() {
		t.Error("additive is not read")
	}
}

const small = `domain: sales
version: 1
title: Sales
fact:
  from: lines f
  date: f.day
metrics:
  - {id: revenue, label: Revenue, unit: money, empty: zero, sql: SUM(f.cents)}
dimensions:
  - {id: product, label: Product, plural: products, sql: f.product, values: SELECT product FROM lines}
  - {id: day, label: Day, plural: days, time: day}
suggestions: [a, b, c]
`

func TestParseRefuses(t *testing.T) {
	if _, err := semantic.Parse("small.yaml", []byte(small)); err != nil {
		t.Fatalf("the small catalogue itself: %v", err)
	}
	tests := []struct{ name, old, new, want string }{
		{"unknown key", "title: Sales", "titel: Sales", "[3:1]"},
		{"unknown key in a metric", "label: Revenue", "label: Revenue, colour: red", "[8:"},
		{"double key", "version: 1", "version: 1\nversion: 1", "[3:1]"},
		{"wrong type", "version: 1", "version: one", "[2:10]"},
		{"other version", "version: 1", "version: 2", "version 2"},
		{"upper-case id", "id: revenue", "id: Revenue", "Revenue"},
		{"quote in an id", "id: revenue", `id: 'rev"enue'`, "rev"},
		{"reserved id", "id: revenue", "id: change_rate", "reserved"},
		{"id used twice", "id: product", "id: revenue", "twice"},
		{"brace in a label", "label: Revenue", "label: 'Revenue {r1}'", "label"},
		{"unknown unit", "unit: money", "unit: euros", "unit"},
		{"unknown empty", "empty: zero", "empty: null", "empty"},
		{"no sql", ", sql: SUM(f.cents)", "", "sql"},
		{"sql for one engine", "sql: SUM(f.cents)", "sql: {sqlite: SUM(f.cents)}", "sqlite and postgres"},
		{"unknown step", "time: day", "time: hour", "hour"},
		{"time with sql", "time: day", "time: day, sql: f.day", "either"},
		{"too few suggestions", "[a, b, c]", "[a]", "suggestions"},
		{"filter order", "suggestions:", "filter_order: [day]\nsuggestions:", "day"},
		{"bad example", "suggestions:", "examples:\n  - {question: q, plan: '{\"metric\":\"profit\",\"period\":\"default\"}'}\nsuggestions:", "profit"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := strings.Replace(small, tt.old, tt.new, 1)
			if broken == small {
				t.Fatal("the case changes nothing")
			}
			_, err := semantic.Parse("broken.yaml", []byte(broken))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), "broken.yaml") {
				t.Errorf("error %v does not name the file and %q", err, tt.want)
			}
		})
	}
}

func TestLoadDir(t *testing.T) {
	dir := t.TempDir()
	if _, err := semantic.LoadDir(dir); err == nil {
		t.Error("a directory without catalogues was accepted")
	}
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.yaml", small)
	write("b.yaml", strings.Replace(small, "domain: sales", "domain: stock", 1))
	got, err := semantic.LoadDir(dir)
	if err != nil || len(got) != 2 || got[0].Domain != "sales" || got[1].Domain != "stock" {
		t.Fatalf("LoadDir = %v, %v", got, err)
	}
	write("c.yaml", small)
	if _, err := semantic.LoadDir(dir); err == nil || !strings.Contains(err.Error(), "a.yaml and c.yaml") {
		t.Errorf("two catalogues of one domain: %v", err)
	}
}
