package server_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

const rightPassword = "a walk along the river"

// adminBench is a server with the administration API and local login over a store in memory. It has the
// platform's tenant ils and the shops a and b, each with the users admin and staff and one usage row, and
// whatever is b's own has "canary" in it.
type adminBench struct {
	*bench

	memory *storetest.Memory
	admin  *tenancy.Administration
	clock  time.Time
	users  map[string]tenancy.User // by tenant and role, as "a admin"
}

func setupAdmin(t *testing.T, edits ...func(*server.Deps)) *adminBench {
	t.Helper()
	b := &adminBench{clock: now, users: map[string]tenancy.User{}}
	clock := func() time.Time { return b.clock }
	b.memory = storetest.NewMemory(clock)
	ring, err := tenancy.NewTokenIssuer([]byte(secret), tenancy.TokenOptions{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	login, err := tenancy.NewLocalLogin(b.memory, b.memory, ring, tenancy.LoginOptions{Cost: tenancy.PasswordCost{MemoryKiB: 64, Passes: 1, Threads: 1}, Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	cache := tenancy.NewTenantCache(b.memory, tenancy.TenantCacheOptions{Now: clock})
	b.admin = tenancy.NewAdministration(b.memory, login, tenancy.AdministrationOptions{Forget: cache.Forget, Now: clock})
	verifier, err := tenancy.NewTokenVerifier([]byte(secret), tenancy.TokenOptions{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	b.bench = setup(t, func(d *server.Deps, _ *admission.Options) {
		d.Auth, d.Platform, d.Admin, d.Login, d.Now = tenancy.NewAuthenticator(verifier, cache), "ils", b.admin, login, clock
		for _, edit := range edits {
			edit(d)
		}
	})
	for _, id := range []ilsai.TenantID{"ils", "a", "b"} {
		b.fill(t, id)
	}
	return b
}

func (b *adminBench) fill(t *testing.T, id ilsai.TenantID) {
	t.Helper()
	cli, mark := tenancy.CommandActor("seed"), "mark-"+string(id)
	if id == "b" {
		mark = "canary"
	}
	shop := tenancy.Tenant{ID: id, Code: "code-" + string(id), Name: mark, Tier: tenancy.TierProfessional, TimeZone: "Europe/London", Currency: "GBP"}
	if _, err := b.admin.CreateTenant(t.Context(), cli, shop, tenancy.LimitsOverride{}); err != nil {
		t.Fatal(err)
	}
	for _, role := range []string{"admin", "staff"} {
		u, err := b.admin.CreateUser(t.Context(), cli, id, tenancy.User{Email: role + "@" + mark + ".example", Name: mark, Role: role}, rightPassword)
		if err != nil {
			t.Fatal(err)
		}
		b.users[string(id)+" "+role] = u
	}
	e := storetest.Event(t, id, 0)
	e.Question, e.Model, e.UserID = "a question of "+mark, mark, "=1+2"
	b.memory.AddUsage(e)
}

// bearer is a token of a user of a tenant, with the role.
func (b *adminBench) bearer(tenant, role string) string {
	b.t.Helper()
	issuer, err := tenancy.NewTokenIssuer([]byte(secret), tenancy.TokenOptions{Now: func() time.Time { return b.clock }})
	if err != nil {
		b.t.Fatal(err)
	}
	id := b.users[tenant+" "+role].ID
	if id == "" {
		id = "7"
	}
	s, err := issuer.Issue(tenancy.Claims{UserID: id, TenantID: ilsai.TenantID(tenant), Role: role}, time.Hour)
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

func (b *adminBench) audit() []tenancy.AuditEntry {
	b.t.Helper()
	all, err := b.memory.AuditAll(b.t.Context(), time.Time{}, time.Time{}, 0, 0)
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// adminRoute is a route with a request that is right for tenant T and its user U.
type adminRoute struct {
	method, path, body string
	status             int  // for whoever may
	platform           bool // only for the platform's administrators
	action             string
}

var adminRoutes = []adminRoute{
	{"GET", "/api/admin/tenants", "", 200, true, ""},
	{"POST", "/api/admin/tenants", `{"id":"new","name":"New","tier":"basic","time_zone":"UTC","currency":"USD","limits":{"queries_per_month":5}}`, 201, true, "tenant.create"},
	{"GET", "/api/admin/tenants/T", "", 200, true, ""},
	{"PATCH", "/api/admin/tenants/T", `{"name":"Other","tier":"enterprise","status":"active","time_zone":"UTC","currency":"USD","limits":{"queries_per_minute":7}}`, 200, true, "tenant.change"},
	{"DELETE", "/api/admin/tenants/T?grace_days=3", "", 200, true, "tenant.delete"},
	{"GET", "/api/admin/tenants/T/subscriptions", "", 200, true, ""},
	{"GET", "/api/admin/tenants/T/users", "", 200, false, ""},
	{"POST", "/api/admin/tenants/T/users", `{"email":"new@x.example","name":"New","role":"staff","password":"two walks along the sea"}`, 201, false, "user.create"},
	{"PATCH", "/api/admin/tenants/T/users/U", `{"name":"Other","role":"admin","status":"disabled"}`, 200, false, "user.change"},
	{"POST", "/api/admin/tenants/T/users/U/password", `{"password":"two walks along the sea"}`, 204, false, "user.password"},
	{"GET", "/api/admin/tenants/T/audit", "", 200, false, ""},
	{"GET", "/api/admin/tenants/T/usage", "", 200, false, ""},
	{"GET", "/api/admin/tenants/T/usage?format=csv", "", 200, false, ""},
	{"GET", "/api/admin/audit", "", 200, true, ""},
	{"GET", "/api/admin/audit?tenant=T", "", 200, false, ""},
}

func (r adminRoute) on(tenant string, user tenancy.UserID) string {
	return strings.NewReplacer("T", tenant, "U", string(user)).Replace(r.path)
}

// Every route × everybody: who may does, and exactly then there is an audit entry; who may not learns nothing.
func TestAdminRoutesByRole(t *testing.T) {
	t.Parallel()
	for _, r := range append(adminRoutes, adminRoute{"POST", "/api/admin/tenants/T/restore", "", 200, true, "tenant.restore"}) {
		for _, who := range []struct {
			name, tenant, role string
			may                bool // platform routes, too
			own                bool // routes of shop a
		}{
			{name: "no token"}, {name: "platform admin", tenant: "ils", role: "admin", may: true, own: true}, {name: "platform staff", tenant: "ils", role: "staff"},
			{name: "shop admin", tenant: "a", role: "admin", own: true}, {name: "shop staff", tenant: "a", role: "staff"}, {name: "no role", tenant: "a"},
			{name: "almost the role", tenant: "a", role: "Admin"}, {name: "other shop's admin", tenant: "b", role: "admin"},
		} {
			t.Run(r.method+r.path+"/"+who.name, func(t *testing.T) {
				t.Parallel()
				b := setupAdmin(t)
				if r.action == "tenant.restore" {
					if _, err := b.admin.DeleteTenant(t.Context(), tenancy.CommandActor("seed"), "a", 3); err != nil {
						t.Fatal(err)
					}
				}
				status := 403
				switch {
				case who.tenant == "":
					status = 401
				case who.tenant == "a" && r.action == "tenant.restore": // the shop is canceled
				case who.may, who.own && !r.platform:
					status = r.status
				}
				bearer := ""
				if who.tenant != "" {
					bearer = b.bearer(who.tenant, who.role)
				}
				before := len(b.audit())
				got := b.do(r.method, r.on("a", b.users["a staff"].ID), bearer, r.body)
				if got.status != status || got.header.Get("Cache-Control") != "no-store" {
					t.Fatalf("got %d %v %s, want %d", got.status, got.header, got.body, status)
				}
				entries := b.audit()[before:]
				if changed := status < 300 && r.action != ""; changed != (len(entries) == 1) || len(entries) > 1 {
					t.Fatalf("got the entries %+v", entries)
				}
				if len(entries) == 1 {
					if e := entries[0]; e.Action != r.action || string(e.ActorTenant) != who.tenant || e.Actor != string(b.users[who.tenant+" "+who.role].ID) || e.RequestID == "" {
						t.Errorf("got the entry %+v", e)
					}
				}
				if status >= 400 {
					if p := got.problem(t); p.Status != status || p.Detail == "" || strings.Contains(string(got.body), "mark-") {
						t.Errorf("got %s", got.body)
					}
				} else if strings.Contains(string(got.body), "argon2") {
					t.Errorf("a hash shows: %s", got.body)
				}
			})
		}
	}
}

// For a shop's administrator another shop is no different from one that does not exist; for the platform's
// the latter is a 404.
func TestAdminOfUnknownTenants(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	shop, platform := b.bearer("a", "admin"), b.bearer("ils", "admin")
	for _, r := range adminRoutes {
		if !strings.Contains(r.path, "T") {
			continue
		}
		bodies := map[string]bool{}
		for _, tenant := range []string{"b", "nobody", "B", "a%20", "%00"} {
			got := b.do(r.method, r.on(tenant, b.users["b staff"].ID), shop, r.body, "X-Request-ID", "same")
			if got.status != 403 {
				t.Errorf("%s %s of %s: got %d %s", r.method, r.path, tenant, got.status, got.body)
			}
			bodies[string(got.body)] = true
		}
		if len(bodies) != 1 {
			t.Errorf("%s %s: the refusals differ: %v", r.method, r.path, bodies)
		}
		if got := b.do(r.method, r.on("nobody", "x"), platform, r.body); got.status != 404 || got.problem(t).Code != "not_found" {
			t.Errorf("%s %s: got %d %s, want 404", r.method, r.path, got.status, got.body)
		}
	}
	for _, path := range []string{"/api/admin/tenants/a/users/nobody", "/api/admin/tenants/a/users/" + string(b.users["b staff"].ID), "/api/admin/tenants/a/users/%2500"} {
		if got := b.do("PATCH", path, shop, `{"role":"admin"}`); got.status != 404 {
			t.Errorf("%s: got %d %s, want 404", path, got.status, got.body)
		}
	}
}

// The store's own words never show, and every failure is a problem document.
func TestAdminWithoutItsStore(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	platform := b.bearer("ils", "admin")
	b.do("GET", "/api/admin/tenants", platform, "") // the platform's tenant is cached
	cause := fmt.Errorf("SELECT secret FROM /var/lib/ilsai: disk I/O error")
	b.memory.Fail(func(string) error {
		return ilsai.Wrap(ilsai.CodeUnavailable, cause, "The records of this service cannot be read or written for now. Try again later.")
	})
	before := b.clock
	for _, r := range adminRoutes {
		got := b.do(r.method, r.on("a", b.users["a staff"].ID), platform, r.body)
		if got.status != 503 || got.problem(t).Status != 503 || got.header.Get("Retry-After") == "" || strings.Contains(string(got.body), "SELECT") {
			t.Errorf("%s %s: got %d %s", r.method, r.path, got.status, got.body)
		}
	}
	b.memory.Fail(func(string) error { return nil })
	if r, err := b.memory.TenantRecord(t.Context(), "a"); err != nil || r.Name != "mark-a" || !r.PurgeAt.IsZero() || b.clock != before {
		t.Errorf("got %+v, %v, want the shop unchanged", r, err)
	}
}

func decode[T any](t *testing.T, r reply, status int) T {
	t.Helper()
	var out T
	if err := json.Unmarshal(r.body, &out); err != nil || r.status != status {
		t.Fatalf("got %d %s, %v, want %d", r.status, r.body, err, status)
	}
	return out
}
