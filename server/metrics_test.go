package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

var update = flag.Bool("update", false, "write golden files")

// golden compares a JSON reply, indented, with a file.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	var text bytes.Buffer
	if err := json.Indent(&text, got, "", "  "); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	text.WriteByte('\n')
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, text.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text.Bytes(), want) {
		t.Errorf("%s differs (run with -update and read the difference); got:\n%s", name, text.Bytes())
	}
}

// figures is a MetricsStore with the guide's numbers, which remembers what it was asked for.
type figures struct {
	asked []string
	days  []tenancy.DayUsage
	err   error
}

func (f *figures) note(what string, times ...time.Time) error {
	for _, at := range times {
		what += " " + at.UTC().Format(time.RFC3339)
	}
	f.asked = append(f.asked, what)
	return f.err
}

func (f *figures) TenantMetrics(_ context.Context, id ilsai.TenantID, from, to time.Time) (tenancy.Metrics, error) {
	tallies := []tenancy.Tally{
		{QueryType: tenancy.QuerySales, Count: 600, TokensUsed: 187_500, ResponseTimeMS: 1_008_000},
		{QueryType: tenancy.QuerySales, Count: 100, FromCache: true, ResponseTimeMS: 2_000},
		{QueryType: tenancy.QueryInventory, Count: 500, FromCache: true, ResponseTimeMS: 10_000},
		{QueryType: tenancy.QueryInventory, Count: 5, ErrorType: ilsai.CodeInvalid},
		{QueryType: tenancy.QuerySales, Count: 15, ErrorType: ilsai.CodeDeadline, ResponseTimeMS: 900_000},
		{QueryType: tenancy.QuerySales, Count: 30, ErrorType: ilsai.CodeRateLimited},
	}
	return tenancy.NewMetrics(tallies), f.note("tenant "+string(id), from, to)
}

func (f *figures) PlatformMetrics(_ context.Context, from, to time.Time) (tenancy.PlatformMetrics, error) {
	byTenant := map[ilsai.TenantID]int{}
	for i := range 100 {
		byTenant[ilsai.TenantID(fmt.Sprint("shop-", i))] = 1250
	}
	return tenancy.NewPlatformMetrics(byTenant, 65_000, 19_990, 20_000), f.note("platform", from, to)
}

func (f *figures) UsageByDay(_ context.Context, id ilsai.TenantID, bounds []time.Time) ([]tenancy.DayUsage, error) {
	days := make([]tenancy.DayUsage, len(bounds)-1)
	copy(days, f.days)
	return days, f.note("days "+string(id), bounds...)
}

func withMetrics(f *figures) func(*server.Deps, *admission.Options) {
	return func(d *server.Deps, _ *admission.Options) { d.Metrics, d.Platform = f, "ent" }
}

func admin(t *testing.T, tenant string) string {
	t.Helper()
	issuer, err := tenancy.NewTokenIssuer([]byte(secret), tenancy.TokenOptions{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := issuer.Issue(tenancy.Claims{UserID: "1", TenantID: ilsai.TenantID(tenant), Role: tenancy.RoleAdmin}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// The replies have the guide's members and nesting, with its own numbers.
func TestMetricsAreTheGuides(t *testing.T) {
	t.Parallel()
	f := &figures{}
	b := setup(t, withMetrics(f))
	for path, file := range map[string]string{
		"/api/admin/metrics/tenants/pro": "tenant_metrics.json", "/api/admin/metrics/platform": "platform_metrics.json",
	} {
		r := b.do("GET", path, admin(t, "ent"), "")
		if r.status != 200 || r.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%s: got %d %v: %s", path, r.status, r.header, r.body)
		}
		golden(t, file, r.body)
	}
}

func TestWhoSeesMetrics(t *testing.T) {
	t.Parallel()
	const tenants, platform = "/api/admin/metrics/tenants/", "/api/admin/metrics/platform"
	for _, c := range []struct {
		name, path string
		bearer     func(t *testing.T) string
		status     int
	}{
		{"the shop's admin, its own", tenants + "pro", func(t *testing.T) string { return admin(t, "pro") }, 200},
		{"the shop's admin, another", tenants + "basic", func(t *testing.T) string { return admin(t, "pro") }, 403},
		{"the shop's admin, none", tenants + "nobody", func(t *testing.T) string { return admin(t, "pro") }, 403},
		{"the shop's admin, the platform", platform, func(t *testing.T) string { return admin(t, "pro") }, 403},
		{"a user, the own shop", tenants + "pro", func(t *testing.T) string { return token(t, "pro", tenancy.TierProfessional, now) }, 403},
		{"a user of the platform", platform, func(t *testing.T) string { return token(t, "ent", tenancy.TierEnterprise, now) }, 403},
		{"the platform's admin, a shop", tenants + "basic", func(t *testing.T) string { return admin(t, "ent") }, 200},
		{"the platform's admin, a suspended shop", tenants + "gone", func(t *testing.T) string { return admin(t, "ent") }, 200},
		{"the platform's admin, no shop", tenants + "nobody", func(t *testing.T) string { return admin(t, "ent") }, 404},
		{"the platform's admin, no id", tenants + "A.B", func(t *testing.T) string { return admin(t, "ent") }, 400},
		{"the platform's admin, all", platform, func(t *testing.T) string { return admin(t, "ent") }, 200},
		{"nobody", platform, func(*testing.T) string { return "" }, 401},
		{"nobody, a shop", tenants + "pro", func(*testing.T) string { return "" }, 401},
	} {
		f := &figures{}
		b := setup(t, withMetrics(f))
		r := b.do("GET", c.path, c.bearer(t), "")
		if r.status != c.status || (len(f.asked) > 0) != (c.status == 200) {
			t.Errorf("%s: got %d after %v, want %d: %s", c.name, r.status, f.asked, c.status, r.body)
		}
		if c.status != 200 {
			if p := r.problem(t); c.status == 403 && p.Code != string(ilsai.CodeForbidden) {
				t.Errorf("%s: got %+v, want %s", c.name, p, ilsai.CodeForbidden)
			}
		}
	}
	// Without a platform tenant nobody administers the platform, and without metrics there is no route.
	f := &figures{}
	b := setup(t, withMetrics(f), func(d *server.Deps, _ *admission.Options) { d.Platform = "" })
	if r := b.do("GET", platform, admin(t, "ent"), ""); r.status != 403 || len(f.asked) != 0 {
		t.Errorf("no platform: got %d", r.status)
	}
	if r := setup(t).do("GET", platform, admin(t, "ent"), ""); r.status != 404 {
		t.Errorf("no metrics: got %d", r.status)
	}
}

// now is 15:00 UTC on 18 November 2026; the shops are in London.
func TestMetricsSpans(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ path, want string }{
		{"tenants/pro", "tenant pro 2026-11-01T00:00:00Z 2026-12-01T00:00:00Z"},
		{"tenants/pro?from=2026-07-01&to=2026-07-02", "tenant pro 2026-06-30T23:00:00Z 2026-07-01T23:00:00Z"},
		{"tenants/pro?from=2026-11-10", "tenant pro 2026-11-10T00:00:00Z 2026-12-01T00:00:00Z"},
		{"tenants/pro?to=2026-11-10T12:30:00Z", "tenant pro 2026-11-01T00:00:00Z 2026-11-10T12:30:00Z"},
		{"tenants/pro?from=2026-11-10T01:00:00%2B05:30&to=2026-11-10T01:00:00-03:00", "tenant pro 2026-11-09T19:30:00Z 2026-11-10T04:00:00Z"},
		{"tenants/pro?from=2026-11-10T01:00:00+05:30", "tenant pro 2026-11-09T19:30:00Z 2026-12-01T00:00:00Z"},
		{"platform", "platform 2026-10-19T15:00:00Z 2026-11-18T15:00:00Z"},
		{"platform?from=2026-07-01&to=2026-08-01", "platform 2026-07-01T00:00:00Z 2026-08-01T00:00:00Z"},
		{"tenants/pro?from=2026-12-01", ""},
		{"tenants/pro?from=2026-11-10&to=2026-11-10", ""},
		{"tenants/pro?from=yesterday", ""},
		{"platform?to=2026-13-01", ""},
		{"platform?from=2026-11-10T25:00:00Z", ""},
	} {
		f := &figures{}
		r := setup(t, withMetrics(f)).do("GET", "/api/admin/metrics/"+c.path, admin(t, "ent"), "")
		got := fmt.Sprint(f.asked)
		if want := fmt.Sprint([]string{c.want}); c.want != "" && (r.status != 200 || got != want) {
			t.Errorf("%s: got %d, %s, want %s: %s", c.path, r.status, got, want, r.body)
		}
		if c.want == "" && (r.status != 400 || got != "[]") {
			t.Errorf("%s: got %d, %s, want 400: %s", c.path, r.status, got, r.body)
		}
	}
}

func TestMetricsAway(t *testing.T) {
	t.Parallel()
	f := &figures{err: ilsai.Wrap(ilsai.CodeUnavailable, fmt.Errorf("SELECT at /var/lib"), "away")}
	b := setup(t, withMetrics(f))
	for _, path := range []string{"/api/admin/metrics/tenants/pro", "/api/admin/metrics/platform", "/api/ai/usage"} {
		if r := b.do("GET", path, admin(t, "ent"), ""); r.status != 503 || bytes.Contains(r.body, []byte("SELECT")) {
			t.Errorf("%s: got %d %s", path, r.status, r.body)
		}
	}
}
