package tenancy_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// keyPair is an asymmetric key as its owner has it.
type keyPair struct {
	kid     string
	method  jwt.SigningMethod
	private crypto.Signer
}

var (
	pairs = sync.OnceValue(func() map[string]keyPair {
		rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			panic(err)
		}
		_, edKey, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			panic(err)
		}
		return map[string]keyPair{
			"rs": {"rs", jwt.SigningMethodRS256, rsaKey}, "es": {"es", jwt.SigningMethodES256, ecKey}, "ed": {"ed", jwt.SigningMethodEdDSA, edKey},
		}
	})
	oldSecret = []byte("1c8f5b2e9d7a4036f1e2d3c4b5a69788776655aa")
)

func (p keyPair) der(t testing.TB) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(p.private.Public())
	if err != nil {
		t.Fatal(err)
	}
	return der
}

func (p keyPair) pem(t testing.TB) []byte {
	t.Helper()
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: p.der(t)})
}

// token signs the good claims under any header.
func (p keyPair) token(t testing.TB, method jwt.SigningMethod, header string) string {
	t.Helper()
	return p.sign(t, method, header, goodClaims)
}

// sign signs anything, as the owner of the key could.
func (p keyPair) sign(t testing.TB, method jwt.SigningMethod, header, claims string) string {
	t.Helper()
	text := b64(header) + "." + b64(claims)
	sig, err := method.Sign(text, p.private)
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(string(sig))
}

func (p keyPair) good(t testing.TB) string {
	t.Helper()
	return p.token(t, p.method, fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":%q}`, p.method.Alg(), p.kid))
}

func secretKey(t testing.TB, id string, secret []byte, created time.Time) tenancy.Key {
	t.Helper()
	k, err := tenancy.NewSecretKey(id, secret, created)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// fullRing holds a secret without an id, one with, and a public key of each kind.
func fullRing(t testing.TB) *tenancy.Keyring {
	t.Helper()
	keys := []tenancy.Key{secretKey(t, "", secret, now.Add(-time.Hour)), secretKey(t, "hs", oldSecret, now)}
	for _, p := range pairs() {
		k, err := tenancy.ParsePublicKey(p.kid, p.pem(t))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	return newRing(t, keys...)
}

func newRing(t testing.TB, keys ...tenancy.Key) *tenancy.Keyring {
	t.Helper()
	r, err := tenancy.NewKeyring(keys, tenancy.KeyringOptions{Now: options.Now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKeyringVerifiesEveryKind(t *testing.T) {
	t.Parallel()
	ring := fullRing(t)
	v := tenancy.NewKeyringVerifier(ring, options)
	tokens := map[string]string{"without id": sign(goodHeader, goodClaims)}
	for name, p := range pairs() {
		tokens[name] = p.good(t)
	}
	issued, err := tenancy.NewKeyringIssuer(ring, options).Issue(tenancy.Claims{UserID: "123", TenantID: "abc123"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	tokens["issued"] = issued
	for name, token := range tokens {
		if c, err := v.Verify(token); err != nil || c.UserID != "123" || c.TenantID != "abc123" {
			t.Errorf("%s: got %+v, %v, want it accepted", name, c, err)
		}
	}
}

func TestIssuerSignsWithTheNewestSecret(t *testing.T) {
	t.Parallel()
	const m = time.Minute
	retiring := secretKey(t, "c", secret, now.Add(-m))
	retiring.RetiresAt = now.Add(time.Hour)
	retired := secretKey(t, "d", secret, now.Add(-m))
	retired.RetiresAt = now
	for _, c := range []struct {
		keys []tenancy.Key
		want string // the kid; "-" for a refusal
	}{
		{[]tenancy.Key{secretKey(t, "a", secret, now.Add(-3*m)), secretKey(t, "b", oldSecret, now.Add(-2*m))}, "b"},
		{[]tenancy.Key{secretKey(t, "b", secret, now.Add(-2*m)), secretKey(t, "a", oldSecret, now.Add(-3*m))}, "b"},
		{[]tenancy.Key{secretKey(t, "a", secret, now), secretKey(t, "b", oldSecret, now)}, "b"},
		{[]tenancy.Key{secretKey(t, "", secret, time.Time{}), secretKey(t, "b", oldSecret, now.Add(-m))}, "b"},
		{[]tenancy.Key{secretKey(t, "", secret, time.Time{}), secretKey(t, "b", oldSecret, now.Add(1-m))}, ""}, // not known everywhere yet
		{[]tenancy.Key{retiring, secretKey(t, "b", oldSecret, now)}, "c"},
		{[]tenancy.Key{retired, secretKey(t, "b", oldSecret, now)}, "b"},
		{[]tenancy.Key{secretKey(t, "", secret, time.Time{})}, ""},
		{[]tenancy.Key{retiring, secretKey(t, "a", oldSecret, now.Add(-2*m))}, "a"},
		{[]tenancy.Key{retiring, retired}, "c"},
		{[]tenancy.Key{retired}, "-"},
	} {
		token, err := tenancy.NewKeyringIssuer(newRing(t, c.keys...), options).Issue(tenancy.Claims{UserID: "1", TenantID: "abc123"}, time.Hour)
		if c.want == "-" {
			if ilsai.ErrorCode(err) != ilsai.CodeInvalid {
				t.Errorf("%v: got %q, %v, want a refusal", c.keys, token, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		parsed, _, err := jwt.NewParser().ParseUnverified(token, jwt.MapClaims{})
		if err != nil {
			t.Fatal(err)
		}
		if kid, _ := parsed.Header["kid"].(string); kid != c.want {
			t.Errorf("%v: signed with %q, want %q", c.keys, kid, c.want)
		}
	}
}

func TestReplaceRefuses(t *testing.T) {
	t.Parallel()
	ring := newRing(t, secretKey(t, "a", secret, now))
	for name, keys := range map[string][]tenancy.Key{
		"none": {}, "two of one id": {secretKey(t, "b", secret, now), secretKey(t, "b", oldSecret, now)}, "an empty one": {{ID: "b", Algorithm: tenancy.HS256}},
	} {
		if err := ring.Replace(keys); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%s: got %v, want %s", name, err, ilsai.CodeInvalid)
		}
		if got := ring.Keys(); len(got) != 1 || got[0].ID != "a" {
			t.Errorf("%s: the ring changed to %v", name, got)
		}
	}
}

// Tokens of the old and of the new key verify without one failure while keys are rotated, and a
// removed key counts no more from the moment Replace returns.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	const workers, each, rotations = 4, 2_500, 200
	stays, comes := secretKey(t, "stays", secret, now), secretKey(t, "comes", oldSecret, now.Add(time.Second))
	ring := newRing(t, stays, comes)
	v := tenancy.NewKeyringVerifier(ring, options)
	token, err := tenancy.NewKeyringIssuer(newRing(t, stays), options).Issue(tenancy.Claims{UserID: "1", TenantID: "abc123"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	second, err := tenancy.NewKeyringIssuer(newRing(t, comes), options).Issue(tenancy.Claims{UserID: "1", TenantID: "abc123"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	var failed, verified atomic.Int64
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for range each {
				if _, err := v.Verify(token); err != nil {
					failed.Add(1)
				}
				verified.Add(1)
			}
		})
	}
	for range rotations {
		if err := ring.Replace([]tenancy.Key{stays}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(second); ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated {
			t.Fatalf("a removed key: got %v, want %s", err, ilsai.CodeUnauthenticated)
		}
		if err := ring.Replace([]tenancy.Key{comes, stays}); err != nil {
			t.Fatal(err)
		}
		if _, err := v.Verify(second); err != nil {
			t.Fatalf("a key that came back: %v", err)
		}
	}
	wg.Wait()
	t.Logf("%d verifications during %d replacements, %d failed", verified.Load(), 2*rotations, failed.Load())
	if failed.Load() != 0 || verified.Load() != workers*each {
		t.Errorf("%d of %d failed, want 0", failed.Load(), verified.Load())
	}
}

func TestKeyRetiresByTheClock(t *testing.T) {
	t.Parallel()
	at := now
	clock := func() time.Time { return at }
	k := secretKey(t, "a", secret, now)
	k.RetiresAt = now.Add(time.Minute)
	ring, err := tenancy.NewKeyring([]tenancy.Key{k}, tenancy.KeyringOptions{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	o := tenancy.TokenOptions{Now: clock}
	token, err := tenancy.NewKeyringIssuer(ring, o).Issue(tenancy.Claims{UserID: "1", TenantID: "abc123"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	v := tenancy.NewKeyringVerifier(ring, o)
	for _, c := range []struct {
		after time.Duration
		ok    bool
	}{{0, true}, {time.Minute - 1, true}, {time.Minute, false}, {time.Hour, false}} {
		at = now.Add(c.after)
		if _, err := v.Verify(token); (err == nil) != c.ok {
			t.Errorf("after %v: got %v, want ok %v", c.after, err, c.ok)
		}
	}
}

// published is a KeySource of fixed keys.
type published struct {
	keys  map[string]tenancy.Key
	err   error
	asked atomic.Int64
}

func (s *published) PublicKey(_ context.Context, id string) (tenancy.Key, error) {
	s.asked.Add(1)
	if s.err != nil {
		return tenancy.Key{}, s.err
	}
	k, ok := s.keys[id]
	if !ok {
		return tenancy.Key{}, ilsai.Errorf(ilsai.CodeNotFound, "no key %q", id)
	}
	return k, nil
}

func TestKeySource(t *testing.T) {
	t.Parallel()
	es := pairs()["es"]
	public, err := tenancy.ParsePublicKey("es", es.pem(t))
	if err != nil {
		t.Fatal(err)
	}
	other := public
	other.ID = "other"
	source := &published{keys: map[string]tenancy.Key{"es": public, "shared": secretKey(t, "shared", secret, now), "misnamed": other}}
	ring, err := tenancy.NewKeyring([]tenancy.Key{secretKey(t, "own", secret, now)}, tenancy.KeyringOptions{Source: source, Now: options.Now})
	if err != nil {
		t.Fatal(err)
	}
	v := tenancy.NewKeyringVerifier(ring, options)
	header := func(alg, kid string) string { return fmt.Sprintf(`{"alg":%q,"kid":%q}`, alg, kid) }
	for _, c := range []struct {
		name, token string
		code        ilsai.Code
		asked       int64
	}{
		{"own key", sign(header("HS256", "own"), goodClaims), "", 0},
		{"published key", es.good(t), "", 1},
		{"unknown key", es.token(t, es.method, header("ES256", "nobody")), ilsai.CodeUnauthenticated, 1},
		{"key of another name", es.token(t, es.method, header("ES256", "misnamed")), ilsai.CodeUnauthenticated, 1},
		{"published secret", sign(header("HS256", "shared"), goodClaims), ilsai.CodeUnauthenticated, 0},
		{"secret as RS256", sign(header("RS256", "shared"), goodClaims), ilsai.CodeUnauthenticated, 1},
		{"no id", es.token(t, es.method, `{"alg":"ES256"}`), ilsai.CodeUnauthenticated, 0},
		{"long id", es.token(t, es.method, header("ES256", strings.Repeat("k", 129))), ilsai.CodeUnauthenticated, 0},
		{"id with a space", es.token(t, es.method, header("ES256", "a b")), ilsai.CodeUnauthenticated, 0},
	} {
		before := source.asked.Load()
		_, err := v.Verify(c.token)
		if asked := source.asked.Load() - before; ilsai.ErrorCode(err) != c.code || asked != c.asked {
			t.Errorf("%s: got %v after %d questions, want %q after %d", c.name, err, asked, c.code, c.asked)
		}
	}
	source.err = ilsai.Wrap(ilsai.CodeUnavailable, errors.New("host is down"), "The keys are away.")
	if _, err := v.Verify(es.good(t)); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("source away: got %v, want %s", err, ilsai.CodeUnavailable)
	}
	if _, err := v.Verify(sign(header("HS256", "own"), goodClaims)); err != nil {
		t.Errorf("source away, own key: %v", err)
	}
}
