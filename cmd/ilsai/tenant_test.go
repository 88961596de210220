package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// tenantJSON runs a tenant command and reads what it prints.
func tenantJSON(t *testing.T, dir string, args ...string) []shownTenant {
	t.Helper()
	code, out, stderr := runProgram(t, nil, append(append([]string{"tenant"}, args...), "--data-dir", dir, "--json")...)
	if code != 0 {
		t.Fatalf("%v: %s", args, stderr)
	}
	var all []shownTenant
	if err := json.Unmarshal([]byte(out), &all); err != nil {
		t.Fatalf("%v: %v in %s", args, err, out)
	}
	return all
}

func TestTenantCommands(t *testing.T) {
	t.Parallel()
	dir := makeShop(t)
	created := tenantJSON(t, dir, "create", "--id", "north", "--name", "North", "--tier", "basic", "--time-zone", "Europe/Paris", "--currency", "EUR")
	if len(created) != 1 || created[0].Code != "north" || created[0].Status != "active" || created[0].Effective.QueriesPerMonth != 500 {
		t.Errorf("create: %+v", created)
	}
	changed := tenantJSON(t, dir, "set", "north", "--queries-per-month", "900", "--queries-per-minute", "unlimited", "--tier", "professional")[0]
	if changed.Effective != (tenancy.Limits{QueriesPerMonth: 900, QueriesPerMinute: tenancy.Unlimited, MaxTokensPerQuery: 500}) {
		t.Errorf("set: %+v", changed)
	}
	changed = tenantJSON(t, dir, "set", "north", "--queries-per-month", "tier", "--name", "North Optics")[0]
	if changed.Effective != (tenancy.Limits{QueriesPerMonth: 2000, QueriesPerMinute: tenancy.Unlimited, MaxTokensPerQuery: 500}) || changed.Name != "North Optics" {
		t.Errorf("back to the tier's: %+v", changed)
	}
	if all := tenantJSON(t, dir, "list"); len(all) != 2 {
		t.Errorf("list: %+v", all)
	}

	shopData := filepath.Join(dir, "tenants", "north")
	if err := os.MkdirAll(shopData, 0o700); err != nil {
		t.Fatal(err)
	}
	deleted := tenantJSON(t, dir, "delete", "north", "--grace-days", "30")[0]
	if days := time.Until(deleted.PurgeAt).Hours() / 24; deleted.Status != "canceled" || days < 29 || days > 30 {
		t.Errorf("delete: %+v", deleted)
	}
	if restored := tenantJSON(t, dir, "restore", "north")[0]; restored.Status != "active" || !restored.PurgeAt.IsZero() {
		t.Errorf("restore: %+v", restored)
	}
	code, _, stderr := runProgram(t, nil, "tenant", "delete", "north", "--grace-days", "0", "--data-dir", dir)
	oneLine(t, code, stderr, "--yes")
	tenantJSON(t, dir, "delete", "north", "--grace-days", "0", "--yes")
	code, _, stderr = runProgram(t, nil, "tenant", "purge", "--data-dir", dir)
	oneLine(t, code, stderr, "north", "--yes")
	if _, err := os.Stat(shopData); err != nil {
		t.Errorf("purge without --yes removed the data: %v", err)
	}
	if purged := tenantJSON(t, dir, "purge", "--yes"); len(purged) != 1 || purged[0].ID != "north" || purged[0].PurgedAt.IsZero() {
		t.Errorf("purge: %+v", purged)
	}
	if _, err := os.Stat(shopData); !os.IsNotExist(err) {
		t.Errorf("the data of the purged shop: %v", err)
	}
	if again := tenantJSON(t, dir, "purge", "--yes"); len(again) != 0 {
		t.Errorf("purge twice: %+v", again)
	}

	for name, c := range map[string]struct{ args, says []string }{
		"create twice":       {[]string{"create", "--id", testShop, "--name", "X"}, []string{"exists already"}},
		"create without id":  {[]string{"create", "--name", "X"}, []string{"id"}},
		"create badly":       {[]string{"create", "--id", "x", "--name", "X", "--time-zone", "Moon/Sea"}, []string{"time zone"}},
		"set nobody":         {[]string{"set", "nobody", "--tier", "basic"}, []string{`"nobody"`}},
		"set nothing":        {[]string{"set", testShop}, []string{"nothing to change"}},
		"set no tier":        {[]string{"set", testShop, "--tier", "gold"}, []string{"basic, professional and enterprise"}},
		"set no limit":       {[]string{"set", testShop, "--queries-per-month", "many"}, []string{"many", "unlimited"}},
		"set endless answer": {[]string{"set", testShop, "--max-tokens-per-query", "unlimited"}, []string{"at least 1"}},
		"restore active":     {[]string{"restore", testShop}, []string{"not deleted"}},
		"restore purged":     {[]string{"restore", "north"}, []string{"could be restored until"}},
		"delete nobody":      {[]string{"delete", "nobody"}, []string{`"nobody"`}},
		"delete too long":    {[]string{"delete", testShop, "--grace-days", "900"}, []string{"0 to 365"}},
	} {
		code, _, stderr := runProgram(t, nil, append(append([]string{"tenant"}, c.args...), "--data-dir", dir)...)
		t.Run(name, func(t *testing.T) { oneLine(t, code, stderr, c.says...) })
	}
}

// TestOwnChangesCountAtOnce: what an administrator changes through a server, that server does not go on remembering.
func TestOwnChangesCountAtOnce(t *testing.T) {
	t.Parallel()
	dir, secret := makeShop(t), filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "a")
	tenantJSON(t, dir, "create", "--id", "north", "--name", "North", "--tier", "enterprise")
	s := startServer(t, nil, "--data-dir", dir, "--jwt-secret-file", secret, "--platform-tenant", testShop)
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText("a")), tenancy.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	admin, err := issuer.Issue(tenancy.Claims{UserID: "1", TenantID: testShop, Email: "a@b.example", Role: tenancy.RoleAdmin}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	north := issuedTo(t, issuer, "north")
	features := func() (int, string) { return s.get(t, "/api/ai/features", north) }
	if status, body := features(); status != 200 || !strings.Contains(body, `"queries_per_minute":120`) {
		t.Fatalf("at first: %d %s", status, body)
	}
	change := func(body string) {
		t.Helper()
		if status, reply, err := request(http.MethodPatch, s.url+"/api/admin/tenants/north", admin, body); err != nil || status != 200 {
			t.Fatalf("%s: %d %s %v", body, status, reply, err)
		}
	}
	change(`{"limits": {"queries_per_minute": 7}}`)
	if status, body := features(); status != 200 || !strings.Contains(body, `"queries_per_minute":7`) {
		t.Errorf("with another limit: %d %s", status, body)
	}
	change(`{"status": "suspended"}`)
	if status, body := features(); status != 403 {
		t.Errorf("suspended: %d %s", status, body)
	}
	change(`{"status": "active"}`)
	if status, body := features(); status != 200 {
		t.Errorf("active again: %d %s", status, body)
	}
}

// TestAuditListGoesThroughAllPages writes more entries than one page holds.
func TestAuditListGoesThroughAllPages(t *testing.T) {
	t.Parallel()
	dir := makeShop(t)
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const entries = 1500 // a page has 1,000, the day of a case 1,440
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for i := range entries {
		e := tenancy.AuditEntry{Actor: "test", Action: "tick", At: start.Add(time.Duration(i) * time.Minute)}
		if i%3 == 0 {
			e.TenantID = testShop
		}
		if err := control.AppendAudit(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
	}
	control.Close()
	for name, c := range map[string]struct {
		args []string
		want int
	}{
		"all":      {nil, entries},
		"a tenant": {[]string{"--tenant", testShop}, entries / 3},
		"a day":    {[]string{"--from", "2026-11-01", "--to", "2026-11-02"}, 24 * 60},
		"a time":   {[]string{"--from", "2026-11-01T10:00:00Z", "--to", "2026-11-01T10:30:00Z"}, 30},
		"none":     {[]string{"--from", "2027-01-01"}, 0},
	} {
		code, out, stderr := runProgram(t, nil, append([]string{"audit", "list", "--data-dir", dir, "--json"}, c.args...)...)
		var got []tenancy.AuditEntry
		if err := json.Unmarshal([]byte(out), &got); code != 0 || err != nil || got == nil || len(got) != c.want {
			t.Errorf("%s: %d entries, want %d; %d %v %s", name, len(got), c.want, code, err, stderr)
		}
		_, table, _ := runProgram(t, nil, append([]string{"audit", "list", "--data-dir", dir}, c.args...)...)
		if lines := strings.Count(table, "\n"); lines != c.want+1 {
			t.Errorf("%s: a table of %d lines, want %d", name, lines, c.want+1)
		}
	}
	for _, args := range [][]string{{"--from", "yesterday"}, {"--from", "2026-11-02", "--to", "2026-11-01"}, {"--tenant", "nobody"}} {
		code, _, stderr := runProgram(t, nil, append([]string{"audit", "list", "--data-dir", dir}, args...)...)
		oneLine(t, code, stderr)
	}
}
