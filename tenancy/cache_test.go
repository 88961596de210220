package tenancy_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// clock is a hand-set clock for tests.
type clock struct{ nanos atomic.Int64 }

func newClock() *clock {
	c := &clock{}
	c.nanos.Store(now.UnixNano())
	return c
}

func (c *clock) Now() time.Time          { return time.Unix(0, c.nanos.Load()).UTC() }
func (c *clock) Advance(d time.Duration) { c.nanos.Add(int64(d)) }

// finder is a TenantFinder that can be away, hold answers back, and count.
type finder struct {
	mu      sync.Mutex
	tenants map[ilsai.TenantID]tenancy.Tenant
	err     error
	asked   int
	began   chan struct{} // receives one per question when not nil
	hold    chan struct{} // answers wait for it when not nil
}

func newFinder(ids ...ilsai.TenantID) *finder {
	f := &finder{tenants: map[ilsai.TenantID]tenancy.Tenant{}}
	for _, id := range ids {
		t := validTenant()
		t.ID = id
		f.tenants[id] = t
	}
	return f
}

func (f *finder) Tenant(ctx context.Context, id ilsai.TenantID) (tenancy.Tenant, error) {
	f.mu.Lock()
	f.asked++
	t, ok := f.tenants[id]
	err, began, hold := f.err, f.began, f.hold
	f.mu.Unlock()
	if began != nil {
		began <- struct{}{}
	}
	if hold != nil {
		select {
		case <-hold:
		case <-ctx.Done():
			return tenancy.Tenant{}, ctx.Err()
		}
	}
	switch {
	case err != nil:
		return tenancy.Tenant{}, err
	case !ok:
		return tenancy.Tenant{}, ilsai.Errorf(ilsai.CodeNotFound, "no tenant %q", id)
	default:
		return t, nil
	}
}

func (f *finder) set(id ilsai.TenantID, status tenancy.Status) {
	f.mu.Lock()
	defer f.mu.Unlock()
	t := validTenant()
	t.ID, t.Status = id, status
	f.tenants[id] = t
}

func (f *finder) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *finder) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.asked
}

func TestSuspensionCountsWithinTheBound(t *testing.T) {
	t.Parallel()
	c, f := newClock(), newFinder("abc123")
	a := tenancy.NewAuthenticator(newVerifier(t, tenancy.TokenOptions{Now: c.Now}), tenancy.NewTenantCache(f, tenancy.TenantCacheOptions{Now: c.Now}))
	token := issue(t, "abc123", "")
	check := func(what string, code ilsai.Code, asked int) {
		t.Helper()
		if _, err := a.Authenticate(t.Context(), token); ilsai.ErrorCode(err) != code || f.count() != asked {
			t.Errorf("%s: got %v after %d questions, want %q after %d", what, err, f.count(), code, asked)
		}
	}
	check("first", "", 1)
	f.set("abc123", tenancy.StatusSuspended)
	check("at once", "", 1)
	c.Advance(tenancy.MaxTenantAge - 1)
	check("just before", "", 1)
	c.Advance(1)
	check("after 30 s", ilsai.CodeTenantInactive, 2)
	f.set("abc123", tenancy.StatusActive)
	check("a suspension is cached too", ilsai.CodeTenantInactive, 2)
	c.Advance(tenancy.MaxTenantAge)
	check("reactivated", "", 3)
	c.Advance(-time.Second)
	check("a clock set back", "", 4)
}

func TestForgetCountsAtOnce(t *testing.T) {
	t.Parallel()
	f := newFinder("abc123")
	c := tenancy.NewTenantCache(f, tenancy.TenantCacheOptions{Now: newClock().Now})
	for _, status := range []tenancy.Status{tenancy.StatusSuspended, tenancy.StatusActive, tenancy.StatusCanceled} {
		f.set("abc123", status)
		c.Forget("abc123")
		if got, err := c.Tenant(t.Context(), "abc123"); err != nil || got.Status != status {
			t.Errorf("got %s, %v, want %s", got.Status, err, status)
		}
	}
	c.Forget("nobody")
}

// An answer that was on its way when the tenant changed is not kept.
func TestForgetDuringALookup(t *testing.T) {
	t.Parallel()
	f := newFinder("abc123")
	f.began, f.hold = make(chan struct{}), make(chan struct{})
	c := tenancy.NewTenantCache(f, tenancy.TenantCacheOptions{Now: newClock().Now})
	first := make(chan tenancy.Status)
	go func() {
		got, _ := c.Tenant(t.Context(), "abc123")
		first <- got.Status
	}()
	<-f.began
	f.set("abc123", tenancy.StatusSuspended)
	c.Forget("abc123")
	close(f.hold)
	if got := <-first; got != tenancy.StatusActive {
		t.Errorf("the one who asked before: got %s, want %s", got, tenancy.StatusActive)
	}
	go func() { <-f.began }()
	if got, err := c.Tenant(t.Context(), "abc123"); err != nil || got.Status != tenancy.StatusSuspended {
		t.Errorf("the one who asked after: got %s, %v, want %s", got.Status, err, tenancy.StatusSuspended)
	}
}

func TestMissingTenantsAreAskedAgainSoon(t *testing.T) {
	t.Parallel()
	cl, f := newClock(), newFinder()
	c := tenancy.NewTenantCache(f, tenancy.TenantCacheOptions{Now: cl.Now})
	for range 10 {
		if _, err := c.Tenant(t.Context(), "new"); ilsai.ErrorCode(err) != ilsai.CodeNotFound {
			t.Fatalf("got %v, want %s", err, ilsai.CodeNotFound)
		}
	}
	if f.count() != 1 {
		t.Errorf("asked %d times, want once", f.count())
	}
	f.set("new", tenancy.StatusActive)
	cl.Advance(tenancy.MaxMissingAge)
	if got, err := c.Tenant(t.Context(), "new"); err != nil || got.ID != "new" {
		t.Errorf("got %+v, %v, want the new tenant", got, err)
	}
}

// While the store is away, cached tenants go on for their 30 seconds; then it is 503, never 401, and
// the first question after its return is answered.
func TestStoreAway(t *testing.T) {
	t.Parallel()
	cl, f := newClock(), newFinder("abc123")
	a := tenancy.NewAuthenticator(newVerifier(t, tenancy.TokenOptions{Now: cl.Now}), tenancy.NewTenantCache(f, tenancy.TenantCacheOptions{Now: cl.Now}))
	known, unknown := issue(t, "abc123", ""), issue(t, "xyz789", "")
	check := func(what, token string, code ilsai.Code) {
		t.Helper()
		if _, err := a.Authenticate(t.Context(), token); ilsai.ErrorCode(err) != code {
			t.Errorf("%s: got %v, want %q", what, err, code)
		}
	}
	check("present", known, "")
	f.fail(ilsai.Wrap(ilsai.CodeUnavailable, errors.New("disk"), "The records are away."))
	cl.Advance(tenancy.MaxTenantAge - 1)
	check("away, cached", known, "")
	check("away, not cached", unknown, ilsai.CodeUnavailable)
	cl.Advance(1)
	check("away, too old", known, ilsai.CodeUnavailable)
	check("away, asked again", known, ilsai.CodeUnavailable)
	check("away, a bad token", known+"x", ilsai.CodeUnauthenticated)
	f.fail(nil)
	check("back", known, "")
	check("back, unknown", unknown, ilsai.CodeUnauthenticated)
}

func TestTokensExpireWhateverIsCached(t *testing.T) {
	t.Parallel()
	cl, f := newClock(), newFinder("abc123")
	a := tenancy.NewAuthenticator(newVerifier(t, tenancy.TokenOptions{Now: cl.Now}), tenancy.NewTenantCache(f, tenancy.TenantCacheOptions{Now: cl.Now}))
	token := issue(t, "abc123", "")
	cl.Advance(time.Hour + 29*time.Second)
	if _, err := a.Authenticate(t.Context(), token); err != nil {
		t.Fatal(err)
	}
	cl.Advance(time.Second)
	if _, err := a.Authenticate(t.Context(), token); ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated {
		t.Errorf("got %v, want %s", err, ilsai.CodeUnauthenticated)
	}
}

// Many who ask for one tenant at once share a question, and one who hangs up spoils it for nobody.
func TestLookupsAreShared(t *testing.T) {
	t.Parallel()
	const askers = 100
	f := newFinder("abc123")
	f.began, f.hold = make(chan struct{}, 1), make(chan struct{})
	c := tenancy.NewTenantCache(f, tenancy.TenantCacheOptions{Now: newClock().Now})
	gone, hangUp := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := c.Tenant(gone, "abc123")
		left <- err
	}()
	<-f.began
	var wg sync.WaitGroup
	var failed atomic.Int64
	for range askers {
		wg.Go(func() {
			if got, err := c.Tenant(t.Context(), "abc123"); err != nil || got.ID != "abc123" {
				failed.Add(1)
			}
		})
	}
	hangUp()
	if err := <-left; ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("who hung up: got %v, want %s", err, ilsai.CodeCanceled)
	}
	close(f.hold)
	wg.Wait()
	if failed.Load() != 0 || f.count() != 1 {
		t.Errorf("%d failed, %d questions, want 0 and 1", failed.Load(), f.count())
	}
}

// Whatever is looked up, changed and forgotten in whatever order: an answer is never older than its
// bound, a Forget counts at once, and the cache never holds more than its size.
func TestCacheIsNeverStale(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cl, f := newClock(), newFinder()
		size := rapid.IntRange(1, 6).Draw(t, "size")
		c := tenancy.NewTenantCache(f, tenancy.TenantCacheOptions{Size: size, Now: cl.Now})
		type state struct {
			status tenancy.Status // "" for none
			until  time.Time      // when it ended
		}
		past := map[ilsai.TenantID][]state{}
		current := map[ilsai.TenantID]tenancy.Status{}
		change := func(id ilsai.TenantID, s tenancy.Status) {
			past[id] = append(past[id], state{current[id], cl.Now()})
			current[id] = s
			f.set(id, s)
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			id := ilsai.TenantID(fmt.Sprintf("t%d", rapid.IntRange(0, 7).Draw(t, "tenant")))
			switch rapid.SampledFrom([]string{"ask", "ask", "ask", "change", "change and forget", "wait"}).Draw(t, "step") {
			case "change":
				change(id, rapid.SampledFrom([]tenancy.Status{tenancy.StatusActive, tenancy.StatusSuspended}).Draw(t, "status"))
			case "change and forget":
				change(id, rapid.SampledFrom([]tenancy.Status{tenancy.StatusActive, tenancy.StatusSuspended}).Draw(t, "status"))
				past[id] = nil
				c.Forget(id)
			case "wait":
				cl.Advance(time.Duration(rapid.IntRange(0, 40_000).Draw(t, "ms")) * time.Millisecond)
			default:
				got, err := c.Tenant(context.Background(), id)
				if err != nil && ilsai.ErrorCode(err) != ilsai.CodeNotFound {
					t.Fatal(err)
				}
				ok := got.Status == current[id]
				for _, s := range past[id] {
					bound := tenancy.MaxTenantAge
					if s.status == "" {
						bound = tenancy.MaxMissingAge
					}
					ok = ok || s.status == got.Status && cl.Now().Sub(s.until) < bound
				}
				if !ok {
					t.Fatalf("%s: got %q, want %q or what it was less than its bound ago (%v)", id, got.Status, current[id], past[id])
				}
			}
		}
	})
}

func TestCacheIsBounded(t *testing.T) {
	t.Parallel()
	f := newFinder("kept")
	c := tenancy.NewTenantCache(f, tenancy.TenantCacheOptions{Size: 10, Now: newClock().Now})
	for i := range 1000 {
		_, _ = c.Tenant(t.Context(), ilsai.TenantID(fmt.Sprintf("t%d", i))) // none exists
		if _, err := c.Tenant(t.Context(), "kept"); err != nil {
			t.Fatal(err)
		}
	}
	if f.count() != 1001 {
		t.Errorf("asked %d times, want 1001: the tenant in use stays", f.count())
	}
	before := f.count()
	for i := range 1000 {
		_, _ = c.Tenant(t.Context(), ilsai.TenantID(fmt.Sprintf("t%d", i)))
	}
	if again := f.count() - before; again < 990 {
		t.Errorf("%d of 1000 were still cached, want at most 10", 1000-again)
	}
}

type panicking struct{}

func (panicking) Tenant(context.Context, ilsai.TenantID) (tenancy.Tenant, error) { panic("a defect") }

func TestAPanicInTheStoreEndsNothing(t *testing.T) {
	t.Parallel()
	c := tenancy.NewTenantCache(panicking{}, tenancy.TenantCacheOptions{Now: newClock().Now})
	for range 2 {
		if _, err := c.Tenant(t.Context(), "abc123"); ilsai.ErrorCode(err) != ilsai.CodeInternal {
			t.Errorf("got %v, want %s", err, ilsai.CodeInternal)
		}
	}
}
