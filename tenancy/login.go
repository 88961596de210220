package tenancy

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai"
)

const (
	// MaxLoginAttempts wrong passwords in a row lock an account.
	MaxLoginAttempts = 5

	firstLock       = 15 * time.Minute
	longestLock     = 24 * time.Hour
	defaultLifetime = time.Hour
	hashesAtOnce    = 2  // each takes the memory of PasswordCost
	maxHashWaiters  = 64 // beyond it a login is refused at once
)

// errLogin is the one sentence for every login that fails, so that none tells which part was wrong,
// whether an address has an account, or whether it is locked.
const errLogin = "The shop, the e-mail address or the password is wrong, or there were too many attempts. Check them, or try again later."

func loginFailed(cause error) error {
	return &ilsai.Error{Code: ilsai.CodeUnauthenticated, Message: errLogin, Err: cause}
}

// LoginTenants is what Login asks about tenants.
type LoginTenants interface {
	TenantByCode(ctx context.Context, code string) (Tenant, error)
}

// LoginOptions configures NewLocalLogin. The zero value is ready to use.
type LoginOptions struct {
	Lifetime time.Duration    // of a token; 0 means one hour
	Cost     PasswordCost     // of new hashes; zero means DefaultPasswordCost
	Now      func() time.Time // nil means time.Now
}

// LocalLogin lets users of the control store sign in. It is safe for concurrent use.
type LocalLogin struct {
	tenants LoginTenants
	users   UserStore
	issuer  *TokenIssuer
	options LoginOptions
	decoy   passwordHash  // verified when there is no user, so that this takes as long
	hashing chan struct{} // one element per hash being computed
	waiting atomic.Int64
}

// NewLocalLogin makes a LocalLogin. The error is of the random source.
func NewLocalLogin(tenants LoginTenants, users UserStore, issuer *TokenIssuer, o LoginOptions) (*LocalLogin, error) {
	if o.Lifetime <= 0 {
		o.Lifetime = defaultLifetime
	}
	if o.Cost == (PasswordCost{}) {
		o.Cost = DefaultPasswordCost
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	text, err := HashPassword("", o.Cost)
	if err != nil {
		return nil, err
	}
	decoy, err := parseHash(text)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "This cost of password hashes is out of bounds.")
	}
	return &LocalLogin{tenants: tenants, users: users, issuer: issuer, options: o, decoy: decoy, hashing: make(chan struct{}, hashesAtOnce)}, nil
}

// Session is what a user gets for the right password.
type Session struct {
	Token     string
	ExpiresAt time.Time // UTC, whole seconds
	Principal Principal // whom the token stands for
	Name      string    // of the user
}

// Login checks a password and issues a token. Errors: ilsai.CodeUnauthenticated, always with the same
// message and after the same work, unless shop, user and password are right and the account is neither
// disabled nor locked; ilsai.CodeTenantInactive after a right password; ilsai.CodeOverloaded when too
// many log in at once; the stores' own when they cannot answer.
func (l *LocalLogin) Login(ctx context.Context, tenantCode, email, password string) (Session, error) {
	t, u, err := l.find(ctx, tenantCode, email)
	if err != nil {
		return Session{}, err
	}
	hash, known := l.decoy, false
	if stored, err := parseHash(u.PasswordHash); err == nil {
		hash, known = stored, true
	}
	right, admitted, err := l.check(ctx, hash, u, known, password)
	switch {
	case err != nil:
		return Session{}, err
	case !known || !admitted || !right || u.Status != UserActive:
		return Session{}, loginFailed(fmt.Errorf("login: known %t, admitted %t, right %t, status %q", known, admitted, right, u.Status))
	}
	if err := l.users.ClearAttempts(ctx, u.TenantID, u.ID); err != nil {
		return Session{}, err
	}
	if hash.cost != l.options.Cost {
		l.rehash(ctx, u, password)
	}
	if err := active(t); err != nil {
		return Session{}, err
	}
	token, expires, err := l.issuer.issue(Claims{UserID: u.ID, TenantID: t.ID, Email: u.Email, Role: u.Role, Tier: t.Tier}, l.options.Lifetime)
	if err != nil {
		return Session{}, err
	}
	p := Principal{Tenant: t, UserID: u.ID, Email: u.Email, Role: u.Role, Tier: t.Tier}
	return Session{Token: token, ExpiresAt: expires, Principal: p, Name: u.Name}, nil
}

// find returns no user and no error when there is none, after the same look-ups as when there is one.
func (l *LocalLogin) find(ctx context.Context, code, email string) (Tenant, User, error) {
	t, err := l.tenants.TenantByCode(ctx, code)
	if err != nil && ilsai.ErrorCode(err) != ilsai.CodeNotFound {
		return Tenant{}, User{}, err
	}
	email, err = NormalizeEmail(email)
	if err != nil {
		email = "" // which nobody has
	}
	u, err := l.users.UserByEmail(ctx, t.ID, email)
	if err != nil && ilsai.ErrorCode(err) != ilsai.CodeNotFound {
		return Tenant{}, User{}, err
	}
	return t, u, nil
}

// check counts the attempt while it computes the hash, so that the write for a known user does not
// show in the time.
func (l *LocalLogin) check(ctx context.Context, h passwordHash, u User, known bool, password string) (right, admitted bool, err error) {
	release, err := l.acquire(ctx)
	if err != nil {
		return false, false, err
	}
	matched := make(chan bool, 1)
	go func() {
		defer release()
		matched <- len(password) <= maxPasswordBytes && h.matches(password) // no user has a longer one
	}()
	if known {
		admitted, err = l.users.CountAttempt(ctx, u.TenantID, u.ID, l.options.Now(), lockAfter)
	}
	right = <-matched
	return right, admitted, err
}

func (l *LocalLogin) acquire(ctx context.Context) (release func(), err error) {
	if l.waiting.Add(1) > maxHashWaiters {
		l.waiting.Add(-1)
		return nil, ilsai.Errorf(ilsai.CodeOverloaded, "Too many people are signing in at this moment. Try again.")
	}
	defer l.waiting.Add(-1)
	select {
	case l.hashing <- struct{}{}:
		return func() { <-l.hashing }, nil
	case <-ctx.Done():
		return nil, ilsai.Wrap(ilsai.CodeCanceled, ctx.Err(), "The request was canceled.")
	}
}

// lockAfter is 15 minutes from the fifth attempt on, twice as long with each further one, a day at most.
func lockAfter(failed int) time.Duration {
	if failed < MaxLoginAttempts {
		return 0
	}
	d := firstLock
	for range failed - MaxLoginAttempts {
		if d *= 2; d >= longestLock {
			return longestLock
		}
	}
	return d
}

// rehash renews a hash of an older cost. Failing does not matter: the next login tries again.
func (l *LocalLogin) rehash(ctx context.Context, u User, password string) {
	release, err := l.acquire(ctx)
	if err != nil {
		return
	}
	defer release()
	if hash, err := HashPassword(password, l.options.Cost); err == nil {
		_ = l.users.SetPassword(ctx, u.TenantID, u.ID, u.PasswordHash, hash) // a password changed meanwhile wins
	}
}
