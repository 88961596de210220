package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// UpdateUser implements tenancy.UserStore.
func (s *Store) UpdateUser(ctx context.Context, u tenancy.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	return s.changeUser(ctx, u.TenantID, u.ID, func(userRow) (map[string]any, error) { return userColumns(u), nil })
}

func userColumns(u tenancy.User) map[string]any {
	return map[string]any{"name": u.Name, "role": u.Role, "status": string(u.Status)}
}

// ClearAttempts implements tenancy.UserStore.
func (s *Store) ClearAttempts(ctx context.Context, tenant ilsai.TenantID, id tenancy.UserID) error {
	return s.changeUser(ctx, tenant, id, func(userRow) (map[string]any, error) {
		return map[string]any{"failed_attempts": 0, "locked_until": 0}, nil
	})
}

// changeUser reads a user and writes what change makes of it, in one transaction.
func (s *Store) changeUser(ctx context.Context, tenant ilsai.TenantID, id tenancy.UserID, change func(userRow) (map[string]any, error)) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	return s.classify(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.replaceUser(tx, tenant, id, change) }))
}

// replaceUser is changeUser within a transaction.
func (s *Store) replaceUser(tx *gorm.DB, tenant ilsai.TenantID, id tenancy.UserID, change func(userRow) (map[string]any, error)) error {
	row, err := takeUser(tx.Clauses(s.engine.locking()...), tenant, "id", string(id))
	if err != nil {
		return err
	}
	changes, err := change(row)
	if err != nil || len(changes) == 0 {
		return err
	}
	return tx.Model(&userRow{}).Where("tenant_id = ? AND id = ?", row.TenantID, row.ID).Updates(changes).Error
}

// SetPassword implements tenancy.UserStore.
func (s *Store) SetPassword(ctx context.Context, tenant ilsai.TenantID, id tenancy.UserID, from, to string) error {
	return s.changeUser(ctx, tenant, id, newPassword(from, to))
}

func newPassword(from, to string) func(userRow) (map[string]any, error) {
	return func(row userRow) (map[string]any, error) {
		u := row.user()
		if u.PasswordHash = to; from != "" && row.PasswordHash != from {
			return nil, ilsai.Errorf(ilsai.CodeConflict, "The password was changed in the meantime.")
		}
		if err := u.Validate(); err != nil {
			return nil, err
		}
		return map[string]any{"password_hash": to, "failed_attempts": 0, "locked_until": 0}, nil
	}
}

// CountAttempt implements tenancy.UserStore.
func (s *Store) CountAttempt(ctx context.Context, tenant ilsai.TenantID, id tenancy.UserID, now time.Time, lock func(failed int) time.Duration) (bool, error) {
	admitted := false
	err := s.changeUser(ctx, tenant, id, func(row userRow) (map[string]any, error) {
		if admitted = row.LockedUntil <= now.UnixMilli(); !admitted {
			return nil, nil
		}
		row.FailedAttempts++
		until := int64(0)
		if d := lock(row.FailedAttempts); d > 0 {
			until = now.Add(d).UnixMilli()
		}
		return map[string]any{"failed_attempts": row.FailedAttempts, "locked_until": until}, nil
	})
	return admitted && err == nil, err
}
