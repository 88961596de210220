package admission_test

import (
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// What was agreed for one shop holds for it instead of its tier's limits, and for no other shop.
func TestOverriddenLimits(t *testing.T) {
	t.Parallel()
	b := setup(t)
	few, more, none := 3, 200, tenancy.Unlimited
	for id, o := range map[ilsai.TenantID]tenancy.LimitsOverride{
		"few-a-minute": {QueriesPerMinute: &few}, "few-a-month": {QueriesPerMonth: &few},
		"more-a-minute": {QueriesPerMinute: &more}, "no-limit": {QueriesPerMinute: &none, QueriesPerMonth: &none},
	} {
		b.limits[id] = func() (tenancy.LimitsOverride, error) { return o, nil }
	}
	var calls atomic.Int64
	for shop, want := range map[string]struct {
		answered int
		code     ilsai.Code
	}{
		"few-a-minute": {3, ilsai.CodeRateLimited}, "few-a-month": {3, ilsai.CodeQuotaExceeded}, "more-a-minute": {200, ilsai.CodeRateLimited},
		"no-limit": {600, ""}, "like-its-tier": {30, ilsai.CodeRateLimited},
	} {
		answered, code := 0, ilsai.Code("")
		for i := range 600 {
			r, err := b.desk.Ask(t.Context(), b.question(principal(shop, tenancy.TierBasic), fmt.Sprint(i), ""), answering("x", &calls), render)
			if shop == "no-limit" && (r.Rate != limit.Decision{Allowed: true, Limit: tenancy.Unlimited}) {
				t.Fatalf("no limit: got %+v", r.Rate)
			}
			if err != nil {
				code = ilsai.ErrorCode(err)
				break
			}
			answered++
		}
		if answered != want.answered || code != want.code {
			t.Errorf("%s: %d answered, then %q, want %d and %q", shop, answered, code, want.answered, want.code)
		}
	}
}

// Limits that cannot be looked up let nobody in: the tier's might be more than was agreed.
func TestLimitsAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.limits["a"] = func() (tenancy.LimitsOverride, error) { return tenancy.LimitsOverride{}, errDown }
	var calls atomic.Int64
	p := principal("a", tenancy.TierEnterprise)
	if r, err := b.desk.Ask(t.Context(), b.question(p, "q", ""), answering("x", &calls), render); ilsai.ErrorCode(err) != ilsai.CodeUnavailable || r.Admitted {
		t.Errorf("got %+v, %v, want %s", r, err, ilsai.CodeUnavailable)
	}
	if _, err := b.desk.Limits(t.Context(), p); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("got %v, want %s", err, ilsai.CodeUnavailable)
	}
	b.wantRefused(t, map[tenancy.RefusalKey]int64{refused("a", b.clock.Now(), ilsai.CodeUnavailable): 1})
	if calls.Load() != 0 || len(b.ledger.Rows()) != 0 {
		t.Errorf("%d calls, %d rows", calls.Load(), len(b.ledger.Rows()))
	}
}
