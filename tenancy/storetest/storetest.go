// Package storetest holds the conformance suites that every implementation of tenancy.Store and
// tenancy.Ledger passes: the contracts written at the interfaces, as tests. For the tests of those
// implementations it also starts and stops a PostgreSQL server.
//
// It knows the interfaces, and PostgreSQL's programs. It must never know a schema or a driver.
package storetest

import (
	"fmt"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Exercise runs the suite. open gives each test an empty store of its own and closes it when the
// test ends.
func Exercise(t *testing.T, open func(t *testing.T) tenancy.Store) {
	for name, test := range map[string]func(*testing.T, tenancy.Store){
		"CreateTenant":          createTenant,
		"CreateTenantInvalid":   createTenantInvalid,
		"CreateTenantConflict":  createTenantConflict,
		"CreateTenantAtOnce":    createTenantAtOnce,
		"TenantNotFound":        tenantNotFound,
		"Tenants":               listTenants,
		"UpdateTenant":          updateTenant,
		"AppendUsage":           appendUsage,
		"AppendUsageTwice":      appendUsageTwice,
		"AppendUsageInvalid":    appendUsageInvalid,
		"AppendUsageAtOnce":     appendUsageAtOnce,
		"AppendUsageStrayBytes": appendUsageStrayBytes,
		"UsagePages":            usagePages,
		"UsageTimes":            usageTimes,
		"SumUsage":              sumUsage,
		"Canceled":              canceled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t))
		})
	}
}

// Start is the time of the first event, for tests of stores.
var Start = time.Date(2026, 11, 3, 14, 30, 0, 0, time.UTC)

// Tenant is a valid tenant with the given id, for tests of stores.
func Tenant(id ilsai.TenantID) tenancy.Tenant {
	return tenancy.Tenant{ID: id, Code: "code-" + string(id), Name: "Lumière & Söhne", Tier: tenancy.TierProfessional,
		Status: tenancy.StatusActive, TimeZone: "Europe/Paris", Currency: "EUR", CreatedAt: Start}
}

// Event is a valid usage event of a tenant, the n-th second after a fixed time, for tests of stores.
func Event(t testing.TB, id ilsai.TenantID, n int) tenancy.UsageEvent {
	t.Helper()
	eventID, err := tenancy.NewEventID()
	if err != nil {
		t.Fatal(err)
	}
	return tenancy.UsageEvent{TenantID: id, UserID: "456", QueryType: tenancy.QuerySales, Question: "What were our top selling products?",
		TokensUsed: 150, ResponseTimeMS: 1200, Success: true, Timestamp: Start.Add(time.Duration(n) * time.Second), EventID: eventID,
		RequestID: fmt.Sprintf("req-%d", n), Model: "ilsai-default", PromptTokens: 120, CachedTokens: 100, CompletionTokens: 30}
}

func mustCreate(t *testing.T, s tenancy.Store, ids ...ilsai.TenantID) {
	t.Helper()
	for _, id := range ids {
		if err := s.CreateTenant(t.Context(), Tenant(id)); err != nil {
			t.Fatal(err)
		}
	}
}

func wantCode(t *testing.T, what string, err error, want ilsai.Code) {
	t.Helper()
	if got := ilsai.ErrorCode(err); got != want {
		t.Errorf("%s: got %v, want %q", what, err, want)
	}
	if err != nil && ilsai.ErrorMessage(err) == "" {
		t.Errorf("%s: no message for people", what)
	}
}

func canceled(t *testing.T, s tenancy.Store) {
	mustCreate(t, s, "abc123")
	ctx, cancel := canceledContext(t)
	defer cancel()
	e := Event(t, "abc123", 0)
	wantCode(t, "AppendUsage", s.AppendUsage(ctx, &e), ilsai.CodeCanceled)
	wantCode(t, "CreateTenant", s.CreateTenant(ctx, Tenant("xyz789")), ilsai.CodeCanceled)
	_, err := s.Tenant(ctx, "abc123")
	wantCode(t, "Tenant", err, ilsai.CodeCanceled)
	_, err = s.Usage(ctx, "abc123", time.Time{}, time.Time{}, 0, 0)
	wantCode(t, "Usage", err, ilsai.CodeCanceled)
	// A canceled append may be repeated and is recorded once.
	if err := s.AppendUsage(t.Context(), &e); err != nil {
		t.Fatal(err)
	}
	if got, err := s.SumUsage(t.Context(), "abc123", time.Time{}, time.Time{}); err != nil || got.Queries != 1 {
		t.Errorf("got %+v, %v, want one query", got, err)
	}
}
