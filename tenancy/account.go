package tenancy

import "context"

// CreateUser stores a new user with a password. The e-mail address is normalised, an empty status means
// active. Errors: ilsai.CodeInvalid when CheckPassword or User.Validate refuses, ilsai.CodeOverloaded when
// too many passwords are being hashed, those of UserStore.CreateUser.
func (l *LocalLogin) CreateUser(ctx context.Context, t Tenant, u *User, password string) error {
	created := *u
	created.TenantID = t.ID
	if created.Status == "" {
		created.Status = UserActive
	}
	var err error
	if created.Email, err = NormalizeEmail(u.Email); err != nil {
		return err
	}
	if created.PasswordHash, err = l.newHash(ctx, t, created, password); err != nil {
		return err
	}
	if err := l.users.CreateUser(ctx, &created); err != nil {
		return err
	}
	*u = created
	return nil
}

// SetPassword gives a user a new password and lifts a lock. Tokens issued before stay valid until
// they expire. Errors as of CreateUser; ilsai.CodeNotFound without such a user.
func (l *LocalLogin) SetPassword(ctx context.Context, t Tenant, id UserID, password string) error {
	u, err := l.users.User(ctx, t.ID, id)
	if err != nil {
		return err
	}
	hash, err := l.newHash(ctx, t, u, password)
	if err != nil {
		return err
	}
	return l.users.SetPassword(ctx, t.ID, id, "", hash)
}

func (l *LocalLogin) newHash(ctx context.Context, t Tenant, u User, password string) (string, error) {
	if err := CheckPassword(password, u.Email, u.Name, t.Name, t.Code, string(t.ID)); err != nil {
		return "", err
	}
	release, err := l.acquire(ctx)
	if err != nil {
		return "", err
	}
	defer release()
	return HashPassword(password, l.options.Cost)
}
