package tenancy

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
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
	// KeyID is the kid header: issued tokens carry it, and a token whose kid is another one is
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

// TokenVerifier checks HS256 tokens. It is immutable and safe for concurrent use.
type TokenVerifier struct {
	secret  []byte
	options TokenOptions
	parser  *jwt.Parser
}

// NewTokenVerifier makes a verifier. A secret that CheckSecret refuses is refused. The secret is copied.
func NewTokenVerifier(secret []byte, o TokenOptions) (*TokenVerifier, error) {
	if err := CheckSecret(secret); err != nil {
		return nil, err
	}
	o = o.withDefaults()
	return &TokenVerifier{secret: append([]byte(nil), secret...), options: o, parser: jwt.NewParser(
		jwt.WithValidMethods([]string{jwt.SigningMethodHS256.Alg()}),
		jwt.WithExpirationRequired(),
		jwt.WithIssuedAt(),
		jwt.WithLeeway(clockLeeway),
		jwt.WithStrictDecoding(),
		jwt.WithTimeFunc(o.Now),
	)}, nil
}

// Verify returns the claims of a token that is HS256-signed with the secret, not expired, not from
// the future and well formed. Every failure is ilsai.CodeUnauthenticated with the same message.
func (v *TokenVerifier) Verify(token string) (Claims, error) {
	if err := v.checkForm(token); err != nil {
		return Claims{}, unauthenticated(err)
	}
	var c Claims
	if _, err := v.parser.ParseWithClaims(token, &c, func(*jwt.Token) (any, error) { return v.secret, nil }); err != nil {
		return Claims{}, unauthenticated(err)
	}
	if limit := v.options.Now().Add(v.options.MaxLifetime + clockLeeway); c.ExpiresAt.After(limit) {
		return Claims{}, unauthenticated(fmt.Errorf("exp %v is more than %v away", c.ExpiresAt, v.options.MaxLifetime))
	}
	return c, nil
}

// checkForm refuses, before any parser sees it, what no honest issuer sends: an oversized token,
// other than three base64url parts, and headers that point to keys or change the meaning of the rest.
func (v *TokenVerifier) checkForm(token string) error {
	if len(token) > maxTokenBytes {
		return fmt.Errorf("token of %d bytes, at most %d", len(token), maxTokenBytes)
	}
	// encoding/base64 skips line breaks even in strict mode, so the alphabet is checked here.
	for i := range len(token) {
		c := token[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_' && c != '.' {
			return fmt.Errorf("token has the byte %#02x", c)
		}
	}
	header, rest, _ := strings.Cut(token, ".")
	if strings.Count(rest, ".") != 1 {
		return errors.New("token has not three parts")
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(header)
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	members, err := objectMembers(b)
	if err != nil {
		return fmt.Errorf("header: %w", err)
	}
	kid := ""
	for name, value := range members {
		var s string
		if err := json.Unmarshal(value, &s); err != nil {
			return fmt.Errorf("header %.32q is not a string", name)
		}
		switch name {
		case "alg":
			if s != jwt.SigningMethodHS256.Alg() {
				return fmt.Errorf("alg %.32q", s)
			}
		case "typ":
			if !strings.EqualFold(s, "JWT") {
				return fmt.Errorf("typ %.32q", s)
			}
		case "kid":
			if kid = s; kid == "" {
				return errors.New("empty kid")
			}
		default:
			return fmt.Errorf("header %.32q is not supported", name)
		}
	}
	if kid != v.options.KeyID {
		return fmt.Errorf("kid %.64q is not the key in use", kid)
	}
	return nil
}

// TokenIssuer signs tokens that a TokenVerifier with the same secret and options accepts. It is
// immutable and safe for concurrent use. On a live platform the ILS application issues the tokens;
// this serves the demo, the command line and local login.
type TokenIssuer struct {
	secret  []byte
	options TokenOptions
}

// NewTokenIssuer makes an issuer. A secret that CheckSecret refuses is refused. The secret is copied.
func NewTokenIssuer(secret []byte, o TokenOptions) (*TokenIssuer, error) {
	if err := CheckSecret(secret); err != nil {
		return nil, err
	}
	return &TokenIssuer{secret: append([]byte(nil), secret...), options: o.withDefaults()}, nil
}

// Issue signs c, with iat now and exp now + lifetime; both replace what c holds. Errors:
// ilsai.CodeInvalid for claims a verifier would refuse or a lifetime beyond MaxLifetime.
func (i *TokenIssuer) Issue(c Claims, lifetime time.Duration) (string, error) {
	if lifetime < time.Second || lifetime > i.options.MaxLifetime {
		return "", ilsai.Errorf(ilsai.CodeInvalid, "a token lives from 1 second to %v", i.options.MaxLifetime)
	}
	c.IssuedAt = i.options.Now().UTC().Truncate(time.Second)
	c.ExpiresAt = c.IssuedAt.Add(lifetime)
	b, err := json.Marshal(c)
	if err != nil {
		return "", ilsai.Wrap(ilsai.CodeInvalid, err, "these claims cannot be written into a token")
	}
	var read Claims
	if err := json.Unmarshal(b, &read); err != nil {
		return "", ilsai.Wrap(ilsai.CodeInvalid, err, "these claims would not be accepted in a token")
	}
	t := jwt.NewWithClaims(jwt.SigningMethodHS256, &c)
	if i.options.KeyID != "" {
		t.Header["kid"] = i.options.KeyID
	}
	s, err := t.SignedString(i.secret)
	if err != nil {
		return "", ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	return s, nil
}
