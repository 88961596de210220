package tenancy_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// agreed is a LimitsFinder that counts.
type agreed struct {
	asked    atomic.Int64
	override atomic.Pointer[tenancy.LimitsOverride]
	err      atomic.Pointer[ilsai.Error]
}

func (a *agreed) Limits(context.Context, ilsai.TenantID) (tenancy.LimitsOverride, error) {
	a.asked.Add(1)
	if err := a.err.Load(); err != nil {
		return tenancy.LimitsOverride{}, err
	}
	return *a.override.Load(), nil
}

func TestLimitsCache(t *testing.T) {
	t.Parallel()
	cl, a := newClock(), &agreed{}
	c := tenancy.NewLimitsCache(a, tenancy.TenantCacheOptions{Now: cl.Now})
	set := func(n int) { a.override.Store(&tenancy.LimitsOverride{QueriesPerMonth: &n}) }
	want := func(what string, limit, asked int) {
		t.Helper()
		got, err := tenancy.EffectiveLimits(t.Context(), c, tenancy.Principal{Tenant: tenancy.Tenant{ID: "abc123"}, Tier: tenancy.TierProfessional})
		if wanted := (tenancy.Limits{QueriesPerMonth: limit, QueriesPerMinute: 60, MaxTokensPerQuery: 500}); err != nil || got != wanted || a.asked.Load() != int64(asked) {
			t.Errorf("%s: got %+v, %v after %d look-ups, want %+v after %d", what, got, err, a.asked.Load(), wanted, asked)
		}
	}
	set(10)
	want("first", 10, 1)
	set(20)
	cl.Advance(tenancy.MaxTenantAge - 1)
	want("kept", 10, 1)
	cl.Advance(1)
	want("too old", 20, 2)
	set(30)
	c.Forget("abc123")
	want("forgotten", 30, 3)
	cl.Advance(time.Minute)
	a.err.Store(ilsai.Errorf(ilsai.CodeUnavailable, "away"))
	for range 2 { // a failure is not kept
		if _, err := c.Limits(t.Context(), "abc123"); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
			t.Errorf("away: got %v", err)
		}
	}
	a.err.Store(nil)
	want("back", 30, 6)
}

func TestEffectiveLimitsWithoutAFinder(t *testing.T) {
	t.Parallel()
	got, err := tenancy.EffectiveLimits(t.Context(), nil, tenancy.Principal{Tier: tenancy.TierBasic})
	if err != nil || got != tenancy.PlanOf(tenancy.TierBasic).Limits {
		t.Errorf("got %+v, %v, want the tier's", got, err)
	}
}
