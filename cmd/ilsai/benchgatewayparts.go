package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// benchGatewayParts takes the parts alone, one call at a time over all tenants in turn.
func benchGatewayParts(ctx context.Context) ([]bar, error) {
	auth, err := benchAuth(ctx)
	if err != nil {
		return nil, err
	}
	limiter, allocated, err := benchLimiter(ctx)
	if err != nil {
		return nil, err
	}
	return []bar{
		atMost("authentication, 99th percentile", quantile(auth, 0.99), "µs", authBarMicros),
		atMost("limiter, 99th percentile", quantile(limiter, 0.99), "µs", limiterBarMicros),
		atMost("limiter, allocations per request", allocated, "allocs/op", 0),
	}, nil
}

// allTenants finds every tenant, without a database.
type allTenants struct{}

func (allTenants) Tenant(_ context.Context, id ilsai.TenantID) (tenancy.Tenant, error) {
	return tenancy.Tenant{ID: id, Code: string(id), Name: "Shop", Tier: tenancy.TierEnterprise, Status: tenancy.StatusActive, TimeZone: "Europe/London", Currency: "GBP"}, nil
}

// benchAuth proves tokens of tenants that are in the cache: signature, claims, tenant.
func benchAuth(ctx context.Context) ([]float64, error) {
	key, err := tenancy.GenerateSecretKey(time.Now())
	if err != nil {
		return nil, err
	}
	ring, err := tenancy.NewKeyring([]tenancy.Key{key}, tenancy.KeyringOptions{})
	if err != nil {
		return nil, err
	}
	issuer := tenancy.NewKeyringIssuer(ring, tenancy.TokenOptions{})
	auth := tenancy.NewAuthenticator(tenancy.NewKeyringVerifier(ring, tenancy.TokenOptions{}), tenancy.NewTenantCache(allTenants{}, tenancy.TenantCacheOptions{}))
	tokens := make([]string, quietMany)
	for i := range tokens {
		tokens[i], err = issuer.Issue(tenancy.Claims{UserID: "1", TenantID: benchTenant(i), Email: "user@shop.example", Role: "user", Tier: tenancy.TierEnterprise}, time.Hour)
		if err != nil {
			return nil, err
		}
		if _, err := auth.Authenticate(ctx, tokens[i]); err != nil {
			return nil, err
		}
	}
	return timed(10*quietMany, func(i int) error { _, err := auth.Authenticate(ctx, tokens[i%quietMany]); return err })
}

// benchLimiter asks for tenants that have asked before: the ring of each holds its stamps, and all are
// admitted.
func benchLimiter(ctx context.Context) (micros []float64, allocated float64, err error) {
	l := limit.NewLocal(limit.Options{})
	keys := make([]string, quietMany)
	for i := range keys {
		keys[i] = string(benchTenant(i))
	}
	allow := func(i int) error {
		d, err := l.Allow(ctx, keys[i%quietMany], 120)
		if err == nil && !d.Allowed {
			err = fmt.Errorf("request %d was refused", i)
		}
		return err
	}
	if _, err := timed(quietMany, allow); err != nil {
		return nil, 0, err
	}
	if micros, err = timed(10*quietMany, allow); err != nil {
		return nil, 0, err
	}
	const n = 4 * quietMany // within the room that the logs have by now
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range n {
		if err := allow(i); err != nil {
			return nil, 0, err
		}
	}
	runtime.ReadMemStats(&after)
	return micros, float64(after.Mallocs-before.Mallocs) / n, nil
}

// timed runs step n times and takes each in microseconds.
func timed(n int, step func(i int) error) ([]float64, error) {
	micros := make([]float64, 0, n)
	for i := range n {
		began := time.Now()
		if err := step(i); err != nil {
			return nil, err
		}
		micros = append(micros, float64(time.Since(began).Nanoseconds())/1000)
	}
	return micros, nil
}
