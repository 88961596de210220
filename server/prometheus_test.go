package server_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// These keep the counters that /metrics asks for.
type (
	limiterStats  limit.FallbackStats
	answersStats  dedup.Stats
	refusalsStats admission.RefusalStats
)

func (s limiterStats) Stats() limit.FallbackStats     { return limit.FallbackStats(s) }
func (s answersStats) Stats() dedup.Stats             { return dedup.Stats(s) }
func (s refusalsStats) Stats() admission.RefusalStats { return admission.RefusalStats(s) }

func newPrometheus() *server.Prometheus {
	return server.NewPrometheus(server.PrometheusOptions{
		Version: "v1", Limiter: limiterStats{Away: true, Lost: 3, Recovered: 2, Local: 40},
		Answers:  answersStats{Hits: 5, Misses: 6, Coalesced: 7, Evicted: 8, Mismatches: 9, Bytes: 10},
		Refusals: refusalsStats{Pending: 11, Lost: 12},
	})
}

func withPrometheus(p *server.Prometheus) func(*server.Deps, *admission.Options) {
	return func(d *server.Deps, _ *admission.Options) { d.Prometheus = p }
}

// wantMetrics compares the named metrics, samples only, with the exposition's lines.
func wantMetrics(t *testing.T, p *server.Prometheus, want string, names ...string) {
	t.Helper()
	var text strings.Builder
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			text.WriteString(line + "\n")
		}
	}
	if err := testutil.GatherAndCompare(p.Gatherer(), strings.NewReader(text.String()), names...); err != nil {
		t.Error(err)
	}
}

func TestPrometheusLint(t *testing.T) {
	t.Parallel()
	p := newPrometheus()
	b := setup(t, withPrometheus(p))
	traffic(t, b)
	problems, err := testutil.GatherAndLint(p.Gatherer())
	if err != nil || len(problems) != 0 {
		t.Errorf("%v %v", problems, err)
	}
}

// traffic asks questions that end in every way there is.
func traffic(t *testing.T, b *bench) {
	t.Helper()
	pro, basic := token(t, "pro", tenancy.TierProfessional, now), token(t, "basic", tenancy.TierBasic, now)
	b.asker.reply = func(q assistant.Question) (assistant.Answer, error) {
		used := assistant.Usage{Prompt: 8, Cached: 3, Completion: 4}
		if q.Text == "fails" {
			return assistant.Answer{Usage: used}, ilsai.Errorf(ilsai.CodeGenerationFailed, "no")
		}
		return assistant.Answer{Usage: used, Timing: assistant.Timing{PlanMS: 15, DBMS: 1, AnswerMS: 50}}, nil
	}
	for _, q := range []struct{ bearer, text, queryType, key string }{
		{pro, "one", "sales", ""}, {pro, "one", "sales", ""}, {pro, "two", "inventory", "k"}, {pro, "two", "inventory", "k"},
		{pro, "fails", "sales", ""}, {pro, "gated", "patients", ""}, {basic, "gated", "sales", ""}, {pro, "", "sales", ""}, {pro, "other", "inventory", "k"},
	} {
		headers := []string{}
		if q.key != "" {
			headers = append(headers, "X-Idempotency-Key", q.key)
		}
		b.do("POST", "/api/ai/query", q.bearer, ask(q.text, q.queryType), headers...)
	}
}

func TestPrometheusCountsQuestions(t *testing.T) {
	t.Parallel()
	p := newPrometheus()
	traffic(t, setup(t, withPrometheus(p)))
	wantMetrics(t, p, `
		# HELP ilsai_queries_total Questions by how they ended.
		# TYPE ilsai_queries_total counter
		ilsai_queries_total{outcome="answered",query_type="sales",tier="professional"} 1
		ilsai_queries_total{outcome="cached",query_type="sales",tier="professional"} 1
		ilsai_queries_total{outcome="answered",query_type="inventory",tier="professional"} 1
		ilsai_queries_total{outcome="replayed",query_type="inventory",tier="professional"} 1
		ilsai_queries_total{outcome="failed",query_type="sales",tier="professional"} 1
		ilsai_queries_total{outcome="refused",query_type="patients",tier="professional"} 1
		ilsai_queries_total{outcome="refused",query_type="sales",tier="basic"} 1
		ilsai_queries_total{outcome="refused",query_type="sales",tier="professional"} 1
		ilsai_queries_total{outcome="refused",query_type="inventory",tier="professional"} 1
		# HELP ilsai_refusals_total Questions refused before they were admitted, by error code.
		# TYPE ilsai_refusals_total counter
		ilsai_refusals_total{code="feature_unavailable"} 2
		ilsai_refusals_total{code="idempotency_key_reused"} 1
		ilsai_refusals_total{code="invalid_query"} 1
		# HELP ilsai_tokens_total Tokens of all generations, failed ones too; prompt includes the cached ones.
		# TYPE ilsai_tokens_total counter
		ilsai_tokens_total{kind="prompt"} 24
		ilsai_tokens_total{kind="cached"} 9
		ilsai_tokens_total{kind="completion"} 12
		`, "ilsai_queries_total", "ilsai_refusals_total", "ilsai_tokens_total")
	for name, want := range map[string]int{"ilsai_answer_duration_seconds": 2, "ilsai_query_stage_duration_seconds": 3} {
		if got, err := testutil.GatherAndCount(p.Gatherer(), name); err != nil || got != want {
			t.Errorf("%s: %d series, %v, want %d", name, got, err, want)
		}
	}
}

func TestPrometheusAsksTheParts(t *testing.T) {
	t.Parallel()
	p := newPrometheus()
	p.ObserveCommit(3, 2*time.Millisecond, nil)
	p.ObserveCommit(1, time.Second, errors.New("lost"))
	values := map[string]string{
		"ilsai_limiter_store_away": "1", "ilsai_limiter_store_losses_total": "3", "ilsai_limiter_store_recoveries_total": "2", "ilsai_limiter_local_decisions_total": "40",
		"ilsai_dedup_hits_total": "5", "ilsai_dedup_misses_total": "6", "ilsai_dedup_coalesced_total": "7", "ilsai_dedup_evictions_total": "8",
		"ilsai_dedup_mismatches_total": "9", "ilsai_dedup_bytes": "10", "ilsai_refusals_pending": "11", "ilsai_refusals_lost_total": "12",
		"ilsai_ledger_commit_operations_sum": "4", "ilsai_ledger_commit_operations_count": "2", "ilsai_ledger_commit_failures_total": "1",
		`ilsai_ledger_commit_duration_seconds_bucket{le="0.0025"}`: "1", `ilsai_ledger_commit_duration_seconds_bucket{le="1"}`: "2",
	}
	page := string(setup(t, withPrometheus(p)).do("GET", "/metrics", "", "").body)
	for name, value := range values {
		if !strings.Contains(page, "\n"+name+" "+value+"\n") {
			t.Errorf("the page lacks %s %s", name, value)
		}
	}
	for _, part := range []string{`ilsai_build_info{go_version="go`, `version="v1"} 1`, "\ngo_goroutines ", "\nprocess_open_fds "} {
		if !strings.Contains(page, part) {
			t.Errorf("the page lacks %q", part)
		}
	}
	// A server without some of the parts, or without metrics at all.
	bare := server.NewPrometheus(server.PrometheusOptions{})
	if page := string(setup(t, withPrometheus(bare)).do("GET", "/metrics", "", "").body); strings.Contains(page, "ilsai_dedup") || !strings.Contains(page, "ilsai_build_info") {
		t.Errorf("got %s", page)
	}
	if r := setup(t).do("GET", "/metrics", "", ""); r.status != 404 {
		t.Errorf("without metrics: got %d", r.status)
	}
	var none *server.Prometheus
	none.ObserveCommit(1, 0, nil)
}

// A route is its pattern, and every address without one is the same.
func TestPrometheusRoutes(t *testing.T) {
	t.Parallel()
	p := newPrometheus()
	b := setup(t, withPrometheus(p), withMetrics(&figures{}))
	for i := range 50 {
		b.do("GET", fmt.Sprintf("/nothing/%d", i), "", "")
		b.do("GET", fmt.Sprintf("/api/admin/metrics/tenants/shop-%d", i), "", "")
	}
	b.do("GET", "/", "", "")
	b.do("GET", "/livez", "", "")
	b.do("DELETE", "/livez", "", "")
	b.do("POST", "/api/ai/query", "", "{}")
	b.do("GET", "/api/admin/metrics/tenants/nobody", admin(t, "ent"), "")
	b.do("GET", "/api/admin/metrics/tenants/pro", admin(t, "ent"), "")
	b.asker.reply = func(assistant.Question) (assistant.Answer, error) { panic("a defect") }
	b.do("POST", "/api/ai/query", token(t, "pro", tenancy.TierProfessional, now), ask("q", "sales"))
	wantMetrics(t, p, `
		# HELP ilsai_http_requests_total HTTP requests by route pattern.
		# TYPE ilsai_http_requests_total counter
		ilsai_http_requests_total{method="GET",route="unknown",status="404"} 51
		ilsai_http_requests_total{method="DELETE",route="unknown",status="405"} 1
		ilsai_http_requests_total{method="GET",route="/api/admin/metrics/tenants/:id",status="401"} 50
		ilsai_http_requests_total{method="GET",route="/api/admin/metrics/tenants/:id",status="404"} 1
		ilsai_http_requests_total{method="GET",route="/api/admin/metrics/tenants/:id",status="200"} 1
		ilsai_http_requests_total{method="GET",route="/livez",status="200"} 1
		ilsai_http_requests_total{method="POST",route="/api/ai/query",status="401"} 1
		ilsai_http_requests_total{method="POST",route="/api/ai/query",status="500"} 1
		`, "ilsai_http_requests_total")
}

// With ten thousand shops the page is as long as with one, and says nothing of any of them.
func TestPrometheusWithManyTenants(t *testing.T) {
	t.Parallel()
	p := newPrometheus()
	b := setup(t, withPrometheus(p))
	issuer, err := tenancy.NewTokenIssuer([]byte(secret), tenancy.TokenOptions{Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	askAs := func(i int) {
		bearer, err := issuer.Issue(tenancy.Claims{UserID: tenancy.UserID(fmt.Sprintf("canary-user-%d", i)), TenantID: ilsai.TenantID(fmt.Sprintf("canary-shop-%d", i)), Email: "canary@example.org"}, time.Hour)
		if err != nil {
			t.Error(err)
		}
		if r := b.do("GET", "/api/ai/features", bearer, ""); r.status != 200 {
			t.Errorf("got %d: %s", r.status, r.body)
		}
		if i%10 != 0 { // the ledger in memory is slow
			return
		}
		if r := b.do("POST", "/api/ai/query", bearer, ask(fmt.Sprintf("canary question %d", i), "sales"), "X-Request-ID", fmt.Sprintf("canary-id-%d", i)); r.status != 200 {
			t.Errorf("got %d: %s", r.status, r.body)
		}
	}
	const shops = 10_000
	for i := range shops {
		shop := b.tenants["ent"]
		shop.ID = ilsai.TenantID(fmt.Sprintf("canary-shop-%d", i))
		b.tenants[shop.ID] = shop
	}
	askAs(0)
	b.do("GET", "/metrics", "", "")
	one, err := testutil.GatherAndCount(p.Gatherer())
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for w := range 8 {
		wg.Go(func() {
			for i := 1 + w; i < shops; i += 8 {
				askAs(i)
			}
		})
	}
	wg.Wait()
	began := time.Now()
	page := string(b.do("GET", "/metrics", "", "").body)
	t.Logf("/metrics after %d shops: %d bytes in %v", shops, len(page), time.Since(began))
	if many, err := testutil.GatherAndCount(p.Gatherer()); err != nil || many != one {
		t.Errorf("%d series, %v, want %d as after one shop", many, err, one)
	}
	if strings.Contains(page, "canary") {
		t.Error("the page names a shop, a user, a question or a request")
	}
	if !strings.Contains(page, fmt.Sprintf(`ilsai_queries_total{outcome="answered",query_type="sales",tier="enterprise"} %d`, shops/10)) {
		t.Error("the page does not count all questions")
	}
}

func BenchmarkMetricsPage(b *testing.B) {
	p := newPrometheus()
	for b.Loop() {
		if _, err := p.Gatherer().Gather(); err != nil {
			b.Fatal(err)
		}
	}
}
