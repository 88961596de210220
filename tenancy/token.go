package tenancy

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ils-platform/ilsai"
)

const (
	maxTokenBytes = 8 << 10
	clockLeeway   = 30 * time.Second

	// DefaultMaxLifetime is how far in the future a token may expire when TokenOptions names nothing else.
	DefaultMaxLifetime = 7 * 24 * time.Hour
)

// errUnauthenticated is the one sentence for every token that does not verify: telling the causes
// apart would help nobody but an attacker. The cause is wrapped for the log.
const errUnauthenticated = "The access token is missing or not valid. Sign in again to get a new one."

func unauthenticated(cause error) error {
	return &ilsai.Error{Code: ilsai.CodeUnauthenticated, Message: errUnauthenticated, Err: cause}
}

// TokenOptions configures TokenVerifier and TokenIssuer. The zero value is ready to use.
type TokenOptions struct {
	// KeyID is the kid of a single secret: issued tokens carry it, and a token whose kid is another one is
	// refused. "" means tokens carry none, and one that does is refused.
	KeyID string
	// MaxLifetime is how far in the future exp may lie. 0 means DefaultMaxLifetime.
	MaxLifetime time.Duration
	// Now is the clock. nil means time.Now.
	Now func() time.Time
}

func (o TokenOptions) withDefaults() TokenOptions {
	if o.MaxLifetime <= 0 {
		o.MaxLifetime = DefaultMaxLifetime
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// TokenVerifier checks tokens against the keys of a Keyring. It is safe for concurrent use. It remembers
// no token: every one is checked in full each time, so none can outlive its exp or its key.
type TokenVerifier struct {
	ring    *Keyring
	options TokenOptions
	parser  *jwt.Parser

	lastHeader atomic.Pointer[readHeader]
}

// NewTokenVerifier makes a verifier of one HS256 secret. A secret that CheckSecret refuses is refused.
// The secret is copied.
func NewTokenVerifier(secret []byte, o TokenOptions) (*TokenVerifier, error) {
	ring, err := secretRing(secret, o)
	if err != nil {
		return nil, err
	}
	return NewKeyringVerifier(ring, o), nil
}

// NewKeyringVerifier makes a verifier of the keys that are in the ring at the time of each call. The
// options' KeyID has no meaning for it.
func NewKeyringVerifier(ring *Keyring, o TokenOptions) *TokenVerifier {
	o = o.withDefaults()
	return &TokenVerifier{ring: ring, options: o, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{string(HS256), string(RS256), string(ES256), string(EdDSA)}),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(clockLeeway),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(o.Now),
	)}
}

func secretRing(secret []byte, o TokenOptions) (*Keyring, error) {
	key, err := NewSecretKey(o.KeyID, secret, time.Time{})
	if err != nil {
		return nil, err
	}
	return NewKeyring([]Key{key}, KeyringOptions{Now: o.Now})
}

// Verify is VerifyContext without a limit of time; the limit matters only for a ring with a source.
func (v *TokenVerifier) Verify(token string) (Claims, error) {
	return v.VerifyContext(context.Background(), token)
}

// VerifyContext returns the claims of a token that is signed with a key of the ring, in that key's
// algorithm, not expired, not from the future and well formed. Every failure is
// ilsai.CodeUnauthenticated with the same message, but for ilsai.CodeUnavailable: the token may be good,
// and the source of its key cannot be asked.
func (v *TokenVerifier) VerifyContext(ctx context.Context, token string) (Claims, error) {
	h, err := v.checkForm(token)
	if err != nil {
		return Claims{}, unauthenticated(err)
	}
	key, err := v.ring.verifying(ctx, h)
	if errors.Is(err, errKeysAway) {
		return Claims{}, ilsai.Wrap(ilsai.CodeUnavailable, err, "Access tokens cannot be checked for now. Try again.")
	}
	if err != nil {
		return Claims{}, unauthenticated(err)
	}
	var c Claims
	if _, err := v.parser.ParseWithClaims(token, &c, key.forMethod); err != nil {
		return Claims{}, unauthenticated(err)
	}
	if limit := v.options.Now().Add(v.options.MaxLifetime + clockLeeway); c.ExpiresAt.After(limit) {
		return Claims{}, unauthenticated(fmt.Errorf("exp %v is more than %v away", c.ExpiresAt, v.options.MaxLifetime))
	}
	return c, nil
}

// forMethod gives the parser the key, once more only for the key's own algorithm.
func (k Key) forMethod(t *jwt.Token) (any, error) {
	if t.Method.Alg() != string(k.Algorithm) {
		return nil, fmt.Errorf("alg %s with %v", t.Method.Alg(), k)
	}
	return k.material(), nil
}

type tokenHeader struct {
	algorithm Algorithm
	keyID     string
}

// checkForm refuses, before any parser sees it, what no honest issuer sends: an oversized token,
// other than three base64url parts, and headers that point to keys or change the meaning of the rest.
func (v *TokenVerifier) checkForm(token string) (tokenHeader, error) {
	if len(token) > maxTokenBytes {
		return tokenHeader{}, fmt.Errorf("token of %d bytes, at most %d", len(token), maxTokenBytes)
	}
	// encoding/base64 skips line breaks even in strict mode, so the alphabet is checked here.
	for i := range len(token) {
		c := token[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return tokenHeader{}, fmt.Errorf("token has the byte %#02x", c)
		}
	}
	header, rest, _ := strings.Cut(token, ".")
	if strings.Count(rest, ".") != 1 {
		return tokenHeader{}, errors.New("token has not three parts")
	}
	// An issuer's tokens all have the same header, to the letter.
	if last := v.lastHeader.Load(); last != nil && last.text == header {
		return last.header, nil
	}
	h, err := parseHeader(header)
	if err == nil {
		v.lastHeader.Store(&readHeader{text: strings.Clone(header), header: h})
	}
	return h, err
}

type readHeader struct {
	text   string
	header tokenHeader
}

func parseHeader(text string) (tokenHeader, error) {
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return tokenHeader{}, fmt.Errorf("header: %w", err)
	}
	members, err := objectMembers(b)
	if err != nil {
		return tokenHeader{}, fmt.Errorf("header: %w", err)
	}
	var h tokenHeader
	for name, value := range members {
		var s string
		if err := json.Unmarshal(value, &s); err != nil {
			return tokenHeader{}, fmt.Errorf("header %.32q is not a string", name)
		}
		switch name {
		case "alg":
			h.algorithm = Algorithm(s)
		case "typ":
			if !strings.EqualFold(s, "JWT") {
				return tokenHeader{}, fmt.Errorf("typ %.32q", s)
			}
		case "kid":
			if h.keyID = s; s == "" {
				return tokenHeader{}, errors.New("empty kid")
			}
		default:
			return tokenHeader{}, fmt.Errorf("header %.32q is not supported", name)
		}
	}
	switch h.algorithm {
	case HS256, RS256, ES256, EdDSA:
		return h, nil
	default:
		return tokenHeader{}, fmt.Errorf("alg %.32q", string(h.algorithm))
	}
}
