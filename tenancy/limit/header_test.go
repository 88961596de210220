package limit_test

import (
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

func TestHeaders(t *testing.T) {
	t.Parallel()
	const s = time.Second
	for _, c := range []struct {
		d                     limit.Decision
		policy, rate, retryAt string
	}{
		{limit.Decision{Allowed: true, Limit: 30, Remaining: 29, Reset: 2 * s}, `"minute";q=30;w=60`, `"minute";r=29;t=2`, ""},
		{limit.Decision{Allowed: true, Limit: 120, Reset: s + 1}, `"minute";q=120;w=60`, `"minute";r=0;t=2`, ""},
		{limit.Decision{Limit: 60, Reset: 59*s + 1, RetryAfter: 59*s + 1}, `"minute";q=60;w=60`, `"minute";r=0;t=60`, "60"},
		{limit.Decision{Limit: 60, Reset: 1, RetryAfter: 1}, `"minute";q=60;w=60`, `"minute";r=0;t=1`, "1"},
		{limit.Decision{Reset: 60 * s, RetryAfter: 60 * s}, `"minute";q=0;w=60`, `"minute";r=0;t=60`, "60"},
		{limit.Decision{Allowed: true, Limit: tenancy.Unlimited}, "", "", ""},
	} {
		p := limit.PerMinute
		if got := p.RateLimitPolicy(c.d); got != c.policy {
			t.Errorf("%+v: RateLimit-Policy is %s, want %s", c.d, got, c.policy)
		}
		if got := p.RateLimit(c.d); got != c.rate {
			t.Errorf("%+v: RateLimit is %s, want %s", c.d, got, c.rate)
		}
		if got := limit.RetryAfter(c.d); got != c.retryAt {
			t.Errorf("%+v: Retry-After is %s, want %s", c.d, got, c.retryAt)
		}
	}
}

// TestHeadersParse draws policies and decisions and reads the fields back by the grammar of RFC 9651.
func TestHeadersParse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		p := limit.Policy{Name: rapid.String().Draw(r, "name"),
			Window: time.Duration(rapid.Int64Range(1, math.MaxInt64/2).Draw(r, "window"))}
		d := limit.Decision{Limit: rapid.IntMin(0).Draw(r, "limit"), Remaining: rapid.IntMin(0).Draw(r, "remaining"),
			Reset: time.Duration(rapid.Int64Range(0, math.MaxInt64/2).Draw(r, "reset"))}
		name := printable(p.Name)
		const most = 999_999_999_999_999
		check(r, p.RateLimitPolicy(d), member{name, []param{{"q", min(int64(d.Limit), most)}, {"w", ceil(p.Window)}}})
		check(r, p.RateLimit(d), member{name, []param{{"r", min(int64(d.Remaining), most)}, {"t", ceil(d.Reset)}}})
	})
}

func check(r *rapid.T, field string, want member) {
	got, err := parseList(field)
	if err != nil {
		r.Fatalf("%s: %v", field, err)
	}
	if fmt.Sprint(got) != fmt.Sprint([]member{want}) {
		r.Fatalf("%s: got %v, want %v", field, got, want)
	}
}

func ceil(d time.Duration) int64 {
	whole := int64(d / time.Second)
	if d%time.Second > 0 {
		whole++
	}
	return whole
}

func printable(s string) string {
	var out []byte
	for _, c := range []byte(s) {
		if c >= 0x20 && c < 0x7f {
			out = append(out, c)
		}
	}
	return string(out)
}
