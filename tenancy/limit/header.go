package limit

import (
	"strconv"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
)

// Policy renders decisions as the fields of draft-ietf-httpapi-ratelimit-headers-11. Every field
// is "" where there is nothing to say; it is then not sent. Decisions of Shadow with Exceeded set
// are not rendered: the limit they speak of is nobody's yet.
type Policy struct {
	Name   string        // as clients see it; characters that a field cannot carry are left out
	Window time.Duration // rounded up to whole seconds
}

// PerMinute is the policy of the subscription tiers.
var PerMinute = Policy{Name: "minute", Window: Window}

// RateLimitPolicy is the value of RateLimit-Policy: `"minute";q=30;w=60`. "" for no limit.
func (p Policy) RateLimitPolicy(d Decision) string {
	if d.Limit == tenancy.Unlimited {
		return ""
	}
	return p.item("q", d.Limit, "w", seconds(p.Window))
}

// RateLimit is the value of RateLimit: `"minute";r=29;t=2`, where t is the seconds until one request
// more than r would be admitted. "" for no limit.
func (p Policy) RateLimit(d Decision) string {
	if d.Limit == tenancy.Unlimited {
		return ""
	}
	return p.item("r", d.Remaining, "t", seconds(d.Reset))
}

// RetryAfter is the value of Retry-After, in whole seconds and equal to the field's t, so neither
// promises more than the other. "" when the request was admitted.
func RetryAfter(d Decision) string {
	if d.Allowed {
		return ""
	}
	return strconv.Itoa(seconds(d.RetryAfter))
}

// seconds rounds up: a client that waits them has waited long enough.
func seconds(d time.Duration) int { return int((d + time.Second - 1) / time.Second) }

// item is a structured field: a list of one string with two integer parameters.
func (p Policy) item(key1 string, value1 int, key2 string, value2 int) string {
	b := make([]byte, 0, 48)
	b = append(b, '"')
	for _, c := range []byte(p.Name) {
		switch {
		case c < ' ' || c > '~': // a structured field's string is printable ASCII
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	b = append(b, '"')
	b = param(b, key1, value1)
	b = param(b, key2, value2)
	return string(b)
}

// maxInteger bounds a structured field's integer: 15 digits.
const maxInteger = 999_999_999_999_999

func param(b []byte, key string, value int) []byte {
	b = append(b, ';')
	b = append(b, key...)
	b = append(b, '=')
	return strconv.AppendInt(b, int64(min(max(value, 0), maxInteger)), 10)
}
