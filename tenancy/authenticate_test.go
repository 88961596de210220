package tenancy_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// tenantTable is a TenantStore of which only the look-up by id is used.
type tenantTable struct {
	tenancy.TenantStore
	tenants map[ilsai.TenantID]tenancy.Tenant
	err     error
	lookups int
}

func (s *tenantTable) Tenant(_ context.Context, id ilsai.TenantID) (tenancy.Tenant, error) {
	s.lookups++
	if s.err != nil {
		return tenancy.Tenant{}, s.err
	}
	t, ok := s.tenants[id]
	if !ok {
		return tenancy.Tenant{}, ilsai.Errorf(ilsai.CodeNotFound, "There is no tenant with the id %q.", id)
	}
	return t, nil
}

func issue(t *testing.T, id ilsai.TenantID, tier tenancy.Tier) string {
	t.Helper()
	token, err := newIssuer(t, options).Issue(tenancy.Claims{UserID: "7", TenantID: id, Email: "u@example.org", Role: "staff", Tier: tier}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestAuthenticate(t *testing.T) {
	t.Parallel()
	const b, p, e = tenancy.TierBasic, tenancy.TierProfessional, tenancy.TierEnterprise
	for _, c := range []struct {
		name            string
		stored, inToken tenancy.Tier
		status          tenancy.Status
		token           ilsai.TenantID
		want            tenancy.Tier
		code            ilsai.Code
	}{
		{"active", p, p, tenancy.StatusActive, "abc123", p, ""},
		{"downgraded since", b, e, tenancy.StatusActive, "abc123", b, ""},
		{"upgraded since", e, b, tenancy.StatusActive, "abc123", b, ""},
		{"token without tier", e, "", tenancy.StatusActive, "abc123", e, ""},
		{"unknown tenant", p, p, tenancy.StatusActive, "xyz789", "", ilsai.CodeUnauthenticated},
		{"suspended", p, p, tenancy.StatusSuspended, "abc123", "", ilsai.CodeTenantInactive},
		{"canceled", p, p, tenancy.StatusCanceled, "abc123", "", ilsai.CodeTenantInactive},
		{"past due", p, p, tenancy.StatusPastDue, "abc123", "", ilsai.CodeTenantInactive},
		{"status nobody knows", p, p, "trial", "abc123", "", ilsai.CodeTenantInactive},
	} {
		tenant := validTenant()
		tenant.Tier, tenant.Status = c.stored, c.status
		table := &tenantTable{tenants: map[ilsai.TenantID]tenancy.Tenant{tenant.ID: tenant}}
		got, err := tenancy.NewAuthenticator(newVerifier(t, options), table).Authenticate(t.Context(), issue(t, c.token, c.inToken))
		if ilsai.ErrorCode(err) != c.code {
			t.Errorf("%s: got %v, want %q", c.name, err, c.code)
			continue
		}
		want := tenancy.Principal{}
		if c.code == "" {
			want = tenancy.Principal{Tenant: tenant, UserID: "7", Email: "u@example.org", Role: "staff", Tier: c.want}
		}
		if got != want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, want)
		}
	}
}

// A client cannot learn from the reply whether the token or the tenant was wrong, and a bad token
// costs no look-up.
func TestAuthenticateTellsNothing(t *testing.T) {
	t.Parallel()
	table := &tenantTable{}
	a := tenancy.NewAuthenticator(newVerifier(t, options), table)
	_, unknown := a.Authenticate(t.Context(), issue(t, "xyz789", ""))
	if table.lookups != 1 {
		t.Fatalf("look-ups: got %d, want 1", table.lookups)
	}
	for name, token := range attackTokens(t) {
		_, err := a.Authenticate(t.Context(), token)
		if ilsai.ErrorCode(err) != ilsai.ErrorCode(unknown) || ilsai.ErrorMessage(err) != ilsai.ErrorMessage(unknown) {
			t.Errorf("%s: got %v, want the same as for an unknown tenant", name, err)
		}
	}
	if table.lookups != 1 {
		t.Errorf("bad tokens cost %d look-ups, want 0", table.lookups-1)
	}
}

func TestAuthenticateStoreAway(t *testing.T) {
	t.Parallel()
	away := ilsai.Wrap(ilsai.CodeUnavailable, errors.New("disk"), "The control database is away.")
	a := tenancy.NewAuthenticator(newVerifier(t, options), &tenantTable{err: away})
	if _, err := a.Authenticate(t.Context(), issue(t, "abc123", "")); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("got %v, want %s", err, ilsai.CodeUnavailable)
	}
}
