package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
)

func credentials(tenant, email, password string) string {
	b, _ := json.Marshal(map[string]string{"tenant": tenant, "email": email, "password": password})
	return string(b)
}

func TestLogin(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	got := b.do("POST", "/api/auth/login", "", credentials("code-a", " Staff@mark-a.Example ", rightPassword))
	session := decode[struct {
		Token     string
		TokenType string    `json:"token_type"`
		ExpiresAt time.Time `json:"expires_at"`
		Tenant    map[string]string
		User      map[string]string
	}](t, got, 200)
	if session.TokenType != "Bearer" || !session.ExpiresAt.Equal(now.Add(time.Hour)) || got.header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %s with %v", got.body, got.header)
	}
	if want := "map[code:code-a id:a name:mark-a tier:professional]"; fmt.Sprint(session.Tenant) != want {
		t.Errorf("got %v, want %s", session.Tenant, want)
	}
	if want := fmt.Sprintf("map[email:staff@mark-a.example id:%s name:mark-a role:staff]", b.users["a staff"].ID); fmt.Sprint(session.User) != want {
		t.Errorf("got %v, want %s", session.User, want)
	}
	if r := b.do("GET", "/api/ai/features", session.Token, ""); r.status != 200 {
		t.Errorf("the token does not open: %d %s", r.status, r.body)
	}
}

// Nothing in a refusal tells a wrong password from a shop or an account that is not there, or is locked.
func TestLoginFailuresHaveOneBody(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t)
	disabled := tenancy.UserDisabled
	if _, err := b.admin.ChangeUser(t.Context(), tenancy.CommandActor("cli"), "b", b.users["b staff"].ID, tenancy.UserChange{Status: &disabled}); err != nil {
		t.Fatal(err)
	}
	bodies := map[string]bool{}
	try := func(body string) {
		t.Helper()
		got := b.do("POST", "/api/auth/login", "", body, "X-Request-ID", "same")
		if p := got.problem(t); got.status != 401 || p.Code != string(ilsai.CodeUnauthenticated) || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: got %d %s", body, got.status, got.body)
		}
		bodies[string(got.body)] = true
		b.clock = b.clock.Add(time.Minute) // the limit is another test's
	}
	for _, body := range []string{
		credentials("code-a", "staff@mark-a.example", "wrong"), credentials("code-a", "nobody@mark-a.example", rightPassword), credentials("nowhere", "staff@mark-a.example", rightPassword),
		credentials("code-b", "staff@canary.example", rightPassword), credentials("code-b", "staff@mark-a.example", rightPassword), credentials("", "", ""), `{}`,
	} {
		try(body)
	}
	for range 5 {
		try(credentials("code-a", "admin@mark-a.example", "wrong"))
	}
	try(credentials("code-a", "admin@mark-a.example", rightPassword)) // locked
	if len(bodies) != 1 {
		t.Errorf("the refusals differ: %v", bodies)
	}
	for _, bad := range []string{"", "[]", `{"tenant":"a","e-mail":"x"}`, `{"tenant":7}`} {
		if got := b.do("POST", "/api/auth/login", "", bad); got.status != 400 {
			t.Errorf("%s: got %d %s", bad, got.status, got.body)
		}
		b.clock = b.clock.Add(time.Minute)
	}
}

// countingLogin refuses everybody and counts.
type countingLogin struct{ asked int }

func (l *countingLogin) Login(context.Context, string, string, string) (tenancy.Session, error) {
	l.asked++
	return tenancy.Session{}, ilsai.Errorf(ilsai.CodeUnauthenticated, "wrong")
}

// Ten attempts a minute for an account whoever tries, and for an address whatever it tries; beyond them
// nothing is looked up or hashed.
func TestLoginLimits(t *testing.T) {
	t.Parallel()
	login := &countingLogin{}
	b := setupAdmin(t, func(d *server.Deps) {
		d.Login, d.TrustedProxies = login, []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32"), netip.MustParsePrefix("10.0.0.0/8")}
	})
	try := func(account, from string) int {
		t.Helper()
		got := b.do("POST", "/api/auth/login", "", credentials("shop", account, "x"), "X-Forwarded-For", from)
		if got.status == 429 && (got.header.Get("Retry-After") != "60" || got.problem(t).Detail == "") {
			t.Errorf("got %v %s, want a time to wait", got.header, got.body)
		}
		return got.status
	}
	for name, attempt := range map[string]func(n int) (account, from string){
		"one account":      func(n int) (string, string) { return "Anna@x.example", fmt.Sprintf("192.0.2.%d", n) },
		"its other form":   func(n int) (string, string) { return " anna@X.example", fmt.Sprintf("198.51.100.%d", n) }, // the same account: none is left
		"one address":      func(n int) (string, string) { return fmt.Sprint(n, "@x.example"), "203.0.113.1, 10.1.2.3" },
		"one IPv6 network": func(n int) (string, string) { return fmt.Sprint(n, "@y.example"), fmt.Sprintf("2001:db8::%d", n) },
		"forged": func(n int) (string, string) {
			return fmt.Sprint(n, "@z.example"), fmt.Sprintf("192.0.2.%d, 203.0.113.9, 10.1.2.3", n)
		},
		"no address": func(n int) (string, string) { return fmt.Sprint(n, "@w.example"), fmt.Sprintf("nonsense %d", n) },
	} {
		b.clock = b.clock.Add(time.Hour)
		admitted, asked := 0, login.asked
		for n := range 25 {
			if try(attempt(n)) == 401 {
				admitted++
			}
		}
		if admitted != 10 || login.asked-asked != 10 {
			t.Errorf("%s: %d admitted, %d asked, want 10", name, admitted, login.asked-asked)
		}
		if account, from := attempt(0); name == "one address" {
			b.clock = b.clock.Add(time.Minute)
			if got := try(account, from); got != 401 {
				t.Errorf("after a minute: got %d", got)
			}
		}
	}
}

// A client's own X-Forwarded-For above the proxy's line gives it no other address.
func TestForwardedInTwoLines(t *testing.T) {
	t.Parallel()
	b := setupAdmin(t, func(d *server.Deps) {
		d.Login, d.TrustedProxies = &countingLogin{}, []netip.Prefix{netip.MustParsePrefix("0.0.0.0/32")}
	})
	admitted := 0
	for n := range 25 {
		req := httptest.NewRequest(http.MethodPost, "/api/auth/login", strings.NewReader(credentials("shop", fmt.Sprint(n, "@x.example"), "x")))
		req.Header["X-Forwarded-For"] = []string{fmt.Sprintf("192.0.2.%d", n), "203.0.113.9"}
		resp, err := b.server.App().Test(req, -1)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusUnauthorized {
			admitted++
		}
	}
	if admitted != 10 {
		t.Errorf("%d admitted, want 10", admitted)
	}
}

func TestWithoutLocalLogin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.do("POST", "/api/auth/login", "", credentials("a", "b", "c"))
	if p := got.problem(t); got.status != 404 || !strings.Contains(p.Detail, "ILS platform") {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := b.do("GET", "/api/admin/tenants", token(t, "pro", "professional", now), ""); got.status != 404 {
		t.Errorf("got %d %s, want no administration", got.status, got.body)
	}
}
