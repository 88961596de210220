package tenancy_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/asn1"
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// keyringAttacks are tokens that confuse keys, algorithms and signatures of a ring that holds all kinds.
func keyringAttacks(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	header := func(alg, kid string) string { return fmt.Sprintf(`{"alg":%q,"typ":"JWT","kid":%q}`, alg, kid) }
	with := func(header, signature string) string {
		return b64(header) + "." + b64(goodClaims) + "." + b64(signature)
	}
	hs := func(header string, key []byte) string {
		return with(header, mac(key, b64(header)+"."+b64(goodClaims)))
	}
	rs, es, ed := pairs()["rs"], pairs()["es"], pairs()["ed"]
	rsaPublic, ecPublic, edPublic := rs.private.Public().(*rsa.PublicKey), es.private.Public().(*ecdsa.PublicKey), ed.private.Public().(ed25519.PublicKey)
	ecPoint, err := ecPublic.Bytes()
	if err != nil {
		t.Fatal(err)
	}

	// A public key, in every form it is handed out in, used as an HMAC secret.
	for _, p := range pairs() {
		forms := map[string][]byte{"PEM": p.pem(t), "PEM trimmed": []byte(strings.TrimSpace(string(p.pem(t)))), "DER": p.der(t), "kid": []byte(p.kid), "nothing": nil}
		switch p.kid {
		case "rs":
			forms["modulus"], forms["PKCS1"] = rsaPublic.N.Bytes(), x509.MarshalPKCS1PublicKey(rsaPublic)
			forms["JWK"] = []byte(fmt.Sprintf(`{"kty":"RSA","n":%q,"e":"AQAB"}`, b64(string(rsaPublic.N.Bytes()))))
		case "es":
			forms["point"] = ecPoint
			forms["JWK"] = []byte(fmt.Sprintf(`{"kty":"EC","crv":"P-256","x":%q,"y":%q}`, b64(string(ecPoint[1:33])), b64(string(ecPoint[33:]))))
		default:
			forms["raw"] = edPublic
			forms["JWK"] = []byte(fmt.Sprintf(`{"kty":"OKP","crv":"Ed25519","x":%q}`, b64(string(edPublic))))
		}
		for form, key := range forms {
			out["HS256 with the "+form+" of "+p.kid] = hs(header("HS256", p.kid), key)
			out["HS256 with the "+form+" of "+p.kid+" and no kid"] = hs(goodHeader, key)
			out["called "+p.method.Alg()+" with HMAC of the "+form] = hs(header(p.method.Alg(), p.kid), key)
		}
		for _, kid := range []string{"rs", "es", "ed", "hs", "nobody"} {
			if kid != p.kid {
				out[p.method.Alg()+" under the kid "+kid] = p.token(t, p.method, header(p.method.Alg(), kid))
			}
		}
		for _, alg := range []string{"HS256", "RS256", "PS256", "ES256", "EdDSA", "RS512", "none"} {
			if alg != p.method.Alg() {
				out["signed with "+p.method.Alg()+", called "+alg] = p.token(t, p.method, header(alg, p.kid))
			}
			out["empty signature, "+alg+", kid "+p.kid] = with(header(alg, p.kid), "")
		}
		out[p.method.Alg()+" without kid"] = p.token(t, p.method, fmt.Sprintf(`{"alg":%q}`, p.method.Alg()))
		good := strings.Split(p.good(t), ".")
		out[p.method.Alg()+" cut short"] = good[0] + "." + good[1] + "." + good[2][:len(good[2])-4]
		out[p.method.Alg()+" one byte longer"] = strings.Join(good, ".") + "AA"
		out[p.method.Alg()+" of other claims"] = good[0] + "." + b64(strings.Replace(goodClaims, "basic", "enterprise", 1)) + "." + good[2]
		for _, n := range []int{1, 32, 64, 96, 256} {
			out[fmt.Sprintf("%s of %d zeros", p.method.Alg(), n)] = with(header(p.method.Alg(), p.kid), string(make([]byte, n)))
		}
	}

	// Owners of the keys who send what no honest issuer sends.
	year := int64(365 * 86400)
	for _, p := range pairs() {
		alg := p.method.Alg()
		for name, members := range map[string]string{
			"jku": `"jku":"https://evil.example/keys"`, "x5u": `"x5u":"https://evil.example/cert"`, "x5c": `"x5c":["AAAA"]`, "jwk": `"jwk":{"kty":"oct","k":"AAAA"}`, "crit": `"crit":["exp"]`,
			"b64": `"b64":false`, "zip": `"zip":"DEF"`, "typ JWE": `"typ":"JWE"`, "cty": `"cty":"JWT"`, "alg twice": fmt.Sprintf(`"alg":%q`, alg), "kid twice": fmt.Sprintf(`"kid":%q`, p.kid), "none too": `"alg":"none"`,
		} {
			out[alg+" with "+name] = p.sign(t, p.method, fmt.Sprintf(`{"alg":%q,"kid":%q,%s}`, alg, p.kid, members), goodClaims)
		}
		for name, changes := range map[string]map[string]string{
			"no exp": {"exp": "-"}, "exp past": {"exp": fmt.Sprint(now.Unix() - 31)}, "exp in ten years": {"exp": fmt.Sprint(now.Unix() + 10*year)}, "exp string": {"exp": `"1893456000"`}, "exp 1e308": {"exp": "1e308"},
			"nbf in the future": {"nbf": fmt.Sprint(now.Unix() + 31)}, "iat in the future": {"iat": fmt.Sprint(now.Unix() + 31)}, "no tenant": {"tenant_id": "-"}, "tenant array": {"tenant_id": `["abc123"]`},
			"tenant NUL": {"tenant_id": `"abc123\u0000"`}, "no user": {"user_id": "-"}, "tier unknown": {"tier": `"gold"`},
		} {
			out[alg+" and "+name] = p.sign(t, p.method, header(alg, p.kid), claimsWith(changes))
		}
		out[alg+" and claims twice"] = p.sign(t, p.method, header(alg, p.kid), strings.Replace(goodClaims, "{", `{"tenant_id":"xyz789",`, 1))
	}

	// RSA: other hashes and paddings.
	for _, m := range []jwt.SigningMethod{jwt.SigningMethodRS384, jwt.SigningMethodRS512, jwt.SigningMethodPS256, jwt.SigningMethodPS384} {
		out[m.Alg()+" of the RS256 key"] = rs.token(t, m, header(m.Alg(), "rs"))
		out[m.Alg()+" of the RS256 key, called RS256"] = rs.token(t, m, header("RS256", "rs"))
	}
	modulus := rsaPublic.N.Bytes()
	out["RS256 signature of the modulus"] = with(header("RS256", "rs"), string(modulus))
	out["RS256 signature of one"] = with(header("RS256", "rs"), string(append(make([]byte, len(modulus)-1), 1)))

	// ECDSA: r and s of 0, n and p; the DER form; hash zero.
	n := ecPublic.Params().N.FillBytes(make([]byte, 32))
	p := ecPublic.Params().P.FillBytes(make([]byte, 32))
	zero, one := make([]byte, 32), append(make([]byte, 31), 1)
	for rName, r := range map[string][]byte{"0": zero, "1": one, "n": n, "p": p} {
		for sName, s := range map[string][]byte{"0": zero, "1": one, "n": n, "p": p} {
			out["ES256 r="+rName+" s="+sName] = with(header("ES256", "es"), string(r)+string(s))
		}
	}
	text := b64(header("ES256", "es")) + "." + b64(goodClaims)
	digest := sha256.Sum256([]byte(text))
	der, err := es.private.Sign(rand.Reader, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	out["ES256 in DER form"] = text + "." + b64(string(der))
	var rsPair struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &rsPair); err != nil {
		t.Fatal(err)
	}
	out["ES256 with r and s swapped"] = text + "." + b64(string(rsPair.S.FillBytes(make([]byte, 32)))+string(rsPair.R.FillBytes(make([]byte, 32))))
	out["ES256 padded to 66 bytes"] = text + "." + b64("\x00"+string(rsPair.R.FillBytes(make([]byte, 32)))+"\x00"+string(rsPair.S.FillBytes(make([]byte, 32))))
	shifted := new(big.Int).Add(rsPair.R, ecPublic.Params().N)
	if shifted.BitLen() <= 256 {
		out["ES256 with r+n"] = text + "." + b64(string(shifted.FillBytes(make([]byte, 32)))+string(rsPair.S.FillBytes(make([]byte, 32))))
	}

	// Secrets of the ring under each other's names, and cut hashes.
	out["secret of another kid"] = hs(header("HS256", "hs"), secret)
	out["secret of a kid without kid"] = hs(goodHeader, oldSecret)
	cut := strings.Split(hs(header("HS256", "hs"), oldSecret), ".")
	for _, keep := range []int{1, 11, 22} {
		out[fmt.Sprintf("HMAC of %d letters", keep)] = cut[0] + "." + cut[1] + "." + cut[2][:keep]
	}
	return out
}

// Every attack on a ring of all kinds of keys is refused with one message, before any look-up.
func TestAttacksOnTheKeyringAreRefusedAlike(t *testing.T) {
	t.Parallel()
	ring := fullRing(t)
	table := &tenantTable{tenants: map[ilsai.TenantID]tenancy.Tenant{"abc123": validTenant()}}
	a := tenancy.NewAuthenticator(tenancy.NewKeyringVerifier(ring, options), table)
	attacks := keyringAttacks(t)
	for name, token := range attackTokens(t) {
		attacks["single secret: "+name] = token
	}
	t.Logf("%d attacks", len(attacks))
	want := ""
	for name, token := range attacks {
		p, err := a.Authenticate(t.Context(), token)
		if ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated {
			t.Errorf("%s: got %+v, %v, want %s", name, p, err, ilsai.CodeUnauthenticated)
			continue
		}
		if want == "" {
			want = ilsai.ErrorMessage(err)
		}
		if got := ilsai.ErrorMessage(err); got != want || got == "" {
			t.Errorf("%s: message %q differs from %q", name, got, want)
		}
	}
	if table.lookups != 0 {
		t.Errorf("attacks cost %d look-ups, want 0", table.lookups)
	}
	if _, err := a.Authenticate(t.Context(), pairs()["es"].good(t)); err != nil || table.lookups != 1 {
		t.Errorf("the honest token: %v after %d look-ups, want 1", err, table.lookups)
	}
}

func FuzzKeyring(f *testing.F) {
	for _, token := range keyringAttacks(f) {
		f.Add(token)
	}
	for _, p := range pairs() {
		f.Add(p.good(f))
	}
	v := tenancy.NewKeyringVerifier(fullRing(f), options)
	f.Fuzz(func(t *testing.T, token string) {
		c, err := v.Verify(token)
		if err != nil {
			return
		}
		if !signedByOwner(t, token) {
			t.Fatalf("accepted a token that nobody signed: %+v from %q", c, token)
		}
	})
}

// signedByOwner checks a signature with nothing but the standard library, by the kid.
func signedByOwner(t *testing.T, token string) bool {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return false
	}
	text := parts[0] + "." + parts[1]
	sig := unb64(parts[2])
	digest := sha256.Sum256([]byte(text))
	h := unb64(parts[0])
	switch {
	case strings.Contains(h, `"rs"`):
		return rsa.VerifyPKCS1v15(pairs()["rs"].private.Public().(*rsa.PublicKey), crypto.SHA256, digest[:], []byte(sig)) == nil
	case strings.Contains(h, `"es"`):
		return len(sig) == 64 && ecdsa.Verify(pairs()["es"].private.Public().(*ecdsa.PublicKey), digest[:],
			new(big.Int).SetBytes([]byte(sig[:32])), new(big.Int).SetBytes([]byte(sig[32:])))
	case strings.Contains(h, `"ed"`):
		return ed25519.Verify(pairs()["ed"].private.Public().(ed25519.PublicKey), []byte(text), []byte(sig))
	case strings.Contains(h, `"hs"`):
		return sig == mac(oldSecret, text)
	default:
		return sig == mac(secret, text)
	}
}
