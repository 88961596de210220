package tenantdb_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/tenantdbtest"
)

func fullBars() bool { return os.Getenv("ILSAI_BARS") == "full" }

// Every tenant's roles connect to that tenant's own databases alone, whichever pair is tried, and read the canary of each;
// the role of sales and stock does not even connect to the patients, nor theirs to it. ILSAI_BARS=full takes 50 tenants.
func TestPostgresIsolationMatrix(t *testing.T) {
	t.Parallel()
	c := sharedCluster(t)
	tenants := []ilsai.TenantID{"attacker", "victim", "third"}
	if fullBars() {
		tenants = nil
		for i := range 50 {
			tenants = append(tenants, ilsai.TenantID(fmt.Sprintf("matrix-%02d", i)))
		}
		if err := c.Add(t.Context(), allDomains, tenants...); err != nil {
			t.Fatal(err)
		}
	}
	type credentials struct {
		tenant      ilsai.TenantID
		domain, dsn string
	}
	var roles []credentials // domains that share a role share its password, too: each role once
	for _, tenant := range tenants {
		databases, err := c.Registry.TenantDatabases(t.Context(), tenant)
		if err != nil || len(databases) != len(allDomains) {
			t.Fatalf("%v, %v", databases, err)
		}
		known := map[string]bool{}
		for _, own := range databases {
			if role := provision.RoleName(tenant, own.Domain); !known[role] {
				known[role] = true
				roles = append(roles, credentials{tenant, own.Domain, own.DSN})
			}
		}
	}
	var tried, through atomic.Int64
	var wg sync.WaitGroup
	free := make(chan struct{}, 4)
	for _, own := range roles {
		free <- struct{}{}
		wg.Go(func() {
			defer func() { <-free }()
			for _, other := range tenants {
				for _, domain := range allDomains {
					want := own.tenant == other && provision.RoleName(other, own.domain) == provision.RoleName(other, domain)
					name, err := connectAndRead(t.Context(), own.dsn, provision.DatabaseName(other, domain))
					tried.Add(1)
					switch {
					case (err == nil) != want:
						t.Errorf("the role of %s/%s in %s/%s: %q, %v, want in %v", own.tenant, own.domain, other, domain, name, err, want)
					case want && name != tenantdbtest.Canary(other, domain):
						t.Errorf("%s/%s reads %q", other, domain, name)
					}
					if !want && err == nil {
						through.Add(1)
					}
				}
			}
		})
	}
	wg.Wait()
	t.Logf("%d pairs of %d roles of %d tenants tried, %d off the diagonal got through", tried.Load(), len(roles), len(tenants), through.Load())
}

// connectAndRead takes a tenant's own credentials to a database that may be another's.
func connectAndRead(ctx context.Context, dsn, database string) (name string, err error) {
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return "", err
	}
	config.Database = database
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	return name, conn.QueryRow(ctx, "SELECT name FROM items WHERE id = 1").Scan(&name)
}

// The server of the shops is stopped and started under load: no answer is wrong, what fails says that the data is away for
// now, what is asked after the start is answered within seconds, and no connection is left behind.
func TestServerOfShopsRestarts(t *testing.T) {
	t.Parallel()
	restarts := 2
	if fullBars() {
		restarts = 20
	}
	c, err := tenantdbtest.StartCluster(t.Context(), "max_connections=40")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	tenants := []ilsai.TenantID{"one", "two", "three"}
	if err := c.Add(t.Context(), []string{tenantdb.DomainSales}, tenants...); err != nil {
		t.Fatal(err)
	}
	p := c.Open(tenantdb.Options{MaxConns: 8})
	closeAfter(t, p)
	ask := func(tenant ilsai.TenantID) error {
		s, err := p.Snapshot(t.Context(), tenant, tenantdb.DomainSales)
		if err != nil {
			return err
		}
		_, rows, err := s.Query(t.Context(), "SELECT name FROM items WHERE id = 1", nil, 2)
		if err == nil && (len(rows) != 1 || rows[0][0] != tenantdbtest.Canary(tenant, tenantdb.DomainSales)) {
			t.Errorf("%s reads %v", tenant, rows)
		}
		s.Close() // of a server that went away: its error is the one above
		return err
	}
	var answered, away atomic.Int64
	stop := make(chan struct{})
	var load sync.WaitGroup
	for i := range 6 {
		load.Go(func() {
			for n := i; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				switch err := ask(tenants[n%len(tenants)]); ilsai.ErrorCode(err) {
				case "":
					answered.Add(1)
				case ilsai.CodeUnavailable:
					away.Add(1)
				default:
					t.Errorf("got %v, want the data to be away", err)
				}
			}
		})
	}
	var slowest time.Duration
	for i := range restarts {
		end := c.Shutdown
		if i%2 == 1 {
			end = c.Kill
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		for before := away.Load(); away.Load() == before; {
			runtime.Gosched() // the load goes on while there is no server
		}
		if servers := p.Away(); len(servers) != 1 {
			t.Errorf("servers that are away: %v, want the one", servers)
		}
		if err := c.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for _, tenant := range tenants {
			for ask(tenant) != nil {
				if time.Since(began) > time.Minute {
					t.Fatal("no answer a minute after the start")
				}
			}
		}
		slowest = max(slowest, time.Since(began))
	}
	close(stop)
	load.Wait()
	if servers := p.Away(); len(servers) != 0 {
		t.Errorf("servers that are away: %v, want none", servers)
	}
	open, idle, _ := p.Stats()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	admin, err := c.Connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	left := -1
	for began := time.Now(); left != 0 && time.Since(began) < 10*time.Second; { // a backend ends a moment after its client said goodbye
		if err := admin.QueryRow(t.Context(), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'ilsai'").Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
	if left != 0 || open != idle {
		t.Errorf("%d connections are left on the server; %d were open, %d idle", left, open, idle)
	}
	t.Logf("%d restarts, %d answers, %d times away; all answer again %v after the start at the latest", restarts, answered.Load(), away.Load(), slowest)
}
