package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
)

// seedDemoPostgres makes the demo shops with their data in PostgreSQL. What ends before today is replaced
// as a whole, up to today.
func seedDemoPostgres(ctx context.Context, c *config, control *store.Store, now time.Time) (created []string, err error) {
	cluster, err := c.openCluster(ctx, control)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, cluster.Close()) }()
	fmt.Fprintln(os.Stderr, "making three demo shops in PostgreSQL …")
	for _, t := range demo.Shops() {
		if _, err := control.Tenant(ctx, t.ID); ilsai.ErrorCode(err) == ilsai.CodeNotFound {
			t.CreatedAt = now
			err = control.CreateTenant(ctx, t)
			if err != nil {
				return nil, err
			}
			created = append(created, string(t.ID))
		} else if err != nil {
			return nil, err
		}
		if _, err := cluster.Provision(ctx, t.ID); err != nil {
			return nil, err
		}
		if err := loadDemo(ctx, cluster, t.ID, now); err != nil {
			return nil, err
		}
	}
	return created, nil
}

func loadDemo(ctx context.Context, cluster *provision.Cluster, id ilsai.TenantID, now time.Time) error {
	last, err := cluster.LastDay(ctx, id, tenantdb.DomainSales, "sale_lines", "business_date")
	if err != nil || last >= now.Format(time.DateOnly) {
		return err
	}
	for _, domain := range []string{tenantdb.DomainInventory, tenantdb.DomainPatients, tenantdb.DomainSales} { // the one that is asked about its last day comes last
		tables, err := demo.Tables(id, domain, demoSeed, now)
		if err != nil {
			return err
		}
		if err := cluster.Load(ctx, id, domain, contents(tables)); err != nil {
			return err
		}
	}
	return nil
}

func contents(tables []demo.Table) []provision.Content {
	out := make([]provision.Content, len(tables))
	for i, t := range tables {
		out[i] = provision.Content{Table: t.Name, Columns: t.Columns, Rows: t.Rows}
	}
	return out
}
