package tenancy

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
)

// Algorithm is how tokens are signed, in the spelling of their alg header.
type Algorithm string

const (
	HS256 Algorithm = "HS256"
	RS256 Algorithm = "RS256"
	ES256 Algorithm = "ES256"
	EdDSA Algorithm = "EdDSA"
)

const (
	maxKeyIDBytes = 128
	minRSABits    = 2048
	maxRSABits    = 8192 // a larger one makes every verification slow
)

// Key signs or verifies tokens. Its algorithm follows from what it is made of, so no token can choose
// another one for it. A Key never prints what it is made of.
type Key struct {
	ID        string // the kid header; "" for tokens that carry none
	Algorithm Algorithm
	CreatedAt time.Time // the newest secret signs, see KeySpread
	RetiresAt time.Time // from then on what it signed is refused; zero: it stays

	secret []byte
	public crypto.PublicKey
}

// NewSecretKey makes an HS256 key. Errors: ilsai.CodeInvalid for a secret that CheckSecret refuses or
// an impossible id. The secret is copied.
func NewSecretKey(id string, secret []byte, created time.Time) (Key, error) {
	if err := CheckSecret(secret); err != nil {
		return Key{}, err
	}
	// The text of a public key is known to everyone: used as a secret it would let everyone sign.
	if bytes.Contains(secret, []byte("-----BEGIN ")) {
		return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "The token secret is a PEM file. Public keys are given as public keys, not as the secret.")
	}
	return newKey(Key{ID: id, Algorithm: HS256, CreatedAt: created.UTC(), secret: bytes.Clone(secret)})
}

// GenerateSecretKey makes an HS256 key from the operating system's random source, with an id that
// starts with the day, so that a list of keys reads in order.
func GenerateSecretKey(now time.Time) (Key, error) {
	b := make([]byte, MinSecretBytes+4)
	if _, err := rand.Read(b); err != nil {
		return Key{}, ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	return NewSecretKey(now.UTC().Format("20060102")+"-"+hex.EncodeToString(b[:4]), b[4:], now)
}

// ParsePublicKey reads one public key in PEM form ("PUBLIC KEY" or "RSA PUBLIC KEY"). Errors:
// ilsai.CodeInvalid for anything else and for what NewPublicKey refuses.
func ParsePublicKey(id string, text []byte) (Key, error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil:
		return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "The public key %q is not a PEM file (-----BEGIN PUBLIC KEY-----).", id)
	case strings.Contains(block.Type, "PRIVATE"):
		return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "The file of the public key %q holds a private key. Only its public part belongs here: openssl pkey -pubout", id)
	case len(bytes.TrimSpace(rest)) > 0:
		return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "The file of the public key %q holds more than one key. Give each key a file and an id.", id)
	}
	var public crypto.PublicKey
	var err error
	switch block.Type {
	case "PUBLIC KEY":
		public, err = x509.ParsePKIXPublicKey(block.Bytes)
	case "RSA PUBLIC KEY":
		public, err = x509.ParsePKCS1PublicKey(block.Bytes)
	default:
		err = fmt.Errorf("PEM type %.40q", block.Type)
	}
	if err != nil {
		return Key{}, ilsai.Wrap(ilsai.CodeInvalid, err, "The public key %q cannot be read. It must be a PEM file of type PUBLIC KEY.", id)
	}
	return NewPublicKey(id, public)
}

// NewPublicKey makes a key that only verifies: RSA of 2048 to 8192 bits is RS256, a P-256 key is
// ES256, an Ed25519 key is EdDSA. Anything else is ilsai.CodeInvalid.
func NewPublicKey(id string, public crypto.PublicKey) (Key, error) {
	switch k := public.(type) {
	case *rsa.PublicKey:
		if bits := k.N.BitLen(); bits < minRSABits || bits > maxRSABits || k.E < 3 || k.E%2 == 0 {
			return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "The RSA key %q has %d bits; it needs %d to %d.", id, bits, minRSABits, maxRSABits)
		}
		return newKey(Key{ID: id, Algorithm: RS256, public: k})
	case *ecdsa.PublicKey:
		if k.Curve != elliptic.P256() {
			return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "The EC key %q is of another curve than P-256.", id)
		}
		if _, err := k.ECDH(); err != nil { // not a point of the curve
			return Key{}, ilsai.Wrap(ilsai.CodeInvalid, err, "The EC key %q is not a valid key.", id)
		}
		return newKey(Key{ID: id, Algorithm: ES256, public: k})
	case ed25519.PublicKey:
		if len(k) != ed25519.PublicKeySize {
			return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "The Ed25519 key %q has a wrong length.", id)
		}
		return newKey(Key{ID: id, Algorithm: EdDSA, public: k})
	default:
		return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "The public key %q is none of RSA, EC P-256 and Ed25519.", id)
	}
}

func newKey(k Key) (Key, error) {
	if !validKeyID(k.ID) && k.ID != "" {
		return Key{}, ilsai.Errorf(ilsai.CodeInvalid, "A key id has 1 to %d visible ASCII characters.", maxKeyIDBytes)
	}
	return k, nil
}

func validKeyID(id string) bool {
	return id != "" && len(id) <= maxKeyIDBytes && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

// Secret is what an HS256 key signs with, for a store that keeps it encrypted; nil for a public key.
func (k Key) Secret() []byte { return bytes.Clone(k.secret) }

// Retired reports whether the key's time is over.
func (k Key) Retired(now time.Time) bool { return !k.RetiresAt.IsZero() && !now.Before(k.RetiresAt) }

// Format writes id and algorithm whatever the verb, so that no log can show a secret.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "key %q (%s)", k.ID, string(k.Algorithm)) }

// material is what the signing method of the key's algorithm takes.
func (k Key) material() any {
	if k.Algorithm == HS256 {
		return k.secret
	}
	return k.public
}
