package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Whatever of a request names shop b, a token of shop a's administrator neither reads nor changes it:
// 100 servers with 100 requests each.
func TestAShopsAdminStaysInItsShop(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	requests := 0
	rapid.Check(t, func(rt *rapid.T) {
		b := setupAdmin(t)
		bearer, before := b.bearer("a", "admin"), b.stateOfB()
		for range 100 {
			method, path, body, headers := drawAttack(rt, b)
			got := b.do(method, path, bearer, body, headers...)
			requests++
			what := fmt.Sprintf("%s %s %s %v", method, path, body, headers)
			if strings.Contains(string(got.body), "canary") {
				rt.Fatalf("%s: reads shop b: %d %s", what, got.status, got.body)
			}
			if got.status >= 500 {
				rt.Fatalf("%s: got %d %s", what, got.status, got.body)
			}
			if got.status >= 400 {
				got.problem(t)
			}
			if after := b.stateOfB(); after != before {
				rt.Fatalf("%s: changed shop b: %d\n%s\nwas\n%s", what, got.status, after, before)
			}
		}
	})
	if got := b.stateOfB(); !strings.Contains(got, "canary") || requests < 10_000 {
		t.Errorf("%d requests, %s: the test proves nothing", requests, got)
	}
}

// stateOfB is all there is of shop b.
func (b *adminBench) stateOfB() string {
	b.t.Helper()
	r, err := b.memory.TenantRecord(b.t.Context(), "b")
	if err != nil {
		b.t.Fatal(err)
	}
	users, err := b.memory.Users(b.t.Context(), "b")
	if err != nil {
		b.t.Fatal(err)
	}
	entries, err := b.memory.Audit(b.t.Context(), "b", time.Time{}, time.Time{}, 0, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	return fmt.Sprintf("%+v\n%+v\n%d entries", r, users, len(entries))
}

func drawAttack(rt *rapid.T, b *adminBench) (method, path, body string, headers []string) {
	pick := func(what string, from ...string) string { return rapid.SampledFrom(from).Draw(rt, what) }
	r := adminRoutes[rapid.IntRange(0, len(adminRoutes)-1).Draw(rt, "route")]
	user := pick("user", string(b.users["b admin"].ID), string(b.users["b staff"].ID), string(b.users["a staff"].ID), "nobody", "..%2fb")
	tenant := pick("tenant", "b", "a", "B", "%62", "b%00", "b%20", "a%2f..%2fb", "a/../b", "a,b", "code-b", "ils", "", "b/", "./b", "*", "%25", "a'%20OR%20'1'='1", "a;b")
	path = strings.NewReplacer("T", tenant, "U", user).Replace(r.path)
	glue := "?"
	if strings.Contains(path, "?") {
		glue = "&"
	}
	path += glue + pick("query", "x=1", "tenant=b", "tenant_id=b", "id=b", "tenant=a&tenant=b", "tenant=b&tenant=a", "tenant=%62", "tenant[]=b", "after=0&limit=1000&tenant=b", "user=b", "platform=a", "role=admin")
	body = r.body
	if body == "" {
		body = "{}"
	}
	if rapid.Bool().Draw(rt, "named in the body") {
		var members map[string]any
		if err := json.Unmarshal([]byte(body), &members); err != nil {
			rt.Fatal(err)
		}
		members[pick("member", "tenant", "tenant_id", "TenantID", "id", "ID", "code", "tenantId", "user_id", "email")] = pick("value", "b", "code-b", string(b.users["b admin"].ID))
		changed, err := json.Marshal(members)
		if err != nil {
			rt.Fatal(err)
		}
		body = string(changed)
	}
	method = pick("method", r.method, r.method, r.method, "GET", "PATCH", "DELETE", "POST")
	if rapid.Bool().Draw(rt, "named in a header") {
		name := pick("header", "X-Tenant-ID", "X-Tenant", "Tenant", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Forwarded-Prefix", "X-User-ID", "X-Role", "Cookie", "Referer", "X-Forwarded-For")
		headers = []string{name, pick("header's value", "b", "/api/admin/tenants/b", "DELETE", "tenant=b", "admin", "127.0.0.1")}
	}
	return method, path, body, headers
}
