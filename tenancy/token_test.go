package tenancy_test

import (
	"encoding/json"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

var (
	secret  = []byte("9f6c2d1e8b7a4503e1d2c3b4a5968778f0e1d2c3")
	now     = time.Date(2026, 11, 3, 14, 30, 0, 0, time.UTC)
	options = tenancy.TokenOptions{Now: func() time.Time { return now }}
)

func newVerifier(t testing.TB, o tenancy.TokenOptions) *tenancy.TokenVerifier {
	t.Helper()
	v, err := tenancy.NewTokenVerifier(secret, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func newIssuer(t testing.TB, o tenancy.TokenOptions) *tenancy.TokenIssuer {
	t.Helper()
	i, err := tenancy.NewTokenIssuer(secret, o)
	if err != nil {
		t.Fatal(err)
	}
	return i
}

func TestIssuedTokenVerifies(t *testing.T) {
	t.Parallel()
	want := tenancy.Claims{UserID: "123", TenantID: "abc123", Email: "user@optical-shop-1.com", Role: "admin", Tier: tenancy.TierProfessional}
	token, err := newIssuer(t, options).Issue(want, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	got, err := newVerifier(t, options).Verify(token)
	if err != nil {
		t.Fatal(err)
	}
	want.IssuedAt, want.ExpiresAt = now, now.Add(time.Hour)
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestClaimsMarshalAsInTheGuide(t *testing.T) {
	t.Parallel()
	c := tenancy.Claims{UserID: "123", TenantID: "abc123", Email: "user@optical-shop-1.com", Role: "admin", Tier: tenancy.TierProfessional,
		ExpiresAt: time.Unix(1730678400, 0), IssuedAt: time.Unix(1730674800, 0)}
	got, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"user_id":123,"tenant_id":"abc123","email":"user@optical-shop-1.com","role":"admin","tier":"professional","exp":1730678400,"iat":1730674800}`
	if string(got) != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestIssueRefuses(t *testing.T) {
	t.Parallel()
	good := tenancy.Claims{UserID: "1", TenantID: "abc123"}
	for name, c := range map[string]struct {
		claims   tenancy.Claims
		lifetime time.Duration
	}{
		"no lifetime":       {good, 0},
		"too long":          {good, tenancy.DefaultMaxLifetime + time.Second},
		"no user":           {tenancy.Claims{TenantID: "abc123"}, time.Hour},
		"no tenant":         {tenancy.Claims{UserID: "1"}, time.Hour},
		"impossible tenant": {tenancy.Claims{UserID: "1", TenantID: "A/B"}, time.Hour},
		"unknown tier":      {tenancy.Claims{UserID: "1", TenantID: "abc123", Tier: "gold"}, time.Hour},
	} {
		if token, err := newIssuer(t, options).Issue(c.claims, c.lifetime); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%s: got %q, %v, want %s", name, token, err, ilsai.CodeInvalid)
		}
	}
}

// Whatever user ids two tokens carry, they name the same user exactly when number and digits agree.
func TestUserIDRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := tenancy.UserID(rapid.OneOf(
			rapid.StringMatching(`[0-9]{1,20}`), rapid.StringMatching(`[a-zA-Z0-9@._-]{1,40}`), rapid.StringMatching(`\PC{1,30}`),
		).Draw(t, "user id"))
		b, err := json.Marshal(id)
		if err != nil {
			t.Fatal(err)
		}
		var got tenancy.UserID
		if err := json.Unmarshal(b, &got); err != nil {
			return // not one a token may carry
		}
		if got != id {
			t.Fatalf("got %q, want %q (as %s)", got, id, b)
		}
	})
}

func TestUserIDForms(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`456`: "456", `"456"`: "456", `0`: "0", `"u-9"`: "u-9", `9007199254740991`: "9007199254740991",
		`9007199254740992`: "", `-1`: "", `1.5`: "", `1e3`: "", `""`: "", `null`: "", `true`: "", `[1]`: "", `{"a":1}`: "", `"a\u0000"`: "",
	} {
		var got tenancy.UserID
		err := json.Unmarshal([]byte(in), &got)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", in, got, err, want)
		}
	}
}

func TestLeewayEdges(t *testing.T) {
	t.Parallel()
	token, err := newIssuer(t, options).Issue(tenancy.Claims{UserID: "1", TenantID: "abc123"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		at time.Duration // after issue
		ok bool
	}{
		{-31 * time.Second, false}, {-30 * time.Second, true}, {0, true}, {time.Hour, true},
		{time.Hour + 29*time.Second, true}, {time.Hour + 30*time.Second, false}, {time.Hour + time.Minute, false},
	} {
		v := newVerifier(t, tenancy.TokenOptions{Now: func() time.Time { return now.Add(c.at) }})
		if _, err := v.Verify(token); (err == nil) != c.ok {
			t.Errorf("%v after issue: got %v, want ok %v", c.at, err, c.ok)
		}
	}
}

func TestKeyID(t *testing.T) {
	t.Parallel()
	withKey := options
	withKey.KeyID = "2026-11"
	other := options
	other.KeyID = "2026-10"
	claims := tenancy.Claims{UserID: "1", TenantID: "abc123"}
	for _, c := range []struct {
		issuer, verifier tenancy.TokenOptions
		ok               bool
	}{{withKey, withKey, true}, {options, options, true}, {withKey, options, false}, {options, withKey, false}, {other, withKey, false}} {
		token, err := newIssuer(t, c.issuer).Issue(claims, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := newVerifier(t, c.verifier).Verify(token); (err == nil) != c.ok {
			t.Errorf("kid %q for key %q: got %v, want ok %v", c.issuer.KeyID, c.verifier.KeyID, err, c.ok)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	token, err := newIssuer(b, options).Issue(tenancy.Claims{UserID: "123", TenantID: "abc123", Email: "user@optical-shop-1.com", Role: "admin", Tier: "professional"}, time.Hour)
	if err != nil {
		b.Fatal(err)
	}
	v := newVerifier(b, options)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(token); err != nil {
			b.Fatal(err)
		}
	}
}
