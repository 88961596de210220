package server_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"context"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
)

var (
	policyField = regexp.MustCompile(`^"minute";q=(\d+);w=60$`)
	limitField  = regexp.MustCompile(`^"minute";r=(\d+);t=(\d+)$`)
)

// Every answer and every refusal says what is left and when; a client that waits as long as it is told
// is answered, each time.
func TestLimitsAreToldAndKept(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 1, limits: tenancy.LimitsOverride{QueriesPerMinute: count(3)}})
	refused, enough := 0, barSize(200, 1000) // refusals at every offset in the window: the clock moves by up to 0.6 s between requests
	for i := 0; refused < enough; i++ {
		a := s.mustAsk(shop(0), "1", "q")
		policy, left := policyField.FindStringSubmatch(a.header.Get("RateLimit-Policy")), limitField.FindStringSubmatch(a.header.Get("RateLimit"))
		if policy == nil || left == nil || policy[1] != "3" {
			t.Fatalf("request %d: %d with headers %v", i, a.status, a.header)
		}
		s.advance(time.Duration(i%7) * 100 * time.Millisecond)
		if a.status == http.StatusOK {
			continue
		}
		refused++
		reset, err := strconv.Atoi(left[2])
		if a.status != http.StatusTooManyRequests || err != nil || a.retryAfter() < reset || a.retryAfter() > reset+1 || left[1] != "0" {
			t.Fatalf("request %d: %d with headers %v", i, a.status, a.header)
		}
		s.advance(time.Duration(a.retryAfter()) * time.Second)
		if a := s.mustAsk(shop(0), "1", "q"); a.status != http.StatusOK {
			t.Fatalf("request %d: after waiting as told %d %s", i, a.status, a.body)
		}
	}
}

// A shop at 50 times its limit is held to it, and a shop within its own limit beside it is never refused.
func TestNoisyNeighbour(t *testing.T) {
	t.Parallel()
	const perMinute = 100
	s := startStack(t, stackOptions{tenants: 2, limits: tenancy.LimitsOverride{QueriesPerMinute: count(perMinute)}})
	for range 3 { // minutes
		var wg sync.WaitGroup
		var noisy atomic.Int64
		for range 50 {
			wg.Go(func() {
				for range perMinute {
					if a := s.mustAsk(shop(0), "1", "q"); a.status == 200 {
						noisy.Add(1)
					}
				}
			})
		}
		wg.Go(func() {
			for i := range perMinute * 8 / 10 {
				if a := s.mustAsk(shop(1), "1", fmt.Sprint("q", i)); a.status != 200 {
					t.Errorf("the quiet shop got %d %s", a.status, a.body)
				}
			}
		})
		wg.Wait()
		if got := noisy.Load(); got != perMinute {
			t.Errorf("the noisy shop was answered %d times, want %d", got, perMinute)
		}
		s.advance(time.Minute)
	}
}

// A thousand questions at once with ten left: ten are answered, the others cost nothing, and what
// fails is given back.
func TestQuotaAtOnce(t *testing.T) {
	t.Parallel()
	const sends, left = 1000, 10
	var fails atomic.Bool
	s := startStack(t, stackOptions{tenants: 1, limits: tenancy.LimitsOverride{QueriesPerMonth: count(left), QueriesPerMinute: count(tenancy.Unlimited)},
		engine: func(context.Context, assistant.Question) error {
			if fails.Load() {
				return ilsai.Errorf(ilsai.CodeGenerationFailed, "no")
			}
			return nil
		}})
	fails.Store(true)
	for i := range 3 * left {
		if a := s.mustAsk(shop(0), "1", fmt.Sprint("f", i)); a.status != 503 || a.Code != string(ilsai.CodeGenerationFailed) {
			t.Fatalf("failing question %d: %d %s", i, a.status, a.body)
		}
	}
	s.wantQuota(shop(0), tenancy.Quota{})
	fails.Store(false)
	got := map[int]int{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i := range sends {
		wg.Go(func() {
			a := s.mustAsk(shop(0), "1", fmt.Sprint("q", i))
			mu.Lock()
			defer mu.Unlock()
			got[a.status]++
		})
	}
	wg.Wait()
	if fmt.Sprint(got) != fmt.Sprint(map[int]int{200: left, 429: sends - left}) {
		t.Errorf("got %v, want %d answered", got, left)
	}
	s.wantQuota(shop(0), tenancy.Quota{Used: left})
	if n := s.engine.runs.Load(); n != left {
		t.Errorf("%d runs, want %d", n, left)
	}
}

// A query counts in the month of the shop's own calendar, to the millisecond; a changed tier counts
// with what was used before.
func TestMonthsAreTheShops(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{})
	user := 0
	for _, c := range []struct {
		zone string
		at   string // a last instant of a month in UTC, to the millisecond
		last tenancy.Month
		next tenancy.Month
	}{
		{"UTC", "2026-11-30T23:59:59.999Z", "2026-11", "2026-12"},
		{"America/New_York", "2026-12-01T04:59:59.999Z", "2026-11", "2026-12"},
		{"America/New_York", "2026-11-01T03:59:59.999Z", "2026-10", "2026-11"}, // summer time ends on the 1st
		{"Pacific/Auckland", "2026-11-30T10:59:59.999Z", "2026-11", "2026-12"},
		{"Pacific/Kiritimati", "2026-12-31T09:59:59.999Z", "2026-12", "2027-01"},
		{"Asia/Kathmandu", "2026-11-30T18:14:59.999Z", "2026-11", "2026-12"},
		{"Europe/Paris", "2028-02-28T22:59:59.999Z", "2028-02", "2028-02"}, // the 29th follows
		{"Europe/Paris", "2028-02-29T22:59:59.999Z", "2028-02", "2028-03"},
		{"Europe/Paris", "2027-02-28T22:59:59.999Z", "2027-02", "2027-03"},
	} {
		at, err := time.Parse(time.RFC3339Nano, c.at)
		if err != nil {
			t.Fatal(err)
		}
		id := ilsai.TenantID(fmt.Sprintf("zone-%d", user))
		user++
		err = s.store.CreateTenant(t.Context(), tenancy.Tenant{ID: id, Code: string(id), Name: "Shop", Tier: tenancy.TierEnterprise, Status: tenancy.StatusActive, TimeZone: c.zone, Currency: "EUR"})
		if err != nil {
			t.Fatal(err)
		}
		for i, month := range []tenancy.Month{c.last, c.next} {
			s.clock.Store(at.Add(time.Duration(i) * time.Millisecond).UnixNano())
			if a := s.mustAsk(id, "1", fmt.Sprint("q", i)); a.status != 200 {
				t.Fatalf("%s: %d %s", c.zone, a.status, a.body)
			}
			want := 1
			if c.next == c.last {
				want = i + 1
			}
			if q, err := s.store.Quota(t.Context(), id, month); err != nil || q.Used != want {
				t.Errorf("%s at %v: got %+v, %v in %s, want %d", c.zone, s.now(), q, err, month, want)
			}
		}
	}
}

func TestTierChangesWithinTheMonth(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 1})
	tenant, err := s.store.Tenant(t.Context(), shop(0))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	change := func(tier tenancy.Tier, limit, used int) {
		t.Helper()
		tenant.Tier = tier
		if err := s.store.UpdateTenant(t.Context(), tenant); err != nil {
			t.Fatal(err)
		}
		s.advance(tenancy.MaxTenantAge)
		for range used {
			asked++
			if a := s.mustAsk(shop(0), "1", fmt.Sprint("q", asked)); a.status != 200 {
				t.Fatalf("%s, question %d: %d %s", tier, asked, a.status, a.body)
			}
			s.advance(time.Minute / 30)
		}
		a, err := s.send(t.Context(), http.MethodGet, "/api/ai/usage", s.token(shop(0), "1", tenancy.TierEnterprise), "")
		if err != nil || a.status != 200 || !regexp.MustCompile(fmt.Sprintf(`"limit":%d\b`, limit)).Match(a.body) {
			t.Errorf("%s: usage says %s, %v, want a limit of %d", tier, a.body, err, limit)
		}
	}
	change(tenancy.TierEnterprise, -1, 500)
	change(tenancy.TierProfessional, 2000, 5)
	s.wantQuota(shop(0), tenancy.Quota{Used: 505})
	change(tenancy.TierBasic, 500, 0) // 505 are used
	a, err := s.send(t.Context(), http.MethodPost, "/api/ai/query", s.token(shop(0), "1", tenancy.TierEnterprise), ask("new", "ophthalmic"))
	if err != nil || a.status != 429 || a.Code != string(ilsai.CodeQuotaExceeded) {
		t.Errorf("after the downgrade: %d %s, %v", a.status, a.body, err)
	}
	change(tenancy.TierProfessional, 2000, 1)
	s.wantQuota(shop(0), tenancy.Quota{Used: 506})
}
