package limit_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/limit"
	"github.com/ils-platform/ilsai/tenancy/limit/limittest"
)

// store is a shared limiter that can be taken away.
type store struct {
	limit.Limiter
	fail  atomic.Bool
	stall atomic.Bool
	calls atomic.Int64
}

func (s *store) Allow(ctx context.Context, key string, n int) (limit.Decision, error) {
	s.calls.Add(1)
	if s.stall.Load() {
		<-ctx.Done()
		return limit.Decision{}, ctx.Err()
	}
	if s.fail.Load() {
		return limit.Decision{}, errors.New("connection refused")
	}
	return s.Limiter.Allow(ctx, key, n)
}

type fixture struct {
	*limit.Fallback
	t      *testing.T
	clock  *limittest.Clock
	shared *store
	log    *bytes.Buffer
}

func newFixture(t *testing.T, replicas int, timeout time.Duration) fixture {
	c, b := &limittest.Clock{}, &bytes.Buffer{}
	shared := &store{Limiter: limit.NewLocal(limit.Options{Clock: c.Now})}
	return fixture{limit.NewFallback(shared, limit.NewLocal(limit.Options{Clock: c.Now}), limit.FallbackOptions{
		Replicas: replicas, Timeout: timeout, Retry: time.Second, Clock: c.Now,
		Logger: slog.New(slog.NewTextHandler(b, nil))}), t, c, shared, b}
}

func (f fixture) admit(key string, n, times int) (admitted int) {
	f.t.Helper()
	for range times {
		d, err := f.Allow(f.t.Context(), key, n)
		if err != nil {
			f.t.Fatal(err)
		}
		if d.Allowed {
			admitted++
		}
	}
	return admitted
}

func TestFallbackPassesTheSuite(t *testing.T) {
	checks(t, "500")
	limittest.Exercise(t, func(_ *testing.T, clock func() time.Duration) limit.Limiter {
		shared := limit.NewLocal(limit.Options{Clock: clock})
		return limit.NewFallback(shared, limit.NewLocal(limit.Options{Clock: clock}), limit.FallbackOptions{Replicas: 3, Clock: clock})
	})
}

func TestFallbackGoesLocalAndComesBack(t *testing.T) {
	f := newFixture(t, 3, time.Minute)
	if got := f.admit("a", 30, 40); got != 30 {
		t.Errorf("%d admitted through the store, want 30", got)
	}
	f.shared.fail.Store(true)
	if got := f.admit("b", 30, 40); got != 10 {
		t.Errorf("%d admitted without the store, want a third of 30", got)
	}
	if got := f.admit("a", 30, 40); got != 0 {
		t.Errorf("%d more admitted of a key that had used its limit through the store", got)
	}
	if got := f.admit("c", 2, 5); got != 1 {
		t.Errorf("%d admitted of a limit smaller than the replicas, want 1", got)
	}
	if got := f.admit("d", 0, 5) + f.admit("d", tenancy.Unlimited, 5); got != 5 {
		t.Errorf("%d admitted of 5 without limit and 5 with none allowed", got)
	}
	if got, want := f.Stats(), (limit.FallbackStats{Away: true, Lost: 1, Local: 95}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := f.shared.calls.Load(); got != 41 {
		t.Errorf("the store was asked %d times, want 41: once after it failed", got)
	}

	f.clock.Advance(time.Second)
	f.admit("b", 30, 5) // asks once more, in vain
	f.shared.fail.Store(false)
	f.clock.Advance(time.Second)
	if got := f.admit("e", 30, 40); got != 30 {
		t.Errorf("%d admitted after the store came back, want 30", got)
	}
	if got, want := f.Stats(), (limit.FallbackStats{Lost: 1, Recovered: 1, Local: 100}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := strings.Count(f.log.String(), "\n"); got != 2 {
		t.Errorf("%d log lines, want one for each change of state:\n%s", got, f.log)
	}
}

func TestFallbackDoesNotWaitForAStalledStore(t *testing.T) {
	f := newFixture(t, 1, time.Millisecond)
	f.shared.stall.Store(true)
	if got := f.admit("a", 30, 1000); got != 30 {
		t.Errorf("%d admitted, want 30", got)
	}
	if got := f.shared.calls.Load(); got != 1 {
		t.Errorf("%d requests waited for the store, want 1", got)
	}
}

func TestFallbackIgnoresRequestsThatEnd(t *testing.T) {
	f := newFixture(t, 1, time.Minute)
	f.shared.stall.Store(true)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := f.Allow(ctx, "a", 30); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("got %v, want %s", err, ilsai.CodeCanceled)
	}
	if f.Stats().Away {
		t.Error("a canceled request took the store for away")
	}
}

// TestFallbackAtOnce has the store go away and come back under 16 goroutines. While it comes back
// some requests are still decided without it.
func TestFallbackAtOnce(t *testing.T) {
	f := newFixture(t, 1, time.Minute)
	for range 20 {
		f.shared.fail.Store(!f.shared.fail.Load())
		f.clock.Advance(2 * limit.Window)
		var admitted atomic.Int64
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 10 {
					if d, err := f.Allow(t.Context(), "a", 60); err != nil {
						t.Error(err)
					} else if d.Allowed {
						admitted.Add(1)
					}
				}
			})
		}
		wg.Wait()
		if got := admitted.Load(); got < 60 || got > 120 {
			t.Errorf("%d admitted around a change of state, want 60 to 120", got)
		}
		f.clock.Advance(limit.Window)
		if got := f.admit("a", 60, 100); got != 60 {
			t.Errorf("%d admitted in a window without a change, want 60", got)
		}
	}
	if got := f.Stats(); got.Lost != 10 || got.Recovered != 10 {
		t.Errorf("got %+v, want 10 changes each way", got)
	}
}

func TestShadow(t *testing.T) {
	c := &limittest.Clock{}
	shared := &store{Limiter: limit.NewLocal(limit.Options{Clock: c.Now})}
	s := limit.NewShadow(shared)
	exceeded := 0
	for range 50 {
		d, err := s.Allow(t.Context(), "a", 30)
		if err != nil || !d.Allowed || d.RetryAfter != 0 {
			t.Fatalf("got %+v, %v", d, err)
		}
		if d.Exceeded {
			exceeded++
		}
	}
	shared.fail.Store(true)
	if d, err := s.Allow(t.Context(), "a", 30); err != nil || !d.Allowed || d.Exceeded {
		t.Errorf("with the store away: got %+v, %v", d, err)
	}
	if got, want := s.Stats(), (limit.ShadowStats{Allowed: 30, Exceeded: 20, Failed: 1}); got != want || exceeded != 20 {
		t.Errorf("got %+v and %d decisions, want %+v", got, exceeded, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Allow(ctx, "a", 30); err == nil {
		t.Error("a canceled request was admitted")
	}
}

func TestDefaultClockIgnoresTheWallClock(t *testing.T) {
	if !limit.ClockIsMonotonic() {
		t.Error("the origin of the default clock has no monotonic reading")
	}
}
