package tenantdb_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/tenantdbtest"
)

var (
	allDomains = []string{tenantdb.DomainSales, tenantdb.DomainInventory, tenantdb.DomainPatients}

	// cluster is shared by the tests that do not stop it: a and b for the suite, the rest for attacks.
	cluster = sync.OnceValues(func() (*tenantdbtest.Cluster, error) {
		c, err := tenantdbtest.StartCluster(context.Background())
		if err != nil {
			return nil, err
		}
		started = c
		err = c.Add(context.Background(), []string{tenantdb.DomainSales, tenantdb.DomainPatients}, "a")
		if err == nil {
			err = c.Add(context.Background(), []string{tenantdb.DomainSales}, "b")
		}
		if err == nil {
			err = c.Add(context.Background(), allDomains, "attacker", "victim", "third")
		}
		return c, err
	})
	started *tenantdbtest.Cluster
)

func TestMain(m *testing.M) {
	code := m.Run()
	if started != nil {
		if err := started.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func sharedCluster(t *testing.T) *tenantdbtest.Cluster {
	t.Helper()
	c, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func closeAfter(t *testing.T, c interface{ Close() error }) {
	t.Helper()
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestSQLiteConforms(t *testing.T) {
	t.Parallel()
	forty := "(SELECT 1 AS n" + strings.Repeat(" UNION ALL SELECT 1", 39) + ")"
	tenantdbtest.Exercise(t, tenantdbtest.Engine{
		Endless:   "SELECT max(a.n) FROM " + forty + " a" + strings.Repeat(", "+forty, 7),
		Many:      "SELECT '" + strings.Repeat("x", 500) + "' FROM lines a, lines b",
		Parameter: func(int) string { return "?" },
		Open: func(t *testing.T, o tenantdb.Options) tenantdbtest.Source {
			d, err := tenantdb.Open(t.TempDir(), o)
			if err != nil {
				t.Fatal(err)
			}
			closeAfter(t, d)
			for tenant, domain := range map[ilsai.TenantID]string{"a": tenantdb.DomainPatients, "b": ""} {
				for _, domain := range []string{tenantdb.DomainSales, domain} {
					if domain == "" {
						continue
					}
					err := d.Create(t.Context(), tenant, domain, tenantdbtest.SchemaSQLite, func(tx *sql.Tx) error {
						_, err := tx.Exec(`INSERT INTO items VALUES (1, ?, 1995, 0.25, '2026-11-03', 1, x'00ff'), (2, 'plain', 500, NULL, NULL, 0, NULL)`, tenantdbtest.Canary(tenant, domain))
						_, err2 := tx.Exec(`INSERT INTO lines VALUES (1, 1, 3), (2, 2, 1), (3, 1, 2)`)
						return errors.Join(err, err2)
					})
					if err != nil {
						t.Fatal(err)
					}
				}
			}
			return tenantdbtest.SourceFunc(func(ctx context.Context, tenant ilsai.TenantID, domain string) (tenantdbtest.Snapshot, error) {
				return d.Snapshot(ctx, tenant, domain)
			})
		},
	})
}

func postgresSource(p *tenantdb.Postgres) tenantdbtest.Source {
	return tenantdbtest.SourceFunc(func(ctx context.Context, tenant ilsai.TenantID, domain string) (tenantdbtest.Snapshot, error) {
		return p.Snapshot(ctx, tenant, domain)
	})
}

func TestPostgresConforms(t *testing.T) {
	t.Parallel()
	c := sharedCluster(t)
	tenantdbtest.Exercise(t, tenantdbtest.Engine{
		Endless:   "SELECT COUNT(*) FROM lines a" + crossJoin(22),
		Many:      "SELECT concat('" + strings.Repeat("x", 500) + "', a.id) AS long FROM lines a, lines b",
		Parameter: func(n int) string { return fmt.Sprintf("$%d", n) },
		Open: func(t *testing.T, o tenantdb.Options) tenantdbtest.Source {
			p := c.Open(o)
			closeAfter(t, p)
			return postgresSource(p)
		},
	})
}

// crossJoin joins a table of three rows n times: 3^n rows to count.
func crossJoin(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ", lines l%d", i)
	}
	return b.String()
}
