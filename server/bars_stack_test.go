package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/limit"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// stack is the gateway with all its real parts but the model, over TCP on a clock of its own.
type stack struct {
	t        testing.TB
	clock    atomic.Int64 // nanoseconds since 1970
	engine   *countingEngine
	store    *store.Store
	answers  *dedup.Cache
	refusals *admission.Refusals
	server   *server.Server
	url      string
	client   *http.Client
	served   chan error
	away     bool // the test closed the store
}

// stackOptions are what a test sets; the zero value will do.
type stackOptions struct {
	dir      string // of the control database; "": a fresh one
	tenants  int    // made if there are none: shop-0, shop-1, …
	limits   tenancy.LimitsOverride
	ledger   func(admission.Ledger) admission.Ledger
	listener func(net.Listener) net.Listener
	engine   func(ctx context.Context, q assistant.Question) error
	plan     func(q assistant.Question) *semantic.Plan // of the answers; nil: none
	clock    time.Time
	dies     bool // with its first request
}

func shop(i int) ilsai.TenantID { return ilsai.TenantID(fmt.Sprintf("shop-%d", i)) }

func count(n int) *int { return &n }

var unlimited = tenancy.LimitsOverride{QueriesPerMonth: count(tenancy.Unlimited), QueriesPerMinute: count(tenancy.Unlimited)}

func startStack(t testing.TB, o stackOptions) *stack {
	t.Helper()
	s := &stack{t: t, engine: &countingEngine{before: o.engine, plan: o.plan}, served: make(chan error, 1)}
	if o.clock.IsZero() {
		o.clock = now
	}
	s.clock.Store(o.clock.UnixNano())
	if o.dir == "" {
		o.dir = t.TempDir()
	}
	var err error
	if s.store, err = store.Open(t.Context(), o.dir, store.Options{Now: s.now}); err != nil {
		t.Fatal(err)
	}
	s.makeTenants(o)
	if s.answers, err = dedup.New(dedup.Options{Now: s.now}); err != nil {
		t.Fatal(err)
	}
	s.refusals = admission.NewRefusals(admission.RefusalsOptions{Store: s.store})
	verifier, err := tenancy.NewTokenVerifier([]byte(secret), tenancy.TokenOptions{Now: s.now})
	if err != nil {
		t.Fatal(err)
	}
	cache := tenancy.TenantCacheOptions{Now: s.now}
	tenants := tenancy.NewTenantCache(s.store, cache)
	var ledger admission.Ledger = s.store
	if o.ledger != nil {
		ledger = o.ledger(ledger)
	}
	s.server = server.New(server.Deps{
		Asker: s.engine, Auth: tenancy.NewAuthenticator(verifier, tenants), Quota: s.store, Tenants: tenants, Metrics: s.store,
		Conversations: s.store, Feedback: s.store, Audit: s.store,
		Desk: admission.New(admission.Options{
			Limiter: limit.NewLocal(limit.Options{Clock: func() time.Duration { return time.Duration(s.clock.Load()) }}), Limits: tenancy.NewLimitsCache(s.store, cache),
			Answers: s.answers, Ledger: ledger, Refusals: s.refusals, Now: s.now, Lease: stackLease,
			Record: time.Minute, // a thousand questions at once on a busy machine are no outage of the database
		}),
		Ready: func(context.Context) []server.Check { return []server.Check{{Name: "model"}} },
		Log:   slog.New(slog.DiscardHandler), Now: s.now, ModelName: "test", QueryTimeout: time.Minute,
		ReadTimeout: time.Minute, // nor are they slow clients
	})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + ln.Addr().String()
	if o.listener != nil {
		ln = o.listener(ln)
	}
	s.client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 1000}}
	go func() { s.served <- s.server.Serve(ln) }()
	t.Cleanup(s.stop)
	if !o.dies { // it serves: a stop before that has nothing to stop
		if a, err := s.send(t.Context(), http.MethodGet, "/livez", "", ""); err != nil || a.status != http.StatusOK {
			t.Fatalf("/livez: %d, %v", a.status, err)
		}
	}
	return s
}

func (s *stack) makeTenants(o stackOptions) {
	s.t.Helper()
	have, err := s.store.Tenants(s.t.Context())
	if err != nil || len(have) > 0 {
		o.tenants = 0
	}
	for i := range o.tenants {
		tenant := tenancy.Tenant{ID: shop(i), Code: string(shop(i)), Name: "Shop", Tier: tenancy.TierEnterprise, Status: tenancy.StatusActive, TimeZone: "Europe/London", Currency: "GBP"}
		err = errors.Join(err, s.store.CreateTenant(s.t.Context(), tenant), s.store.SetLimits(s.t.Context(), tenant.ID, o.limits))
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// stop may be called before the test ends, to start another one on the same data.
func (s *stack) stop() {
	if s.served == nil {
		return
	}
	s.client.CloseIdleConnections()
	err := s.server.Shutdown(context.Background())
	err = errors.Join(err, <-s.served)
	s.served = nil
	if !s.away {
		err = errors.Join(err, s.refusals.Write(context.Background()))
	}
	s.answers.Close()
	if err := errors.Join(err, s.store.Close()); err != nil {
		s.t.Error(err)
	}
}

func (s *stack) now() time.Time          { return time.Unix(0, s.clock.Load()).UTC() }
func (s *stack) advance(d time.Duration) { s.clock.Add(int64(d)) }

// countingEngine stands for assistant and model. Each run has tokens of its own, so that a row tells which it is of.
type countingEngine struct {
	before func(ctx context.Context, q assistant.Question) error
	plan   func(q assistant.Question) *semantic.Plan
	runs   atomic.Int64
	tokens sync.Map // run → shop
}

const promptTokens = 1_000_000

func (e *countingEngine) Ask(ctx context.Context, q assistant.Question) (assistant.Answer, error) {
	if e.before != nil {
		if err := e.before(ctx, q); err != nil {
			return assistant.Answer{}, err
		}
	}
	run := int(e.runs.Add(1))
	e.tokens.Store(run, q.Tenant.ID)
	a := assistant.Answer{
		Answer: fmt.Sprintf("%s asked %s", q.Tenant.ID, q.Text), QueryType: q.QueryType, TokensUsed: promptTokens + run,
		Usage: assistant.Usage{Prompt: promptTokens, Completion: run},
	}
	if e.plan != nil {
		a.Plan.Plan = e.plan(q)
	}
	return a, nil
}

// answered is what a client reads of a reply.
type answered struct {
	status int
	header http.Header
	body   []byte

	Answer    string `json:"answer"`
	Tokens    int    `json:"tokens_used"`
	FromCache bool   `json:"from_cache"`
	RequestID string `json:"request_id"`
	Code      string `json:"code"`
}

func (a answered) replayed() bool { return a.header.Get("Idempotency-Replayed") == "true" }

func (a answered) retryAfter() int {
	n, _ := strconv.Atoi(a.header.Get("Retry-After"))
	return n
}

func (s *stack) token(tenant ilsai.TenantID, user string, tier tenancy.Tier) string {
	issuer, err := tenancy.NewTokenIssuer([]byte(secret), tenancy.TokenOptions{Now: s.now})
	if err != nil {
		s.t.Fatal(err)
	}
	token, err := issuer.Issue(tenancy.Claims{UserID: tenancy.UserID(user), TenantID: tenant, Role: "user", Tier: tier}, time.Hour)
	if err != nil {
		s.t.Fatal(err)
	}
	return token
}

// ask sends a question as a user of a shop. An error is one of the connection.
func (s *stack) ask(ctx context.Context, tenant ilsai.TenantID, user, question string, headers ...string) (answered, error) {
	return s.send(ctx, http.MethodPost, "/api/ai/query", s.token(tenant, user, tenancy.TierEnterprise), ask(question, "sales"), headers...)
}

// mustAsk is ask where the connection must hold.
func (s *stack) mustAsk(tenant ilsai.TenantID, user, question string, headers ...string) answered {
	s.t.Helper()
	a, err := s.ask(s.t.Context(), tenant, user, question, headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

func (s *stack) send(ctx context.Context, method, path, bearer, body string, headers ...string) (a answered, err error) {
	req, err := http.NewRequestWithContext(ctx, method, s.url+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return a, err
	}
	req.Header.Set("Authorization", "Bearer "+bearer)
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.client.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	a.status, a.header = resp.StatusCode, resp.Header
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		return a, err
	}
	return a, json.Unmarshal(a.body, &a)
}

// rows are all usage rows, in order, of a ledger that is found sound.
func (s *stack) rows() []tenancy.UsageEvent {
	s.t.Helper()
	var rows []tenancy.UsageEvent
	err := s.store.ExportUsage(s.t.Context(), store.UsageFilter{}, func(e tenancy.UsageEvent) error { rows = append(rows, e); return nil })
	report, verified := s.store.VerifyUsage(s.t.Context(), nil)
	if err := errors.Join(err, verified); err != nil || !report.OK() {
		s.t.Fatalf("%v %+v", err, report)
	}
	return rows
}

func (s *stack) wantQuota(tenant ilsai.TenantID, want tenancy.Quota) {
	s.t.Helper()
	if got, err := s.store.Quota(s.t.Context(), tenant, tenancy.MonthOf(s.now(), time.UTC)); err != nil || got != want {
		s.t.Errorf("quota of %s: got %+v, %v, want %+v", tenant, got, err, want)
	}
}

// barSize is a bar's number of cases: the first as it is checked on every run, the second with
// ILSAI_BARS=full, which is what make test-crash sets.
func barSize(usual, full int) int {
	if os.Getenv("ILSAI_BARS") == "full" {
		return full
	}
	return usual
}

// underRace is a usual number of cases, or a smaller one when the race detector makes each slow: for tests of what each case
// comes to. How many are at once it must not change.
func underRace(fewer, usual int) int {
	if raceEnabled {
		return fewer
	}
	return usual
}
