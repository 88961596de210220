package storetest

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func canceledContext(t *testing.T) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx, cancel
}

func createTenant(t *testing.T, s tenancy.Store) {
	want := Tenant("abc123")
	want.CreatedAt = Start.Add(123_456_789 * time.Nanosecond).In(time.FixedZone("", 3600))
	if err := s.CreateTenant(t.Context(), want); err != nil {
		t.Fatal(err)
	}
	want.CreatedAt = Start.Add(123 * time.Millisecond) // UTC, whole milliseconds
	got, err := s.Tenant(t.Context(), "abc123")
	if err != nil || got != want {
		t.Errorf("by id: got %+v, %v, want %+v", got, err, want)
	}
	got, err = s.TenantByCode(t.Context(), want.Code)
	if err != nil || got != want {
		t.Errorf("by code: got %+v, %v, want %+v", got, err, want)
	}
	without := Tenant("xyz789")
	without.CreatedAt = time.Time{}
	if err := s.CreateTenant(t.Context(), without); err != nil {
		t.Fatal(err)
	}
	if got, err = s.Tenant(t.Context(), "xyz789"); err != nil || got.CreatedAt.IsZero() {
		t.Errorf("created_at not set: got %+v, %v", got, err)
	}
}

func createTenantInvalid(t *testing.T, s tenancy.Store) {
	bad := Tenant("abc123")
	bad.TimeZone = "Nowhere"
	wantCode(t, "create", s.CreateTenant(t.Context(), bad), ilsai.CodeInvalid)
	if all, err := s.Tenants(t.Context()); err != nil || len(all) != 0 {
		t.Errorf("got %v, %v, want no tenant", all, err)
	}
}

func createTenantConflict(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123")
	sameID := Tenant("abc123")
	sameID.Code = "another"
	wantCode(t, "same id", s.CreateTenant(t.Context(), sameID), ilsai.CodeConflict)
	sameCode := Tenant("xyz789")
	sameCode.Code = "code-abc123"
	wantCode(t, "same code", s.CreateTenant(t.Context(), sameCode), ilsai.CodeConflict)
	got, err := s.Tenant(t.Context(), "abc123")
	if err != nil || got != Tenant("abc123") {
		t.Errorf("the first one changed: got %+v, %v", got, err)
	}
}

func createTenantAtOnce(t *testing.T, s tenancy.Store) {
	const n = 16
	errs := make([]error, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { errs[i] = s.CreateTenant(t.Context(), Tenant("abc123")) })
	}
	wg.Wait()
	created := 0
	for _, err := range errs {
		if err == nil {
			created++
		} else {
			wantCode(t, "create", err, ilsai.CodeConflict)
		}
	}
	if created != 1 {
		t.Errorf("created %d times, want once", created)
	}
}

func tenantNotFound(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123")
	for _, id := range []ilsai.TenantID{"xyz789", "", "ABC123", "abc123 ", "abc123' OR '1'='1", "%", "abc12_"} {
		_, err := s.Tenant(t.Context(), id)
		wantCode(t, string(id), err, ilsai.CodeNotFound)
		_, err = s.TenantByCode(t.Context(), string(id))
		wantCode(t, string(id), err, ilsai.CodeNotFound)
	}
	wantCode(t, "update", s.UpdateTenant(t.Context(), Tenant("xyz789")), ilsai.CodeNotFound)
}

func listTenants(t *testing.T, s tenancy.Store) {
	if got, err := s.Tenants(t.Context()); err != nil || len(got) != 0 {
		t.Fatalf("got %v, %v, want none", got, err)
	}
	mustCreate(t, s, "c", "a", "b-1", "b")
	got, err := s.Tenants(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := []ilsai.TenantID{"a", "b", "b-1", "c"}
	if len(got) != len(want) {
		t.Fatalf("got %d tenants, want %d", len(got), len(want))
	}
	for i, id := range want {
		if got[i] != Tenant(id) {
			t.Errorf("place %d: got %+v, want %s", i, got[i], id)
		}
	}
}

func updateTenant(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123", "xyz789")
	want := tenancy.Tenant{ID: "abc123", Code: "code-abc123", Name: "New name", Tier: tenancy.TierBasic,
		Status: tenancy.StatusSuspended, TimeZone: "America/New_York", Currency: "USD", CreatedAt: Start}
	change := want
	change.Code, change.CreatedAt = "other", Start.Add(time.Hour) // neither may change
	if err := s.UpdateTenant(t.Context(), change); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Tenant(t.Context(), "abc123"); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	if got, err := s.Tenant(t.Context(), "xyz789"); err != nil || got != Tenant("xyz789") {
		t.Errorf("another tenant changed: got %+v, %v", got, err)
	}
	change.Currency = "XXX"
	wantCode(t, "invalid", s.UpdateTenant(t.Context(), change), ilsai.CodeInvalid)
}
