package tenancy

import (
	"context"
	"fmt"

	"github.com/ils-platform/ilsai"
)

// Principal is a proven user of an active tenant. Nothing in it points into a request's memory.
type Principal struct {
	Tenant Tenant
	UserID UserID
	Email  string
	Role   string
	Tier   Tier // the stricter of the token's and the stored tier: the one that counts
}

// Authenticator turns a token into a Principal. It is safe for concurrent use.
type Authenticator struct {
	verifier *TokenVerifier
	tenants  TenantFinder
}

// TenantFinder finds a tenant by id, as TenantStore does: a store, or a TenantCache before one.
type TenantFinder interface {
	Tenant(ctx context.Context, id ilsai.TenantID) (Tenant, error)
}

// NewAuthenticator makes an Authenticator that looks tenants up on every call. On a store a suspension
// counts from the next question on, on a TenantCache within MaxTenantAge.
func NewAuthenticator(v *TokenVerifier, tenants TenantFinder) *Authenticator {
	return &Authenticator{verifier: v, tenants: tenants}
}

// Authenticate verifies a token and looks its tenant up. Errors: ilsai.CodeUnauthenticated, always
// with the same message, for a token that does not verify or names no tenant of ours;
// ilsai.CodeTenantInactive when the subscription is not active; ilsai.CodeUnavailable or the store's own
// when the key or the tenant cannot be looked up.
func (a *Authenticator) Authenticate(ctx context.Context, token string) (Principal, error) {
	c, err := a.verifier.VerifyContext(ctx, token)
	if err != nil {
		return Principal{}, err
	}
	t, err := a.tenants.Tenant(ctx, c.TenantID)
	if ilsai.ErrorCode(err) == ilsai.CodeNotFound {
		return Principal{}, unauthenticated(fmt.Errorf("token of tenant %q: %w", c.TenantID, err))
	}
	if err != nil {
		return Principal{}, err
	}
	if err := active(t); err != nil {
		return Principal{}, err
	}
	p := Principal{Tenant: t, UserID: c.UserID, Email: c.Email, Role: c.Role, Tier: t.Tier}
	if c.Tier != "" {
		p.Tier = StricterTier(c.Tier, t.Tier)
	}
	return p, nil
}

func active(t Tenant) error {
	if t.Status == StatusActive {
		return nil
	}
	return &ilsai.Error{Code: ilsai.CodeTenantInactive,
		Message: "The subscription of this shop is not active. Ask your administrator to renew it.",
		Err:     fmt.Errorf("tenant %s is %s", t.ID, t.Status)}
}
