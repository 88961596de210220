package demo_test

import (
	"os"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

func TestSmoke(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	s, err := store.Open(ctx, dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	db, err := tenantdb.Open(dir, tenantdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	schema, _ := os.ReadFile("../../assistant/semantic/sales_schema.sqlite.sql")
	cfg := demo.Config{Tenants: s, Data: db, Schema: string(schema), Now: time.Date(2026, 11, 23, 15, 0, 0, 0, time.UTC), Seed: 1}
	start := time.Now()
	r, err := demo.Seed(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r, time.Since(start))
	start = time.Now()
	r, err = demo.Seed(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r, time.Since(start))
	for _, sh := range demo.Shops() {
		snap, err := db.Snapshot(ctx, sh.ID, "sales")
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{"SELECT count(*), min(business_date), max(business_date), sum(net_cents), sum(refund_cents), count(distinct order_id) FROM sale_lines",
			"SELECT category, sum(net_cents), sum(quantity) from sale_lines f join products p on p.id=f.product_id group by 1",
			"SELECT substr(business_date,1,7), sum(net_cents), count(*) from sale_lines group by 1",
			"SELECT segment, sum(net_cents) from sale_lines f join customers p on p.id=f.customer_id group by 1",
			"SELECT count(*) FROM products"} {
			start := time.Now()
			_, rows, err := snap.Query(ctx, q, nil, 0)
			t.Log(rows, err, time.Since(start))
		}
		snap.Close()
	}
	time.Now()
}
