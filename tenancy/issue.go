package tenancy

import (
	"encoding/json"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ils-platform/ilsai"
)

// TokenIssuer signs tokens that a TokenVerifier of the same keys and options accepts. It is safe for
// concurrent use. On a live platform the ILS application issues the tokens; this serves the demo, the
// command line and local login.
type TokenIssuer struct {
	ring    *Keyring
	options TokenOptions
}

// NewTokenIssuer makes an issuer with one secret. A secret that CheckSecret refuses is refused. The
// secret is copied.
func NewTokenIssuer(secret []byte, o TokenOptions) (*TokenIssuer, error) {
	ring, err := secretRing(secret, o)
	if err != nil {
		return nil, err
	}
	return NewKeyringIssuer(ring, o), nil
}

// NewKeyringIssuer makes an issuer that signs with the newest secret in the ring at the time of each
// call that is at least KeySpread old, or with the oldest when none is. The options' KeyID has no
// meaning for it.
func NewKeyringIssuer(ring *Keyring, o TokenOptions) *TokenIssuer {
	return &TokenIssuer{ring: ring, options: o.withDefaults()}
}

// Issue signs c, with iat now and exp now + lifetime; both replace what c holds. Errors:
// ilsai.CodeInvalid for claims a verifier would refuse, a lifetime beyond MaxLifetime, or a ring
// without a secret.
func (i *TokenIssuer) Issue(c Claims, lifetime time.Duration) (string, error) {
	token, _, err := i.issue(c, lifetime)
	return token, err
}

// issue also tells when the token expires.
func (i *TokenIssuer) issue(c Claims, lifetime time.Duration) (string, time.Time, error) {
	if lifetime < time.Second || lifetime > i.options.MaxLifetime {
		return "", time.Time{}, ilsai.Errorf(ilsai.CodeInvalid, "a token lives from 1 second to %v", i.options.MaxLifetime)
	}
	c.IssuedAt = i.options.Now().UTC().Truncate(time.Second)
	c.ExpiresAt = c.IssuedAt.Add(lifetime)
	b, err := json.Marshal(c)
	if err != nil {
		return "", time.Time{}, ilsai.Wrap(ilsai.CodeInvalid, err, "these claims cannot be written into a token")
	}
	var read Claims
	if err := json.Unmarshal(b, &read); err != nil {
		return "", time.Time{}, ilsai.Wrap(ilsai.CodeInvalid, err, "these claims would not be accepted in a token")
	}
	key, err := i.ring.signing()
	if err != nil {
		return "", time.Time{}, err
	}
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, &c)
	if key.ID != "" {
		t.Header["kid"] = key.ID
	}
	s, err := t.SignedString(key.secret)
	if err != nil {
		return "", time.Time{}, ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	return s, c.ExpiresAt, nil
}
