package limit

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

//go:embed allow.lua
var allowSource string

var allowScript = redis.NewScript(allowSource)

// keyPrefix keeps these keys apart from others in the same Redis.
const keyPrefix = "ilsai:limit:"

// Redis is a Limiter whose log is a list in Redis 5 or later, for replicas that share a limit. One
// script decides and counts by the server's clock, so replicas need not agree on the time. Keys idle
// for a window expire. A server clock set forward ends windows early, once.
//
// On a primary that fails over, admissions not yet replicated are forgotten.
type Redis struct {
	client *redis.Client
	window time.Duration
	clock  func() time.Duration // nil: the server's
}

// OpenRedis prepares a limiter on the Redis at a URL such as redis://user:password@host:6379/0, or
// rediss:// with TLS. It connects when it is first used: a store that is away at the start is no
// different from one that goes away later. The error is ilsai.CodeInvalid and does not contain the URL.
func OpenRedis(url string, o Options) (*Redis, error) {
	options, err := redis.ParseURL(url)
	if err != nil {
		// The cause repeats the URL, and with it the password.
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "The Redis URL cannot be read; it has the form redis://user:password@host:6379/0.")
	}
	redis.SetLogger(silent{})
	options.MaxRetries = -1   // a retried script would count a request twice
	options.DialerRetries = 1 // Fallback retries, at its own pace
	options.DisableIdentity = true
	options.ContextTimeoutEnabled = true
	options.MaintNotificationsConfig = &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}
	r := &Redis{client: redis.NewClient(options), window: o.Window, clock: o.Clock}
	if r.window <= 0 {
		r.window = Window
	}
	return r, nil
}

// silent drops the client library's own log: what it says comes back as errors too, and Fallback
// logs the first of them.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

// Allow implements Limiter.
func (r *Redis) Allow(ctx context.Context, key string, limit int) (Decision, error) {
	if err := ended(ctx); err != nil {
		return Decision{}, err
	}
	if limit == tenancy.Unlimited {
		return unlimited, nil
	}
	if limit < 1 {
		return closed(r.window), nil
	}
	now := ""
	if r.clock != nil {
		now = strconv.FormatInt(r.clock().Microseconds(), 10)
	}
	reply, err := allowScript.Run(ctx, r.client, []string{keyPrefix + key}, limit, r.window.Microseconds(), now).Int64Slice()
	if err == nil && len(reply) != 3 {
		err = fmt.Errorf("rate limit script replied with %d values", len(reply))
	}
	if err != nil {
		if over := ended(ctx); over != nil {
			return Decision{}, over
		}
		return Decision{}, ilsai.Wrap(ilsai.CodeUnavailable, err, "The rate limit store is not available.")
	}
	d := Decision{Allowed: reply[0] == 1, Limit: limit, Remaining: max(limit-int(reply[1]), 0),
		Reset: time.Duration(reply[2]) * time.Microsecond}
	if !d.Allowed {
		d.RetryAfter = d.Reset
	}
	return d, nil
}

// Close ends the connections.
func (r *Redis) Close() error { return r.client.Close() }
