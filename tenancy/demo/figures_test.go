package demo_test

import (
	"math"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// soldLine is a line of sales as the generator made it.
type soldLine struct {
	day, category, store string
	net                  int64
}

func soldLines(t *testing.T, shop int) (out []soldLine) {
	t.Helper()
	tables, err := demo.Tables(demo.Shops()[shop].ID, tenantdb.DomainSales, seed, monday)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]map[int64]string{"stores": {}, "products": {}}
	for _, table := range tables {
		column := map[string]int{}
		for i, name := range table.Columns {
			column[name] = i
		}
		for row := range table.Rows {
			switch table.Name {
			case "stores":
				names["stores"][row[0].(int64)] = row[column["name"]].(string)
			case "products":
				names["products"][row[0].(int64)] = row[column["category"]].(string)
			case "sale_lines":
				out = append(out, soldLine{row[column["business_date"]].(string), names["products"][row[column["product_id"]].(int64)],
					names["stores"][row[column["store_id"]].(int64)], row[column["net_cents"]].(int64)})
			}
		}
	}
	return out
}

// TestSharesRunningTotalsAndYearsAgo: what is computed beside a metric is what one gets by adding the lines up in Go.
func TestSharesRunningTotalsAndYearsAgo(t *testing.T) {
	t.Parallel()
	c := newConfig(t, t.TempDir(), monday)
	mustSeed(t, c)
	const shop = 1
	lines := soldLines(t, shop)
	sum := func(from, to string, of func(soldLine) bool) (total int64) { // to is the last day
		for _, l := range lines {
			if l.day >= from && l.day <= to && of(l) {
				total += l.net
			}
		}
		return total
	}
	all := func(soldLine) bool { return true }
	snapshot, err := c.Data.Snapshot(t.Context(), demo.Shops()[shop].ID, tenantdb.DomainSales)
	if err != nil {
		t.Fatal(err)
	}
	defer snapshot.Close()
	table := func(plan string) *semantic.Table {
		t.Helper()
		p, err := semantic.ParsePlan([]byte(plan))
		if err != nil {
			t.Fatal(err)
		}
		b := &bothEngines{catalogue: semantic.Sales(), sqlite: snapshot, tables: map[string]bool{"sales_daily_stores": true, "sales_daily_categories": true}}
		made := b.run(t, semantic.SQLite, p, nil, true)
		if len(made.Rows) < 3 {
			t.Fatalf("%s: %d rows", plan, len(made.Rows))
		}
		return made
	}
	for _, row := range table(`{"metric":"revenue","by":["category"],"period":"last_month","as":"share"}`).Rows {
		of := func(l soldLine) bool { return l.category == row[0] }
		part, whole := sum("2026-10-01", "2026-10-31", of), sum("2026-10-01", "2026-10-31", all)
		if row[1] != part || math.Abs(row[2].(float64)-100*float64(part)/float64(whole)) > 1e-9 {
			t.Errorf("share: %v, want %d of %d", row, part, whole)
		}
	}
	var running int64
	for i, row := range table(`{"metric":"revenue","by":["month"],"period":"this_year","as":"running"}`).Rows {
		month := time.Date(2026, time.Month(i+1), 1, 0, 0, 0, 0, time.UTC)
		of := sum(month.Format(time.DateOnly), month.AddDate(0, 1, -1).Format(time.DateOnly), all)
		running += of
		if row[0] != month.Format(time.DateOnly) || row[1] != of || row[2] != running {
			t.Errorf("running total: %v, want %d, %d", row, of, running)
		}
	}
	for _, row := range table(`{"metric":"revenue","by":["store"],"period":"last_month","compare":"year_ago"}`).Rows {
		of := func(l soldLine) bool { return l.store == row[0] }
		now, before := sum("2026-10-01", "2026-10-31", of), sum("2025-10-01", "2025-10-31", of)
		if row[1] != now || row[2] != before || row[3] != now-before || math.Abs(row[4].(float64)-100*float64(now-before)/float64(before)) > 1e-9 {
			t.Errorf("a year ago: %v, want %d and %d", row, now, before)
		}
	}
}
