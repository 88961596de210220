package provision_test

import (
	"slices"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/tenantdbtest"
)

// What Load writes is held to the tables' foreign keys, each time, though they are not there while it writes.
func TestLoadChecksReferences(t *testing.T) {
	t.Parallel()
	c, ctx := start(t), t.Context()
	p, err := provision.Open(ctx, c.AdminDSN(), &tenantdbtest.Registry{}, provision.Options{Schemas: map[string]string{
		tenantdb.DomainSales: "CREATE TABLE stores (id BIGINT PRIMARY KEY); CREATE TABLE lines (id BIGINT PRIMARY KEY, store_id BIGINT NOT NULL REFERENCES stores (id))"}})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	const shop = ilsai.TenantID("loaded")
	if _, err := p.Provision(ctx, shop); err != nil {
		t.Fatal(err)
	}
	contents := func(store int64) []provision.Content {
		return []provision.Content{{Table: "stores", Columns: []string{"id"}, Rows: slices.Values([][]any{{int64(1)}})},
			{Table: "lines", Columns: []string{"id", "store_id"}, Rows: slices.Values([][]any{{int64(1), int64(1)}, {int64(2), store}})}}
	}
	for range 2 {
		if err := p.Load(ctx, shop, tenantdb.DomainSales, contents(1)); err != nil {
			t.Fatal(err)
		}
		if err := p.Load(ctx, shop, tenantdb.DomainSales, contents(2)); err == nil {
			t.Error("a line of a store that is not there was written")
		}
	}
}
