package server_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
)

// internals must show in no reply.
var internals = []string{"SELECT", "sqlite", "database is", "goroutine", ".go:", "panic", "shop-1", "ilsai.db", "no such table", "0x"}

func checkProblem(t *testing.T, what string, a answered, status int, code ilsai.Code, dir string) {
	t.Helper()
	p := reply{a.status, a.header, a.body}.problem(t)
	if a.status != status || p.Status != status || p.Code != string(code) || p.Title == "" || p.Detail == "" || p.Type == "" {
		t.Errorf("%s: got %d %s, want %d %s", what, a.status, a.body, status, code)
	}
	// What is refused while it is read has no request id yet.
	if id := a.header.Get("X-Request-ID"); p.RequestID != id || id == "" && status != http.StatusRequestEntityTooLarge {
		t.Errorf("%s: request id %q, in the header %q", what, p.RequestID, id)
	}
	for _, word := range append(internals, dir, filepath.Base(dir)+"/") {
		if strings.Contains(string(a.body), word) {
			t.Errorf("%s: %q shows in %s", what, word, a.body)
		}
	}
}

// Every route of questions and of operations, with everything that goes wrong before its own work: a
// problem document that says what and shows nothing of the inside. The errors of the work itself
// are those of TestEveryCodeBecomesAProblem.
func TestEveryRouteRefusesInProblems(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startStack(t, stackOptions{dir: dir, tenants: 3, limits: unlimited})
	gone, err := s.store.Tenant(t.Context(), shop(2))
	gone.Status = tenancy.StatusSuspended
	if err := errors.Join(err, s.store.UpdateTenant(t.Context(), gone)); err != nil {
		t.Fatal(err)
	}
	good := s.token(shop(0), "1", tenancy.TierEnterprise)
	send := func(method, path, bearer, body string, headers ...string) answered {
		t.Helper()
		a, err := s.send(t.Context(), method, path, bearer, body, headers...)
		for range 9 { // a body that is refused unread may cost the connection before its 413 is read
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				break
			}
			a, err = s.send(t.Context(), method, path, bearer, body, headers...)
		}
		if err != nil && a.status == 0 {
			t.Fatalf("%s %s: %v", method, path, err)
		}
		return a
	}
	seen := 0
	for _, route := range s.server.App().GetRoutes(true) {
		if strings.HasPrefix(route.Path, "/api/admin") || strings.HasPrefix(route.Path, "/api/auth") || strings.HasPrefix(route.Path, "/v1/") || route.Method == http.MethodHead || strings.Contains(route.Path, ":") || strings.Contains(route.Path, "*") {
			continue // theirs are tested with them
		}
		seen++
		name := route.Method + " " + route.Path
		other := map[string]string{http.MethodGet: http.MethodDelete, http.MethodPost: http.MethodPut, http.MethodPut: http.MethodPost, http.MethodDelete: http.MethodPatch}[route.Method]
		checkProblem(t, other+" "+route.Path, send(other, route.Path, good, ""), 405, ilsai.CodeNotFound, dir)
		checkProblem(t, name+"/nothing", send(route.Method, route.Path+"/nothing/here", good, ""), 404, ilsai.CodeNotFound, dir)
		checkProblem(t, name+", a body too large", send(route.Method, route.Path, good, strings.Repeat("x", 64<<10+1)), 413, ilsai.CodeTooLarge, dir)
		if !strings.HasPrefix(route.Path, "/api/") {
			continue // no token is needed
		}
		for what, bearer := range map[string]string{"no token": "", "garbage": "x.y.z", "another secret's": good[:len(good)-6] + "AAAAAA", "a shop that is not there": s.token("nobody", "1", tenancy.TierEnterprise)} {
			checkProblem(t, name+", "+what, send(route.Method, route.Path, bearer, ask("q", "sales")), 401, ilsai.CodeUnauthenticated, dir)
		}
		checkProblem(t, name+", suspended", send(route.Method, route.Path, s.token(shop(2), "1", tenancy.TierEnterprise), ask("q", "sales")), 403, ilsai.CodeTenantInactive, dir)
	}
	if seen < 5 {
		t.Errorf("%d routes were seen", seen)
	}
}

// The database goes away under a server that knows its tenants: paid work and figures are refused with
// 503 before the model is asked, and the process lives.
func TestDatabaseAwayInProblems(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startStack(t, stackOptions{dir: dir, tenants: 1, limits: unlimited})
	good := s.token(shop(0), "1", tenancy.TierEnterprise)
	if a := s.mustAsk(shop(0), "1", "q"); a.status != 200 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	s.away = true
	if err := s.store.Close(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPost, "/api/ai/query", ask("another", "sales")}, {http.MethodPost, "/api/ai/query", ask("q", "sales")}, {http.MethodGet, "/api/ai/usage", ""},
	} {
		a, err := s.send(t.Context(), c.method, c.path, good, c.body)
		if err != nil {
			t.Fatal(err)
		}
		checkProblem(t, c.method+" "+c.path, a, 503, ilsai.CodeUnavailable, dir)
		if a.retryAfter() <= 0 {
			t.Errorf("%s: no Retry-After", c.path)
		}
	}
	if n := s.engine.runs.Load(); n != 1 {
		t.Errorf("the model was asked %d times, want once", n)
	}
	if a, err := s.send(t.Context(), http.MethodGet, "/livez", "", ""); err != nil || a.status != 200 {
		t.Errorf("/livez: %d, %v", a.status, err)
	}
}

// What a question of its own can be refused for, from the wire.
func TestEveryRefusalOfAQuestion(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := startStack(t, stackOptions{dir: dir, tenants: 2, limits: tenancy.LimitsOverride{QueriesPerMinute: count(4), QueriesPerMonth: count(2)}})
	held := make(chan struct{})
	entered := make(chan struct{})
	s.engine.before = func(_ context.Context, q assistant.Question) error {
		if q.Text == "slow" {
			close(entered)
			<-held
		}
		return nil
	}
	post := func(body string, headers ...string) answered {
		t.Helper()
		a, err := s.send(t.Context(), http.MethodPost, "/api/ai/query", s.token(shop(0), "1", tenancy.TierEnterprise), body, headers...)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	done := make(chan answered)
	go func() { done <- post(ask("slow", "sales"), "X-Idempotency-Key", "k") }()
	<-entered
	checkProblem(t, "key in flight", post(ask("slow", "sales"), "X-Idempotency-Key", "k"), 409, ilsai.CodeConflict, dir)
	close(held)
	if a := <-done; a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	checkProblem(t, "key reused", post(ask("other", "sales"), "X-Idempotency-Key", "k"), 422, ilsai.CodeKeyReused, dir)
	if a := post(ask("second", "sales")); a.status != 200 {
		t.Errorf("%d %s", a.status, a.body)
	}
	checkProblem(t, "minute", post(ask("third", "sales")), 429, ilsai.CodeRateLimited, dir)
	s.clock.Add(60e9)
	checkProblem(t, "month", post(ask("third", "sales")), 429, ilsai.CodeQuotaExceeded, dir)
	for what, body := range map[string]string{"empty": "", "array": "[]", "cut": `{"question":"q`, "type": ask("q", "weather"), "blank": ask(" ", "sales"), "long": ask(strings.Repeat("x", 2001), "sales")} {
		checkProblem(t, what, post(body), 400, ilsai.CodeInvalid, dir)
	}
	a, err := s.send(t.Context(), http.MethodPost, "/api/ai/query", s.token(shop(0), "1", tenancy.TierBasic), ask("q", "sales"))
	if err != nil {
		t.Fatal(err)
	}
	checkProblem(t, "tier", a, 403, ilsai.CodeFeatureDisabled, dir)
	if rows := s.rows(); len(rows) != 2 || !slices.ContainsFunc(rows, func(e tenancy.UsageEvent) bool { return e.Question == "slow" && e.Success }) {
		t.Errorf("rows %+v", rows)
	}
}
