package tenancy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/ils-platform/ilsai"
)

// UserID names a user within one tenant. Tokens carry it as a number or as a string; a number and
// its decimal digits are the same user.
type UserID string

// MarshalJSON writes a number where the id is one a JSON reader can hold exactly, else a string.
func (u UserID) MarshalJSON() ([]byte, error) {
	if n, err := strconv.ParseInt(string(u), 10, 64); err == nil && n >= 0 && n <= maxExactInteger && strconv.FormatInt(n, 10) == string(u) {
		return []byte(u), nil
	}
	return json.Marshal(string(u))
}

// UnmarshalJSON accepts a whole number from 0 to 2^53-1 or a string of 1 to 128 printable characters.
func (u *UserID) UnmarshalJSON(b []byte) error {
	var s string
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return fmt.Errorf("user_id: %w", err)
		}
		if !printable(s, maxUserIDRunes) {
			return fmt.Errorf("user_id has 1 to %d printable characters", maxUserIDRunes)
		}
		*u = UserID(s)
		return nil
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil || n < 0 || n > maxExactInteger {
		return fmt.Errorf("user_id %.32q is neither a string nor a whole number", b)
	}
	*u = UserID(strconv.FormatInt(n, 10))
	return nil
}

const (
	maxExactInteger = 1<<53 - 1 // larger ones are rounded by JavaScript clients, so two users could become one
	maxUserIDRunes  = 128
	maxEmailRunes   = 254
	maxRoleRunes    = 64
	maxEpoch        = 253_402_300_799 // 9999-12-31T23:59:59Z
)

// Claims is what a token says, in the guide's members: user_id, tenant_id, email, role, tier, exp
// and iat. Email, role and tier may be absent; an absent tier claims nothing, so the stored one counts.
type Claims struct {
	UserID    UserID
	TenantID  ilsai.TenantID
	Email     string
	Role      string
	Tier      Tier
	ExpiresAt time.Time // whole seconds
	IssuedAt  time.Time // whole seconds; zero when absent
	notBefore time.Time
}

type claimsJSON struct {
	UserID   UserID         `json:"user_id"`
	TenantID ilsai.TenantID `json:"tenant_id"`
	Email    string         `json:"email,omitempty"`
	Role     string         `json:"role,omitempty"`
	Tier     Tier           `json:"tier,omitempty"`
	Exp      int64          `json:"exp"`
	Iat      int64          `json:"iat,omitempty"`
}

// MarshalJSON writes the guide's members.
func (c Claims) MarshalJSON() ([]byte, error) {
	out := claimsJSON{UserID: c.UserID, TenantID: c.TenantID, Email: c.Email, Role: c.Role, Tier: c.Tier, Exp: c.ExpiresAt.Unix()}
	if !c.IssuedAt.IsZero() {
		out.Iat = c.IssuedAt.Unix()
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the guide's members strictly: exact names, none twice, each of its own type.
// Other members are ignored, as RFC 7519 asks.
func (c *Claims) UnmarshalJSON(b []byte) error {
	members, err := objectMembers(b)
	if err != nil {
		return err
	}
	var out Claims
	for name, value := range members {
		switch name {
		case "user_id":
			err = out.UserID.UnmarshalJSON(value)
		case "tenant_id":
			out.TenantID, err = tenantIDClaim(value)
		case "email":
			out.Email, err = textClaim(value, maxEmailRunes)
		case "role":
			out.Role, err = textClaim(value, maxRoleRunes)
		case "tier":
			err = json.Unmarshal(value, &out.Tier)
		case "exp":
			out.ExpiresAt, err = timeClaim(value)
		case "iat":
			out.IssuedAt, err = timeClaim(value)
		case "nbf":
			out.notBefore, err = timeClaim(value)
		}
		if err != nil {
			return fmt.Errorf("claim %s: %w", name, err)
		}
	}
	if out.TenantID == "" || out.UserID == "" {
		return errors.New("tenant_id and user_id are required")
	}
	*c = out
	return nil
}

func tenantIDClaim(value json.RawMessage) (ilsai.TenantID, error) {
	var s string
	if len(value) == 0 || value[0] != '"' {
		return "", fmt.Errorf("%.32q is not a string", value)
	}
	if err := json.Unmarshal(value, &s); err != nil {
		return "", err
	}
	return ilsai.ParseTenantID(s)
}

func textClaim(value json.RawMessage, limit int) (string, error) {
	if string(value) == "null" || string(value) == `""` {
		return "", nil
	}
	var s string
	if err := json.Unmarshal(value, &s); err != nil {
		return "", err
	}
	if !printable(s, limit) {
		return "", fmt.Errorf("has 1 to %d printable characters", limit)
	}
	return s, nil
}

// timeClaim reads a NumericDate. Fractions are dropped; what does not fit a calendar is refused
// instead of wrapping around.
func timeClaim(value json.RawMessage) (time.Time, error) {
	f, err := strconv.ParseFloat(string(value), 64)
	if err != nil || math.IsNaN(f) || f < 1 || f > maxEpoch {
		return time.Time{}, fmt.Errorf("%.32q is not a time in seconds since 1970", value)
	}
	return time.Unix(int64(f), 0).UTC(), nil
}

// objectMembers splits one JSON object into its members and refuses a name that appears twice, so
// that no two readers of the same token can disagree on what it says.
func objectMembers(b []byte) (map[string]json.RawMessage, error) {
	dec := json.NewDecoder(bytes.NewReader(b))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return nil, fmt.Errorf("not a JSON object: %w", err)
	}
	members := make(map[string]json.RawMessage)
	for dec.More() {
		t, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, ok := t.(string)
		if !ok {
			return nil, fmt.Errorf("member name %v", t)
		}
		if _, twice := members[name]; twice {
			return nil, fmt.Errorf("member %.32q appears twice", name)
		}
		var value json.RawMessage
		if err := dec.Decode(&value); err != nil {
			return nil, err
		}
		members[name] = value
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON object")
	}
	return members, nil
}

// The methods below make Claims a jwt.Claims.

// GetExpirationTime is exp.
func (c *Claims) GetExpirationTime() (*jwt.NumericDate, error) { return numericDate(c.ExpiresAt), nil }

// GetIssuedAt is iat.
func (c *Claims) GetIssuedAt() (*jwt.NumericDate, error) { return numericDate(c.IssuedAt), nil }

// GetNotBefore is nbf.
func (c *Claims) GetNotBefore() (*jwt.NumericDate, error) { return numericDate(c.notBefore), nil }

// GetIssuer is always empty: the guide's tokens name no issuer.
func (c *Claims) GetIssuer() (string, error) { return "", nil }

// GetSubject is the user id.
func (c *Claims) GetSubject() (string, error) { return string(c.UserID), nil }

// GetAudience is always empty.
func (c *Claims) GetAudience() (jwt.ClaimStrings, error) { return nil, nil }

func numericDate(t time.Time) *jwt.NumericDate {
	if t.IsZero() {
		return nil
	}
	return jwt.NewNumericDate(t)
}
