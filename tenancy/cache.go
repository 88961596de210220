package tenancy

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
)

const (
	// MaxTenantAge bounds how old a cached tenant may be: a suspension counts within it.
	MaxTenantAge = 30 * time.Second
	// MaxMissingAge bounds how long a tenant counts as missing: a new shop may ask within it.
	MaxMissingAge = 5 * time.Second

	defaultCachedTenants = 20_000
)

// TenantCacheOptions configures NewTenantCache and NewLimitsCache. The zero value is ready to use.
type TenantCacheOptions struct {
	Size int              // tenants kept at most; 0 means 20,000
	Now  func() time.Time // nil means time.Now
}

// TenantCache answers look-ups from memory for up to MaxTenantAge, so that authenticating costs no
// database and goes on while the database is away for a moment. After that it answers with what the
// store says, ilsai.CodeUnavailable included. It is safe for concurrent use.
type TenantCache struct{ tenants *lookupCache[Tenant] }

// NewTenantCache makes a cache before a store.
func NewTenantCache(tenants TenantFinder, o TenantCacheOptions) *TenantCache {
	return &TenantCache{newLookupCache("tenant", tenants.Tenant, o)}
}

// Tenant implements TenantFinder.
func (c *TenantCache) Tenant(ctx context.Context, id ilsai.TenantID) (Tenant, error) {
	return c.tenants.get(ctx, id)
}

// Forget makes the next look-up ask the store. Whoever changes a tenant calls it after the change.
func (c *TenantCache) Forget(id ilsai.TenantID) { c.tenants.forget(id) }
