package tenantdbtest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/storetest"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
)

// SchemaSQLite and SchemaPostgres make the tables every test shop has in each domain.
const (
	SchemaSQLite = `
CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT NOT NULL, price_cents INTEGER NOT NULL, rate REAL, sold_on DATE, active BOOLEAN, raw BLOB);
CREATE TABLE lines (id INTEGER PRIMARY KEY, item_id INTEGER NOT NULL REFERENCES items (id), quantity INTEGER NOT NULL);
CREATE INDEX lines_by_item ON lines (item_id);
CREATE VIEW item_names AS SELECT name FROM items;`
	SchemaPostgres = `
CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT NOT NULL, price_cents BIGINT NOT NULL, rate DOUBLE PRECISION, sold_on DATE, active BOOLEAN, raw BYTEA);
CREATE TABLE lines (id BIGSERIAL PRIMARY KEY, item_id BIGINT NOT NULL REFERENCES items (id), quantity BIGINT NOT NULL);
CREATE INDEX lines_by_item ON lines (item_id);
CREATE VIEW item_names AS SELECT name FROM items;`
	rowsPostgres = `
INSERT INTO items VALUES (1, '%s', 1995, 0.25, '2026-11-03', true, '\x00ff'), (2, 'plain', 500, NULL, NULL, false, NULL);
INSERT INTO lines VALUES (1, 1, 3), (2, 2, 1), (3, 1, 2);`
)

// Canary is a text that only one tenant's database of one domain holds.
func Canary(tenant ilsai.TenantID, domain string) string {
	return fmt.Sprintf("canary-%s-%s", tenant, domain)
}

// Cluster is a PostgreSQL server of a test's own with tenants in it.
type Cluster struct {
	*storetest.Postgres
	Registry *Registry

	mu       sync.Mutex // tests add tenants side by side
	prepared bool
}

// StartCluster starts a server with these settings, beside those that make it quick: it survives no crash.
func StartCluster(ctx context.Context, settings ...string) (*Cluster, error) {
	p, err := storetest.StartPostgres(ctx, append([]string{"synchronous_commit=off", "full_page_writes=off", "shared_buffers=64MB"}, settings...)...)
	if err != nil {
		return nil, err
	}
	return &Cluster{Postgres: p, Registry: &Registry{}}, nil
}

// Schemas is SchemaPostgres for these domains.
func Schemas(domains ...string) map[string]string {
	m := map[string]string{}
	for _, d := range domains {
		m[d] = SchemaPostgres
	}
	return m
}

// Add provisions tenants with a canary in each of the domains. Tests may add at the same time.
func (c *Cluster) Add(ctx context.Context, domains []string, tenants ...ilsai.TenantID) (err error) {
	templates, err := c.prepare(ctx, domains)
	if err != nil {
		return err
	}
	p, err := provision.Open(ctx, c.AdminDSN(), c.Registry, provision.Options{Schemas: Schemas(domains...), Templates: templates})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	for _, tenant := range tenants {
		made, err := p.Provision(ctx, tenant)
		if err != nil {
			return err
		}
		for _, d := range made {
			if err := c.Exec(ctx, provision.DatabaseName(tenant, d.Domain), fmt.Sprintf(rowsPostgres, Canary(tenant, d.Domain))); err != nil {
				return err
			}
		}
	}
	return nil
}

// prepare makes the template, once: nobody may be connected to it while a database is copied from it. The
// domains have the same tables.
func (c *Cluster) prepare(ctx context.Context, domains []string) (templates map[string]string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	templates = map[string]string{}
	for _, d := range domains {
		templates[d] = "template_test"
	}
	if c.prepared {
		return templates, nil
	}
	p, err := provision.Open(ctx, c.AdminDSN(), c.Registry, provision.Options{Schemas: Schemas(domains...)})
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	if err := p.Prepare(ctx, "template_test", domains[0]); err != nil {
		return nil, err
	}
	c.prepared = true
	return templates, nil
}

// Exec runs statements in a database as the superuser.
func (c *Cluster) Exec(ctx context.Context, database, sql string) (err error) {
	conn, err := c.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	_, err = conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// Connect opens a connection to a database as the superuser.
func (c *Cluster) Connect(ctx context.Context, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(c.AdminDSN())
	if err != nil {
		return nil, err
	}
	config.Database = database
	return pgx.ConnectConfig(ctx, config)
}

// Open reads the tenants.
func (c *Cluster) Open(o tenantdb.Options) *tenantdb.Postgres {
	return tenantdb.OpenPostgres(c.Registry.TenantDatabases, o)
}
