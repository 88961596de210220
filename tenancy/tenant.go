package tenancy

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ils-platform/ilsai"
)

// Status is the state of a tenant's subscription. Only an active one may ask.
type Status string

const (
	StatusActive    Status = "active"
	StatusPastDue   Status = "past_due"
	StatusSuspended Status = "suspended"
	StatusCanceled  Status = "canceled"
)

// Valid reports whether s is a known state.
func (s Status) Valid() bool {
	switch s {
	case StatusActive, StatusPastDue, StatusSuspended, StatusCanceled:
		return true
	default:
		return false
	}
}

// Tenant is one subscriber: an optical shop or chain.
type Tenant struct {
	ID        ilsai.TenantID
	Code      string // for people and support, e.g. "optical-shop-1"; unique, same alphabet as an id
	Name      string // as the shop writes it
	Tier      Tier
	Status    Status
	TimeZone  string    // IANA name; decides "today", the business month and the quota's month
	Currency  string    // ISO 4217; amounts are in its smallest unit
	CreatedAt time.Time // UTC, whole milliseconds; set by the store when zero
}

const maxNameRunes = 120

// Validate reports the first field that cannot be stored, as ilsai.CodeInvalid.
func (t Tenant) Validate() error {
	if _, err := ilsai.ParseTenantID(string(t.ID)); err != nil {
		return err
	}
	if _, err := ilsai.ParseTenantID(t.Code); err != nil {
		return ilsai.Wrap(ilsai.CodeInvalid, err, "a tenant code is made like a tenant id: a-z, 0-9, '-' and '_'")
	}
	if !printable(t.Name, maxNameRunes) {
		return ilsai.Errorf(ilsai.CodeInvalid, "a tenant name has 1 to %d printable characters", maxNameRunes)
	}
	if _, err := ParseTier(string(t.Tier)); err != nil {
		return err
	}
	if !t.Status.Valid() {
		return ilsai.Errorf(ilsai.CodeInvalid, "a subscription status is one of active, past_due, suspended and canceled")
	}
	if _, err := LoadTimeZone(t.TimeZone); err != nil {
		return err
	}
	if !ValidCurrency(t.Currency) {
		return ilsai.Errorf(ilsai.CodeInvalid, "a currency is an ISO 4217 code such as USD, GBP or EUR")
	}
	return nil
}

// Location is the tenant's time zone. The error is ilsai.CodeInvalid for a tenant never validated.
func (t Tenant) Location() (*time.Location, error) { return LoadTimeZone(t.TimeZone) }

// printable reports 1 to limit runes of valid UTF-8, none of them a control or format character
// (which could hide or reorder text wherever the value is shown).
func printable(s string, limit int) bool {
	if s == "" || !utf8.ValidString(s) || utf8.RuneCountInString(s) > limit {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) })
}
