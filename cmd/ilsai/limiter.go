package main

import (
	"context"
	"log/slog"

	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// rateLimit is the configured limiter and its parts, for what they can tell about themselves.
type rateLimit struct {
	limit.Limiter
	redis    *limit.Redis    // nil: limits are counted in this process
	fallback *limit.Fallback // nil likewise
	shadow   *limit.Shadow   // nil: limits are enforced
}

// openLimiter connects to nothing yet. The caller closes it.
func openLimiter(c *config, log *slog.Logger) (*rateLimit, error) {
	if c.measuring {
		return &rateLimit{Limiter: limitless{}}, nil
	}
	local := limit.NewLocal(limit.Options{})
	r := &rateLimit{Limiter: local}
	if c.RedisURL != "" {
		var err error
		if r.redis, err = limit.OpenRedis(c.RedisURL, limit.Options{}); err != nil {
			return nil, err
		}
		r.fallback = limit.NewFallback(r.redis, local, limit.FallbackOptions{Replicas: c.Replicas, Logger: log})
		r.Limiter = r.fallback
	}
	if c.ShadowLimits {
		r.shadow = limit.NewShadow(r.Limiter)
		r.Limiter = r.shadow
	}
	return r, nil
}

// checks says where the shared store stands. Without it questions are answered, so it never makes the server unready.
func (r *rateLimit) checks() []server.Check {
	if r.fallback == nil {
		return nil
	}
	check := server.Check{Name: "shared rate limits"}
	if r.fallback.Stats().Away {
		check.Detail = "the store is away; this replica admits its share"
	}
	return []server.Check{check}
}

// logShadow tells what a limit that is only watched would have refused since the last call, if anything.
func (r *rateLimit) logShadow(log *slog.Logger) func(context.Context) error {
	var before uint64
	return func(context.Context) error {
		if now := r.shadow.Stats(); now.Exceeded > before {
			log.Warn("rate limits would have refused questions", "since_last", now.Exceeded-before, "since_start", now.Exceeded)
			before = now.Exceeded
		}
		return nil
	}
}

func (r *rateLimit) Close() error {
	if r.redis == nil {
		return nil
	}
	return r.redis.Close()
}

// limitless lets a measurement ask as fast as it can.
type limitless struct{}

func (limitless) Allow(context.Context, string, int) (limit.Decision, error) {
	return limit.Decision{Allowed: true, Limit: tenancy.Unlimited}, nil
}
