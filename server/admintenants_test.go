package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

type shownTenant struct {
	ID, Code, Name, Tier, Status, Currency string
	TimeZone                               string    `json:"time_zone"`
	CreatedAt                              time.Time `json:"created_at"`
	Limits                                 map[string]int
	Effective                              tenancy.Limits `json:"effective_limits"`
	PurgeAt                                time.Time      `json:"purge_at"`
	PurgedAt                               time.Time      `json:"purged_at"`
}

type page[T any] struct {
	Items     []T
	NextAfter any `json:"next_after"`
}

// A shop's whole life through the API. What is changed counts from the next request on.
func TestLifeOfATenant(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	admin := b.bearer("ils", "admin")
	const path = "/api/admin/tenants/new"
	got := b.do("POST", "/api/admin/tenants", admin, `{"id":"new","name":"Näw","tier":"professional","time_zone":"Europe/Paris","currency":"EUR"}`)
	first := decode[shownTenant](t, got, 201)
	if got.header.Get("Location") != path || first.Code != "new" || first.Status != "active" || !first.CreatedAt.Equal(now) || first.Effective.QueriesPerMonth != 2000 || len(first.Limits) != 0 {
		t.Errorf("got %s", got.body)
	}
	shop := b.bearer("new", "admin")
	usage := func(want int, what string) {
		t.Helper()
		if r := b.do("GET", "/api/admin/tenants/new/usage", shop, ""); r.status != want {
			t.Errorf("%s: got %d %s, want %d", what, r.status, r.body, want)
		}
	}
	usage(200, "created")
	for _, c := range []struct {
		body  string
		check func(shownTenant) bool
	}{
		{`{"tier":"basic"}`, func(s shownTenant) bool {
			return s.Tier == "basic" && s.Name == "Näw" && s.Effective.QueriesPerMonth == 500
		}},
		{`{"limits":{"queries_per_month":-1,"max_tokens_per_query":77}}`, func(s shownTenant) bool {
			return len(s.Limits) == 2 && s.Effective.QueriesPerMonth == -1 && s.Effective.MaxTokensPerQuery == 77
		}},
		{`{"limits":{"queries_per_minute":9}}`, func(s shownTenant) bool {
			return len(s.Limits) == 1 && s.Effective.QueriesPerMinute == 9 && s.Effective.QueriesPerMonth == 500
		}},
		{`{"name":"Other"}`, func(s shownTenant) bool { return s.Name == "Other" && s.Limits["queries_per_minute"] == 9 }},
		{`{"limits":null}`, func(s shownTenant) bool { return len(s.Limits) == 0 && s.Effective.QueriesPerMinute == 30 }},
		{`{"time_zone":"Asia/Tokyo","currency":"JPY","status":"past_due"}`, func(s shownTenant) bool {
			return s.TimeZone == "Asia/Tokyo" && s.Currency == "JPY" && s.Status == "past_due"
		}},
	} {
		if got := b.do("PATCH", path, admin, c.body); !c.check(decode[shownTenant](t, got, 200)) {
			t.Errorf("%s: got %s", c.body, got.body)
		}
	}
	usage(403, "past due")
	before := len(b.audit())
	for _, same := range []string{`{}`, `{"status":"past_due"}`} {
		decode[shownTenant](t, b.do("PATCH", path, admin, same), 200)
	}
	if len(b.audit()) != before {
		t.Errorf("got %+v, want no entry for no change", b.audit()[before:])
	}
	if got := decode[shownTenant](t, b.do("DELETE", path, admin, ""), 200); got.Status != "canceled" || !got.PurgeAt.Equal(now.AddDate(0, 0, 30)) {
		t.Errorf("got %+v, want it canceled for 30 days", got)
	}
	if got := b.do("PATCH", path, admin, `{"status":"active"}`); got.status != 409 || !strings.Contains(got.problem(t).Detail, "Restore it first") {
		t.Errorf("got %d %s, want a refusal", got.status, got.body)
	}
	if got := decode[shownTenant](t, b.do("DELETE", path+"?grace_days=2", admin, ""), 200); !got.PurgeAt.Equal(now.AddDate(0, 0, 2)) {
		t.Errorf("got %+v, want another date", got)
	}
	b.clock = now.AddDate(0, 0, 2).Add(-time.Millisecond)
	if got := decode[shownTenant](t, b.do("POST", path+"/restore", b.bearer("ils", "admin"), ""), 200); got.Status != "past_due" || !got.PurgeAt.IsZero() {
		t.Errorf("got %+v, want what it was", got)
	}
	admin = b.bearer("ils", "admin")
	if got := b.do("POST", path+"/restore", admin, ""); got.status != 409 {
		t.Errorf("restored twice: got %d %s", got.status, got.body)
	}
	decode[shownTenant](t, b.do("DELETE", path+"?grace_days=0", admin, ""), 200)
	for _, c := range [][2]string{{"POST", path + "/restore"}, {"DELETE", path}} {
		if got := b.do(c[0], c[1], admin, ""); got.status != 409 {
			t.Errorf("%s %s after the grace: got %d %s", c[0], c[1], got.status, got.body)
		}
	}
	if ids, err := b.admin.PurgeTenants(t.Context(), tenancy.CommandActor("cli"), b.clock); err != nil || fmt.Sprint(ids) != "[new]" {
		t.Fatalf("got %v, %v", ids, err)
	}
	if got := decode[shownTenant](t, b.do("GET", path, admin, ""), 200); !got.PurgedAt.Equal(b.clock.UTC()) || got.Status != "canceled" {
		t.Errorf("got %+v, want a tombstone", got)
	}
	if got := b.do("POST", "/api/admin/tenants", admin, `{"id":"new","name":"x","tier":"basic","time_zone":"UTC","currency":"USD"}`); got.status != 409 {
		t.Errorf("its id again: got %d %s", got.status, got.body)
	}
	history := decode[page[tenancy.Subscription]](t, b.do("GET", path+"/subscriptions", admin, ""), 200)
	text := ""
	for _, s := range history.Items {
		text += fmt.Sprint(s.Tier, "/", s.Status, " ")
	}
	if want := "professional/active basic/active basic/past_due basic/canceled basic/past_due basic/canceled "; text != want || history.NextAfter != nil {
		t.Errorf("got %s, want %s", text, want)
	}
}

func TestTenantPages(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	admin := b.bearer("ils", "admin")
	var seen []string
	for after, n := "", 0; n < 10; n++ {
		got := decode[page[shownTenant]](t, b.do("GET", "/api/admin/tenants?limit=2&after="+after, admin, ""), 200)
		for _, item := range got.Items {
			seen = append(seen, item.ID)
		}
		next, ok := got.NextAfter.(string)
		if !ok {
			break
		}
		after = next
	}
	if fmt.Sprint(seen) != "[a b ils]" {
		t.Errorf("got %v", seen)
	}
}

// A platform's administrator cannot lock the platform out of itself, nor an administrator himself.
func TestNobodyLocksThemselvesOut(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	platform, shop := b.bearer("ils", "admin"), b.bearer("a", "admin")
	own := "/api/admin/tenants/a/users/" + string(b.users["a admin"].ID)
	for _, c := range [][4]string{
		{"DELETE", "/api/admin/tenants/ils", platform, ""}, {"PATCH", "/api/admin/tenants/ils", platform, `{"status":"suspended"}`},
		{"PATCH", own, shop, `{"role":"staff"}`}, {"PATCH", own, shop, `{"status":"disabled"}`},
	} {
		if got := b.do(c[0], c[1], c[2], c[3]); got.status != 409 || got.problem(t).Detail == "" {
			t.Errorf("%s %s %s: got %d %s, want 409", c[0], c[1], c[3], got.status, got.body)
		}
	}
	for _, c := range [][4]string{{"PATCH", "/api/admin/tenants/ils", platform, `{"name":"ILS"}`}, {"PATCH", own, shop, `{"name":"Anna"}`}, {"PATCH", own, platform, `{"role":"staff"}`}} {
		if got := b.do(c[0], c[1], c[2], c[3]); got.status != 200 {
			t.Errorf("%s %s %s: got %d %s, want 200", c[0], c[1], c[3], got.status, got.body)
		}
	}
}

func TestAdminBodiesAreReadStrictly(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	admin, before := b.bearer("ils", "admin"), len(b.audit())
	const user = `"email":"n@x.example","name":"N","role":"staff","password":"two walks along the sea"`
	for _, c := range []struct{ method, path, body, detail string }{
		{"PATCH", "/api/admin/tenants/a", `{"teir":"basic"}`, `"teir"`}, {"PATCH", "/api/admin/tenants/a", `{"Tier":"basic"}`, `"Tier"`}, {"PATCH", "/api/admin/tenants/a", `{"id":"b"}`, `"id"`},
		{"PATCH", "/api/admin/tenants/a", `{"tenant_id":"b","name":"x"}`, `"tenant_id"`}, {"PATCH", "/api/admin/tenants/a", `{"name":"x","name":"y"}`, "twice"},
		{"PATCH", "/api/admin/tenants/a", `{"name":null}`, `"name" is null`}, {"PATCH", "/api/admin/tenants/a", `{"name":7}`, "number"}, {"PATCH", "/api/admin/tenants/a", `{"tier":"gold"}`, "basic, professional"},
		{"PATCH", "/api/admin/tenants/a", `{"limits":{"queries_per_dya":1}}`, `"queries_per_dya"`}, {"PATCH", "/api/admin/tenants/a", `{"limits":[]}`, "one object"},
		{"PATCH", "/api/admin/tenants/a", `{"limits":{"queries_per_month":1.5}}`, `"queries_per_month"`}, {"PATCH", "/api/admin/tenants/a", `{"limits":{"queries_per_month":-2}}`, "-1"},
		{"PATCH", "/api/admin/tenants/a", `{"limits":{"max_tokens_per_query":-1}}`, "at least 1"}, {"PATCH", "/api/admin/tenants/a", `[]`, "one object"},
		{"PATCH", "/api/admin/tenants/a", ``, "one object"}, {"PATCH", "/api/admin/tenants/a", `{"name":"x"`, "one object"}, {"PATCH", "/api/admin/tenants/a", `{"name":"x"} {}`, "more than one"},
		{"PATCH", "/api/admin/tenants/a", "{\"name\":\"\xff\"}", "UTF-8"}, {"PATCH", "/api/admin/tenants/a", `{"name":"a\u202eb"}`, "printable"}, {"PATCH", "/api/admin/tenants/a", `{"status":"gone"}`, "active"},
		{"PATCH", "/api/admin/tenants/a", `{"limits":` + strings.Repeat("[", 20_000), "JSON"}, {"PATCH", "/api/admin/tenants/a", `{"time_zone":"Local"}`, "Europe/Paris"},
		{"POST", "/api/admin/tenants", `{"id":"../x","name":"x","tier":"basic","time_zone":"UTC","currency":"USD"}`, "tenant id"}, {"POST", "/api/admin/tenants", `{"id":"x"}`, "name"},
		{"POST", "/api/admin/tenants", `{"id":"x","name":"x","tier":"basic","time_zone":"UTC","currency":"USD","created_at":"2020-01-01T00:00:00Z"}`, `"created_at"`},
		{"POST", "/api/admin/tenants/a/users", `{` + user + `,"tenant_id":"b"}`, `"tenant_id"`}, {"POST", "/api/admin/tenants/a/users", `{` + user + `,"id":"1"}`, `"id"`},
		{"POST", "/api/admin/tenants/a/users", strings.Replace("{"+user+"}", "two walks along the sea", "short", 1), "at least 12"},
		{"POST", "/api/admin/tenants/a/users", strings.Replace("{"+user+"}", "n@x.example", "n", 1), "e-mail"}, {"POST", "/api/admin/tenants/a/users", strings.Replace("{"+user+"}", `"staff"`, `""`, 1), "role"},
		{"DELETE", "/api/admin/tenants/a?grace_days=366", "", "0 to 365"}, {"DELETE", "/api/admin/tenants/a?grace_days=-1", "", "0 to 365"}, {"DELETE", "/api/admin/tenants/a?grace_days=x", "", "0 to 365"},
		{"GET", "/api/admin/audit?limit=0", "", "1 to 1000"}, {"GET", "/api/admin/audit?limit=1001", "", "1 to 1000"}, {"GET", "/api/admin/audit?after=-1", "", "after"}, {"GET", "/api/admin/audit?after=x", "", "after"},
		{"GET", "/api/admin/tenants/a/usage?from=yesterday", "", "from is a date"}, {"GET", "/api/admin/tenants/a/usage?to=2026-13-01", "", "to is a date"}, {"GET", "/api/admin/tenants/a/usage?format=xml", "", "json or csv"},
	} {
		got := b.do(c.method, c.path, admin, c.body)
		if p := got.problem(t); got.status != 400 || p.Code != string(ilsai.CodeInvalid) || !strings.Contains(p.Detail, c.detail) {
			t.Errorf("%s %s %.80s: got %d %q, want 400 saying %q", c.method, c.path, c.body, got.status, p.Detail, c.detail)
		}
	}
	if got := b.do("PATCH", "/api/admin/tenants/a", admin, "zzz", "Content-Encoding", "gzip"); got.status != 400 {
		t.Errorf("compressed: got %d %s", got.status, got.body)
	}
	if len(b.audit()) != before {
		t.Errorf("got the entries %+v", b.audit()[before:])
	}
}
