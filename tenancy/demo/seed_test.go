package demo_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const seed = 7

// monday is a Monday afternoon on which all three shops have the same date.
var monday = time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC)

func newConfig(t testing.TB, dir string, now time.Time) demo.Config {
	t.Helper()
	s, err := store.Open(context.Background(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	db, err := tenantdb.Open(dir, tenantdb.Options{MaxRows: 100_000, MaxBytes: 64 << 20, StatementTimeout: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close(); s.Close() })
	return demo.Config{Tenants: s, Data: db, Schemas: schemas(), Now: now, Seed: seed}
}

func schemas() map[string]string {
	return map[string]string{tenantdb.DomainSales: semantic.SalesSchemaSQLite, tenantdb.DomainInventory: semantic.InventorySchemaSQLite,
		tenantdb.DomainPatients: semantic.PatientsSchemaSQLite}
}

func mustSeed(t testing.TB, c demo.Config) demo.Result {
	t.Helper()
	r, err := demo.Seed(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func query(t testing.TB, db *tenantdb.DB, id ilsai.TenantID, sql string, args ...any) [][]any {
	t.Helper()
	return domainQuery(t, db, id, tenantdb.DomainSales, sql, args...)
}

func domainQuery(t testing.TB, db *tenantdb.DB, id ilsai.TenantID, domain, sql string, args ...any) [][]any {
	t.Helper()
	s, err := db.Snapshot(context.Background(), id, domain)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	_, rows, err := s.Query(context.Background(), sql, args, 0)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

func number(t testing.TB, db *tenantdb.DB, id ilsai.TenantID, sql string, args ...any) int64 {
	t.Helper()
	rows := query(t, db, id, sql, args...)
	n, ok := rows[0][0].(int64)
	if !ok {
		t.Fatalf("%s: got %v, want a number", sql, rows)
	}
	return n
}

// dump is all a shop's data as text, without the row numbers of lines.
func dump(t testing.TB, db *tenantdb.DB, id ilsai.TenantID) string {
	t.Helper()
	var out strings.Builder
	tables := map[string][]string{
		tenantdb.DomainSales: {"stores", "staff", "products", "customers", "sale_lines"}, tenantdb.DomainPatients: {"patients", "visits"},
		tenantdb.DomainInventory: {"products", "suppliers", "stock_levels", "stock_movements"},
	}
	for _, domain := range demo.Domains() {
		for _, table := range tables[domain] {
			fmt.Fprintln(&out, table)
			for _, row := range domainQuery(t, db, id, domain, "SELECT * FROM "+table+" ORDER BY 1, 2") {
				fmt.Fprintln(&out, row...)
			}
		}
	}
	return out.String()
}

// TestShopsArePlausible checks one seeding from many sides; the amounts of each line must be consistent.
func TestShopsArePlausible(t *testing.T) {
	t.Parallel()
	c := newConfig(t, t.TempDir(), monday)
	r := mustSeed(t, c)
	if got := fmt.Sprint(r.Created, r.Extended); got != "[optical-shop-1 optical-shop-2 optical-shop-3] []" {
		t.Errorf("result: got %s", got)
	}
	for i, shop := range demo.Shops() {
		id := shop.ID
		got, err := c.Tenants.Tenant(t.Context(), id)
		if shop.CreatedAt = monday; err != nil || got != shop {
			t.Errorf("tenant: got %+v, %v, want %+v", got, err, shop)
		}
		for what, bounds := range map[string][2]int64{
			"SELECT count(*) FROM sale_lines":                               {[]int64{7000, 22_000, 52_000}[i], []int64{9500, 28_000, 66_000}[i]},
			"SELECT count(*) FROM stores":                                   {[]int64{1, 3, 5}[i], []int64{1, 3, 5}[i]},
			"SELECT count(*) FROM products":                                 {60, 120},
			"SELECT count(DISTINCT category) FROM products":                 {6, 6},
			"SELECT count(DISTINCT brand) FROM products":                    {15, 60},
			"SELECT count(DISTINCT segment) FROM customers":                 {6, 6},
			"SELECT count(*) FROM staff WHERE name NOT LIKE '% %'":          {0, 0},
			"SELECT count(*) FROM products WHERE cost_cents >= price_cents": {0, 0},
			"SELECT count(*) FROM sale_lines WHERE net_cents != gross_cents - discount_cents OR net_cents < 0 OR discount_cents < 0":                                                  {0, 0},
			"SELECT count(*) FROM sale_lines WHERE quantity > 0 AND (returned_quantity != 0 OR refund_cents != 0 OR gross_cents <= 0 OR cost_cents <= 0)":                             {0, 0},
			"SELECT count(*) FROM sale_lines WHERE quantity = 0 AND (returned_quantity < 1 OR gross_cents + discount_cents + net_cents + cost_cents != 0)":                            {0, 0},
			"SELECT count(*) FROM sale_lines l JOIN products p ON p.id = l.product_id WHERE l.gross_cents != l.quantity * p.price_cents OR l.cost_cents != l.quantity * p.cost_cents": {0, 0},
			"SELECT count(*) FROM sale_lines WHERE quantity = 0":                                                 {50, 4000},
			"SELECT count(*) FROM sale_lines WHERE discount_cents > 0 AND quantity > 0":                          {400, 20_000},
			"SELECT count(*) FROM sale_lines l JOIN staff e ON e.id = l.staff_id WHERE e.store_id != l.store_id": {0, 0},
			// an order is one customer's, in one store, on one day, of 2 to 4 lines of different products
			"SELECT count(*) FROM (SELECT 1 FROM sale_lines WHERE quantity > 0 GROUP BY order_id HAVING count(*) NOT BETWEEN 2 AND 4 OR count(DISTINCT product_id) != count(*) OR count(DISTINCT customer_id || '/' || store_id || '/' || business_date) != 1)": {0, 0},
			// a return is of something that was sold before, in the same store, and gives back no more than was paid
			`SELECT count(*) FROM sale_lines r LEFT JOIN sale_lines s ON s.order_id = r.order_id AND s.product_id = r.product_id AND s.quantity > 0 AND s.store_id = r.store_id AND s.customer_id = r.customer_id
				WHERE r.quantity = 0 AND (s.id IS NULL OR r.business_date <= s.business_date OR r.returned_quantity > s.quantity OR r.refund_cents > s.net_cents)`: {0, 0},
			"SELECT count(*) FROM sale_lines WHERE business_date > '2026-11-23' OR business_date < '2025-05-01'": {0, 0},
			"SELECT count(*) FROM sale_lines WHERE business_date = '2026-11-23'":                                 {1, 200},
			"SELECT count(DISTINCT substr(business_date, 1, 7)) FROM sale_lines":                                 {19, 19},
			"SELECT count(*) FROM sale_lines WHERE strftime('%m-%d', business_date) IN ('12-25', '01-01')":       {0, 0},
		} {
			if n := number(t, c.Data, id, what); n < bounds[0] || n > bounds[1] {
				t.Errorf("%s: %s: got %d, want %d to %d", id, what, n, bounds[0], bounds[1])
			}
		}
		// seasons: sunglasses in summer, December above February
		sun := "SELECT sum(quantity) FROM sale_lines l JOIN products p ON p.id = l.product_id WHERE category = 'Sunglasses' AND substr(business_date, 6, 2) IN ('%s') AND business_date BETWEEN '2025-06-01' AND '2026-05-31'"
		if summer, winter := number(t, c.Data, id, fmt.Sprintf(sun, "06','07','08")), number(t, c.Data, id, fmt.Sprintf(sun, "11','12','01")); summer < 2*winter {
			t.Errorf("%s: sunglasses: got %d in summer, %d in winter, want at least twice as many", id, summer, winter)
		}
		month := "SELECT sum(net_cents) FROM sale_lines WHERE substr(business_date, 1, 7) = ?"
		if dec, feb := number(t, c.Data, id, month, "2025-12"), number(t, c.Data, id, month, "2026-02"); dec < feb*5/4 {
			t.Errorf("%s: got %d in December, %d in February, want a quarter more", id, dec, feb)
		}
		if sunday := number(t, c.Data, id, "SELECT count(*) FROM sale_lines WHERE strftime('%w', business_date) = '0' AND store_id = (SELECT max(id) FROM stores)"); (sunday == 0) != (i != 1) {
			t.Errorf("%s: the last store has %d lines on Sundays", id, sunday)
		}
	}
}

func TestSeedIsDeterministic(t *testing.T) {
	t.Parallel()
	a, b := newConfig(t, t.TempDir(), monday), newConfig(t, t.TempDir(), monday.Add(2*time.Hour))
	other := newConfig(t, t.TempDir(), monday)
	other.Seed = seed + 1
	for _, c := range []demo.Config{a, b, other} {
		mustSeed(t, c)
	}
	for _, shop := range demo.Shops() {
		want := dump(t, a.Data, shop.ID)
		if dump(t, b.Data, shop.ID) != want {
			t.Errorf("%s: two seedings of one day differ", shop.ID)
		}
		if dump(t, other.Data, shop.ID) == want {
			t.Errorf("%s: another seed gives the same data", shop.ID)
		}
	}
}

// A second start on the same day changes nothing, not even a time stamp of a file, and keeps what
// an administrator changed.
func TestSeedKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newConfig(t, dir, monday)
	mustSeed(t, c)
	shop := demo.Shops()[0]
	shop.Tier, shop.Status = tenancy.TierEnterprise, tenancy.StatusSuspended
	if err := c.Tenants.UpdateTenant(t.Context(), shop); err != nil {
		t.Fatal(err)
	}
	before := fileTimes(t, dir)
	if r := mustSeed(t, c); len(r.Created)+len(r.Extended) != 0 {
		t.Errorf("second start: got %+v, want nothing done", r)
	}
	if got := fileTimes(t, dir); got != before {
		t.Errorf("files changed: got %s, want %s", got, before)
	}
	if got, err := c.Tenants.Tenant(t.Context(), shop.ID); err != nil || got.Tier != shop.Tier || got.Status != shop.Status {
		t.Errorf("got %+v, %v, want the administrator's change", got, err)
	}
	c.Now = monday.AddDate(0, 0, -3)
	if r := mustSeed(t, c); len(r.Created)+len(r.Extended) != 0 {
		t.Errorf("clock set back: got %+v, want nothing done", r)
	}
}

func fileTimes(t *testing.T, dir string) string {
	t.Helper()
	var out strings.Builder
	names, err := filepath.Glob(filepath.Join(dir, "tenants", "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintln(&out, name, info.Size(), info.ModTime())
	}
	return out.String()
}

// A demo that was last started days ago continues its history exactly as if it had been seeded today.
func TestSeedExtendsToToday(t *testing.T) {
	t.Parallel()
	whole := demo.Small(newConfig(t, t.TempDir(), monday))
	mustSeed(t, whole)
	grown := demo.Small(newConfig(t, t.TempDir(), monday.AddDate(0, 0, -20)))
	mustSeed(t, grown)
	for _, days := range []int{-19, -12, -1, 0} { // a Wednesday, a Wednesday, a Sunday, today
		grown.Now = monday.AddDate(0, 0, days)
		if r := mustSeed(t, grown); len(r.Created) != 0 || len(r.Extended) == 0 {
			t.Errorf("%d days: got %+v, want the shops extended", days, r)
		}
	}
	for _, shop := range demo.Shops() {
		if dump(t, grown.Data, shop.ID) != dump(t, whole.Data, shop.ID) {
			t.Errorf("%s: a grown history differs from a whole one", shop.ID)
		}
	}
	grown.Now = monday.AddDate(0, 2, 0)
	mustSeed(t, grown)
	for _, shop := range demo.Shops() {
		if n := number(t, grown.Data, shop.ID, "SELECT count(DISTINCT business_date) FROM sale_lines WHERE business_date >= '2027-01-01'"); n < 15 {
			t.Errorf("%s: two months later: %d days of January, want at least 15", shop.ID, n)
		}
	}
}

// Data that this generator did not make with this seed is never touched.
func TestSeedLeavesForeignDataAlone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	c := newConfig(t, dir, monday)
	mustSeed(t, c)
	before := fileTimes(t, dir)
	c.Seed, c.Now = seed+1, monday.AddDate(0, 0, 30)
	if r := mustSeed(t, c); len(r.Created)+len(r.Extended) != 0 {
		t.Errorf("got %+v, want nothing done", r)
	}
	if got := fileTimes(t, dir); got != before {
		t.Errorf("files changed: got %s, want %s", got, before)
	}
}

// stoppingStore ends the context when the n-th tenant is stored.
type stoppingStore struct {
	tenancy.TenantStore
	left int
	stop context.CancelFunc
}

func (s *stoppingStore) CreateTenant(ctx context.Context, t tenancy.Tenant) error {
	if s.left--; s.left == 0 {
		s.stop()
	}
	return s.TenantStore.CreateTenant(ctx, t)
}

// A seeding that stops anywhere leaves no tenant without data and no half-written data; the next
// one completes it.
func TestSeedInterrupted(t *testing.T) {
	t.Parallel()
	const second = 2
	c := newConfig(t, t.TempDir(), monday)
	control := c.Tenants
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	c.Tenants = &stoppingStore{control, second, stop}
	if _, err := demo.Seed(ctx, c); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("got %v, want %s", err, ilsai.CodeCanceled)
	}
	tenants, err := control.Tenants(t.Context())
	if err != nil || len(tenants) != second-1 {
		t.Errorf("got %d tenants, %v, want %d", len(tenants), err, second-1)
	}
	for _, tenant := range tenants {
		if number(t, c.Data, tenant.ID, "SELECT count(*) FROM sale_lines") < 7000 {
			t.Errorf("%s has half its data", tenant.ID)
		}
	}
	c.Tenants = control
	mustSeed(t, c)
	if tenants, err := control.Tenants(t.Context()); err != nil || len(tenants) != 3 {
		t.Errorf("after the next start: got %d tenants, %v, want 3", len(tenants), err)
	}
}

// Days are the shop's own: late in the evening in London it is tomorrow in Paris.
func TestTodayIsTheShopsOwn(t *testing.T) {
	t.Parallel()
	c := newConfig(t, t.TempDir(), time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC))
	mustSeed(t, c)
	for id, want := range map[ilsai.TenantID]string{"optical-shop-1": "2026-11-23", "optical-shop-2": "2026-11-23", "optical-shop-3": "2026-11-24"} {
		if got := query(t, c.Data, id, "SELECT max(business_date) FROM sale_lines")[0][0]; got != want {
			t.Errorf("%s: got %v, want %s", id, got, want)
		}
	}
}

func BenchmarkSeed(b *testing.B) {
	for b.Loop() {
		c := newConfig(b, b.TempDir(), monday)
		mustSeed(b, c)
	}
}
