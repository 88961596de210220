package tenancy_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// The classes of Wycheproof's json_web_signature vectors that go beyond attackTokens and
// keyringAttacks, generated here for keys of our own: every bit of every part flipped, every length,
// encodings that decode to the same bytes, and signatures that are another form of a valid one.
func TestEveryChangeOfATokenIsRefused(t *testing.T) {
	t.Parallel()
	v := tenancy.NewKeyringVerifier(fullRing(t), options)
	good := map[string]string{"HS256": sign(goodHeader, goodClaims)}
	for name, p := range pairs() {
		good[name] = p.good(t)
	}
	for name, token := range good {
		if _, err := v.Verify(token); err != nil {
			t.Fatalf("%s: the honest token: %v", name, err)
		}
		changed := 0
		refuse := func(what string, at int, other string) {
			changed++
			if c, err := v.Verify(other); other != token && ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated {
				t.Errorf("%s, %s at %d: got %+v, %v from %q", name, what, at, c, err, other)
			}
		}
		parts := strings.Split(token, ".")
		for i := range parts {
			raw := unb64(parts[i])
			for bit := range 8 * len(raw) {
				b := []byte(raw)
				b[bit/8] ^= 1 << (bit % 8)
				swapped := append([]string{}, parts...)
				swapped[i] = b64(string(b))
				refuse("flipped bit of part "+string(rune('1'+i)), bit, strings.Join(swapped, "."))
			}
		}
		for i := range token {
			refuse("cut", i, token[:i])
			for _, insert := range []string{"=", "\n", " ", "\r", ".", "A", "\x00", "+", "/"} {
				refuse("inserted "+insert, i, token[:i]+insert+token[i:])
			}
		}
		for i := range parts {
			padded := append([]string{}, parts...)
			padded[i] = base64.URLEncoding.EncodeToString([]byte(unb64(parts[i]))) // equal when nothing is to be padded
			refuse("padding", i, strings.Join(padded, "."))
			stray := append([]string{}, parts...)
			if len(unb64(parts[i]))%3 != 0 {
				stray[i] = parts[i][:len(parts[i])-1] + strayBits(parts[i][len(parts[i])-1])
				refuse("stray bits", i, strings.Join(stray, "."))
			}
		}
		t.Logf("%s: %d changes", name, changed)
	}
}

// Signatures that say the same in another way.
func TestOtherFormsOfASignature(t *testing.T) {
	t.Parallel()
	v := tenancy.NewKeyringVerifier(fullRing(t), options)
	form := func(token string, edit func(sig []byte) []byte) string {
		at := strings.LastIndexByte(token, '.')
		return token[:at+1] + b64(string(edit([]byte(unb64(token[at+1:])))))
	}
	es, ed := pairs()["es"], pairs()["ed"]
	n := es.private.Public().(*ecdsa.PublicKey).Params().N
	l, _ := new(big.Int).SetString("7237005577332262213973186563042994240857116359379907606001950938285454250989", 10) // Ed25519's order
	for what, token := range map[string]string{
		"ES256 with s+n": form(es.good(t), func(sig []byte) []byte {
			s := new(big.Int).Add(new(big.Int).SetBytes(sig[32:]), n)
			return append(sig[:32:32], s.FillBytes(make([]byte, 33))...)
		}),
		"ES256 negated s beyond n": form(es.good(t), func(sig []byte) []byte {
			s := new(big.Int).Sub(new(big.Int).Lsh(n, 1), new(big.Int).SetBytes(sig[32:]))
			return append(sig[:32:32], s.FillBytes(make([]byte, 33))...)
		}),
		"EdDSA with s+L": form(ed.good(t), func(sig []byte) []byte {
			s := new(big.Int).Add(reversed(sig[32:]), l)
			b := s.FillBytes(make([]byte, 32))
			for i, j := 0, 31; i < j; i, j = i+1, j-1 {
				b[i], b[j] = b[j], b[i]
			}
			return append(sig[:32:32], b...)
		}),
		"EdDSA of a small-order point": form(ed.good(t), func([]byte) []byte { return append([]byte{1}, make([]byte, ed25519.SignatureSize-1)...) }),
	} {
		if c, err := v.Verify(token); ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated {
			t.Errorf("%s: got %+v, %v, want it refused", what, c, err)
		}
	}
}

// reversed reads a number whose first byte is the least.
func reversed(b []byte) *big.Int {
	out := make([]byte, len(b))
	for i := range b {
		out[len(b)-1-i] = b[i]
	}
	return new(big.Int).SetBytes(out)
}
