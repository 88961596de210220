package tenancy_test

import (
	"context"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func TestCreateUserAndSetPassword(t *testing.T) {
	t.Parallel()
	r := newLogin(t, cheap)
	shop := validTenant()
	u := tenancy.User{Email: " Eva@Example.org", Name: "Eva", Role: "staff"}
	for _, bad := range []string{"short", "Password1234!", "eva@example.org eva"} {
		if err := r.CreateUser(t.Context(), shop, &u, bad); ilsai.ErrorCode(err) != ilsai.CodeInvalid || u.ID != "" {
			t.Errorf("%q: got %+v, %v, want %s", bad, u, err, ilsai.CodeInvalid)
		}
	}
	if err := r.CreateUser(t.Context(), shop, &u, password); err != nil || u.Email != "eva@example.org" || u.TenantID != shop.ID || u.Status != tenancy.UserActive {
		t.Fatalf("got %+v, %v, want a user", u, err)
	}
	login := func(p string) error {
		_, err := r.Login(t.Context(), r.code, "eva@example.org", p)
		return err
	}
	if err := login(password); err != nil {
		t.Errorf("the first password: %v", err)
	}
	for range 6 {
		_ = login("wrong") // locks
	}
	const next = "two walks along the sea"
	if err := r.SetPassword(t.Context(), shop, u.ID, next); err != nil {
		t.Fatal(err)
	}
	if err := login(password); err == nil {
		t.Error("the old password still opens")
	}
	if err := login(next); err != nil {
		t.Errorf("the new password: %v", err)
	}
	if err := r.SetPassword(t.Context(), shop, "nobody", next); ilsai.ErrorCode(err) != ilsai.CodeNotFound {
		t.Errorf("unknown user: got %v, want %s", err, ilsai.CodeNotFound)
	}
	if err := r.SetPassword(t.Context(), shop, u.ID, "short"); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
		t.Errorf("short: got %v, want %s", err, ilsai.CodeInvalid)
	}
}

func TestUsersAreWrittenWithoutTheirHash(t *testing.T) {
	t.Parallel()
	u := *newLogin(t, cheap).users.by(validTenant().ID, "u1")
	b, err := json.Marshal(u)
	if err != nil || strings.Contains(string(b), "argon2") || !strings.Contains(string(b), "anna@example.org") {
		t.Errorf("got %s, %v, want it without the hash", b, err)
	}
}

func TestNewAuditEntry(t *testing.T) {
	t.Parallel()
	by := tenancy.UserActor(tenancy.Principal{Tenant: tenancy.Tenant{ID: "ils"}, UserID: "7"}, "")
	ctx := ilsai.WithRequestID(context.Background(), "req-9")
	e, err := tenancy.NewAuditEntry(ctx, by, "abc123", "tenant.tier", "", map[string]string{"tier": "basic"}, nil)
	if err != nil || e.ActorTenant != "ils" || e.Actor != "7" || e.TenantID != "abc123" || e.RequestID != "req-9" || string(e.Before) != `{"tier":"basic"}` || e.After != nil {
		t.Errorf("got %+v, %v", e, err)
	}
	for name, after := range map[string]any{"no JSON": math.Inf(1), "huge": strings.Repeat("x", 70_000)} {
		if _, err := tenancy.NewAuditEntry(ctx, by, "abc123", "x", "", nil, after); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%s: got %v, want %s", name, err, ilsai.CodeInvalid)
		}
	}
}
