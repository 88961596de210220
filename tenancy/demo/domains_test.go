package demo_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

func domainNumber(t testing.TB, db *tenantdb.DB, id ilsai.TenantID, domain, sql string) int64 {
	t.Helper()
	rows := domainQuery(t, db, id, domain, sql)
	n, ok := rows[0][0].(int64)
	if len(rows) != 1 || !ok {
		t.Fatalf("%s: got %v, want one number", sql, rows)
	}
	return n
}

// TestStockFollowsSales: what was sold left the store that sold it, on the day; what is on hand is what moved.
func TestStockFollowsSales(t *testing.T) {
	t.Parallel()
	c := newConfig(t, t.TempDir(), monday)
	mustSeed(t, c)
	for i, shop := range demo.Shops() {
		sold := domainQuery(t, c.Data, shop.ID, tenantdb.DomainSales, `SELECT business_date, store_id, product_id, SUM(quantity), SUM(returned_quantity)
			FROM sale_lines GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
		moved := domainQuery(t, c.Data, shop.ID, tenantdb.DomainInventory, `SELECT business_date, store_id, product_id, -SUM(CASE kind WHEN 'sale' THEN quantity ELSE 0 END),
			SUM(CASE kind WHEN 'return' THEN quantity ELSE 0 END) FROM stock_movements WHERE kind IN ('sale', 'return') GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`)
		if len(sold) < 4000 || fmt.Sprint(sold) != fmt.Sprint(moved) {
			t.Errorf("%s: %d groups were sold, %d moved, and they differ", shop.ID, len(sold), len(moved))
		}
		products := "SELECT name, category, brand, price_cents, cost_cents FROM products WHERE id <= %d ORDER BY id"
		n := number(t, c.Data, shop.ID, "SELECT COUNT(*) FROM products")
		if got, want := domainQuery(t, c.Data, shop.ID, tenantdb.DomainInventory, fmt.Sprintf(products, n)), query(t, c.Data, shop.ID, fmt.Sprintf(products, n)); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s: the two databases know different products", shop.ID)
		}
		for what, bounds := range map[string][2]int64{
			// books that balance: never below nothing, on any day, and what there is is what moved
			`SELECT COUNT(*) FROM stock_levels l WHERE on_hand <> (SELECT SUM(quantity) FROM stock_movements m WHERE m.store_id = l.store_id AND m.product_id = l.product_id)`:     {0, 0},
			`SELECT COUNT(*) FROM (SELECT SUM(quantity) OVER (PARTITION BY store_id, product_id ORDER BY id) AS stock FROM stock_movements) WHERE stock < 0`:                       {0, 0},
			`SELECT COUNT(*) FROM stock_levels l WHERE on_hand > 0 AND NOT EXISTS (SELECT 1 FROM stock_movements m WHERE m.store_id = l.store_id AND m.product_id = l.product_id)`: {0, 0},
			`SELECT COUNT(*) FROM (SELECT business_date, product_id FROM stock_movements WHERE kind = 'transfer' GROUP BY 1, 2 HAVING SUM(quantity) <> 0)`:                         {0, 0},
			`SELECT COUNT(*) FROM stock_movements WHERE kind = 'sale' AND quantity > 0 OR kind IN ('receipt', 'return') AND quantity < 0`:                                          {0, 0},
			// something to answer: sold out, low, to reorder, on order, overstocked, last season's
			"SELECT COUNT(*) FROM stock_levels WHERE on_hand = 0":                                                               {[]int64{4, 15, 30}[i], []int64{20, 70, 150}[i]},
			"SELECT COUNT(*) FROM stock_levels WHERE on_hand + on_order <= reorder_point":                                       {[]int64{5, 20, 40}[i], []int64{40, 150, 250}[i]},
			"SELECT COUNT(*) FROM stock_levels WHERE on_order > 0":                                                              {5, 250},
			"SELECT COUNT(*) FROM stock_levels l JOIN products p ON p.id = l.product_id WHERE discontinued = 1 AND on_hand > 0": {2, 35},
			"SELECT COUNT(DISTINCT supplier_id) FROM products":                                                                  {8, 13},
			"SELECT COUNT(*) FROM stock_movements WHERE kind = 'adjustment'":                                                    {10, 1000},
			"SELECT COUNT(*) FROM products p LEFT JOIN suppliers s ON s.id = p.supplier_id WHERE s.id IS NULL":                  {0, 0},
		} {
			if n := domainNumber(t, c.Data, shop.ID, tenantdb.DomainInventory, what); n < bounds[0] || n > bounds[1] {
				t.Errorf("%s: %s: got %d, want %d to %d", shop.ID, what, n, bounds[0], bounds[1])
			}
		}
	}
}

// TestPatientsArePlausible: files that agree with their visits, ages that agree with lenses, and nothing that names anybody.
func TestPatientsArePlausible(t *testing.T) {
	t.Parallel()
	c := newConfig(t, t.TempDir(), monday)
	mustSeed(t, c)
	for i, shop := range demo.Shops() {
		for what, bounds := range map[string][2]int64{
			"SELECT COUNT(*) FROM patients": {[]int64{800, 2500, 6000}[i], []int64{1400, 4200, 9000}[i]},
			"SELECT COUNT(*) FROM patients p WHERE first_visit <> (SELECT MIN(business_date) FROM visits v WHERE v.patient_id = p.id)":                                  {0, 0},
			"SELECT COUNT(*) FROM (SELECT 1 FROM visits GROUP BY patient_id, business_date HAVING COUNT(*) > 1)":                                                        {0, 0},
			"SELECT COUNT(*) FROM visits WHERE business_date > '2026-11-23'":                                                                                            {0, 0},
			"SELECT COUNT(*) FROM patients WHERE recall_due NOT LIKE '%-01'":                                                                                            {0, 0},
			"SELECT COUNT(*) FROM patients p JOIN visits v ON v.patient_id = p.id WHERE substr(business_date, 1, 4) - birth_year NOT BETWEEN 2 AND 90":                  {0, 0},
			"SELECT COUNT(*) FROM patients p JOIN visits v ON v.patient_id = p.id WHERE lens_type = 'Progressive' AND substr(business_date, 1, 4) - birth_year < 42":    {0, 0},
			"SELECT COUNT(*) FROM patients p JOIN visits v ON v.patient_id = p.id WHERE lens_type = 'Myopia control' AND substr(business_date, 1, 4) - birth_year > 17": {0, 0},
			"SELECT COUNT(*) FROM patients WHERE recall_due <= '2026-11-23'":                                                                                            {100, 2500},
			"SELECT COUNT(DISTINCT insurance_plan) FROM patients":                                                                                                       {4, 8},
			"SELECT COUNT(DISTINCT diagnosis) FROM visits":                                                                                                              {10, 12},
			"SELECT COUNT(*) FROM visits v JOIN patients p ON p.id = v.patient_id WHERE first_visit < business_date":                                                    {500, 12_000},
		} {
			if n := domainNumber(t, c.Data, shop.ID, tenantdb.DomainPatients, what); n < bounds[0] || n > bounds[1] {
				t.Errorf("%s: %s: got %d, want %d to %d", shop.ID, what, n, bounds[0], bounds[1])
			}
		}
		// a visit with new glasses is where and when they were ordered
		days := map[string]bool{}
		for _, row := range query(t, c.Data, shop.ID, "SELECT DISTINCT business_date || ' ' || store_id FROM sale_lines WHERE quantity > 0") {
			days[row[0].(string)] = true
		}
		for _, row := range domainQuery(t, c.Data, shop.ID, tenantdb.DomainPatients, "SELECT DISTINCT business_date || ' ' || store_id FROM visits WHERE business_date >= '2025-05-01'") {
			if !days[row[0].(string)] {
				t.Errorf("%s: a visit on %s, when nothing was sold", shop.ID, row[0])
			}
		}
	}
}

// TestTables: what another engine is filled with is what the files hold.
func TestTables(t *testing.T) {
	t.Parallel()
	c := newConfig(t, t.TempDir(), monday)
	mustSeed(t, c)
	shop := demo.Shops()[0].ID
	for _, domain := range demo.Domains() {
		tables, err := demo.Tables(shop, domain, seed, monday)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			var rows [][]any
			for row := range table.Rows {
				rows = append(rows, row)
			}
			for again := range table.Rows {
				if !slices.Equal(again, rows[0]) {
					t.Errorf("%s %s: the rows differ when read again", domain, table.Name)
				}
				break
			}
			want := domainQuery(t, c.Data, shop, domain, "SELECT "+strings.Join(table.Columns, ", ")+" FROM "+table.Name+" ORDER BY rowid")
			if len(want) == 0 || fmt.Sprint(rows) != fmt.Sprint(want) {
				t.Errorf("%s %s: %d rows, the file has %d, and they differ", domain, table.Name, len(rows), len(want))
			}
		}
	}
	if _, err := demo.Tables("nobody", tenantdb.DomainSales, seed, monday); ilsai.ErrorCode(err) != ilsai.CodeNotFound {
		t.Errorf("a shop that is none of the demo's: %v", err)
	}
	if _, err := demo.Tables(shop, "payroll", seed, monday); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
		t.Errorf("a domain that does not exist: %v", err)
	}
}

// A data directory of before there were stock and patients gets them, for the sales it has.
func TestSeedCompletesDomains(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newConfig(t, dir, monday)
	mustSeed(t, c)
	shop := demo.Shops()[1].ID
	whole := dump(t, c.Data, shop)
	for _, domain := range []string{tenantdb.DomainInventory, tenantdb.DomainPatients} {
		if err := os.Remove(filepath.Join(dir, "tenants", string(shop), domain+".db")); err != nil {
			t.Fatal(err)
		}
	}
	if r := mustSeed(t, c); len(r.Created) != 0 || len(r.Extended) != 1 || r.Extended[0] != shop {
		t.Errorf("got %+v, want the one shop completed", r)
	}
	if dump(t, c.Data, shop) != whole {
		t.Error("stock and patients made later differ from those made with the sales")
	}
}
