package tenancy

import (
	"context"

	"github.com/ils-platform/ilsai"
)

// UserChange says what to change; nil leaves it as it is.
type UserChange struct {
	Name   *string
	Role   *string
	Status *UserStatus
}

// auditedUser is a user as the audit log keeps it: neither name nor e-mail address, because the log can
// never be cleared. Its target is the user's id.
type auditedUser struct {
	Role    string     `json:"role"`
	Status  UserStatus `json:"status"`
	Renamed bool       `json:"renamed,omitempty"`
}

// Users lists a tenant's users by e-mail address.
func (a *Administration) Users(ctx context.Context, by Actor, tenant ilsai.TenantID) ([]User, error) {
	if err := a.reach(ctx, by, tenant); err != nil {
		return nil, err
	}
	return a.store.Users(ctx, tenant)
}

// CreateUser stores a new user with a password. The e-mail address is normalised, an empty status means
// active; id and time of creation are given. ilsai.CodeOverloaded when too many passwords are being hashed.
func (a *Administration) CreateUser(ctx context.Context, by Actor, tenant ilsai.TenantID, u User, password string) (User, error) {
	t, err := a.tenantOf(ctx, by, tenant)
	if err != nil {
		return User{}, err
	}
	u.ID, u.TenantID = "", tenant
	if u.Status == "" {
		u.Status = UserActive
	}
	if u.Email, err = NormalizeEmail(u.Email); err != nil {
		return User{}, err
	}
	if u.PasswordHash, err = a.hash(ctx, t, u, password); err != nil {
		return User{}, err
	}
	err = a.administer(ctx, tenant, func(tx AdministrationTx) (*AuditEntry, error) {
		r, err := tx.Tenant(tenant) // held: it is not emptied meanwhile
		if err != nil {
			return nil, err
		}
		if err := r.Changeable(); err != nil {
			return nil, err
		}
		if err := tx.CreateUser(&u); err != nil {
			return nil, err
		}
		return entry(ctx, by, tenant, "user.create", string(u.ID), nil, auditedUser{Role: u.Role, Status: u.Status})
	})
	if err != nil {
		return User{}, err
	}
	return u, nil
}

// ChangeUser changes a user and returns it as it is then. Tokens that the user holds stay valid until they
// expire. Nobody changes their own role or status: an administrator is left in any case.
func (a *Administration) ChangeUser(ctx context.Context, by Actor, tenant ilsai.TenantID, id UserID, c UserChange) (User, error) {
	if _, err := a.tenantOf(ctx, by, tenant); err != nil {
		return User{}, err
	}
	var after User
	err := a.administer(ctx, tenant, func(tx AdministrationTx) (*AuditEntry, error) {
		before, err := tx.User(tenant, id)
		if err != nil {
			return nil, err
		}
		after = before
		set(&after.Name, c.Name)
		set(&after.Role, c.Role)
		set(&after.Status, c.Status)
		if by.tenant == tenant && by.name == string(id) && (after.Role != before.Role || after.Status != before.Status) {
			return nil, ilsai.Errorf(ilsai.CodeConflict, "You cannot change your own role or status. Ask another administrator.")
		}
		if err := after.Validate(); err != nil || after == before {
			return nil, err
		}
		if err := tx.UpdateUser(after); err != nil {
			return nil, err
		}
		return entry(ctx, by, tenant, "user.change", string(id), auditedUser{Role: before.Role, Status: before.Status},
			auditedUser{Role: after.Role, Status: after.Status, Renamed: after.Name != before.Name})
	})
	if err != nil {
		return User{}, err
	}
	return after, nil
}

// SetPassword gives a user a new password and lifts a lock. Tokens that the user holds stay valid until
// they expire. Errors as of CreateUser.
func (a *Administration) SetPassword(ctx context.Context, by Actor, tenant ilsai.TenantID, id UserID, password string) error {
	t, err := a.tenantOf(ctx, by, tenant)
	if err != nil {
		return err
	}
	u, err := a.store.User(ctx, tenant, id)
	if err != nil {
		return err
	}
	hash, err := a.hash(ctx, t, u, password)
	if err != nil {
		return err
	}
	return a.administer(ctx, tenant, func(tx AdministrationTx) (*AuditEntry, error) {
		if err := tx.SetPassword(tenant, id, hash); err != nil {
			return nil, err
		}
		return entry(ctx, by, tenant, "user.password", string(id), nil, nil)
	})
}

// tenantOf is a tenant whose users an actor may administer.
func (a *Administration) tenantOf(ctx context.Context, by Actor, id ilsai.TenantID) (Tenant, error) {
	if err := by.on(id); err != nil {
		return Tenant{}, err
	}
	r, err := a.store.TenantRecord(ctx, id)
	if err != nil {
		return Tenant{}, err
	}
	return r.Tenant, r.Changeable()
}

func (a *Administration) hash(ctx context.Context, t Tenant, u User, password string) (string, error) {
	if a.login == nil {
		return "", ilsai.Errorf(ilsai.CodeConflict, "Users sign in by the ILS platform here. Manage them there.")
	}
	return a.login.newHash(ctx, t, u, password)
}
