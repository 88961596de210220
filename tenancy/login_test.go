package tenancy_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const password = "a walk along the river"

// cheap keeps tests fast; its form is that of every other cost.
var cheap = tenancy.PasswordCost{MemoryKiB: 64, Passes: 1, Threads: 1}

// userTable is a UserStore in memory, of the methods that logging in uses.
type userTable struct {
	tenancy.UserStore
	mu     sync.Mutex
	users  map[string]*tenancy.User // by tenant and e-mail
	err    error
	counts int
}

func (s *userTable) UserByEmail(_ context.Context, tenant ilsai.TenantID, email string) (tenancy.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.users[string(tenant)+" "+email]
	if s.err != nil {
		return tenancy.User{}, s.err
	}
	if !ok {
		return tenancy.User{}, ilsai.Errorf(ilsai.CodeNotFound, "no user")
	}
	return *u, nil
}

func (s *userTable) User(_ context.Context, tenant ilsai.TenantID, id tenancy.UserID) (tenancy.User, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if u := s.by(tenant, id); u.ID != "" {
		return *u, nil
	}
	return tenancy.User{}, ilsai.Errorf(ilsai.CodeNotFound, "no user")
}

func (s *userTable) CreateUser(_ context.Context, u *tenancy.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	u.ID = tenancy.UserID("made " + u.Email)
	stored := *u
	s.users[string(u.TenantID)+" "+u.Email] = &stored
	return nil
}

func (s *userTable) by(tenant ilsai.TenantID, id tenancy.UserID) *tenancy.User {
	for _, u := range s.users {
		if u.TenantID == tenant && u.ID == id {
			return u
		}
	}
	return &tenancy.User{}
}

func (s *userTable) CountAttempt(_ context.Context, tenant ilsai.TenantID, id tenancy.UserID, at time.Time, lock func(int) time.Duration) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts++
	u := s.by(tenant, id)
	if u.LockedUntil.After(at) {
		return false, nil
	}
	u.FailedAttempts++
	u.LockedUntil = time.Time{}
	if d := lock(u.FailedAttempts); d > 0 {
		u.LockedUntil = at.Add(d)
	}
	return true, nil
}

func (s *userTable) ClearAttempts(_ context.Context, tenant ilsai.TenantID, id tenancy.UserID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.by(tenant, id)
	u.FailedAttempts, u.LockedUntil = 0, time.Time{}
	return nil
}

func (s *userTable) SetPassword(_ context.Context, tenant ilsai.TenantID, id tenancy.UserID, from, to string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.by(tenant, id)
	if from != "" && u.PasswordHash != from {
		return ilsai.Errorf(ilsai.CodeConflict, "changed meanwhile")
	}
	u.PasswordHash, u.FailedAttempts, u.LockedUntil = to, 0, time.Time{}
	return nil
}

func (s *tenantTable) TenantByCode(_ context.Context, code string) (tenancy.Tenant, error) {
	if s.err != nil {
		return tenancy.Tenant{}, s.err
	}
	for _, t := range s.tenants {
		if t.Code == code {
			return t, nil
		}
	}
	return tenancy.Tenant{}, ilsai.Errorf(ilsai.CodeNotFound, "no tenant")
}

type loginRig struct {
	*tenancy.LocalLogin
	clock   *clock
	tenants *tenantTable
	users   *userTable
	code    string
}

func newLogin(t testing.TB, cost tenancy.PasswordCost) *loginRig {
	t.Helper()
	hash, err := tenancy.HashPassword(password, cheap)
	if err != nil {
		t.Fatal(err)
	}
	tenant := validTenant()
	u := &tenancy.User{ID: "u1", TenantID: tenant.ID, Email: "anna@example.org", Name: "Anna", Role: "staff", Status: tenancy.UserActive, PasswordHash: hash}
	disabled := *u
	disabled.ID, disabled.Email, disabled.Status = "u2", "ben@example.org", tenancy.UserDisabled
	r := &loginRig{clock: newClock(), code: tenant.Code,
		tenants: &tenantTable{tenants: map[ilsai.TenantID]tenancy.Tenant{tenant.ID: tenant}},
		users:   &userTable{users: map[string]*tenancy.User{string(tenant.ID) + " " + u.Email: u, string(tenant.ID) + " " + disabled.Email: &disabled}}}
	issuer, err := tenancy.NewTokenIssuer(secret, tenancy.TokenOptions{Now: r.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	r.LocalLogin, err = tenancy.NewLocalLogin(r.tenants, r.users, issuer, tenancy.LoginOptions{Cost: cost, Now: r.clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestLogin(t *testing.T) {
	t.Parallel()
	r := newLogin(t, cheap)
	session, err := r.Login(t.Context(), r.code, "  Anna@Example.ORG ", password)
	if err != nil {
		t.Fatal(err)
	}
	v := newVerifier(t, tenancy.TokenOptions{Now: r.clock.Now})
	got, err := tenancy.NewAuthenticator(v, r.tenants).Authenticate(t.Context(), session.Token)
	if err != nil || got != session.Principal || got.UserID != "u1" || got.Role != "staff" || got.Email != "anna@example.org" {
		t.Errorf("got %+v, %v, want %+v", got, err, session)
	}
	if want := r.clock.Now().Truncate(time.Second).Add(time.Hour); !session.ExpiresAt.Equal(want) || session.Name == "" {
		t.Errorf("got %+v, want a name and the end at %v", session, want)
	}
}

func TestLoginFailuresAreAlike(t *testing.T) {
	t.Parallel()
	r := newLogin(t, cheap)
	want := ""
	for name, c := range map[string]struct{ code, email, password string }{
		"wrong password": {r.code, "anna@example.org", password + "!"}, "no password": {r.code, "anna@example.org", ""}, "unknown user": {r.code, "nobody@example.org", password},
		"unknown shop": {"nowhere", "anna@example.org", password}, "no e-mail": {r.code, "", password}, "not an e-mail": {r.code, "anna", password},
		"disabled": {r.code, "ben@example.org", password}, "huge password": {r.code, "anna@example.org", strings.Repeat("x", 1<<20)},
		"SQL": {"' OR '1'='1", "' OR '1'='1'@x", "' OR '1'='1"}, "NUL": {r.code, "anna@example.org\x00", password}, "the decoy's": {r.code, "nobody@example.org", ""},
	} {
		session, err := r.Login(t.Context(), c.code, c.email, c.password)
		if ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated || session != (tenancy.Session{}) {
			t.Errorf("%s: got %+v, %v, want %s", name, session, err, ilsai.CodeUnauthenticated)
		}
		if want == "" {
			want = ilsai.ErrorMessage(err)
		}
		if got := ilsai.ErrorMessage(err); got != want {
			t.Errorf("%s: message %q differs from %q", name, got, want)
		}
	}
}

func TestLoginOfASuspendedShop(t *testing.T) {
	t.Parallel()
	r := newLogin(t, cheap)
	for id, tenant := range r.tenants.tenants {
		tenant.Status = tenancy.StatusSuspended
		r.tenants.tenants[id] = tenant
	}
	if _, err := r.Login(t.Context(), r.code, "anna@example.org", password); ilsai.ErrorCode(err) != ilsai.CodeTenantInactive {
		t.Errorf("right password: got %v, want %s", err, ilsai.CodeTenantInactive)
	}
	if _, err := r.Login(t.Context(), r.code, "anna@example.org", "wrong"); ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated {
		t.Errorf("wrong password: got %v, want %s", err, ilsai.CodeUnauthenticated)
	}
}

// Five wrong passwords lock for 15 minutes, each further one for twice as long, and not even the right
// password opens a locked account; a right one in time starts over.
func TestLockoutGrows(t *testing.T) {
	t.Parallel()
	r := newLogin(t, cheap)
	try := func(p string) bool {
		_, err := r.Login(t.Context(), r.code, "anna@example.org", p)
		if err != nil && ilsai.ErrorCode(err) != ilsai.CodeUnauthenticated {
			t.Fatal(err)
		}
		return err == nil
	}
	for range 4 {
		try("wrong")
	}
	if !try(password) {
		t.Error("the fifth attempt, right: refused")
	}
	for range tenancy.MaxLoginAttempts {
		try("wrong")
	}
	for _, lock := range []time.Duration{15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour, 8 * time.Hour, 16 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
		r.clock.Advance(lock - time.Millisecond)
		if try(password) {
			t.Fatalf("a lock of %v opened early", lock)
		}
		r.clock.Advance(time.Millisecond)
		try("wrong")
	}
	r.clock.Advance(24 * time.Hour)
	if !try(password) {
		t.Error("after the last lock: refused")
	}
	for range 4 {
		try("wrong")
	}
	if !try(password) {
		t.Error("after starting over: refused")
	}
}

// A thousand guesses at once get no more tries than five one after the other.
func TestGuessesAtOnce(t *testing.T) {
	t.Parallel()
	r := newLogin(t, cheap)
	var wg sync.WaitGroup
	var opened, busy atomic.Int64
	for i := range 1000 {
		wg.Go(func() {
			guess := fmt.Sprint("guess ", i)
			if i == 999 {
				guess = password // comes when five are gone, or is among the five
			}
			switch _, err := r.Login(t.Context(), r.code, "anna@example.org", guess); ilsai.ErrorCode(err) {
			case "":
				opened.Add(1)
			case ilsai.CodeOverloaded:
				busy.Add(1)
			}
		})
	}
	wg.Wait()
	u, _ := r.users.UserByEmail(t.Context(), validTenant().ID, "anna@example.org")
	t.Logf("%d opened, %d told to wait, %d counted", opened.Load(), busy.Load(), u.FailedAttempts)
	if u.FailedAttempts > tenancy.MaxLoginAttempts {
		t.Errorf("%d guesses were tried, want at most %d", u.FailedAttempts, tenancy.MaxLoginAttempts)
	}
}

func TestLoginRehashes(t *testing.T) {
	t.Parallel()
	dearer := tenancy.PasswordCost{MemoryKiB: 128, Passes: 2, Threads: 1}
	r := newLogin(t, dearer)
	for range 3 {
		if _, err := r.Login(t.Context(), r.code, "anna@example.org", password); err != nil {
			t.Fatal(err)
		}
	}
	u, _ := r.users.UserByEmail(t.Context(), validTenant().ID, "anna@example.org")
	if !strings.HasPrefix(u.PasswordHash, "$argon2id$v=19$m=128,t=2,p=1$") {
		t.Errorf("got %q, want the new cost", u.PasswordHash)
	}
	if _, err := r.Login(t.Context(), r.code, "anna@example.org", "wrong"); err == nil {
		t.Error("the new hash takes any password")
	}
}

func TestLoginStoresAway(t *testing.T) {
	t.Parallel()
	away := ilsai.Wrap(ilsai.CodeUnavailable, errors.New("disk"), "The records are away.")
	for name, r := range map[string]*loginRig{"users": newLogin(t, cheap), "tenants": newLogin(t, cheap)} {
		if name == "users" {
			r.users.err = away
		} else {
			r.tenants.err = away
		}
		if _, err := r.Login(t.Context(), r.code, "anna@example.org", password); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
			t.Errorf("%s: got %v, want %s", name, err, ilsai.CodeUnavailable)
		}
	}
}

func TestLoginCanceled(t *testing.T) {
	t.Parallel()
	r := newLogin(t, cheap)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 20 { // a free place may be taken or not
		if _, err := r.Login(ctx, r.code, "nobody@example.org", password); err == nil {
			t.Fatal("got nil, want an error")
		}
	}
}

func TestUserValidate(t *testing.T) {
	t.Parallel()
	r := newLogin(t, cheap)
	good := *r.users.by(validTenant().ID, "u1")
	if err := good.Validate(); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*tenancy.User){
		"tenant": func(u *tenancy.User) { u.TenantID = "A" }, "e-mail": func(u *tenancy.User) { u.Email = "anna" }, "capitals": func(u *tenancy.User) { u.Email = "Anna@example.org" },
		"name": func(u *tenancy.User) { u.Name = "" }, "role": func(u *tenancy.User) { u.Role = "\n" }, "status": func(u *tenancy.User) { u.Status = "" },
		"plain password": func(u *tenancy.User) { u.PasswordHash = password }, "no password": func(u *tenancy.User) { u.PasswordHash = "" }, "id": func(u *tenancy.User) { u.ID = "a\x00" },
		"another hash": func(u *tenancy.User) { u.PasswordHash = strings.Replace(u.PasswordHash, "argon2id", "argon2i", 1) },
		"huge cost":    func(u *tenancy.User) { u.PasswordHash = strings.Replace(u.PasswordHash, "m=64", "m=4294967295", 1) },
		"no threads":   func(u *tenancy.User) { u.PasswordHash = strings.Replace(u.PasswordHash, "p=1", "p=0", 1) },
		"cut hash":     func(u *tenancy.User) { u.PasswordHash = u.PasswordHash[:len(u.PasswordHash)-2] },
	} {
		u := good
		change(&u)
		if err := u.Validate(); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%s: got %v, want %s", name, err, ilsai.CodeInvalid)
		}
	}
}
