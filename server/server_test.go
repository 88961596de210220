package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/admission/admissiontest"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

const secret = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a6978"

var now = time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)

// bench is one server with scripted neighbours.
type bench struct {
	t        *testing.T
	server   *server.Server
	asker    *scriptedAsker
	usage    *admissiontest.Ledger
	refusals *admission.Refusals
	tenants  fixedTenants
}

func setup(t *testing.T, edits ...func(*server.Deps, *admission.Options)) *bench {
	t.Helper()
	b := &bench{t: t, asker: &scriptedAsker{}, usage: admissiontest.NewLedger(func() time.Time { return now }), tenants: fixedTenants{}}
	for id, tier := range map[string]tenancy.Tier{"basic": tenancy.TierBasic, "pro": tenancy.TierProfessional, "ent": tenancy.TierEnterprise} {
		b.tenants[ilsai.TenantID(id)] = tenancy.Tenant{ID: ilsai.TenantID(id), Code: id, Name: id, Tier: tier, Status: tenancy.StatusActive, TimeZone: "Europe/London", Currency: "GBP"}
	}
	gone := b.tenants["pro"]
	gone.ID, gone.Status = "gone", tenancy.StatusSuspended
	b.tenants["gone"] = gone
	verifier, err := tenancy.NewTokenVerifier([]byte(secret), tenancy.TokenOptions{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	answers, err := dedup.New(dedup.Options{MaxBytes: 1 << 20, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(answers.Close)
	b.refusals = admission.NewRefusals(admission.RefusalsOptions{Store: b.usage})
	options := admission.Options{
		Limiter: limit.NewLocal(limit.Options{}), Answers: answers, Ledger: b.usage, Refusals: b.refusals, Now: func() time.Time { return now }, Lease: time.Minute,
	}
	deps := server.Deps{
		Asker: b.asker, Auth: tenancy.NewAuthenticator(verifier, b.tenants), Quota: b.usage, Tenants: b.tenants,
		Ready: func(context.Context) []server.Check { return []server.Check{{Name: "model"}} },
		Log:   slog.New(slog.DiscardHandler), Now: func() time.Time { return now }, ModelName: "test", QueryTimeout: time.Minute,
	}
	for _, edit := range edits {
		edit(&deps, &options)
	}
	deps.Desk = admission.New(options)
	b.server = server.New(deps)
	return b
}

// refused is how often questions were refused before they were admitted, by code.
func (b *bench) refused() map[ilsai.Code]int {
	b.t.Helper()
	if err := b.refusals.Write(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	counts := map[ilsai.Code]int{}
	for key, n := range b.usage.Refusals() {
		counts[key.ErrorType] += int(n)
	}
	return counts
}

type scriptedAsker struct {
	mu    sync.Mutex
	calls int
	reply func(q assistant.Question) (assistant.Answer, error)
}

func (s *scriptedAsker) Ask(_ context.Context, q assistant.Question) (assistant.Answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls++
	if s.reply != nil {
		return s.reply(q)
	}
	return assistant.Answer{Answer: "for " + string(q.Tenant.ID), QueryType: q.QueryType, TokensUsed: 12, Usage: assistant.Usage{Prompt: 8, Completion: 4}}, nil
}

type fixedTenants map[ilsai.TenantID]tenancy.Tenant

func (f fixedTenants) Tenant(_ context.Context, id ilsai.TenantID) (tenancy.Tenant, error) {
	if t, ok := f[id]; ok {
		return t, nil
	}
	return tenancy.Tenant{}, ilsai.Errorf(ilsai.CodeNotFound, "no such tenant")
}
func (fixedTenants) CreateTenant(context.Context, tenancy.Tenant) error { return errors.ErrUnsupported }
func (fixedTenants) UpdateTenant(context.Context, tenancy.Tenant) error { return errors.ErrUnsupported }
func (fixedTenants) Tenants(context.Context) ([]tenancy.Tenant, error) {
	return nil, errors.ErrUnsupported
}
func (fixedTenants) TenantByCode(context.Context, string) (tenancy.Tenant, error) {
	return tenancy.Tenant{}, errors.ErrUnsupported
}

func token(t *testing.T, tenant string, tier tenancy.Tier, at time.Time) string {
	t.Helper()
	issuer, err := tenancy.NewTokenIssuer([]byte(secret), tenancy.TokenOptions{Now: func() time.Time { return at }})
	if err != nil {
		t.Fatal(err)
	}
	s, err := issuer.Issue(tenancy.Claims{UserID: "7", TenantID: ilsai.TenantID(tenant), Email: "a@b.example", Role: "user", Tier: tier}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) problem(t *testing.T) (p struct {
	Type, Title, Detail, Code string
	Status                    int
	RequestID                 string `json:"request_id"`
},
) {
	t.Helper()
	if got := r.header.Get("Content-Type"); got != "application/problem+json" {
		t.Errorf("content type is %q, want application/problem+json; body %s", got, r.body)
	}
	if err := json.Unmarshal(r.body, &p); err != nil {
		t.Fatalf("%v: %s", err, r.body)
	}
	return p
}

func (b *bench) do(method, path, bearer, body string, headers ...string) reply {
	b.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := b.server.App().Test(req, -1)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, all}
}

func ask(question, queryType string) string {
	b, _ := json.Marshal(map[string]string{"question": question, "query_type": queryType})
	return string(b)
}

func TestQueryAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.do("POST", "/api/ai/query", token(t, "pro", tenancy.TierProfessional, now), ask("  How much did we sell? ", "sales"), "X-Request-ID", "abc-1")
	if r.status != 200 {
		t.Fatalf("got %d: %s", r.status, r.body)
	}
	var got struct {
		Answer    string `json:"answer"`
		RequestID string `json:"request_id"`
		FromCache *bool  `json:"from_cache"`
	}
	if err := json.Unmarshal(r.body, &got); err != nil {
		t.Fatal(err)
	}
	if got.Answer != "for pro" || got.RequestID != "abc-1" || got.FromCache == nil || r.header.Get("X-Request-ID") != "abc-1" {
		t.Errorf("got %s with header %v", r.body, r.header)
	}
	if len(b.usage.Rows()) != 1 {
		t.Fatalf("got %d usage rows, want 1", len(b.usage.Rows()))
	}
	row := b.usage.Rows()[0]
	if row.TenantID != "pro" || row.UserID != "7" || row.Question != "How much did we sell?" || row.TokensUsed != 12 || row.PromptTokens != 8 || row.CompletionTokens != 4 ||
		!row.Success || row.RequestID != "abc-1" || row.Model != "test" || !row.Timestamp.Equal(now) {
		t.Errorf("usage row %+v", row)
	}
}

func TestQueryRefuses(t *testing.T) {
	t.Parallel()
	pro := func(t *testing.T) string { return token(t, "pro", tenancy.TierProfessional, now) }
	cases := []struct {
		name, body string
		bearer     func(t *testing.T) string
		headers    []string
		status     int
		code       ilsai.Code
		detail     string // part of it
		refused    int    // counted under the code; no row is left behind
	}{
		{name: "no token", body: ask("q", "sales"), status: 401, code: ilsai.CodeUnauthenticated, detail: "Bearer"},
		{name: "garbage token", body: ask("q", "sales"), bearer: func(*testing.T) string { return "x.y.z" }, status: 401, code: ilsai.CodeUnauthenticated},
		{name: "expired token", body: ask("q", "sales"), bearer: func(t *testing.T) string { return token(t, "pro", "professional", now.Add(-3*time.Hour)) }, status: 401, code: ilsai.CodeUnauthenticated},
		{name: "forged token", body: ask("q", "sales"), bearer: func(t *testing.T) string { return pro(t)[:len(pro(t))-4] + "AAAA" }, status: 401, code: ilsai.CodeUnauthenticated},
		{name: "unknown tenant", body: ask("q", "sales"), bearer: func(t *testing.T) string { return token(t, "nobody", "enterprise", now) }, status: 401, code: ilsai.CodeUnauthenticated},
		{name: "inactive subscription", body: ask("q", "sales"), bearer: func(t *testing.T) string { return token(t, "gone", "professional", now) }, status: 403, code: ilsai.CodeTenantInactive},
		{name: "tier too low", body: ask("q", "sales"), bearer: func(t *testing.T) string { return token(t, "basic", "basic", now) }, status: 403, code: ilsai.CodeFeatureDisabled, detail: "Professional", refused: 1},
		{name: "patients need enterprise", body: ask("q", "patients"), bearer: pro, status: 403, code: ilsai.CodeFeatureDisabled, detail: "Enterprise", refused: 1},
		{name: "a token cannot raise the tier", body: ask("q", "sales"), bearer: func(t *testing.T) string { return token(t, "basic", "enterprise", now) }, status: 403, code: ilsai.CodeFeatureDisabled, refused: 1},
		{name: "a token can lower the tier", body: ask("q", "sales"), bearer: func(t *testing.T) string { return token(t, "ent", "basic", now) }, status: 403, code: ilsai.CodeFeatureDisabled, refused: 1},
		{name: "empty body", bearer: pro, status: 400, code: ilsai.CodeInvalid, detail: `"query_type"`},
		{name: "malformed JSON", body: `{"question": "q", `, bearer: pro, status: 400, code: ilsai.CodeInvalid},
		{name: "wrong type", body: `{"question": 7, "query_type": "sales"}`, bearer: pro, status: 400, code: ilsai.CodeInvalid},
		{name: "two values", body: ask("q", "sales") + ask("q", "sales"), bearer: pro, status: 400, code: ilsai.CodeInvalid, detail: "more than one"},
		{name: "array", body: `[]`, bearer: pro, status: 400, code: ilsai.CodeInvalid},
		{name: "deep JSON", body: strings.Repeat("[", 20_000), bearer: pro, status: 400, code: ilsai.CodeInvalid},
		{name: "invalid UTF-8", body: "{\"question\": \"\xff\", \"query_type\": \"sales\"}", bearer: pro, status: 400, code: ilsai.CodeInvalid, detail: "UTF-8"},
		{name: "unknown query type", body: ask("q", "weather"), bearer: pro, status: 400, code: ilsai.CodeInvalid, detail: "ophthalmic, sales, inventory"},
		{name: "empty question", body: ask(" \n\t ", "sales"), bearer: pro, status: 400, code: ilsai.CodeInvalid, detail: "empty", refused: 1},
		{name: "question of 2001 characters", body: ask(strings.Repeat("é", 2001), "sales"), bearer: pro, status: 400, code: ilsai.CodeInvalid, detail: "2001", refused: 1},
		{name: "compressed body", body: "zzz", bearer: pro, headers: []string{"Content-Encoding", "gzip"}, status: 400, code: ilsai.CodeInvalid, detail: "Content-Encoding"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			bearer := ""
			if c.bearer != nil {
				bearer = c.bearer(t)
			}
			r := b.do("POST", "/api/ai/query", bearer, c.body, c.headers...)
			p := r.problem(t)
			if r.status != c.status || p.Status != c.status || p.Code != string(c.code) || p.Type != "urn:ilsai:problem:"+string(c.code) || p.RequestID == "" {
				t.Errorf("got %d %+v, want %d %s", r.status, p, c.status, c.code)
			}
			if !strings.Contains(p.Detail, c.detail) || p.Detail == "" {
				t.Errorf("detail %q does not say %q", p.Detail, c.detail)
			}
			if b.asker.calls != 0 {
				t.Errorf("the model was asked %d times", b.asker.calls)
			}
			want := map[ilsai.Code]int{}
			if c.refused > 0 {
				want[c.code] = c.refused
			}
			if got := b.refused(); !maps.Equal(got, want) || len(b.usage.Rows()) != 0 {
				t.Errorf("refused %v with %d usage rows, want %v and none", got, len(b.usage.Rows()), want)
			}
			if c.status == 401 && !strings.HasPrefix(r.header.Get("WWW-Authenticate"), "Bearer") {
				t.Error("a 401 names no scheme")
			}
		})
	}
}

func TestQuestionOf2000CharactersPasses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	r := b.do("POST", "/api/ai/query", token(t, "pro", tenancy.TierProfessional, now), ask(strings.Repeat("é", 2000), "sales"))
	if r.status != 200 {
		t.Errorf("got %d: %s", r.status, r.body)
	}
}

// TestEveryCodeBecomesAProblem walks all codes through the one table; nothing internal may show.
func TestEveryCodeBecomesAProblem(t *testing.T) {
	t.Parallel()
	want := map[ilsai.Code]int{
		ilsai.CodeInternal: 500, ilsai.CodeInvalid: 400, ilsai.CodeTooLarge: 413, ilsai.CodeUnauthenticated: 401, ilsai.CodeTenantInactive: 403,
		ilsai.CodeForbidden: 403, ilsai.CodeFeatureDisabled: 403, ilsai.CodePrivacy: 403, ilsai.CodeRateLimited: 429, ilsai.CodeQuotaExceeded: 429, ilsai.CodeNotFound: 404,
		ilsai.CodeConflict: 409, ilsai.CodeKeyReused: 422, ilsai.CodeOverloaded: 503, ilsai.CodeDeadline: 504, ilsai.CodeCanceled: 499, ilsai.CodeUnavailable: 503,
		ilsai.CodeModelFile: 503, ilsai.CodeGenerationFailed: 503,
	}
	const cause = "SELECT * FROM sale_lines: /var/lib/ilsai/tenants/other-shop/sales.db: disk I/O error"
	for code, status := range want {
		b := setup(t)
		b.asker.reply = func(assistant.Question) (assistant.Answer, error) {
			return assistant.Answer{}, &ilsai.Error{Code: code, Message: "for people", Err: errors.New(cause)}
		}
		r := b.do("POST", "/api/ai/query", token(t, "pro", tenancy.TierProfessional, now), ask("q", "sales"))
		p := r.problem(t)
		if r.status != status || p.Code != string(code) || p.Detail != "for people" {
			t.Errorf("%s: got %d %+v, want %d", code, r.status, p, status)
		}
		if strings.Contains(string(r.body), "other-shop") || strings.Contains(string(r.body), "SELECT") {
			t.Errorf("%s: the cause shows: %s", code, r.body)
		}
		if row := b.usage.Rows()[0]; row.Success || row.ErrorType != code {
			t.Errorf("%s: usage row %+v", code, row)
		}
	}
}

func TestErrorsWithoutACodeAndPanicsShowNothing(t *testing.T) {
	t.Parallel()
	for name, reply := range map[string]func(assistant.Question) (assistant.Answer, error){
		"plain error": func(assistant.Question) (assistant.Answer, error) {
			return assistant.Answer{}, errors.New("secret cause")
		},
		"panic": func(assistant.Question) (assistant.Answer, error) { panic("secret cause") },
	} {
		b := setup(t)
		b.asker.reply = reply
		r := b.do("POST", "/api/ai/query", token(t, "pro", tenancy.TierProfessional, now), ask("q", "sales"))
		if p := r.problem(t); r.status != 500 || p.Detail == "" || strings.Contains(string(r.body), "secret") {
			t.Errorf("%s: got %d %s", name, r.status, r.body)
		}
	}
}

// An answer whose usage row cannot be written is not given.
func TestNoAnswerWithoutARow(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, step := range []string{"admit", "settle"} {
		b.usage.Fail(func(s string) error {
			if s == step {
				return ilsai.Errorf(ilsai.CodeUnavailable, "disk full")
			}
			return nil
		})
		r := b.do("POST", "/api/ai/query", token(t, "pro", tenancy.TierProfessional, now), ask("q "+step, "sales"))
		if p := r.problem(t); r.status != 503 || strings.Contains(string(r.body), "for pro") || r.header.Get("Retry-After") == "" {
			t.Errorf("%s: got %d %+v", step, r.status, p)
		}
	}
}

func TestOtherRoutes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, c := range []struct {
		method, path string
		status       int
		problem      bool
	}{
		{"GET", "/livez", 200, false}, {"GET", "/readyz", 200, false}, {"GET", "/healthz", 200, false}, {"GET", "/readyz?verbose", 200, false},
		{"GET", "/nothing", 404, true}, {"GET", "/api/ai/query", 405, true}, {"POST", "/livez", 405, true},
	} {
		r := b.do(c.method, c.path, "", "")
		if r.status != c.status {
			t.Errorf("%s %s: got %d, want %d: %s", c.method, c.path, r.status, c.status, r.body)
		}
		if c.problem {
			r.problem(t)
		}
	}
}

func TestRequestIDsOfCallersAreCheckedBeforeUse(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, bad := range []string{strings.Repeat("a", 65), "a b", "a\"b", "ä", "../x"} {
		if got := b.do("GET", "/livez", "", "", "X-Request-ID", bad).header.Get("X-Request-ID"); got == bad || len(got) != 36 {
			t.Errorf("%q came back as %q", bad, got)
		}
	}
}

// TestOverTheWire needs a socket: limits on the body and a graceful stop are fasthttp's business.
func TestOverTheWire(t *testing.T) {
	t.Parallel()
	b := setup(t)
	release, entered := make(chan struct{}), make(chan struct{})
	b.asker.reply = func(assistant.Question) (assistant.Answer, error) {
		close(entered)
		<-release
		return assistant.Answer{Answer: "late"}, nil
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- b.server.Serve(ln) }()
	url := "http://" + ln.Addr().String()

	for name, size := range map[string]int{"64 KiB": 64 << 10, "64 KiB + 1": 64<<10 + 1} {
		status, contentType, _, err := post(url, "", strings.Repeat("x", size))
		want := http.StatusRequestEntityTooLarge
		if size <= 64<<10 {
			want = http.StatusUnauthorized // read whole, then refused for want of a token
		}
		for try := 0; err != nil && want == http.StatusRequestEntityTooLarge && try < 20; try++ { // the refusal can overtake the body, and the connection end while it is written
			status, contentType, _, err = post(url, "", strings.Repeat("x", size))
		}
		if err != nil || status != want || contentType != "application/problem+json" {
			t.Errorf("%s: got %d %s %v, want %d", name, status, contentType, err, want)
		}
	}

	// Of a body this large the server may cut the connection before the client has sent it all and
	// could read the refusal; what it must never do is take it.
	if status, _, body, err := post(url, token(t, "pro", tenancy.TierProfessional, now), strings.Repeat("x", 1<<20)); err == nil && status != http.StatusRequestEntityTooLarge {
		t.Errorf("1 MiB: got %d %s", status, body)
	}
	if b.asker.calls != 0 || len(b.usage.Rows()) != 0 {
		t.Errorf("an oversized body was taken: %d calls, %d rows", b.asker.calls, len(b.usage.Rows()))
	}

	type result struct {
		status int
		body   string
		err    error
	}
	running := make(chan result, 1)
	bearer := token(t, "pro", tenancy.TierProfessional, now)
	go func() {
		status, _, body, err := post(url, bearer, ask("q", "sales"))
		running <- result{status, body, err}
	}()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- b.server.Shutdown(context.Background()) }()
	// Draining shows on a connection that is still open; a new one is refused.
	for {
		if _, err := net.Dial("tcp", ln.Addr().String()); err != nil {
			break
		}
	}
	close(release)
	if r := <-running; r.err != nil || r.status != 200 || !strings.Contains(r.body, "late") {
		t.Errorf("the running question got %+v", r)
	}
	if err := errors.Join(<-stopped, <-served); err != nil {
		t.Error(err)
	}
	if r := b.do("GET", "/readyz", "", ""); r.status != 503 || !strings.Contains(string(r.body), "stopping") {
		t.Errorf("/readyz after the stop: %d %s", r.status, r.body)
	}
}

func post(url, bearer, body string) (status int, contentType, reply string, err error) {
	req, err := http.NewRequest(http.MethodPost, url+"/api/ai/query", strings.NewReader(body))
	if err != nil {
		return 0, "", "", err
	}
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	resp, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(req)
	if err != nil {
		return 0, "", "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("Content-Type"), string(b), err
}

// TestStringsOutliveTheirRequest is for Fiber's reused buffers: what was stored of a request must
// not change when later requests use the same memory.
func TestStringsOutliveTheirRequest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var mu sync.Mutex
	var kept []assistant.Question
	b.asker.reply = func(q assistant.Question) (assistant.Answer, error) {
		mu.Lock()
		defer mu.Unlock()
		kept = append(kept, q)
		return assistant.Answer{}, nil
	}
	const users, rounds = 50, 20
	for u := range users {
		t := b.tenants["ent"]
		t.ID = ilsai.TenantID(fmt.Sprintf("shop-%d", u))
		b.tenants[t.ID] = t
	}
	var wg sync.WaitGroup
	for u := range users {
		wg.Go(func() {
			issuer, _ := tenancy.NewTokenIssuer([]byte(secret), tenancy.TokenOptions{Now: func() time.Time { return now }})
			bearer, _ := issuer.Issue(tenancy.Claims{UserID: tenancy.UserID(fmt.Sprint(u)), TenantID: ilsai.TenantID(fmt.Sprintf("shop-%d", u))}, time.Hour)
			for r := range rounds {
				mark := fmt.Sprintf("%d-%d", u, r)
				b.do("POST", "/api/ai/query", bearer, ask("question "+mark, "sales"), "X-Request-ID", "id-"+mark)
			}
		})
	}
	wg.Wait()
	if len(kept) != users*rounds || len(b.usage.Rows()) != users*rounds {
		t.Fatalf("got %d questions and %d rows", len(kept), len(b.usage.Rows()))
	}
	for _, q := range kept {
		mark := strings.TrimPrefix(q.Text, "question ")
		if q.RequestID != "id-"+mark || !strings.HasPrefix(mark, q.UserID+"-") || string(q.Tenant.ID) != "shop-"+q.UserID {
			t.Errorf("question %q has request %q, user %q and tenant %q", q.Text, q.RequestID, q.UserID, q.Tenant.ID)
		}
	}
	for _, row := range b.usage.Rows() {
		mark := strings.TrimPrefix(row.Question, "question ")
		if row.RequestID != "id-"+mark || !strings.HasPrefix(mark, string(row.UserID)+"-") || string(row.TenantID) != "shop-"+string(row.UserID) {
			t.Errorf("row %+v mixes requests", row)
		}
	}
}

func TestDuplicatesLimitsAndKeys(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bearer := token(t, "pro", tenancy.TierProfessional, now)
	type body struct {
		Answer     string `json:"answer"`
		TokensUsed int    `json:"tokens_used"`
		FromCache  bool   `json:"from_cache"`
		RequestID  string `json:"request_id"`
	}
	parse := func(r reply) (out body) {
		t.Helper()
		if err := json.Unmarshal(r.body, &out); err != nil || r.status != 200 {
			t.Fatalf("%d %s %v", r.status, r.body, err)
		}
		return out
	}
	first := b.do("POST", "/api/ai/query", bearer, ask("How much?", "sales"), "X-Idempotency-Key", "k-1")
	if got := parse(first); got.TokensUsed != 12 || got.FromCache {
		t.Errorf("first: %s", first.body)
	}
	if first.header.Get("RateLimit-Policy") != `"minute";q=60;w=60` || first.header.Get("RateLimit") != `"minute";r=59;t=60` {
		t.Errorf("headers %v", first.header)
	}
	replay := b.do("POST", "/api/ai/query", bearer, ask("How much?", "sales"), "Idempotency-Key", `"k-1"`)
	if string(replay.body) != string(first.body) || replay.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replay %s %v", replay.body, replay.header)
	}
	if r := b.do("POST", "/api/ai/query", bearer, ask("How many?", "sales"), "X-Idempotency-Key", "k-1"); r.status != 422 {
		t.Errorf("the key for another question: %d %s", r.status, r.body)
	}
	for _, bad := range []string{"a b", strings.Repeat("k", 256), "é"} {
		if r := b.do("POST", "/api/ai/query", bearer, ask("How much?", "sales"), "X-Idempotency-Key", bad); r.status != 400 {
			t.Errorf("key %q: %d %s", bad, r.status, r.body)
		}
	}
	if got := parse(b.do("POST", "/api/ai/query", bearer, ask("  how MUCH? ", "sales"), "X-Request-ID", "second")); !got.FromCache || got.TokensUsed != 0 || got.RequestID != "second" || got.Answer != "for pro" {
		t.Errorf("the same question again: %+v", got)
	}
	if got := parse(b.do("POST", "/api/ai/query", token(t, "ent", tenancy.TierEnterprise, now), ask("How much?", "sales"))); got.FromCache || got.Answer != "for ent" {
		t.Errorf("another shop: %+v", got)
	}
	if b.asker.calls != 2 {
		t.Errorf("the model was asked %d times, want 2", b.asker.calls)
	}

	var usage struct {
		Used, Limit int
		Percentage  float64
		Month       string
		Warning     bool
	}
	r := b.do("GET", "/api/ai/usage", bearer, "")
	if err := json.Unmarshal(r.body, &usage); err != nil || usage.Used != 1 || usage.Limit != 2000 || usage.Month != "2026-11" || usage.Percentage != 0.1 || usage.Warning {
		t.Errorf("usage %s %v", r.body, err)
	}
	r = b.do("GET", "/api/ai/features", token(t, "basic", tenancy.TierBasic, now), "")
	var features struct {
		Features map[string]struct {
			Available    bool   `json:"available"`
			RequiredTier string `json:"required_tier"`
		}
	}
	if err := json.Unmarshal(r.body, &features); err != nil || !features.Features["ophthalmic"].Available || features.Features["patients"].Available || features.Features["patients"].RequiredTier != "enterprise" {
		t.Errorf("features %s %v", r.body, err)
	}
	limited := 0
	for i := range 60 {
		r := b.do("POST", "/api/ai/query", bearer, ask(fmt.Sprint("q", i), "sales"))
		if r.status == 429 {
			limited++
			if p := r.problem(t); p.Code != string(ilsai.CodeRateLimited) || r.header.Get("Retry-After") == "" {
				t.Errorf("%+v %v", p, r.header)
			}
		}
	}
	if limited == 0 {
		t.Error("no request was limited")
	}
}

func TestAnAnswerIsNotRepeatedOnceTheDataHasChanged(t *testing.T) {
	t.Parallel()
	version := "1"
	b := setup(t, func(d *server.Deps, _ *admission.Options) {
		d.DataVersion = func(tenant ilsai.TenantID, q tenancy.QueryType) string { return string(tenant) + string(q) + version }
	})
	pro := token(t, "pro", tenancy.TierProfessional, now)
	for i, want := range []int{1, 1, 2, 2} {
		if i == 2 {
			version = "2"
		}
		if r := b.do("POST", "/api/ai/query", pro, ask("How much did we sell?", "sales")); r.status != 200 || b.asker.calls != want {
			t.Errorf("question %d: status %d after %d runs, want %d", i, r.status, b.asker.calls, want)
		}
	}
}
