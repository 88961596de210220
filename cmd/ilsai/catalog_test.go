package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// TestCatalogCheck: what ships fits the demo shops; what does not fit is named with its metric or dimension, the column that is
// missing and what to change, on both engines.
func TestCatalogCheck(t *testing.T) {
	t.Parallel()
	demoShops(t)
	for _, c := range semantic.Shipped() {
		probes, err := c.Probes(semantic.SQLite, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(probes) < len(c.Metrics)+len(c.Dimensions) {
			t.Errorf("%s: %d probes for %d metrics and %d dimensions", c.Domain, len(probes), len(c.Metrics), len(c.Dimensions))
		}
	}
	sales := filepath.Join(shopsDir, "data", "tenants", shop2, "sales.db")
	broken := t.TempDir()
	text, err := os.ReadFile("../../assistant/semantic/sales.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for have, want := range map[string]string{"sql: SUM(f.quantity)": "sql: SUM(f.pieces)", "JOIN staff e ON": "JOIN employees e ON"} {
		text = []byte(strings.Replace(string(text), have, want, 1))
	}
	if err := os.WriteFile(filepath.Join(broken, "sales.yaml"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	server, err := storetest.StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer server.Stop()
	dsn, err := server.DSN(t.Context(), "shop")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), semantic.SalesSchemaPostgres); err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, database := range map[string][]string{"SQLite": {"--sqlite", sales}, "PostgreSQL": {"--postgres", dsn}, "shop": {"--data-dir", filepath.Join(shopsDir, "data"), "--tenant", string(shop2)}} {
		code, stdout, stderr := runProgram(t, nil, append([]string{"catalog", "check", "--domain", "sales"}, database...)...)
		if code != 0 || !strings.Contains(stdout, "0 problems") {
			t.Errorf("%s: the shipped catalogue: exit %d\n%s%s", name, code, stdout, stderr)
		}
		code, stdout, _ = runProgram(t, nil, append([]string{"catalog", "check", "--json", "--catalogue-dir", broken}, database...)...)
		var report catalogReport
		if err := json.Unmarshal([]byte(stdout), &report); err != nil || code == 0 {
			t.Fatalf("%s: exit %d, %v\n%s", name, code, err, stdout)
		}
		found := map[string]string{}
		for _, p := range report.Problems {
			found[p.Kind+" "+p.ID] = p.Missing
			if p.Cause == "" || !strings.Contains(p.Change, p.ID) {
				t.Errorf("%s: %+v says neither why nor what to do", name, p)
			}
		}
		want := map[string]string{"metric units": "f.pieces", "dimension staff": "employees", // and what the rollups would read of them
			"rollup sales_daily_stores": "f.pieces", "rollup sales_daily_staff": "employees", "rollup sales_daily_categories": "f.pieces", "rollup sales_daily_products": "f.pieces"}
		if !maps.Equal(found, want) {
			t.Errorf("%s: found %v", name, found)
		}
	}
}
