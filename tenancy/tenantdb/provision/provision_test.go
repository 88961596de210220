package provision_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/tenantdbtest"
)

var (
	domains = []string{tenantdb.DomainSales, tenantdb.DomainInventory, tenantdb.DomainPatients}
	cluster = sync.OnceValues(func() (*tenantdbtest.Cluster, error) {
		c, err := tenantdbtest.StartCluster(context.Background())
		started = c
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

func start(t *testing.T) *tenantdbtest.Cluster {
	t.Helper()
	c, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Different tenants and domains never share a name, and none is cut off by PostgreSQL.
func TestNamesAreOneToOne(t *testing.T) {
	t.Parallel()
	id := rapid.StringMatching(`[a-z0-9][a-z0-9_-]{0,47}`)
	near := rapid.SampledFrom([]string{"a", "a_sales", "a_patients", "a-patients_readonly", "a_readonly", strings.Repeat("a", 48), strings.Repeat("a", 47) + "b", strings.Repeat("a", 39)})
	ids := rapid.OneOf(id, near)
	rapid.Check(t, func(rt *rapid.T) {
		a, b := ilsai.TenantID(ids.Draw(rt, "a")), ilsai.TenantID(ids.Draw(rt, "b"))
		for _, x := range domains {
			for _, y := range domains {
				if n := provision.DatabaseName(a, x); len(n) > 63 || (a != b || x != y) && n == provision.DatabaseName(b, y) {
					rt.Fatalf("database of %s/%s and %s/%s: %q", a, x, b, y, n)
				}
				if n := provision.RoleName(a, x); len(n) > 63 || a != b && n == provision.RoleName(b, y) {
					rt.Fatalf("role of %s/%s and %s/%s: %q", a, x, b, y, n)
				}
			}
		}
	})
	if got := provision.DatabaseName("abc123", tenantdb.DomainPatients) + " " + provision.RoleName("abc123", tenantdb.DomainSales); got != "ils_abc123_patients_anon tenant_abc123_readonly" {
		t.Errorf("got %s", got)
	}
}

// login connects with a stored address, as a database of it if one is named.
func login(ctx context.Context, d tenancy.TenantDatabase, database string) (*pgx.Conn, error) {
	config, err := pgx.ParseConfig(d.DSN)
	if err != nil {
		return nil, err
	}
	if database != "" {
		config.Database = database
	}
	return pgx.ConnectConfig(ctx, config)
}

func sqlState(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return fmt.Sprint(err)
}

// Whatever step a crash stops it at, running it again ends with the same databases, ready and readable.
func TestProvisionResumes(t *testing.T) {
	t.Parallel()
	c, ctx := start(t), t.Context()
	registry := &tenantdbtest.Registry{}
	errCrash := errors.New("crash")
	puts, crashAt := 0, 0
	registry.Fail = func(tenancy.TenantDatabase) error {
		if puts++; puts == crashAt {
			return errCrash
		}
		return nil
	}
	run := func() ([]tenancy.TenantDatabase, error) {
		p, err := provision.Open(ctx, c.AdminDSN(), registry, provision.Options{Schemas: tenantdbtest.Schemas(domains...)})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		return p.Provision(ctx, "crash-shop")
	}
	for crashAt = 1; crashAt <= 6; crashAt++ { // each row is written twice: before and after
		puts = 0
		if _, err := run(); err != nil && !errors.Is(err, errCrash) {
			t.Fatalf("crash at row %d: %v", crashAt, err)
		}
	}
	crashAt = 0
	made, err := run()
	if err != nil || len(made) != 3 {
		t.Fatalf("got %v, %v, want three databases", made, err)
	}
	again, err := run()
	if err != nil || fmt.Sprint(again) != fmt.Sprint(made) {
		t.Errorf("again: got %v, %v, want %v", again, err, made)
	}
	for _, d := range made {
		conn, err := login(ctx, d, "")
		if err != nil {
			t.Fatal(err)
		}
		var n int
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM items").Scan(&n); err != nil || n != 0 {
			t.Errorf("%s: got %d, %v", d.Domain, n, err)
		}
		conn.Close(ctx)
	}
}

// What somebody else made is neither taken over nor touched.
func TestProvisionConflicts(t *testing.T) {
	t.Parallel()
	c, ctx := start(t), t.Context()
	for tenant, sql := range map[ilsai.TenantID]string{"taken-db": `CREATE DATABASE "ils_taken-db_sales"`, "taken-role": `CREATE ROLE "tenant_taken-role_readonly"`} {
		if err := c.Exec(ctx, "postgres", sql); err != nil {
			t.Fatal(err)
		}
		registry := &tenantdbtest.Registry{}
		p, err := provision.Open(ctx, c.AdminDSN(), registry, provision.Options{Schemas: tenantdbtest.Schemas(tenantdb.DomainSales)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Provision(ctx, tenant); ilsai.ErrorCode(err) != ilsai.CodeConflict {
			t.Errorf("%s: got %v, want a conflict", tenant, err)
		}
		if left, _ := registry.TenantDatabases(ctx, tenant); len(left) != 0 {
			t.Errorf("%s: recorded %v", tenant, left)
		}
		p.Close()
	}
	_, err := provision.Open(ctx, "not an address", c.Registry, provision.Options{})
	if ilsai.ErrorCode(err) != ilsai.CodeInvalid || strings.Contains(fmt.Sprint(err), "not an address") {
		t.Errorf("got %v", err)
	}
	if err := c.Exec(ctx, "postgres", "CREATE ROLE plain LOGIN CREATEDB CREATEROLE PASSWORD 'x'"); err != nil {
		t.Fatal(err)
	}
	_, err = provision.Open(ctx, strings.Replace(c.AdminDSN(), "user=ilsai", "user=plain password=x", 1), c.Registry, provision.Options{})
	if ilsai.ErrorCode(err) != ilsai.CodeInvalid || !strings.Contains(ilsai.ErrorMessage(err), "attach") {
		t.Errorf("without a superuser: got %v", err)
	}
}

// A role reads its own databases and connects to no other tenant's, nor from sales to patient data.
func TestRolesReachTheirOwn(t *testing.T) {
	t.Parallel()
	c, ctx := start(t), t.Context()
	tenants := []ilsai.TenantID{"one", "two", "thr_ee"}
	if err := c.Add(ctx, domains, tenants...); err != nil {
		t.Fatal(err)
	}
	for _, own := range tenants {
		databases, _ := c.Registry.TenantDatabases(ctx, own)
		for _, d := range databases {
			for _, other := range tenants {
				for _, domain := range domains {
					may := own == other && provision.RoleName(own, d.Domain) == provision.RoleName(other, domain)
					conn, err := login(ctx, d, provision.DatabaseName(other, domain))
					switch {
					case err == nil:
						conn.Close(ctx)
						fallthrough
					case sqlState(err) != "42501":
						if !may || err != nil {
							t.Errorf("%s of %s in %s/%s: got %v, want it %v", d.Domain, own, other, domain, err, may)
						}
					case may:
						t.Errorf("%s of %s in %s/%s: %v", d.Domain, own, other, domain, err)
					}
				}
			}
		}
	}
	admin, err := c.Connect(ctx, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(ctx)
	var flags, secret string
	err = admin.QueryRow(ctx, `SELECT concat_ws(' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit), rolpassword
		FROM pg_authid WHERE rolname = 'tenant_one_readonly'`).Scan(&flags, &secret)
	if err != nil || flags != "f f f f t f f 12" || !strings.HasPrefix(secret, "SCRAM-SHA-256$4096:") {
		t.Errorf("got %s, %.14s, %v", flags, secret, err)
	}
	var owned int
	if err := admin.QueryRow(ctx, `SELECT count(*) FROM pg_shdepend s JOIN pg_authid a ON a.oid = s.refobjid WHERE a.rolname LIKE 'tenant\_%' AND s.deptype = 'o'`).Scan(&owned); err != nil || owned != 0 {
		t.Errorf("roles own %d objects, %v, want none", owned, err)
	}
	var member int
	if err := admin.QueryRow(ctx, `SELECT count(*) FROM pg_auth_members m JOIN pg_authid a ON a.oid IN (m.member, m.roleid) WHERE a.rolname LIKE 'tenant\_%'`).Scan(&member); err != nil || member != 0 {
		t.Errorf("roles have %d memberships, %v, want none", member, err)
	}
}

// While a password changes, interrupted or not, one of the stored addresses always connects.
func TestRotate(t *testing.T) {
	t.Parallel()
	c, ctx := start(t), t.Context()
	if err := c.Add(ctx, domains, "rotating"); err != nil {
		t.Fatal(err)
	}
	before, _ := c.Registry.TenantDatabases(ctx, "rotating")
	registry := &tenantdbtest.Registry{}
	for _, d := range before {
		if err := registry.PutTenantDatabase(ctx, d); err != nil {
			t.Fatal(err)
		}
	}
	errCrash := errors.New("crash")
	puts, crashAt := 0, 0
	registry.Fail = func(tenancy.TenantDatabase) error {
		if puts++; puts == crashAt {
			return errCrash
		}
		return nil
	}
	p, err := provision.Open(ctx, c.AdminDSN(), registry, provision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	for crashAt = 1; crashAt <= 7; crashAt++ {
		puts = 0
		n, err := p.Rotate(ctx, "rotating")
		if crashAt == 7 && (err != nil || n != 2) || crashAt < 7 && !errors.Is(err, errCrash) {
			t.Errorf("crash at row %d: got %d, %v", crashAt, n, err)
		}
		all, _ := registry.TenantDatabases(ctx, "rotating")
		for _, d := range all {
			conn, err := login(ctx, d, "")
			if err != nil && d.PreviousDSN != "" {
				d.DSN = d.PreviousDSN
				conn, err = login(ctx, d, "")
			}
			if err != nil {
				t.Fatalf("crash at row %d, %s: %v", crashAt, d.Domain, err)
			}
			conn.Close(ctx)
			if crashAt == 7 && d.PreviousDSN != "" {
				t.Errorf("%s: the old password is kept", d.Domain)
			}
		}
	}
	if _, err := login(ctx, before[0], ""); sqlState(err) != "28P01" {
		t.Errorf("the old password: got %v, want it refused", err)
	}
	if _, err := p.Rotate(ctx, "nobody"); ilsai.ErrorCode(err) != ilsai.CodeNotFound {
		t.Errorf("nobody: got %v", err)
	}
}
