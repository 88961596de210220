package storetest

import (
	"context"
	"fmt"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Audit implements tenancy.AdministrationStore.
func (m *Memory) Audit(_ context.Context, tenant ilsai.TenantID, from, to time.Time, after int64, limit int) ([]tenancy.AuditEntry, error) {
	return m.audit(from, to, after, limit, func(e tenancy.AuditEntry) bool { return e.TenantID == tenant })
}

// AuditAll implements tenancy.AdministrationStore.
func (m *Memory) AuditAll(_ context.Context, from, to time.Time, after int64, limit int) ([]tenancy.AuditEntry, error) {
	return m.audit(from, to, after, limit, func(tenancy.AuditEntry) bool { return true })
}

func (m *Memory) audit(from, to time.Time, after int64, limit int, want func(tenancy.AuditEntry) bool) ([]tenancy.AuditEntry, error) {
	return read(m, func(s memory) ([]tenancy.AuditEntry, error) {
		var out []tenancy.AuditEntry
		for _, e := range s.audit {
			if e.ID > after && want(e) && within(e.At, from, to) && len(out) < pageSize(limit) {
				out = append(out, e)
			}
		}
		return out, nil
	})
}

// Usage implements tenancy.AdministrationStore.
func (m *Memory) Usage(_ context.Context, tenant ilsai.TenantID, from, to time.Time, after int64, limit int) ([]tenancy.UsageEvent, error) {
	return read(m, func(s memory) ([]tenancy.UsageEvent, error) {
		var out []tenancy.UsageEvent
		for _, e := range s.usage {
			if e.ID > after && e.TenantID == tenant && within(e.Timestamp, from, to) && len(out) < pageSize(limit) {
				out = append(out, e)
			}
		}
		return out, nil
	})
}

func within(at, from, to time.Time) bool {
	return (from.IsZero() || !at.Before(from)) && (to.IsZero() || at.Before(to))
}

// User implements tenancy.AdministrationStore.
func (m *Memory) User(_ context.Context, tenant ilsai.TenantID, id tenancy.UserID) (tenancy.User, error) {
	return read(m, func(s memory) (tenancy.User, error) { return s.user(tenant, id) })
}

// Users implements tenancy.AdministrationStore.
func (m *Memory) Users(_ context.Context, tenant ilsai.TenantID) ([]tenancy.User, error) {
	return read(m, func(s memory) ([]tenancy.User, error) { return s.usersOf(tenant), nil })
}

// UserByEmail implements tenancy.UserStore.
func (m *Memory) UserByEmail(_ context.Context, tenant ilsai.TenantID, email string) (tenancy.User, error) {
	return read(m, func(s memory) (tenancy.User, error) {
		for _, u := range s.usersOf(tenant) {
			if u.Email == email {
				return u, nil
			}
		}
		return tenancy.User{}, ilsai.Errorf(ilsai.CodeNotFound, "There is no such user.")
	})
}

// CountAttempt implements tenancy.UserStore.
func (m *Memory) CountAttempt(_ context.Context, tenant ilsai.TenantID, id tenancy.UserID, now time.Time, lock func(int) time.Duration) (admitted bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.state.clone()
	u, err := next.user(tenant, id)
	if err != nil || u.LockedUntil.After(now) {
		return false, err
	}
	u.FailedAttempts++
	if d := lock(u.FailedAttempts); d > 0 {
		u.LockedUntil = now.Add(d)
	}
	next.users[userKey{tenant, id}] = u
	m.state = next
	return true, nil
}

// ClearAttempts implements tenancy.UserStore.
func (m *Memory) ClearAttempts(_ context.Context, tenant ilsai.TenantID, id tenancy.UserID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	next := m.state.clone()
	u, err := next.user(tenant, id)
	if err != nil {
		return err
	}
	u.FailedAttempts, u.LockedUntil = 0, time.Time{}
	next.users[userKey{tenant, id}] = u
	m.state = next
	return nil
}

// memoryTx works on a state of its own.
type memoryTx struct {
	*memory

	store *Memory
}

func (tx *memoryTx) Tenant(id ilsai.TenantID) (tenancy.TenantRecord, error) { return tx.tenant(id) }

func (tx *memoryTx) CreateTenant(r tenancy.TenantRecord) error {
	if err := r.Validate(); err != nil {
		return err
	}
	for _, t := range tx.tenants {
		if t.ID == r.ID || t.Code == r.Code {
			return ilsai.Errorf(ilsai.CodeConflict, "A tenant with the id %q or the code %q exists already.", r.ID, r.Code)
		}
	}
	r.CreatedAt = tx.store.timeOr(r.CreatedAt)
	tx.tenants[r.ID] = r
	tx.subscribe(r, r.CreatedAt)
	return nil
}

func (tx *memoryTx) subscribe(r tenancy.TenantRecord, at time.Time) {
	all := tx.subscriptions[r.ID]
	tx.subscriptions[r.ID] = append(all[:len(all):len(all)], tenancy.Subscription{Tier: r.Tier, Status: r.Status, ChangedAt: at})
}

func (tx *memoryTx) UpdateTenant(r tenancy.TenantRecord) error {
	if err := r.Validate(); err != nil {
		return err
	}
	before, err := tx.tenant(r.ID)
	if err != nil {
		return err
	}
	r.Code, r.CreatedAt = before.Code, before.CreatedAt
	tx.tenants[r.ID] = r
	if before.Tier != r.Tier || before.Status != r.Status {
		tx.subscribe(r, tx.store.timeOr(time.Time{}))
	}
	return nil
}

func (tx *memoryTx) EmptyTenant(id ilsai.TenantID) (tenancy.Removed, error) {
	var n tenancy.Removed
	for k := range tx.users {
		if k.tenant == id {
			delete(tx.users, k)
			n.Users++
		}
	}
	if _, ok := tx.adapters[id]; ok {
		delete(tx.adapters, id)
		n.Adapters++
	}
	return n, nil
}

func (tx *memoryTx) User(tenant ilsai.TenantID, id tenancy.UserID) (tenancy.User, error) {
	return tx.user(tenant, id)
}

func (tx *memoryTx) CreateUser(u *tenancy.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	if _, err := tx.tenant(u.TenantID); err != nil {
		return err
	}
	for _, other := range tx.usersOf(u.TenantID) {
		if other.Email == u.Email || other.ID == u.ID {
			return ilsai.Errorf(ilsai.CodeConflict, "A user with the e-mail address %s exists already.", u.Email)
		}
	}
	if u.ID == "" {
		tx.store.made++
		u.ID = tenancy.UserID(fmt.Sprintf("u-%d", tx.store.made))
	}
	u.CreatedAt = tx.store.timeOr(u.CreatedAt)
	tx.users[userKey{u.TenantID, u.ID}] = *u
	return nil
}

func (tx *memoryTx) UpdateUser(u tenancy.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	stored, err := tx.user(u.TenantID, u.ID)
	if err != nil {
		return err
	}
	stored.Name, stored.Role, stored.Status = u.Name, u.Role, u.Status
	tx.users[userKey{u.TenantID, u.ID}] = stored
	return nil
}

func (tx *memoryTx) SetPassword(tenant ilsai.TenantID, id tenancy.UserID, hash string) error {
	u, err := tx.user(tenant, id)
	if err != nil {
		return err
	}
	u.PasswordHash, u.FailedAttempts, u.LockedUntil = hash, 0, time.Time{}
	if err := u.Validate(); err != nil {
		return err
	}
	tx.users[userKey{tenant, id}] = u
	return nil
}
