package admission_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/admission/admissiontest"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// clock is moved by tests only.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC).UnixNano())
	return c
}

func (c *clock) Now() time.Time           { return time.Unix(0, c.nanos.Load()).UTC() }
func (c *clock) monotonic() time.Duration { return time.Duration(c.nanos.Load()) }
func (c *clock) advance(d time.Duration)  { c.nanos.Add(int64(d)) }

type bench struct {
	clock    *clock
	ledger   *admissiontest.Ledger
	refusals *admission.Refusals
	limits   overrides
	desk     *admission.Desk
}

// overrides is a LimitsFinder; a tenant without an entry has its tier's limits.
type overrides map[ilsai.TenantID]func() (tenancy.LimitsOverride, error)

func (o overrides) Limits(_ context.Context, tenant ilsai.TenantID) (tenancy.LimitsOverride, error) {
	if f := o[tenant]; f != nil {
		return f()
	}
	return tenancy.LimitsOverride{}, nil
}

func setup(t testing.TB) *bench {
	t.Helper()
	b := &bench{clock: newClock(), limits: overrides{}}
	b.ledger = admissiontest.NewLedger(b.clock.Now)
	b.refusals = admission.NewRefusals(admission.RefusalsOptions{Store: b.ledger})
	answers, err := dedup.New(dedup.Options{MaxBytes: 1 << 20, Now: b.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(answers.Close)
	b.desk = admission.New(admission.Options{
		Limiter: limit.NewLocal(limit.Options{Clock: b.clock.monotonic}), Limits: b.limits, Answers: answers, Ledger: b.ledger,
		Refusals: b.refusals, Now: b.clock.Now, Lease: time.Minute,
	})
	return b
}

// wantRefused writes what was counted and compares it: shop, hour, type and code → times.
func (b *bench) wantRefused(t *testing.T, want map[tenancy.RefusalKey]int64) {
	t.Helper()
	if err := b.refusals.Write(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.ledger.Refusals(); !maps.Equal(got, want) || b.refusals.Stats() != (admission.RefusalStats{}) {
		t.Errorf("refused %v (%+v), want %v", got, b.refusals.Stats(), want)
	}
}

func refused(tenant ilsai.TenantID, at time.Time, code ilsai.Code) tenancy.RefusalKey {
	return tenancy.RefusalKey{TenantID: tenant, Hour: tenancy.HourOf(at), QueryType: tenancy.QuerySales, ErrorType: code}
}

func principal(tenant string, tier tenancy.Tier) tenancy.Principal {
	return tenancy.Principal{
		Tenant: tenancy.Tenant{ID: ilsai.TenantID(tenant), Code: tenant, Name: tenant, Tier: tier, Status: tenancy.StatusActive, TimeZone: "UTC", Currency: "USD"},
		UserID: "7", Tier: tier,
	}
}

func (b *bench) question(p tenancy.Principal, text, key string) admission.Question {
	q := admission.Question{
		Principal: p, QueryType: tenancy.QuerySales, Text: text, Model: "m", RequestID: "r", Started: b.clock.Now(),
		Same: []string{"sales", text, string(p.Tier)}, Key: key,
	}
	copy(q.Fingerprint[:], text)
	return q
}

func render(o admission.Outcome, fromCache bool) tenancy.StoredReply {
	return tenancy.StoredReply{Status: 200, ContentType: "text/plain", Body: fmt.Appendf(nil, "%s cached=%v", o.Answer, fromCache)}
}

func answering(text string, calls *atomic.Int64) admission.Work {
	return func(context.Context) (admission.Outcome, error) {
		calls.Add(1)
		return admission.Outcome{Answer: []byte(text), PromptTokens: 10, CompletionTokens: 5}, nil
	}
}

func TestAskTwiceIsPaidOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := principal("a", tenancy.TierProfessional)
	var calls atomic.Int64
	first, err := b.desk.Ask(t.Context(), b.question(p, "q", ""), answering("x", &calls), render)
	if err != nil || string(first.Body) != "x cached=false" || first.FromCache {
		t.Fatalf("got %q %v", first.Body, err)
	}
	second, err := b.desk.Ask(t.Context(), b.question(p, "q", ""), answering("y", &calls), render)
	if err != nil || string(second.Body) != "x cached=true" || !second.FromCache || calls.Load() != 1 {
		t.Fatalf("got %q %v after %d calls", second.Body, err, calls.Load())
	}
	other, err := b.desk.Ask(t.Context(), b.question(principal("b", tenancy.TierProfessional), "q", ""), answering("z", &calls), render)
	if err != nil || string(other.Body) != "z cached=false" {
		t.Fatalf("another shop got %q %v", other.Body, err)
	}
	b.clock.advance(5*time.Minute + time.Second)
	late, err := b.desk.Ask(t.Context(), b.question(p, "q", ""), answering("new", &calls), render)
	if err != nil || string(late.Body) != "new cached=false" {
		t.Fatalf("after 5 minutes: %q %v", late.Body, err)
	}
	rows := b.ledger.Rows()
	if len(rows) != 4 || rows[0].TokensUsed != 15 || rows[1].TokensUsed != 0 || !rows[1].FromCache {
		t.Errorf("rows %+v", rows)
	}
	if q, _ := b.ledger.Quota(t.Context(), "a", "2026-11"); q != (tenancy.Quota{Used: 2}) {
		t.Errorf("quota %+v, want 2 used", q)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := principal("a", tenancy.TierProfessional)
	var calls atomic.Int64
	first, err := b.desk.Ask(t.Context(), b.question(p, "q", "k"), answering("x", &calls), render)
	if err != nil {
		t.Fatal(err)
	}
	b.clock.advance(24*time.Hour - time.Second)
	again, err := b.desk.Ask(t.Context(), b.question(p, "q", "k"), answering("y", &calls), render)
	if err != nil || !again.Replayed || string(again.Body) != string(first.Body) || calls.Load() != 1 {
		t.Fatalf("got %+v %v after %d calls", again, err, calls.Load())
	}
	if _, err := b.desk.Ask(t.Context(), b.question(p, "other", "k"), answering("y", &calls), render); ilsai.ErrorCode(err) != ilsai.CodeKeyReused {
		t.Errorf("another request with the key: %v", err)
	}
	if r, err := b.desk.Ask(t.Context(), b.question(principal("b", tenancy.TierProfessional), "q", "k"), answering("z", &calls), render); err != nil || r.Replayed {
		t.Errorf("another shop with the key: %+v %v", r, err)
	}
	b.clock.advance(2 * time.Second)
	if r, err := b.desk.Ask(t.Context(), b.question(p, "q", "k"), answering("new", &calls), render); err != nil || r.Replayed || string(r.Body) != "new cached=false" {
		t.Errorf("after 24 hours: %+v %v", r, err)
	}
}

// A cached answer given for a key is the key's answer from then on.
func TestKeyOnACachedAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := principal("a", tenancy.TierProfessional)
	var calls atomic.Int64
	for _, key := range []string{"", "k", "k"} {
		if _, err := b.desk.Ask(t.Context(), b.question(p, "q", key), answering("x", &calls), render); err != nil {
			t.Fatal(err)
		}
	}
	q, _ := b.ledger.Quota(t.Context(), "a", "2026-11")
	if rows := b.ledger.Rows(); calls.Load() != 1 || len(rows) != 2 || q != (tenancy.Quota{Used: 1}) {
		t.Errorf("%d calls, rows %+v, quota %+v", calls.Load(), rows, q)
	}
}

func TestFailureRefundsAndFreesTheKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := principal("a", tenancy.TierProfessional)
	broken := func(context.Context) (admission.Outcome, error) {
		return admission.Outcome{}, ilsai.Errorf(ilsai.CodeGenerationFailed, "broken")
	}
	if _, err := b.desk.Ask(t.Context(), b.question(p, "q", "k"), broken, render); ilsai.ErrorCode(err) != ilsai.CodeGenerationFailed {
		t.Fatal(err)
	}
	q, _ := b.ledger.Quota(t.Context(), "a", "2026-11")
	if rows := b.ledger.Rows(); q != (tenancy.Quota{}) || len(rows) != 1 || rows[0].Success || rows[0].ErrorType != ilsai.CodeGenerationFailed {
		t.Errorf("quota %+v, rows %+v", q, rows)
	}
	var calls atomic.Int64
	if r, err := b.desk.Ask(t.Context(), b.question(p, "q", "k"), answering("x", &calls), render); err != nil || r.Replayed {
		t.Errorf("the same key again: %+v %v", r, err)
	}
}

func TestRateLimitRefuses(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := principal("a", tenancy.TierProfessional) // 60 a minute
	var calls atomic.Int64
	for i := range 60 {
		if _, err := b.desk.Ask(t.Context(), b.question(p, fmt.Sprint(i), ""), answering("x", &calls), render); err != nil {
			t.Fatal(err)
		}
	}
	r, err := b.desk.Ask(t.Context(), b.question(p, "one more", ""), answering("x", &calls), render)
	if ilsai.ErrorCode(err) != ilsai.CodeRateLimited || r.Rate.RetryAfter <= 0 || calls.Load() != 60 {
		t.Fatalf("got %+v %v", r, err)
	}
	if rows := b.ledger.Rows(); len(rows) != 60 || r.Admitted {
		t.Errorf("%d rows, admitted %v: a refusal is counted, not logged", len(rows), r.Admitted)
	}
	b.wantRefused(t, map[tenancy.RefusalKey]int64{refused("a", b.clock.Now(), ilsai.CodeRateLimited): 1})
	b.clock.advance(r.Rate.RetryAfter)
	if _, err := b.desk.Ask(t.Context(), b.question(p, "one more", ""), answering("x", &calls), render); err != nil {
		t.Errorf("after waiting as told: %v", err)
	}
}

// TestARecordIsTriedTwice: whether a step that failed has arrived is unknown, so it is repeated once; after
// that the answer is not given.
func TestARecordIsTriedTwice(t *testing.T) {
	t.Parallel()
	for failures, given := range map[int]bool{1: true, 2: false} {
		b := setup(t)
		left := failures
		b.ledger.Fail(func(step string) error {
			if step != "settle" || left == 0 {
				return nil
			}
			left--
			return errDown
		})
		var calls atomic.Int64
		r, err := b.desk.Ask(t.Context(), b.question(principal("a", tenancy.TierProfessional), "q", ""), answering("x", &calls), render)
		if given && (err != nil || len(r.Body) == 0) || !given && (ilsai.ErrorCode(err) != ilsai.CodeUnavailable || r.Body != nil) {
			t.Errorf("after %d failures: %q, %v", failures, r.Body, err)
		}
		if rows := len(b.ledger.Rows()); (rows == 1) != given || calls.Load() != 1 {
			t.Errorf("after %d failures: %d rows, %d runs", failures, rows, calls.Load())
		}
	}
}

// TestManyAtOnce sends one question of one shop from many clients: one generation, one billed row.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := principal("a", tenancy.TierEnterprise) // 120 a minute
	var calls atomic.Int64
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			if r, err := b.desk.Ask(context.Background(), b.question(p, "q", ""), answering("x", &calls), render); err != nil || string(r.Body[:1]) != "x" {
				t.Errorf("got %q %v", r.Body, err)
			}
		})
	}
	wg.Wait()
	q, _ := b.ledger.Quota(t.Context(), "a", "2026-11")
	if calls.Load() != 1 || len(b.ledger.Rows()) != 100 || q != (tenancy.Quota{Used: 1}) {
		t.Errorf("%d generations, %d rows, quota %+v", calls.Load(), len(b.ledger.Rows()), q)
	}
}

// TestSimulation walks random histories of a few shops, keys and questions, with failing work, a
// failing ledger, moving time and crashes between admission and settlement, and holds after each step:
// every acknowledged answer has exactly one row, nothing is billed that was not answered, no shop gets
// another's words, the month's count is the ledger's, and every question is a row, a counted refusal, a
// replay, or was told that it could not be recorded. SIM_SEEDS sets how many (200).
func TestSimulation(t *testing.T) {
	t.Parallel()
	seeds := 200
	if s := os.Getenv("SIM_SEEDS"); s != "" {
		seeds, _ = strconv.Atoi(s)
	}
	first := uint64(1)
	if s := os.Getenv("SIM_FIRST"); s != "" {
		first, _ = strconv.ParseUint(s, 10, 64)
	}
	for seed := first; seed < first+uint64(seeds); seed++ {
		simulate(t, seed)
		if t.Failed() {
			t.Fatalf("seed %d (replay: SIM_FIRST=%d SIM_SEEDS=1)", seed, seed)
		}
	}
}

var errDown = ilsai.Errorf(ilsai.CodeUnavailable, "the ledger is away")

func simulate(t *testing.T, seed uint64) {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 7))
	b := setup(t)
	down := 0.0
	var ends outcomes
	lost := false // the last try to record the question failed
	b.ledger.Fail(func(step string) error {
		fails := rng.Float64() < down
		if step == "settle" || step == "refund" || step == "append" {
			lost = fails
		}
		if fails {
			return errDown
		}
		return nil
	})
	shops := []tenancy.Principal{principal("a", tenancy.TierBasic), principal("b", tenancy.TierProfessional), principal("c", tenancy.TierEnterprise)}
	acknowledged, billed := map[string]int{}, map[string]int{}
	replies := map[string]string{} // shop and key → the first acknowledged body
	for step := range 60 {
		if rng.IntN(6) == 0 {
			b.clock.advance(time.Duration(rng.Int64N(int64(2 * time.Minute))))
		}
		if rng.IntN(40) == 0 {
			b.clock.advance(25 * time.Hour)
			_ = b.ledger.ReapLedger(t.Context(), b.clock.Now())
			clear(replies)
		}
		down = []float64{0, 0, 0, 0.3}[rng.IntN(4)]
		p := shops[rng.IntN(len(shops))]
		shop := string(p.Tenant.ID)
		key := []string{"", "", "k1", "k2"}[rng.IntN(4)]
		text := fmt.Sprintf("q%d", rng.IntN(4))
		fails := rng.IntN(5) == 0
		worked := false
		ends.asked++
		lost = false
		r, err := b.desk.Ask(t.Context(), b.question(p, text, key), func(context.Context) (admission.Outcome, error) {
			worked = true
			if fails {
				return admission.Outcome{}, ilsai.Errorf(ilsai.CodeGenerationFailed, "no")
			}
			return admission.Outcome{Answer: []byte(shop + " " + text), PromptTokens: 3, CompletionTokens: 2}, nil
		}, render)
		if lost {
			ends.unrecorded++
		}
		if err == nil {
			body := string(r.Body)
			if want := shop + " " + text; body[:len(want)] != want {
				t.Errorf("step %d: %s asked %q and got %q", step, shop, text, body)
			}
			if r.Replayed {
				ends.replayed++
				if replies[shop+key] != body {
					t.Errorf("step %d: replay %q, first reply %q", step, body, replies[shop+key])
				}
			} else {
				acknowledged[shop]++
				if !r.FromCache {
					billed[shop]++
				}
				if key != "" {
					replies[shop+key] = body
				}
			}
			if r.Replayed && worked {
				t.Errorf("step %d: a replay worked", step)
			}
		} else if code := ilsai.ErrorCode(err); code == ilsai.CodeInternal {
			t.Errorf("step %d: an error without a code: %v", step, err)
		}
		if rng.IntN(3) == 0 {
			_ = b.refusals.Write(t.Context()) // what fails stays counted
		}
		check(t, b, step, acknowledged, billed)
		ends.check(t, b, step)
	}
}

// outcomes counts how questions ended, beside those that are rows or refusals.
type outcomes struct{ asked, replayed, unrecorded int }

func (o outcomes) check(t *testing.T, b *bench, step int) {
	t.Helper()
	refused := int(b.refusals.Stats().Pending)
	for _, n := range b.ledger.Refusals() {
		refused += int(n)
	}
	rows := len(b.ledger.Rows())
	if o.asked != rows+refused+o.replayed+o.unrecorded || b.refusals.Stats().Lost != 0 {
		t.Errorf("step %d: %d rows, %d refused, and %+v", step, rows, refused, o)
	}
}

func check(t *testing.T, b *bench, step int, acknowledged, billed map[string]int) {
	t.Helper()
	success, paid, ids := map[string]int{}, map[string]int{}, map[string]bool{}
	for _, e := range b.ledger.Rows() {
		if ids[e.EventID] {
			t.Errorf("step %d: event %s twice", step, e.EventID)
		}
		ids[e.EventID] = true
		if !e.Success {
			continue
		}
		success[string(e.TenantID)]++
		if !e.FromCache {
			paid[string(e.TenantID)]++
		} else if e.TokensUsed != 0 {
			t.Errorf("step %d: a cached answer cost %d tokens", step, e.TokensUsed)
		}
	}
	for _, shop := range []string{"a", "b", "c"} {
		if success[shop] != acknowledged[shop] || paid[shop] != billed[shop] {
			t.Errorf("step %d: %s has %d rows (%d paid) for %d acknowledged (%d paid)", step, shop, success[shop], paid[shop], acknowledged[shop], billed[shop])
		}
	}
}
