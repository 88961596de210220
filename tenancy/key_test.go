package tenancy_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func TestParsePublicKey(t *testing.T) {
	t.Parallel()
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rs, es, ed := pairs()["rs"], pairs()["es"], pairs()["ed"]
	private, err := x509.MarshalPKCS8PrivateKey(ed.private)
	if err != nil {
		t.Fatal(err)
	}
	block := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	public := func(key any) string {
		der, err := x509.MarshalPKIXPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		return block("PUBLIC KEY", der)
	}
	for name, c := range map[string]struct {
		text string
		want tenancy.Algorithm // "": refused
		says string
	}{
		"RSA":             {string(rs.pem(t)), tenancy.RS256, ""},
		"RSA PKCS1":       {block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(rs.private.Public().(*rsa.PublicKey))), tenancy.RS256, ""},
		"P-256":           {string(es.pem(t)), tenancy.ES256, ""},
		"Ed25519":         {string(ed.pem(t)), tenancy.EdDSA, ""},
		"space around":    {"\n\n" + string(ed.pem(t)) + "\n\n", tenancy.EdDSA, ""},
		"RSA 1024":        {public(&small.PublicKey), "", "1024 bits"},
		"P-384":           {public(&p384.PublicKey), "", "P-256"},
		"private":         {block("PRIVATE KEY", private), "", "private key"},
		"two keys":        {string(ed.pem(t)) + string(es.pem(t)), "", "more than one"},
		"empty":           {"", "", "not a PEM"},
		"secret":          {string(secret), "", "not a PEM"},
		"damaged":         {block("PUBLIC KEY", []byte("nonsense")), "", "cannot be read"},
		"certificate":     {block("CERTIFICATE", []byte("x")), "", "PUBLIC KEY"},
		"called a public": {block("PUBLIC KEY", private), "", "cannot be read"},
	} {
		k, err := tenancy.ParsePublicKey("k1", []byte(c.text))
		if k.Algorithm != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%s: got %v, %v, want %q", name, k, err, c.want)
		}
		if c.want == "" && (ilsai.ErrorCode(err) != ilsai.CodeInvalid || !strings.Contains(ilsai.ErrorMessage(err), c.says)) {
			t.Errorf("%s: got %v, want %s saying %q", name, err, ilsai.CodeInvalid, c.says)
		}
	}
}

func TestNewSecretKeyRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ id, secret string }{
		"short": {"a", "short"}, "public key PEM": {"a", string(pairs()["rs"].pem(t))}, "id with a space": {"a b", string(secret)},
		"id with a line break": {"a\n", string(secret)}, "long id": {strings.Repeat("k", 129), string(secret)}, "id of other letters": {"clé", string(secret)},
	} {
		if k, err := tenancy.NewSecretKey(c.id, []byte(c.secret), now); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%s: got %v, %v, want %s", name, k, err, ilsai.CodeInvalid)
		}
	}
}

func TestGeneratedKeysDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		k, err := tenancy.GenerateSecretKey(now)
		if err != nil {
			t.Fatal(err)
		}
		if len(k.Secret()) < tenancy.MinSecretBytes || !strings.HasPrefix(k.ID, "20261103-") || seen[k.ID] || seen[string(k.Secret())] {
			t.Fatalf("got %v with %d bytes, want a new one", k, len(k.Secret()))
		}
		seen[k.ID], seen[string(k.Secret())] = true, true
	}
}

// However a key is printed, its secret is not in the text.
func TestKeysAreNeverPrinted(t *testing.T) {
	t.Parallel()
	k := secretKey(t, "k1", secret, now)
	holder := struct{ Key tenancy.Key }{k}
	var texts []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b", "%o", "%T %v"} {
		texts = append(texts, fmt.Sprintf(verb, k), fmt.Sprintf(verb, &k), fmt.Sprintf(verb, holder), fmt.Sprintf(verb, []tenancy.Key{k}))
	}
	b, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	texts = append(texts, string(b), fmt.Sprint(newRing(t, k)))
	for _, text := range texts {
		for _, form := range []string{string(secret), fmt.Sprintf("%x", secret), fmt.Sprintf("%d", secret[0]) + " " + fmt.Sprintf("%d", secret[1]), b64(string(secret))} {
			if strings.Contains(text, form) {
				t.Errorf("%q shows the secret", text)
			}
		}
	}
}
