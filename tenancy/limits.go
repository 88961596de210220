package tenancy

import (
	"context"

	"github.com/ils-platform/ilsai"
)

// LimitsFinder finds what differs from the tier's limits for a tenant: a store, or a LimitsCache
// before one. CodeNotFound when there is no such tenant.
type LimitsFinder interface {
	Limits(ctx context.Context, tenant ilsai.TenantID) (LimitsOverride, error)
}

// LimitsCache answers from memory for up to MaxTenantAge, as TenantCache does: a changed limit counts
// within it. It is safe for concurrent use.
type LimitsCache struct{ limits *lookupCache[LimitsOverride] }

// NewLimitsCache makes a cache before a store.
func NewLimitsCache(limits LimitsFinder, o TenantCacheOptions) *LimitsCache {
	return &LimitsCache{newLookupCache("the limits of", limits.Limits, o)}
}

// Limits implements LimitsFinder. The override is shared: its fields are read, never written through.
func (c *LimitsCache) Limits(ctx context.Context, tenant ilsai.TenantID) (LimitsOverride, error) {
	return c.limits.get(ctx, tenant)
}

// Forget makes the next look-up ask the store. Whoever changes a tenant's limits calls it after the change.
func (c *LimitsCache) Forget(tenant ilsai.TenantID) { c.limits.forget(tenant) }

// EffectiveLimits are the limits that hold for a user: those of the tier that counts, with the ones
// replaced that were agreed for this tenant. A nil finder leaves the tier's. Errors are the finder's.
func EffectiveLimits(ctx context.Context, finder LimitsFinder, p Principal) (Limits, error) {
	limits := PlanOf(p.Tier).Limits
	if finder == nil {
		return limits, nil
	}
	o, err := finder.Limits(ctx, p.Tenant.ID)
	if err != nil {
		return Limits{}, err
	}
	return o.Apply(limits), nil
}
