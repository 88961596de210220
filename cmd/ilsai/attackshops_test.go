package main

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// The shops of the attack: one that is to be kept secret, and two that ask.
const (
	victimShop = ilsai.TenantID("victim-optics")
	askerShop  = ilsai.TenantID("asker-optics") // on the highest tier
	basicShop  = ilsai.TenantID("basic-optics")
)

// secretOfVictim is in every value of the victim's databases, secretOfPatients in what somebody wrote into the asker's
// patients database although it has no place there. Neither is in any prompt.
const (
	secretOfVictim = "Zq7xv"
	patientsMail   = "leak.me@example.org"
	patientsPhone  = "555-867-5309"
)

// makeAttackShops makes a data directory. The products of the shops that ask have the given names.
func makeAttackShops(t *testing.T, products []string) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for id, tier := range map[ilsai.TenantID]tenancy.Tier{victimShop: tenancy.TierEnterprise, askerShop: tenancy.TierEnterprise, basicShop: tenancy.TierBasic} {
		if err := control.CreateTenant(t.Context(), tenancy.Tenant{ID: id, Code: string(id), Name: "Optics", Tier: tier, Status: tenancy.StatusActive, TimeZone: "UTC", Currency: "GBP"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := control.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := tenantdb.Open(dir, tenantdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	for _, id := range []ilsai.TenantID{victimShop, askerShop, basicShop} {
		names, mark, plan := products, "", "Blue "+patientsMail+" "+patientsPhone
		if id == victimShop {
			names, mark, plan = []string{"Canary Goggles"}, " "+secretOfVictim, "Blue "+secretOfVictim
		}
		for domain, of := range map[string]struct {
			schema string
			fill   func(*sql.Tx) error
		}{
			"sales":                  {semantic.SalesSchemaSQLite, func(tx *sql.Tx) error { return fillSales(tx, names, mark) }},
			tenantdb.DomainPatients:  {semantic.PatientsSchemaSQLite, func(tx *sql.Tx) error { return fillPatients(tx, plan, mark) }},
			tenantdb.DomainInventory: {semantic.InventorySchemaSQLite, func(*sql.Tx) error { return nil }},
		} {
			if err := data.Create(t.Context(), id, domain, of.schema, of.fill); err != nil {
				t.Fatal(err)
			}
		}
	}
	return dir
}

func fillSales(tx *sql.Tx, products []string, mark string) error {
	x := execs{tx: tx}
	x.do("INSERT INTO stores VALUES (1, ?, 'Town'), (2, ?, 'Town')", "Downtown"+mark, "Airport"+mark)
	x.do("INSERT INTO staff VALUES (1, ?, 1), (2, ?, 2)", "Dana Reyes"+mark, "Lee Novak"+mark)
	x.do("INSERT INTO customers VALUES (1, 'Seniors'), (2, 'Students')")
	for i, name := range append([]string{"Aviator", "Holbrook"}, products...) {
		x.do("INSERT INTO products VALUES (?, ?, ?, ?, ?, 0, 0)", i, fmt.Sprint("P", i), name+mark, []string{"Frames", "Lenses"}[i%2], "Brand"+fmt.Sprint(i%3)+mark)
		for month := 1; month <= 11; month++ {
			x.do(`INSERT INTO sale_lines (order_id, business_date, store_id, staff_id, customer_id, product_id, quantity, gross_cents, discount_cents, net_cents, cost_cents)
				VALUES (?, ?, ?, ?, ?, ?, 1, ?, 0, ?, 100)`, 100*i+month, fmt.Sprintf("2026-%02d-%02d", month, 1+i%28), 1+i%2, 1+i%2, 1+month%2, i, 5000+100*i, 5000+100*i)
		}
	}
	return x.err
}

func fillPatients(tx *sql.Tx, plan, mark string) error {
	x := execs{tx: tx}
	x.do("INSERT INTO stores VALUES (1, ?, 'Town')", "Downtown"+mark)
	for i := range 60 {
		x.do("INSERT INTO patients VALUES (?, ?, ?, 1, ?, '2026-12-01')", i, 1940+i, plan, fmt.Sprintf("2026-%02d-03", 1+i%11))
		x.do("INSERT INTO visits VALUES (?, ?, 1, ?, ?, 'Progressive', -200)", i, i, fmt.Sprintf("2026-%02d-03", 1+i%11), []string{"Myopia", "Cataract", "Glaucoma"}[i*i%3])
	}
	return x.err
}

// execs remembers the first error.
type execs struct {
	tx  *sql.Tx
	err error
}

func (x *execs) do(q string, args ...any) {
	if x.err == nil {
		_, x.err = x.tx.Exec(q, args...)
	}
}
