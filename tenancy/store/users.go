package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

type userRow struct {
	TenantID       string `gorm:"primaryKey"`
	ID             string `gorm:"primaryKey"`
	Email          string
	Name           string
	Role           string
	PasswordHash   string
	Status         string
	FailedAttempts int
	LockedUntil    int64 // milliseconds since 1970; 0: not locked
	CreatedAt      time.Time
}

func (userRow) TableName() string { return "users" }

func toUserRow(u tenancy.User) userRow {
	return userRow{TenantID: string(u.TenantID), ID: string(u.ID), Email: u.Email, Name: u.Name, Role: u.Role, PasswordHash: u.PasswordHash,
		Status: string(u.Status), FailedAttempts: u.FailedAttempts, LockedUntil: toMillis(u.LockedUntil), CreatedAt: u.CreatedAt.UTC().Truncate(time.Millisecond)}
}

func (r userRow) user() tenancy.User {
	return tenancy.User{TenantID: ilsai.TenantID(r.TenantID), ID: tenancy.UserID(r.ID), Email: r.Email, Name: r.Name, Role: r.Role, PasswordHash: r.PasswordHash,
		Status: tenancy.UserStatus(r.Status), FailedAttempts: r.FailedAttempts, LockedUntil: fromMillis(r.LockedUntil), CreatedAt: r.CreatedAt.UTC()}
}

// toMillis is 0 for the zero time, which means never.
func toMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func noUser() error {
	return ilsai.Errorf(ilsai.CodeNotFound, "There is no such user.")
}

// CreateUser implements tenancy.UserStore.
func (s *Store) CreateUser(ctx context.Context, u *tenancy.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	return s.classify(s.insertUser(s.db.WithContext(ctx), u))
}

// insertUser writes a new user and sets u to what is stored.
func (s *Store) insertUser(db *gorm.DB, u *tenancy.User) error {
	row := toUserRow(*u)
	if row.ID == "" {
		id, err := tenancy.NewEventID() // sorts by time and is taken by nobody
		if err != nil {
			return err
		}
		row.ID = id
	}
	if u.CreatedAt.IsZero() {
		row.CreatedAt = s.now().UTC().Truncate(time.Millisecond)
	}
	err := db.Create(&row).Error
	switch {
	case isUnique(err):
		return ilsai.Wrap(ilsai.CodeConflict, err, "A user with the e-mail address %s exists already.", u.Email)
	case isForeignKey(err):
		return ilsai.Wrap(ilsai.CodeNotFound, err, "There is no tenant with the id %q.", u.TenantID)
	case err != nil:
		return err
	}
	*u = row.user()
	return nil
}

// User implements tenancy.UserStore.
func (s *Store) User(ctx context.Context, tenant ilsai.TenantID, id tenancy.UserID) (tenancy.User, error) {
	return s.findUser(ctx, tenant, "id", string(id))
}

// UserByEmail implements tenancy.UserStore.
func (s *Store) UserByEmail(ctx context.Context, tenant ilsai.TenantID, email string) (tenancy.User, error) {
	return s.findUser(ctx, tenant, "email", email)
}

func (s *Store) findUser(ctx context.Context, tenant ilsai.TenantID, column, value string) (tenancy.User, error) {
	row, err := takeUser(s.db.WithContext(ctx), tenant, column, value)
	if err != nil {
		return tenancy.User{}, s.classify(err)
	}
	return row.user(), nil
}

func takeUser(db *gorm.DB, tenant ilsai.TenantID, column, value string) (userRow, error) {
	if storable(value) != value || storable(string(tenant)) != string(tenant) { // not every database takes the question
		return userRow{}, noUser()
	}
	var row userRow
	err := db.Where(map[string]any{"tenant_id": string(tenant), column: value}).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return userRow{}, noUser()
	}
	return row, err
}

// Users implements tenancy.UserStore.
func (s *Store) Users(ctx context.Context, tenant ilsai.TenantID) ([]tenancy.User, error) {
	var rows []userRow
	if err := s.db.WithContext(ctx).Where("tenant_id = ?", string(tenant)).Order("email").Find(&rows).Error; err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.User, len(rows))
	for i, r := range rows {
		out[i] = r.user()
	}
	return out, nil
}
