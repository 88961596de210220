package server

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// Prometheus counts what this process does, for GET /metrics. No label ever names a tenant, a user or a
// question, so the page is as long with ten thousand shops as with one. It is safe for concurrent use;
// on a nil Prometheus the observations do nothing.
type Prometheus struct {
	registry *prometheus.Registry

	requests        *prometheus.CounterVec
	requestDuration *prometheus.HistogramVec
	queries         *prometheus.CounterVec
	refusals        *prometheus.CounterVec
	answerDuration  *prometheus.HistogramVec
	stageDuration   *prometheus.HistogramVec
	tokens          *prometheus.CounterVec

	commitOperations prometheus.Histogram
	commitDuration   prometheus.Histogram
	commitFailures   prometheus.Counter
}

// PrometheusOptions names the parts that are asked for their counters when /metrics is read. A nil
// part is left out.
type PrometheusOptions struct {
	Version  string // of this program
	Limiter  interface{ Stats() limit.FallbackStats }
	Answers  interface{ Stats() dedup.Stats }
	Refusals interface{ Stats() admission.RefusalStats }
}

var (
	// answerBuckets are OpenTelemetry's for gen_ai.server.request.duration.
	answerBuckets  = []float64{.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
	requestBuckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120}
	commitBuckets  = []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
	batchBuckets   = []float64{1, 2, 4, 8, 16, 32, 64, 128, 256}
)

// NewPrometheus makes the metrics in a registry of their own.
func NewPrometheus(o PrometheusOptions) *Prometheus {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	histogram := func(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
		return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets}, labels)
	}
	p := &Prometheus{
		registry:        prometheus.NewRegistry(),
		requests:        counter("ilsai_http_requests_total", "HTTP requests by route pattern.", "route", "method", "status"),
		requestDuration: histogram("ilsai_http_request_duration_seconds", "Time until a reply was ready to send.", requestBuckets, "route", "method"),
		queries:         counter("ilsai_queries_total", "Questions by how they ended.", "query_type", "tier", "outcome"),
		refusals:        counter("ilsai_refusals_total", "Questions refused before they were admitted, by error code.", "code"),
		answerDuration:  histogram("ilsai_answer_duration_seconds", "Time from a question's arrival to its answer.", answerBuckets, "source"),
		stageDuration:   histogram("ilsai_query_stage_duration_seconds", "Time that an answer took in each stage of its making.", answerBuckets, "stage"),
		tokens:          counter("ilsai_tokens_total", "Tokens of all generations, failed ones too; prompt includes the cached ones.", "kind"),
		commitOperations: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ilsai_ledger_commit_operations", Help: "Operations that shared one commit of the ledger.", Buckets: batchBuckets,
		}),
		commitDuration: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "ilsai_ledger_commit_duration_seconds", Help: "Time that one commit of the ledger took.", Buckets: commitBuckets,
		}),
		commitFailures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "ilsai_ledger_commit_failures_total", Help: "Commits of the ledger that failed as a whole.",
		}),
	}
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "ilsai_build_info", Help: "What this program was built from. Always 1.",
		ConstLabels: prometheus.Labels{"version": o.Version, "go_version": runtime.Version()},
	})
	build.Set(1)
	p.registry.MustRegister(p.requests, p.requestDuration, p.queries, p.refusals, p.answerDuration, p.stageDuration, p.tokens,
		p.commitOperations, p.commitDuration, p.commitFailures, build, newPolled(o),
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return p
}

// ObserveCommit is told of one commit of the ledger, see store.CommitFunc.
func (p *Prometheus) ObserveCommit(operations int, took time.Duration, err error) {
	if p == nil {
		return
	}
	p.commitOperations.Observe(float64(operations))
	p.commitDuration.Observe(took.Seconds())
	if err != nil {
		p.commitFailures.Inc()
	}
}

// asked is told how one question ended.
func (p *Prometheus) asked(q admission.Question, r admission.Reply, err error, took time.Duration) {
	if p == nil {
		return
	}
	outcome, source := "answered", "model"
	switch {
	case err != nil && !r.Admitted:
		outcome, source = "refused", ""
		p.refusals.WithLabelValues(code(err)).Inc()
	case err != nil:
		outcome, source = "failed", ""
	case r.Replayed:
		outcome, source = "replayed", ""
	case r.FromCache:
		outcome, source = "cached", "cache"
	}
	tier := "unknown"
	if q.Principal.Tier.Valid() {
		tier = string(q.Principal.Tier)
	}
	p.queries.WithLabelValues(string(q.QueryType), tier, outcome).Inc()
	if source != "" {
		p.answerDuration.WithLabelValues(source).Observe(took.Seconds())
	}
}

// worked is told what the making of one answer took, or of one failure.
func (p *Prometheus) worked(a assistant.Answer, err error) {
	if p == nil {
		return
	}
	for kind, n := range map[string]int{"prompt": a.Usage.Prompt, "cached": a.Usage.Cached, "completion": a.Usage.Completion} {
		p.tokens.WithLabelValues(kind).Add(float64(n))
	}
	if err != nil {
		return
	}
	for stage, ms := range map[string]float64{"plan": a.Timing.PlanMS, "data": a.Timing.DBMS, "answer": a.Timing.AnswerMS} {
		if ms > 0 { // a stage that was not reached took no time
			p.stageDuration.WithLabelValues(stage).Observe(ms / 1000)
		}
	}
}
