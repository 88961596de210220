package demo_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// rollups names the tables of a catalogue's rollups.
func rollups(c *semantic.Catalogue) []string {
	var out []string
	for _, f := range c.Facts {
		for _, r := range f.Rollups {
			if !slices.Contains(out, r.Table) {
				out = append(out, r.Table)
			}
		}
	}
	return out
}

// changes are what a shop's own programs do to its tables, by domain.
var changes = map[string][]string{
	"sales": {
		"UPDATE sale_lines SET quantity = quantity + 1, net_cents = net_cents + 100, gross_cents = gross_cents + 100 WHERE id % 977 = 0",
		"UPDATE sale_lines SET business_date = business_date - 3 WHERE id % 1009 = 0",
		"UPDATE sale_lines SET product_id = 2, staff_id = 1, store_id = 1 WHERE id % 991 = 0",
		"DELETE FROM sale_lines WHERE id % 31 = 0",
		"DELETE FROM sale_lines WHERE business_date = (SELECT max(business_date) FROM sale_lines)",
		"INSERT INTO sale_lines SELECT id + 10000000, order_id, business_date + 30, store_id, staff_id, customer_id, product_id, quantity, gross_cents, discount_cents, net_cents, cost_cents " +
			"FROM sale_lines WHERE id % 17 = 0",
		"UPDATE customers SET segment = 'Seniors' WHERE id % 50 = 0",
		"UPDATE customers SET segment = segment",
		"UPDATE products SET category = 'Frames', name = name || '.' WHERE id % 7 = 0",
		"TRUNCATE sale_lines",
	},
	"inventory": {
		"UPDATE stock_movements SET quantity = quantity - 1 WHERE kind = 'sale' AND id % 977 = 0",
		"UPDATE stock_movements SET business_date = business_date + 5, product_id = 3 WHERE id % 991 = 0",
		"DELETE FROM stock_movements WHERE id % 31 = 0",
		"INSERT INTO stock_movements SELECT id + 10000000, business_date - 40, store_id, product_id, kind, quantity FROM stock_movements WHERE id % 17 = 0",
		"TRUNCATE stock_movements",
	},
	"patients_anon": {
		"UPDATE visits SET diagnosis = 'Glaucoma' WHERE id % 7 = 0",
		"UPDATE visits SET business_date = business_date - 400 WHERE id % 11 = 0",
		"DELETE FROM visits WHERE id % 3 = 0",
		"INSERT INTO visits SELECT id + 10000000, patient_id, store_id, business_date + 30, 'Cataract', lens_type, sphere_hundredths FROM visits WHERE id % 5 = 0",
		"INSERT INTO visits SELECT id + 20000000, patient_id, store_id, business_date, diagnosis, lens_type, sphere_hundredths FROM visits WHERE id % 13 = 0",
		"UPDATE visits SET patient_id = (SELECT min(id) FROM patients) WHERE id % 17 = 0",
		"UPDATE patients SET birth_year = birth_year - 7 WHERE id % 5 = 0",
		"UPDATE patients SET insurance_plan = 'None', store_id = 1 WHERE id % 7 = 0",
		"UPDATE patients SET first_visit = first_visit + 1, recall_due = NULL WHERE id % 3 = 0",
		"UPDATE patients SET recall_due = '2026-12-01' WHERE id % 2 = 0",
		"TRUNCATE visits",
	},
}

// TestRollupsFollow: in PostgreSQL rollups say what their tables say, whatever is written to these.
func TestRollupsFollow(t *testing.T) {
	t.Parallel()
	server, err := storetest.StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	const differing = "SELECT count(*) FROM ((SELECT * FROM %[1]s EXCEPT ALL SELECT * FROM %[1]s_source) UNION ALL (SELECT * FROM %[1]s_source EXCEPT ALL SELECT * FROM %[1]s)) d"
	for _, catalogue := range semantic.Shipped() {
		domain := catalogue.Source()
		tables, err := demo.SmallTables(demo.Shops()[1].ID, domain, seed, monday)
		if err != nil {
			t.Fatal(err)
		}
		conn := fillPostgres(t, server, domain, tables)
		check := func(after string) {
			t.Helper()
			for _, table := range rollups(catalogue) {
				var wrong int
				if err := conn.QueryRow(t.Context(), fmt.Sprintf(differing, table)).Scan(&wrong); err != nil || wrong > 0 {
					t.Errorf("after %q: %d rows of %s are wrong, %v", after, wrong, table, err)
				}
			}
		}
		check("the tables were filled")

		for _, change := range changes[domain] {
			if tag, err := conn.Exec(t.Context(), change); err != nil || tag.RowsAffected() == 0 && tag.String() != "TRUNCATE TABLE" {
				t.Fatalf("%s: %v, %v", change, tag, err)
			}
			check(change)
		}
	}
}
