package limittest

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai/tenancy/limit"
)

// everyWindow draws traces of bursts and pauses under changing limits and checks each decision
// against the definition of the promise, which keeps every admission and counts anew.
func everyWindow(t *testing.T, l limit.Limiter, c *Clock) {
	traces := 0
	rapid.Check(t, func(r *rapid.T) {
		traces++
		key := fmt.Sprint("trace-", traces)
		n := drawLimit(r)
		changes := rapid.Bool().Draw(r, "changes")
		var admitted []time.Duration
		for range rapid.IntRange(1, 16).Draw(r, "bursts") {
			c.Advance(drawPause(r))
			if changes && rapid.Bool().Draw(r, "change") {
				n = drawLimit(r)
			}
			step := rapid.SampledFrom([]time.Duration{0, time.Microsecond, time.Second}).Draw(r, "step")
			for range rapid.IntRange(1, 2*n).Draw(r, "burst") {
				now := c.Now()
				want := promised(admitted, now, n)
				got := allow(r, l, key, n)
				if got != want {
					r.Fatalf("at %v under limit %d: got %+v, want %+v", now, n, got, want)
				}
				if got.Allowed {
					admitted = append(admitted, now)
				}
				c.Advance(step)
			}
		}
		if !changes {
			checkWindows(r, admitted, n)
		}
	})
	t.Logf("%d traces", traces)
}

func drawLimit(r *rapid.T) int {
	if rapid.Bool().Draw(r, "tier") {
		return rapid.SampledFrom([]int{30, 60, 120}).Draw(r, "limit of tier")
	}
	return rapid.IntRange(1, 40).Draw(r, "limit")
}

// drawPause favors the edges of the window.
func drawPause(r *rapid.T) time.Duration {
	if rapid.Bool().Draw(r, "edge") {
		edge := rapid.SampledFrom([]time.Duration{0, limit.Window / 2, limit.Window, 2 * limit.Window}).Draw(r, "near")
		return max(edge+time.Duration(rapid.IntRange(-1, 1).Draw(r, "off"))*time.Microsecond, 0)
	}
	return time.Duration(rapid.Int64Range(0, (limit.Window*3/2).Microseconds()).Draw(r, "pause")) * time.Microsecond
}

// promised is the decision by definition: of the admissions so far, those less than a window old count.
func promised(admitted []time.Duration, now time.Duration, n int) limit.Decision {
	first := len(admitted)
	for first > 0 && now-admitted[first-1] < limit.Window {
		first--
	}
	live := admitted[first:]
	d := limit.Decision{Limit: n}
	if len(live) < n {
		d.Allowed = true
		live = append(slices.Clip(live), now)
	} else {
		d.RetryAfter = live[len(live)-n] + limit.Window - now
	}
	d.Remaining = max(n-len(live), 0)
	d.Reset = live[max(len(live)-n, 0)] + limit.Window - now
	return d
}

// checkWindows is the promise as customers read it: no window of 60 s holds more than n. It suffices
// to look at windows that begin with an admission.
func checkWindows(r *rapid.T, admitted []time.Duration, n int) {
	for i := n; i < len(admitted); i++ {
		if admitted[i]-admitted[i-n] < limit.Window {
			r.Fatalf("%d admissions within %v, limit %d", n+1, admitted[i]-admitted[i-n], n)
		}
	}
}

// retryAfterIsHonored is a client that obeys Retry-After, once and for all windows to come.
func retryAfterIsHonored(t *testing.T, l limit.Limiter, c *Clock) {
	traces := 0
	rapid.Check(t, func(r *rapid.T) {
		traces++
		key := fmt.Sprint("client-", traces)
		n := rapid.IntRange(1, 30).Draw(r, "limit")
		refused := 0
		for refused < 3 {
			c.Advance(time.Duration(rapid.Int64Range(0, 3_000_000/int64(n)).Draw(r, "pause")) * time.Microsecond)
			d := allow(r, l, key, n)
			if d.Allowed {
				continue
			}
			refused++
			seconds, err := strconv.Atoi(limit.RetryAfter(d))
			if err != nil || seconds < 1 {
				r.Fatalf("Retry-After %q of %+v", limit.RetryAfter(d), d)
			}
			c.Advance(time.Duration(seconds) * time.Second)
			if again := allow(r, l, key, n); !again.Allowed {
				r.Fatalf("refused after waiting %d s as told by %+v: %+v", seconds, d, again)
			}
		}
	})
}
