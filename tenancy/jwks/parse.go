package jwks

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"github.com/ils-platform/ilsai/tenancy"
)

// maxKeys bounds a set: a provider has a handful.
const maxKeys = 256

type jsonKey struct {
	Kty string   `json:"kty"`
	Kid string   `json:"kid"`
	Use string   `json:"use"`
	Ops []string `json:"key_ops"`
	Alg string   `json:"alg"`
	Crv string   `json:"crv"`
	N   string   `json:"n"`
	E   string   `json:"e"`
	X   string   `json:"x"`
	Y   string   `json:"y"`
}

// parse reads a set. Keys that are for something else, of another kind, or without an id are left out,
// as RFC 7517 section 5 asks; so are keys that share an id, because nobody could say which one is meant.
// A set with no usable key is an error: it is not what the provider signs with.
func parse(text []byte) (map[string]tenancy.Key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return nil, fmt.Errorf("key set: %w", err)
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("key set of %d keys, at most %d", len(set.Keys), maxKeys)
	}
	out := make(map[string]tenancy.Key)
	ambiguous := make(map[string]bool)
	for _, raw := range set.Keys {
		var j jsonKey
		if err := json.Unmarshal(raw, &j); err != nil || j.Kid == "" {
			continue
		}
		if _, twice := out[j.Kid]; twice {
			ambiguous[j.Kid] = true
			continue
		}
		if k, err := j.key(); err == nil {
			out[j.Kid] = k
		}
	}
	for id := range ambiguous {
		delete(out, id)
	}
	if len(out) == 0 {
		return nil, errors.New("key set has no usable key")
	}
	return out, nil
}

func (j jsonKey) key() (tenancy.Key, error) {
	if j.Use != "" && j.Use != "sig" || len(j.Ops) > 0 && !slices.Contains(j.Ops, "verify") {
		return tenancy.Key{}, errors.New("not for signatures")
	}
	public, err := j.public()
	if err != nil {
		return tenancy.Key{}, err
	}
	k, err := tenancy.NewPublicKey(j.Kid, public)
	if err != nil {
		return tenancy.Key{}, err
	}
	if j.Alg != "" && j.Alg != string(k.Algorithm) {
		return tenancy.Key{}, fmt.Errorf("alg %.32q", j.Alg)
	}
	return k, nil
}

func (j jsonKey) public() (crypto.PublicKey, error) {
	switch {
	case j.Kty == "RSA":
		n, e := decode(j.N), decode(j.E)
		if len(n) == 0 || len(e) == 0 || len(e) > 4 {
			return nil, errors.New("incomplete RSA key")
		}
		return &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}, nil
	case j.Kty == "EC" && j.Crv == "P-256":
		x, y := decode(j.X), decode(j.Y)
		if len(x) != 32 || len(y) != 32 {
			return nil, errors.New("incomplete EC key")
		}
		return ecdsa.ParseUncompressedPublicKey(elliptic.P256(), slices.Concat([]byte{4}, x, y))
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		return ed25519.PublicKey(decode(j.X)), nil
	default:
		return nil, fmt.Errorf("key type %.32q", j.Kty)
	}
}

func decode(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	return b
}
