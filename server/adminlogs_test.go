package server_test

import (
	"encoding/csv"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

func TestAuditPages(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	platform, shop := b.bearer("ils", "admin"), b.bearer("a", "admin")
	for _, c := range []struct {
		bearer, path string
		want         int
	}{
		{platform, "/api/admin/audit?", 9}, {platform, "/api/admin/audit?tenant=b&", 3}, {platform, "/api/admin/tenants/a/audit?", 3}, {shop, "/api/admin/tenants/a/audit?", 3},
		{shop, "/api/admin/audit?tenant=a&", 3}, {platform, "/api/admin/audit?from=2026-11-19&", 0}, {platform, "/api/admin/audit?to=2026-11-18T15:00:00Z&", 0},
		{platform, "/api/admin/audit?from=2026-11-18T16:00:00+01:00&", 9},
	} {
		seen, after := 0, int64(0)
		for range 10 {
			got := decode[page[tenancy.AuditEntry]](t, b.do("GET", fmt.Sprint(c.path, "limit=2&after=", after), c.bearer, ""), 200)
			for _, e := range got.Items {
				if e.ID <= after {
					t.Errorf("%s: entry %d after %d", c.path, e.ID, after)
				}
				after = e.ID
				if seen++; c.bearer == shop && e.TenantID != "a" {
					t.Errorf("%s: %+v is not the shop's", c.path, e)
				}
			}
			if next, ok := got.NextAfter.(float64); !ok || int64(next) != after {
				break
			}
		}
		if seen != c.want {
			t.Errorf("%s: got %d entries, want %d", c.path, seen, c.want)
		}
	}
	for _, e := range b.audit() {
		if text := string(e.Before) + string(e.After); strings.Contains(text, "@") || strings.Contains(text, "argon2") {
			t.Errorf("the log holds personal data: %s", text)
		}
	}
}

func TestUsageRows(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	shop := b.bearer("a", "admin")
	for n := 1; n < 5; n++ {
		b.memory.AddUsage(storetest.Event(t, "a", n))
	}
	first := b.do("GET", "/api/admin/tenants/a/usage?limit=2", shop, "")
	got := decode[page[map[string]any]](t, first, 200)
	if len(got.Items) != 2 || got.NextAfter == nil || got.Items[0]["model"] != "mark-a" || got.Items[0]["tokens_used"] != 150.0 {
		t.Errorf("got %s", first.body)
	}
	if _, there := got.Items[0]["question"]; there || strings.Contains(string(first.body), "a question of") {
		t.Errorf("the question shows: %s", first.body)
	}
	rest := decode[page[map[string]any]](t, b.do("GET", fmt.Sprintf("/api/admin/tenants/a/usage?after=%v", got.NextAfter), shop, ""), 200)
	if len(rest.Items) != 3 || rest.NextAfter != nil {
		t.Errorf("got %+v, want the other three", rest)
	}
	from := storetest.Start.Add(3 * time.Second).Format(time.RFC3339)
	if got := decode[page[map[string]any]](t, b.do("GET", "/api/admin/tenants/a/usage?from="+from, shop, ""), 200); len(got.Items) != 2 {
		t.Errorf("got %+v, want two from %s on", got, from)
	}
	if got := b.do("GET", "/api/admin/tenants/a/usage?from=2030-01-01", shop, ""); string(got.body) != `{"items":[],"next_after":null}` {
		t.Errorf("got %s", got.body)
	}
}

func TestUsageAsCSV(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	b.memory.AddUsage(storetest.Event(t, "a", 1))
	got := b.do("GET", "/api/admin/tenants/a/usage?format=csv&limit=1", b.bearer("a", "admin"), "")
	rows, err := csv.NewReader(strings.NewReader(string(got.body))).ReadAll()
	if err != nil || got.status != 200 || len(rows) != 2 || len(rows[1]) != 16 {
		t.Fatalf("got %d %s, %v", got.status, got.body, err)
	}
	for name, want := range map[string]string{"Content-Type": "text/csv; charset=utf-8", "X-Next-After": rows[1][0], "Content-Disposition": `attachment; filename="usage-a.csv"`} {
		if got.header.Get(name) != want {
			t.Errorf("%s: got %q, want %q", name, got.header.Get(name), want)
		}
	}
	if rows[1][3] != "'=1+2" || strings.Contains(string(got.body), "question") {
		t.Errorf("got %s, want no formula and no question", got.body)
	}
}
