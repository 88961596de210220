package tenancy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const goodHeader = `{"alg":"HS256","typ":"JWT"}`

var goodClaims = fmt.Sprintf(`{"user_id":123,"tenant_id":"abc123","email":"u@example.org","role":"staff","tier":"basic","exp":%d,"iat":%d}`, now.Unix()+3600, now.Unix())

func b64(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

func unb64(s string) string {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return ""
	}
	return string(b)
}

// sign makes a token of any header and claims with a correct HMAC, as a holder of the secret would.
func sign(header, claims string) string {
	text := b64(header) + "." + b64(claims)
	return text + "." + b64(mac(secret, text))
}

func mac(key []byte, text string) string {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(text))
	return string(m.Sum(nil))
}

// claimsWith replaces or adds members; a value of "-" removes one.
func claimsWith(changes map[string]string) string {
	members := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(goodClaims), &members); err != nil {
		panic(err)
	}
	for name, value := range changes {
		if value == "-" {
			delete(members, name)
		} else {
			members[name] = json.RawMessage(value)
		}
	}
	var parts []string
	for name, value := range members {
		parts = append(parts, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func attackTokens(t testing.TB) map[string]string {
	good := sign(goodHeader, goodClaims)
	parts := strings.Split(good, ".")
	header := func(h string) string { return sign(h, goodClaims) }
	claims := func(c map[string]string) string { return sign(goodHeader, claimsWith(c)) }
	one := func(name, value string) string { return claims(map[string]string{name: value}) }

	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	pemKey := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	signedBy := func(key []byte) string {
		text := b64(goodHeader) + "." + b64(goodClaims)
		return text + "." + b64(mac(key, text))
	}
	ecKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	method := func(m jwt.SigningMethod, key any) string {
		token := jwt.NewWithClaims(m, jwt.MapClaims{"user_id": 123, "tenant_id": "abc123", "exp": now.Unix() + 3600, "iat": now.Unix()})
		s, err := token.SignedString(key)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	hs512 := func(alg string) string {
		text := b64(`{"alg":"`+alg+`","typ":"JWT"}`) + "." + b64(goodClaims)
		m := hmac.New(sha512.New, secret)
		m.Write([]byte(text))
		return text + "." + b64(string(m.Sum(nil)))
	}
	unsigned := func(alg string) string { return b64(`{"alg":"`+alg+`","typ":"JWT"}`) + "." + parts[1] + "." }
	tampered := func(from, to string) string {
		return parts[0] + "." + b64(strings.Replace(goodClaims, from, to, 1)) + "." + parts[2]
	}
	year := int64(365 * 86400)

	return map[string]string{
		// 3.1 algorithms and signatures
		"alg none": unsigned("none"), "alg None": unsigned("None"), "alg nOnE": unsigned("nOnE"), "alg NONE": unsigned("NONE"), "alg empty": unsigned(""),
		"alg none with signature": sign(`{"alg":"none","typ":"JWT"}`, goodClaims), "alg hs256 in small letters": header(`{"alg":"hs256"}`),
		"alg missing": header(`{"typ":"JWT"}`), "alg null": header(`{"alg":null}`), "alg number": header(`{"alg":256}`), "alg array": header(`{"alg":["HS256"]}`),
		"alg twice": header(`{"alg":"none","alg":"HS256"}`), "alg with NUL": header(`{"alg":"HS256\u0000"}`),
		"HS384 of the same secret": method(jwt.SigningMethodHS384, secret), "HS512 of the same secret": method(jwt.SigningMethodHS512, secret),
		"HS512 called HS256": hs512("HS256"), "RS256": method(jwt.SigningMethodRS256, rsaKey), "PS256": method(jwt.SigningMethodPS256, rsaKey),
		"ES256": method(jwt.SigningMethodES256, ecKey), "unsigned by library": method(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType),
		"signed with public key PEM": signedBy(pemKey), "signed with public key DER": signedBy(der), "signed with nothing": signedBy(nil),
		"signed with another secret": signedBy([]byte("another secret of thirty-two or more bytes")), "signature removed": parts[0] + "." + parts[1] + ".",
		"signature cut short": good[:len(good)-4], "signature one byte longer": good + "AA", "signature of zeros": parts[0] + "." + parts[1] + "." + b64(string(make([]byte, 32))),
		"signature padded": good + "=", "signature of standard base64": parts[0] + "." + parts[1] + "." + base64.StdEncoding.EncodeToString([]byte(mac(secret, parts[0]+"."+parts[1]))),
		"signature with a line break": good[:len(good)-3] + "\n" + good[len(good)-3:], "signature with stray last bits": good[:len(good)-1] + strayBits(good[len(good)-1]),
		// 3.2 headers
		"jku": header(`{"alg":"HS256","jku":"https://evil.example/keys"}`), "x5u": header(`{"alg":"HS256","x5u":"https://evil.example/cert"}`),
		"jwk": header(`{"alg":"HS256","jwk":{"kty":"oct","k":"AAAA"}}`), "x5c": header(`{"alg":"HS256","x5c":["AAAA"]}`), "kid path": header(`{"alg":"HS256","kid":"../../../../dev/null"}`),
		"kid SQL": header(`{"alg":"HS256","kid":"x' UNION SELECT 'a"}`), "kid NUL": header(`{"alg":"HS256","kid":"a\u0000"}`), "kid empty": header(`{"alg":"HS256","kid":""}`),
		"kid unknown": header(`{"alg":"HS256","kid":"7"}`), "kid long": header(`{"alg":"HS256","kid":"` + strings.Repeat("k", 5000) + `"}`), "crit": header(`{"alg":"HS256","crit":["exp"]}`),
		"b64 false": header(`{"alg":"HS256","b64":false}`), "zip": header(`{"alg":"HS256","zip":"DEF"}`), "typ wrong": header(`{"alg":"HS256","typ":"JWE"}`), "cty": header(`{"alg":"HS256","cty":"JWT"}`),
		"header array": header(`["HS256"]`), "header text": header(`"HS256"`), "header broken": header(`{"alg":"HS256"`), "header followed by text": header(`{"alg":"HS256"}{}`), "header empty": header(``),
		// 3.3 claims
		"exp missing": one("exp", "-"), "exp past": one("exp", fmt.Sprint(now.Unix()-31)), "exp in ten years": one("exp", fmt.Sprint(now.Unix()+10*year)), "exp string": one("exp", `"1893456000"`),
		"exp null": one("exp", "null"), "exp zero": one("exp", "0"), "exp negative": one("exp", "-1"), "exp 1e308": one("exp", "1e308"), "exp array": one("exp", "[1893456000]"), "exp 9e18": one("exp", "9223372036854775808"),
		"exp true": one("exp", "true"), "iat in the future": one("iat", fmt.Sprint(now.Unix()+31)), "iat string": one("iat", `"1"`), "iat 1e308": one("iat", "1e308"), "nbf in the future": one("nbf", fmt.Sprint(now.Unix()+31)), "nbf string": one("nbf", `"x"`),
		"tier tampered": tampered(`"basic"`, `"enterprise"`), "role tampered": tampered(`"staff"`, `"admin"`), "tenant tampered": tampered("abc123", "xyz789"), "exp tampered": tampered(fmt.Sprint(now.Unix()+3600), fmt.Sprint(now.Unix()+7200)),
		"tenant_id missing": one("tenant_id", "-"), "tenant_id empty": one("tenant_id", `""`), "tenant_id null": one("tenant_id", "null"), "tenant_id array": one("tenant_id", `["abc123"]`), "tenant_id number": one("tenant_id", "123"),
		"tenant_id object": one("tenant_id", `{"$ne":""}`), "tenant_id NUL": one("tenant_id", `"abc123\u0000"`), "tenant_id look-alike": one("tenant_id", `"аbc123"`), "tenant_id full width": one("tenant_id", `"ａbc123"`),
		"tenant_id capitals": one("tenant_id", `"ABC123"`), "tenant_id path": one("tenant_id", `"../abc123"`), "tenant_id space": one("tenant_id", `"abc123 "`), "tenant_id SQL": one("tenant_id", `"abc123' OR '1'='1"`),
		"tenant_id wildcard": one("tenant_id", `"%"`), "tenant_id long": one("tenant_id", `"`+strings.Repeat("a", 49)+`"`), "tenant_id zero width": one("tenant_id", `"abc\u200b123"`),
		"tenant_id under another case": sign(goodHeader, strings.Replace(goodClaims, `"tenant_id"`, `"Tenant_ID"`, 1)), "tenant_id twice": sign(goodHeader, strings.Replace(goodClaims, `{`, `{"tenant_id":"xyz789",`, 1)),
		"user_id missing": one("user_id", "-"), "user_id null": one("user_id", "null"), "user_id object": one("user_id", `{}`), "user_id fraction": one("user_id", "1.5"), "user_id control": one("user_id", `"a\nb"`),
		"tier unknown": one("tier", `"platinum"`), "tier number": one("tier", "3"), "tier capitals": one("tier", `"Enterprise"`), "role array": one("role", `["admin"]`), "email control": one("email", `"a\u0007"`),
		"claims array": sign(goodHeader, "[]"), "claims text": sign(goodHeader, `"x"`), "claims empty": sign(goodHeader, ""), "claims broken": sign(goodHeader, goodClaims[:40]), "claims followed by text": sign(goodHeader, goodClaims+"x"),
		// 3.4 size and shape
		"empty": "", "one part": "abc", "two parts": parts[0] + "." + parts[1], "four parts": good + ".x", "million dots": strings.Repeat(".", 1_000_000), "8 KB of dots": strings.Repeat(".", 8<<10),
		"1 MB": strings.Repeat("a", 1<<20), "1 MB of claims": sign(goodHeader, claimsWith(map[string]string{"email": `"` + strings.Repeat("a", 1<<20) + `"`})), "deep claims": sign(goodHeader, strings.Repeat("[", 5000)),
		"deep member": one("x", strings.Repeat("[", 100_000)), "Bearer left in": "Bearer " + good, "leading space": " " + good, "trailing line break": good + "\n", "JSON serialisation": `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`,
		"only dots": "..", "unicode": "é.é.é", "NUL": "\x00.\x00.\x00",
	}
}

// strayBits is another letter that decodes to the same bytes when a decoder ignores the unused low bits.
func strayBits(last byte) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return string(alphabet[strings.IndexByte(alphabet, last)^1])
}

func TestAttacksAreRefusedAlike(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, options)
	if _, err := v.Verify(sign(goodHeader, goodClaims)); err != nil {
		t.Fatalf("the honest token: %v", err)
	}
	want := ""
	attacks := attackTokens(t)
	t.Logf("%d attacks", len(attacks))
	for name, token := range attacks {
		c, err := v.Verify(token)
		if ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated {
			t.Errorf("%s: got %+v, %v, want %s", name, c, err, ilsai.CodeUnauthenticated)
			continue
		}
		if want == "" {
			want = ilsai.ErrorMessage(err)
		}
		if got := ilsai.ErrorMessage(err); got != want || got == "" {
			t.Errorf("%s: message %q differs from %q", name, got, want)
		}
	}
}

// An oversized token costs nothing beyond its own bytes.
func TestOversizedTokensAreNotParsed(t *testing.T) {
	v := newVerifier(t, options)
	for _, token := range []string{strings.Repeat("a", 1<<20), strings.Repeat(".", 1<<20)} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 100 {
			v.Verify(token)
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / 100; got > 4096 {
			t.Errorf("refusing a token of 1 MB allocates %d bytes, want at most 4096", got)
		}
	}
}

func FuzzVerify(f *testing.F) {
	for _, token := range attackTokens(f) {
		if len(token) < 2000 {
			f.Add(token)
		}
	}
	f.Add(sign(goodHeader, goodClaims))
	v := newVerifier(f, options)
	f.Fuzz(func(t *testing.T, token string) {
		c, err := v.Verify(token)
		if err != nil {
			return
		}
		// Accepted: an independent check must agree that the secret's holder wrote it.
		parts := strings.Split(token, ".")
		if len(parts) != 3 || b64(mac(secret, parts[0]+"."+parts[1])) != parts[2] {
			t.Fatalf("accepted a token that nobody signed: %q", token)
		}
		if _, err := ilsai.ParseTenantID(string(c.TenantID)); err != nil || !c.ExpiresAt.After(now.Add(-clockLeeway)) {
			t.Fatalf("accepted %+v", c)
		}
	})
}

const clockLeeway = 30 * 1e9

func TestCheckSecret(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		secret string
		ok     bool
	}{
		"random hex":         {"9f6c2d1e8b7a4503e1d2c3b4a5968778", true},
		"random base64":      {"q83vXkP0s1mZtY7wLrJ4nB6uHfD2aGcE9iKoV5xQ+Tw=", true},
		"empty":              {"", false},
		"31 bytes":           {"9f6c2d1e8b7a4503e1d2c3b4a596877", false},
		"of a tutorial":      {"your-256-bit-secret-your-256-bit-secret", false},
		"of jwt.io":          {"a-string-secret-at-least-256-bits-long", false},
		"of a template":      {"your-super-secret-jwt-token-with-at-least-32-characters-long", false},
		"placeholder":        {"CHANGE-ME-CHANGE-ME-CHANGE-ME-12", false},
		"password":           {"MyCompanyPassword2026!MyCompany!", false},
		"one letter":         {strings.Repeat("a", 64), false},
		"a repeated word":    {strings.Repeat("orchard9", 5), false},
		"repeated and cut":   {strings.Repeat("x7Kp2mQ9vT4z", 3), false},
		"counting":           {"012345678901234567890123456789012", false},
		"few letters":        {"abcabdabeabcabeabdabcabdabeabcabd", false},
		"keyboard":           {"qwertyuiopasdfghjklzxcvbnm1234567", false},
		"Django's":           {"django-insecure-9f6c2d1e8b7a4503e1d2c3b4", false},
		"a sentence on test": {"this is a test secret for tests only", false},
	} {
		err := tenancy.CheckSecret([]byte(c.secret))
		if (err == nil) != c.ok {
			t.Errorf("%s: got %v, want ok %v", name, err, c.ok)
		}
		if err != nil && len(c.secret) > 8 && strings.Contains(err.Error(), c.secret) {
			t.Errorf("%s: the error repeats the secret", name)
		}
		_, verr := tenancy.NewTokenVerifier([]byte(c.secret), options)
		_, ierr := tenancy.NewTokenIssuer([]byte(c.secret), options)
		if (verr == nil) != c.ok || (ierr == nil) != c.ok {
			t.Errorf("%s: verifier %v, issuer %v, want ok %v", name, verr, ierr, c.ok)
		}
	}
}
