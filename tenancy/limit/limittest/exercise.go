// Package limittest holds the conformance suite that every enforcing limit.Limiter passes: the
// contract written at the interface, as tests, and a property against the definition of the promise.
//
// It knows the interface only. It must never know where the log is kept.
package limittest

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unsafe"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// Open makes a limiter that tells the time by clock, has limit.Window as its window and has seen no
// request. It is closed when the test ends.
type Open func(t *testing.T, clock func() time.Duration) limit.Limiter

// Exercise runs the suite. Its properties run as often as the flag -rapid.checks says.
func Exercise(t *testing.T, open Open) {
	for name, test := range map[string]func(*testing.T, limit.Limiter, *Clock){
		"AdmitsTheLimit":      admitsTheLimit,
		"CountsNoRefusal":     countsNoRefusal,
		"SlidesByRequest":     slidesByRequest,
		"LimitChanges":        limitChanges,
		"KeysAreApart":        keysAreApart,
		"KeyBytesAreReused":   keyBytesAreReused,
		"WithoutLimit":        withoutLimit,
		"NothingAdmitted":     nothingAdmitted,
		"Canceled":            canceled,
		"AtOnce":              atOnce,
		"EveryWindow":         everyWindow,
		"RetryAfterIsHonored": retryAfterIsHonored,
	} {
		t.Run(name, func(t *testing.T) {
			c := &Clock{}
			c.Advance(time.Hour)
			test(t, open(t, c.Now), c)
		})
	}
}

// Clock is a time that only tests move. The zero value is ready.
type Clock struct{ now atomic.Int64 }

// Now is the time since the clock's origin.
func (c *Clock) Now() time.Duration { return time.Duration(c.now.Load()) }

// Advance moves the clock on.
func (c *Clock) Advance(d time.Duration) { c.now.Add(int64(d)) }

// tester is what testing.T and rapid.T share.
type tester interface {
	Helper()
	Fatalf(format string, args ...any)
}

func allow(t tester, l limit.Limiter, key string, n int) limit.Decision {
	t.Helper()
	d, err := l.Allow(context.Background(), key, n)
	if err != nil {
		t.Fatalf("Allow(%q, %d): %v", key, n, err)
	}
	return d
}

func expect(t tester, got, want limit.Decision) {
	t.Helper()
	if got != want {
		t.Fatalf("got %+v, want %+v", got, want)
	}
}

func admitsTheLimit(t *testing.T, l limit.Limiter, c *Clock) {
	for _, n := range []int{1, 30, 60, 120} {
		key := strconv.Itoa(n)
		for range 3 {
			for i := range n {
				expect(t, allow(t, l, key, n), limit.Decision{Allowed: true, Limit: n, Remaining: n - i - 1, Reset: limit.Window})
			}
			c.Advance(limit.Window - time.Millisecond)
			expect(t, allow(t, l, key, n), limit.Decision{Limit: n, Reset: time.Millisecond, RetryAfter: time.Millisecond})
			c.Advance(time.Millisecond) // the window is half-open: a full minute later the first has left
		}
	}
}

func countsNoRefusal(t *testing.T, l limit.Limiter, c *Clock) {
	allow(t, l, "a", 1)
	for range 59 {
		c.Advance(time.Second)
		if allow(t, l, "a", 1).Allowed {
			t.Fatal("admitted a second request within the window")
		}
	}
	c.Advance(time.Second)
	if !allow(t, l, "a", 1).Allowed {
		t.Error("refused requests counted")
	}
}

func slidesByRequest(t *testing.T, l limit.Limiter, c *Clock) {
	const s = time.Second
	allow(t, l, "a", 3) // leaves at 60
	c.Advance(10 * s)
	allow(t, l, "a", 3) // leaves at 70
	c.Advance(20 * s)
	expect(t, allow(t, l, "a", 3), limit.Decision{Allowed: true, Limit: 3, Reset: 30 * s})
	expect(t, allow(t, l, "a", 3), limit.Decision{Limit: 3, Reset: 30 * s, RetryAfter: 30 * s})
	c.Advance(30 * s)
	expect(t, allow(t, l, "a", 3), limit.Decision{Allowed: true, Limit: 3, Reset: 10 * s})
	c.Advance(200 * s)
	expect(t, allow(t, l, "a", 3), limit.Decision{Allowed: true, Limit: 3, Remaining: 2, Reset: 60 * s})
}

// limitChanges lets a shop change its tier within a window.
func limitChanges(t *testing.T, l limit.Limiter, c *Clock) {
	const s = time.Second
	for range 4 {
		allow(t, l, "a", 120)
		c.Advance(10 * s)
	}
	// At 40 s the log holds 0, 10, 20, 30. Under a limit of 2 three have to leave first.
	expect(t, allow(t, l, "a", 2), limit.Decision{Limit: 2, Reset: 40 * s, RetryAfter: 40 * s})
	// Back up: what was admitted under the high limit still counts.
	expect(t, allow(t, l, "a", 5), limit.Decision{Allowed: true, Limit: 5, Reset: 20 * s})
	expect(t, allow(t, l, "a", 5), limit.Decision{Limit: 5, Reset: 20 * s, RetryAfter: 20 * s})
	expect(t, allow(t, l, "a", 7), limit.Decision{Allowed: true, Limit: 7, Remaining: 1, Reset: 20 * s})
	c.Advance(40 * s) // at 80 s it holds 30, 40, 40
	expect(t, allow(t, l, "a", 2), limit.Decision{Limit: 2, Reset: 20 * s, RetryAfter: 20 * s})
	expect(t, allow(t, l, "a", 3), limit.Decision{Limit: 3, Reset: 10 * s, RetryAfter: 10 * s})
	expect(t, allow(t, l, "a", 4), limit.Decision{Allowed: true, Limit: 4, Reset: 10 * s})
}

func keysAreApart(t *testing.T, l limit.Limiter, _ *Clock) {
	for i := range 500 {
		if !allow(t, l, fmt.Sprint("tenant-", i), 1).Allowed {
			t.Fatalf("the first request of key %d was refused", i)
		}
	}
	for i := range 500 {
		if allow(t, l, fmt.Sprint("tenant-", i), 1).Allowed {
			t.Fatalf("the second request of key %d was admitted", i)
		}
	}
}

// keyBytesAreReused does what Fiber does: the bytes of a request's strings serve the next request.
func keyBytesAreReused(t *testing.T, l limit.Limiter, _ *Clock) {
	buffer := []byte("shop-a")
	allow(t, l, unsafe.String(&buffer[0], len(buffer)), 1) //nolint:gosec // the very defect this test is about
	copy(buffer, "shop-b")
	if !allow(t, l, "shop-b", 1).Allowed {
		t.Error("shop-b was charged for shop-a")
	}
	if allow(t, l, "shop-a", 1).Allowed {
		t.Error("shop-a's request was forgotten")
	}
}

func withoutLimit(t *testing.T, l limit.Limiter, _ *Clock) {
	for range 200 {
		expect(t, allow(t, l, "a", tenancy.Unlimited), limit.Decision{Allowed: true, Limit: tenancy.Unlimited})
	}
}

func nothingAdmitted(t *testing.T, l limit.Limiter, _ *Clock) {
	for _, n := range []int{0, -2} {
		expect(t, allow(t, l, "a", n), limit.Decision{Reset: limit.Window, RetryAfter: limit.Window})
	}
}

func canceled(t *testing.T, l limit.Limiter, _ *Clock) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := l.Allow(ctx, "a", 1); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("got %v, want %s", err, ilsai.CodeCanceled)
	}
	ctx, cancel = context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	if _, err := l.Allow(ctx, "a", 1); ilsai.ErrorCode(err) != ilsai.CodeDeadline {
		t.Errorf("got %v, want %s", err, ilsai.CodeDeadline)
	}
	if !allow(t, l, "a", 1).Allowed {
		t.Error("a request that had ended was counted")
	}
}

// atOnce sends 64 × 10 requests of each of three keys from 64 goroutines.
func atOnce(t *testing.T, l limit.Limiter, _ *Clock) {
	limits := []int{30, 60, 120}
	admitted := make([]atomic.Int64, len(limits))
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for i := range 10 * len(limits) {
				k := i % len(limits)
				d, err := l.Allow(context.Background(), fmt.Sprint("key-", k), limits[k])
				if err != nil {
					t.Error(err)
				}
				if d.Allowed {
					admitted[k].Add(1)
				}
			}
		})
	}
	wg.Wait()
	for k, n := range limits {
		if got := admitted[k].Load(); got != int64(n) {
			t.Errorf("limit %d: %d requests admitted at once", n, got)
		}
	}
}
