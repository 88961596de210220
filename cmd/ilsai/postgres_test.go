package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/tenantdbtest"
)

func postgresCluster(t *testing.T) *tenantdbtest.Cluster {
	t.Helper()
	c, err := tenantdbtest.StartCluster(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Stop(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// The demo shops in PostgreSQL give the same answers as in files; what the guard refuses is in the audit log.
func TestDemoShopsInPostgres(t *testing.T) {
	t.Parallel()
	cluster, files := postgresCluster(t), demoShops(t)
	c, err := loadConfig(newServe().Flags(), []string{"ILSAI_DATA_DIR=" + t.TempDir(), "ILSAI_POSTGRES_ADMIN_DSN=" + cluster.AdminDSN()})
	if err != nil {
		t.Fatal(err)
	}
	control, err := store.Open(t.Context(), c.DataDir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	for i, want := range []int{3, 0} { // the second start finds all of it
		created, err := seedDemoPostgres(t.Context(), c, control, testNow)
		if err != nil || len(created) != want {
			t.Fatalf("start %d: made %v, %v, want %d shops", i+1, created, err, want)
		}
	}
	a, err := openApp(c, slog.New(slog.DiscardHandler), func() time.Time { return testNow })
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	if err := a.openServers(c, control); err != nil {
		t.Fatal(err)
	}
	servers := &shops{app: a, tenants: files.tenants}
	for _, text := range []string{"What were our top 3 products this month?", "Total sales last month", "Revenue by store this year", "How many orders did we have last week by day?"} {
		for _, tenant := range []string{"optical-shop-1", "optical-shop-2", "optical-shop-3"} {
			want, got := files.ask(t, tenant, text), servers.ask(t, tenant, text)
			if fmt.Sprint(got.Data.Rows) != fmt.Sprint(want.Data.Rows) || got.Answer != want.Answer || len(got.Data.Rows) == 0 {
				t.Errorf("%s, %q:\ngot  %s %v\nwant %s %v", tenant, text, got.Answer, got.Data.Rows, want.Answer, want.Data.Rows)
			}
		}
	}
	if open, _, databases := a.servers.Stats(); open < 3 || databases != 3 {
		t.Errorf("%d connections to %d databases, want the three shops' sales to have been read there", open, databases)
	}
	if v := a.versionOf("optical-shop-1", tenantdb.DomainSales); v == "" || v == a.versionOf("nobody", tenantdb.DomainSales) {
		t.Errorf("version %q", v)
	}
	snap, err := dataSource{a}.Snapshot(t.Context(), "optical-shop-2", tenantdb.DomainSales)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	if _, _, err := snap.Query(t.Context(), "DROP TABLE sale_lines", nil, 1); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
		t.Errorf("got %v, want it refused", err)
	}
	log, err := control.Audit(t.Context(), "optical-shop-2", time.Time{}, time.Time{}, 0, 0)
	if err != nil || len(log) == 0 {
		t.Fatalf("audit log: %v, %v", log, err)
	}
	if e := log[len(log)-1]; e.Action != "sql.refused" || e.Actor != "guard" || e.Target != tenantdb.DomainSales || !strings.Contains(string(e.After), "DROP TABLE") {
		t.Errorf("audited as %+v", e)
	}
}

func databasesJSON(t *testing.T, dir string, args ...string) (all []shownDatabase, stderr string) {
	t.Helper()
	code, out, stderr := runProgram(t, nil, append(append([]string{"tenant"}, args...), "--data-dir", dir, "--json")...)
	if code == 0 {
		if err := json.Unmarshal([]byte(out), &all); err != nil {
			t.Fatalf("%v: %v in %s", args, err, out)
		}
	}
	return all, stderr
}

func TestTenantDatabaseCommands(t *testing.T) {
	t.Parallel()
	cluster, dir := postgresCluster(t), makeShop(t)
	ctx, admin := t.Context(), cluster.AdminDSN()
	tenantJSON(t, dir, "create", "--id", "north-1", "--name", "North")
	for range 2 {
		made, stderr := databasesJSON(t, dir, "provision", "--tenant", "north-1", "--postgres", admin)
		if len(made) != 3 || !made[0].Owned || !made[0].Ready || made[0].Domain != "inventory" || !strings.Contains(made[2].Address, "ils_north-1_sales as tenant_north-1_readonly") {
			t.Fatalf("provision: %+v, %s", made, stderr)
		}
	}
	if err := cluster.Exec(ctx, provision.DatabaseName("north-1", tenantdb.DomainSales), "INSERT INTO stores VALUES (1, 'Harbour', 'Kiel')"); err != nil {
		t.Fatal(err)
	}
	if _, stderr := databasesJSON(t, dir, "rotate-password", "--tenant", "north-1", "--postgres", admin); stderr != "" {
		t.Errorf("rotate-password: %s", stderr)
	}
	if _, stderr := databasesJSON(t, dir, "rotate-password", "--tenant", "north-1"); !strings.Contains(stderr, "--postgres") {
		t.Errorf("without a server: %q", stderr)
	}

	// A database the chain has: a role that may write is refused, one that reads is taken.
	for _, sql := range []string{"CREATE ROLE own LOGIN PASSWORD 'secret-1'", "CREATE DATABASE chain", "GRANT CONNECT ON DATABASE chain TO own"} {
		if err := cluster.Exec(ctx, "postgres", sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := cluster.Exec(ctx, "chain", "CREATE TABLE stores (id bigint); GRANT SELECT, INSERT ON stores TO own"); err != nil {
		t.Fatal(err)
	}
	tenantJSON(t, dir, "create", "--id", "south", "--name", "South")
	attach := []string{"attach", "--tenant", "south", "--domain", "sales", "--dsn", strings.Replace(admin, "user=ilsai dbname=postgres", "user=own password=secret-1 dbname=chain", 1)}
	if got, stderr := databasesJSON(t, dir, attach...); got != nil || !strings.Contains(stderr, "more than read") || strings.Contains(stderr, "secret-1") {
		t.Errorf("attach a writer: %+v, %q", got, stderr)
	}
	if err := cluster.Exec(ctx, "chain", "REVOKE INSERT ON stores FROM own"); err != nil {
		t.Fatal(err)
	}
	if got, stderr := databasesJSON(t, dir, attach...); len(got) != 1 || got[0].Owned || !got[0].Ready {
		t.Errorf("attach: %+v, %q", got, stderr)
	}
	if got, stderr := databasesJSON(t, dir, "detach", "--tenant", "south", "--domain", "sales"); len(got) != 0 || stderr != "" {
		t.Errorf("detach: %+v, %q", got, stderr)
	}

	// After its grace period a shop's databases are exported, then gone with their roles.
	tenantJSON(t, dir, "delete", "north-1", "--grace-days", "0", "--yes")
	code, _, stderr := runProgram(t, nil, "tenant", "purge", "--yes", "--data-dir", dir)
	if code == 0 || !strings.Contains(stderr, "postgres_admin_dsn") {
		t.Errorf("purge without a server: %d %q", code, stderr)
	}
	if code, _, stderr := runProgram(t, []string{"ILSAI_POSTGRES_ADMIN_DSN=" + admin}, "tenant", "drop", "--yes", "--data-dir", dir); code != 0 {
		t.Fatalf("drop: %s", stderr)
	}
	exported, err := os.ReadFile(filepath.Join(dir, "exports", "north-1", "sales", "stores.csv"))
	if err != nil || string(exported) != "id,name,city\n1,Harbour,Kiel\n" {
		t.Errorf("export: %q, %v", exported, err)
	}
	conn, err := cluster.Connect(ctx, "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	var left int
	err = conn.QueryRow(ctx, `SELECT (SELECT count(*) FROM pg_database WHERE datname LIKE 'ils\_%') + (SELECT count(*) FROM pg_roles WHERE rolname LIKE 'tenant\_%')`).Scan(&left)
	if err != nil || left != 0 {
		t.Errorf("%d databases and roles are left, %v", left, err)
	}
}
