package tenancy

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/ils-platform/ilsai"
)

// UserStatus is the state of a local account.
type UserStatus string

const (
	UserActive   UserStatus = "active"
	UserDisabled UserStatus = "disabled"
)

// User is an account of local login, for installations without the ILS platform's own sign-in.
type User struct {
	ID             UserID         `json:"id"` // unique within the tenant; made by the store when empty
	TenantID       ilsai.TenantID `json:"tenant_id"`
	Email          string         `json:"email"` // as NormalizeEmail gives it; unique within the tenant
	Name           string         `json:"name"`
	Role           string         `json:"role"`
	PasswordHash   string         `json:"-"` // as HashPassword gives it
	Status         UserStatus     `json:"status"`
	FailedAttempts int            `json:"failed_attempts"` // since the last login that succeeded
	LockedUntil    time.Time      `json:"locked_until,omitzero"`
	CreatedAt      time.Time      `json:"created_at"` // UTC, whole milliseconds; set by the store when zero
}

// UserStore keeps the users of local login. Every method is told the tenant, and no user of another one
// is ever found or changed. Implementations are safe for concurrent use; the general errors of
// TenantStore apply.
type UserStore interface {
	// CreateUser stores a new user, durable on return, and sets an empty u.ID and a zero u.CreatedAt. Errors: CodeInvalid
	// (see User.Validate), CodeConflict when id or e-mail is taken, CodeNotFound for an unknown tenant.
	CreateUser(ctx context.Context, u *User) error

	// User finds a user by id. CodeNotFound when there is none.
	User(ctx context.Context, tenant ilsai.TenantID, id UserID) (User, error)

	// UserByEmail finds a user by normalised e-mail. CodeNotFound when there is none.
	UserByEmail(ctx context.Context, tenant ilsai.TenantID, email string) (User, error)

	// Users lists a tenant's users by e-mail. The caller owns the slice.
	Users(ctx context.Context, tenant ilsai.TenantID) ([]User, error)

	// UpdateUser replaces name, role and status of the user with u's tenant and id. Errors: CodeInvalid, CodeNotFound.
	UpdateUser(ctx context.Context, u User) error

	// SetPassword replaces the password's hash and lifts a lock. When from is not empty it does so only
	// if that is still the stored hash, and otherwise returns CodeConflict. CodeNotFound without such a user.
	SetPassword(ctx context.Context, tenant ilsai.TenantID, id UserID, from, to string) error

	// CountAttempt admits one attempt to log in, in one transaction: a locked user (LockedUntil after
	// now) is refused and left alone; otherwise FailedAttempts grows by one and the user is locked
	// for lock(FailedAttempts). Counting before the password is checked means that no number of
	// attempts at once gets more than its share. CodeNotFound without such a user.
	CountAttempt(ctx context.Context, tenant ilsai.TenantID, id UserID, now time.Time, lock func(failed int) time.Duration) (admitted bool, err error)

	// ClearAttempts sets FailedAttempts to 0 and lifts a lock: the attempt was the user's.
	ClearAttempts(ctx context.Context, tenant ilsai.TenantID, id UserID) error
}

// NormalizeEmail trims, composes (NFC) and lowers an address, so that however a person types it, it is
// one user. Anything but one @ between two parts without spaces is ilsai.CodeInvalid.
func NormalizeEmail(s string) (string, error) {
	valid := utf8.ValidString(s) // lowering would hide that it is not
	s = norm.NFC.String(strings.ToLower(norm.NFC.String(strings.TrimSpace(s))))
	local, domain, ok := strings.Cut(s, "@")
	if !valid || !ok || local == "" || domain == "" || strings.ContainsAny(domain, "@") || strings.Contains(s, " ") ||
		len(s) > maxEmailRunes || !printable(s, maxEmailRunes) {
		return "", ilsai.Errorf(ilsai.CodeInvalid, "an e-mail address is like name@shop.example, with at most %d bytes", maxEmailRunes)
	}
	return s, nil
}

// Validate reports the first field that cannot be stored, as ilsai.CodeInvalid.
func (u User) Validate() error {
	if _, err := ilsai.ParseTenantID(string(u.TenantID)); err != nil {
		return err
	}
	if u.ID != "" && !printable(string(u.ID), maxUserIDRunes) {
		return ilsai.Errorf(ilsai.CodeInvalid, "a user id has 1 to %d printable characters", maxUserIDRunes)
	}
	if email, err := NormalizeEmail(u.Email); err != nil {
		return err
	} else if email != u.Email {
		return ilsai.Errorf(ilsai.CodeInvalid, "the e-mail address of a user is stored normalised: %s", email)
	}
	if !printable(u.Name, maxNameRunes) {
		return ilsai.Errorf(ilsai.CodeInvalid, "a user's name has 1 to %d printable characters", maxNameRunes)
	}
	if !printable(u.Role, maxRoleRunes) {
		return ilsai.Errorf(ilsai.CodeInvalid, "a user's role has 1 to %d printable characters", maxRoleRunes)
	}
	if u.Status != UserActive && u.Status != UserDisabled {
		return ilsai.Errorf(ilsai.CodeInvalid, "a user's status is active or disabled")
	}
	if _, err := parseHash(u.PasswordHash); err != nil {
		return ilsai.Wrap(ilsai.CodeInvalid, err, "a user needs a password")
	}
	return nil
}
