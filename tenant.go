package ilsai

import (
	"context"
	"fmt"
)

// TenantID names one shop. It is part of file names, database names and role names, so its
// alphabet is closed: see ParseTenantID.
type TenantID string

const maxTenantID = 48

// ParseTenantID accepts 1 to 48 bytes of a-z, 0-9, '-' and '_', starting with a letter or digit.
// No dot, slash, upper case or look-alike letter can pass, so an id is safe as a path element
// and two different ids never fold to the same name.
func ParseTenantID(s string) (TenantID, error) {
	if s == "" || len(s) > maxTenantID {
		return "", Errorf(CodeInvalid, "a tenant id has 1 to %d characters", maxTenantID)
	}
	for i := range len(s) {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || c != '-' && c != '_') {
			return "", &Error{Code: CodeInvalid, Message: "a tenant id is made of a-z, 0-9, '-' and '_', and starts with a letter or digit",
				Err: fmt.Errorf("tenant id %q", s)}
		}
	}
	return TenantID(s), nil
}

type requestIDKey struct{}

// WithRequestID returns ctx carrying the id that ties a reply, its log lines and its usage row together.
func WithRequestID(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, requestIDKey{}, id)
}

// RequestID is the id put there by WithRequestID, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}
