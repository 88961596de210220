package store_test

import (
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

var noon = time.Date(2026, 11, 3, 12, 0, 0, 0, time.UTC)

// onBoth runs a test on either database with the two tenants abc123 and xyz789. reopen gives another
// store on the same data; on SQLite it closes the one before.
func onBoth(t *testing.T, test func(t *testing.T, s *store.Store, reopen func() *store.Store)) {
	t.Helper()
	o := store.Options{Now: func() time.Time { return noon }}
	run := func(t *testing.T, s *store.Store, reopen func() *store.Store) {
		t.Helper()
		for _, id := range []ilsai.TenantID{"abc123", "xyz789"} {
			if err := s.CreateTenant(t.Context(), storetest.Tenant(id)); err != nil {
				t.Fatal(err)
			}
		}
		test(t, s, reopen)
	}
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		current := openWith(t, dir, o)
		run(t, current, func() *store.Store {
			if err := current.Close(); err != nil {
				t.Fatal(err)
			}
			current = openWith(t, dir, o)
			return current
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		dsn := postgresDSN(t)
		run(t, openPostgres(t, dsn, o), func() *store.Store { return openPostgres(t, dsn, o) })
	})
}

func checkCode(t *testing.T, what string, err error, want ilsai.Code) {
	t.Helper()
	if got := ilsai.ErrorCode(err); got != want {
		t.Errorf("%s: got %v, want %q", what, err, want)
	}
}

var cheapHash = sync.OnceValue(func() string {
	hash, err := tenancy.HashPassword("a walk along the river", tenancy.PasswordCost{MemoryKiB: 64, Passes: 1, Threads: 1})
	if err != nil {
		panic(err)
	}
	return hash
})

func user(tenant ilsai.TenantID, email string) tenancy.User {
	return tenancy.User{TenantID: tenant, Email: email, Name: "Ánna", Role: "staff", PasswordHash: cheapHash(), Status: tenancy.UserActive}
}

func mustCreateUser(t *testing.T, s *store.Store, u tenancy.User) tenancy.User {
	t.Helper()
	if err := s.CreateUser(t.Context(), &u); err != nil {
		t.Fatal(err)
	}
	return u
}

func TestUsers(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, reopen func() *store.Store) {
		ctx := t.Context()
		anna, ben := mustCreateUser(t, s, user("abc123", "anna@x.example")), mustCreateUser(t, s, user("abc123", "ben@x.example"))
		other := mustCreateUser(t, s, user("xyz789", "anna@x.example")) // the same address in another shop is another user
		if anna.ID == "" || anna.ID == other.ID || anna.ID == ben.ID || !anna.CreatedAt.Equal(noon) {
			t.Errorf("got %+v and %+v, want ids of their own and the time", anna, other)
		}
		again := user("abc123", "anna@x.example")
		checkCode(t, "same address", s.CreateUser(ctx, &again), ilsai.CodeConflict)
		again = user("abc123", "c@x.example")
		again.ID = anna.ID
		checkCode(t, "same id", s.CreateUser(ctx, &again), ilsai.CodeConflict)
		again = user("nobody", "c@x.example")
		checkCode(t, "unknown tenant", s.CreateUser(ctx, &again), ilsai.CodeNotFound)
		again = user("abc123", "C@x.example")
		checkCode(t, "not normalised", s.CreateUser(ctx, &again), ilsai.CodeInvalid)

		for what, get := range map[string]func() (tenancy.User, error){
			"by id":     func() (tenancy.User, error) { return s.User(ctx, "abc123", anna.ID) },
			"by e-mail": func() (tenancy.User, error) { return s.UserByEmail(ctx, "abc123", "anna@x.example") },
		} {
			if got, err := get(); err != nil || got != anna {
				t.Errorf("%s: got %+v, %v, want %+v", what, got, err, anna)
			}
		}
		for what, err := range map[string]error{
			"user of another tenant": second(s.User(ctx, "xyz789", anna.ID)), "unknown": second(s.User(ctx, "abc123", "nobody")), "no tenant": second(s.User(ctx, "", anna.ID)),
			"NUL": second(s.UserByEmail(ctx, "abc123", "anna@x.example\x00")), "wildcard": second(s.UserByEmail(ctx, "abc123", "%")), "SQL": second(s.UserByEmail(ctx, "abc123", "' OR '1'='1")),
			"change in another tenant": s.UpdateUser(ctx, tenancy.User{ID: anna.ID, TenantID: "xyz789", Email: anna.Email, Name: "x", Role: "admin", Status: tenancy.UserActive, PasswordHash: anna.PasswordHash}),
			"password elsewhere":       s.SetPassword(ctx, "xyz789", anna.ID, "", cheapHash()), "clear elsewhere": s.ClearAttempts(ctx, "xyz789", anna.ID),
		} {
			checkCode(t, what, err, ilsai.CodeNotFound)
		}

		change := anna
		change.Name, change.Role, change.Status = "Anna B.", "admin", tenancy.UserDisabled
		change.CreatedAt, change.PasswordHash = noon.Add(time.Hour), strings.Replace(anna.PasswordHash, "m=64", "m=65", 1) // neither may change
		if err := s.UpdateUser(ctx, change); err != nil {
			t.Fatal(err)
		}
		want := anna
		want.Name, want.Role, want.Status = change.Name, change.Role, change.Status
		s = reopen()
		if got, err := s.User(ctx, "abc123", anna.ID); err != nil || got != want {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
		list, err := s.Users(ctx, "abc123")
		if err != nil || len(list) != 2 || list[0] != want || list[1] != ben {
			t.Errorf("got %+v, %v, want two by e-mail", list, err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestSetPassword(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, _ func() *store.Store) {
		u := mustCreateUser(t, s, user("abc123", "anna@x.example"))
		next, err := tenancy.HashPassword("another walk", tenancy.PasswordCost{MemoryKiB: 64, Passes: 1, Threads: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.CountAttempt(t.Context(), "abc123", u.ID, noon, func(int) time.Duration { return time.Hour }); err != nil {
			t.Fatal(err)
		}
		checkCode(t, "another hash before", s.SetPassword(t.Context(), "abc123", u.ID, next, next), ilsai.CodeConflict)
		checkCode(t, "plain text", s.SetPassword(t.Context(), "abc123", u.ID, "", "a walk"), ilsai.CodeInvalid)
		checkCode(t, "right hash before", s.SetPassword(t.Context(), "abc123", u.ID, u.PasswordHash, next), "")
		got, err := s.User(t.Context(), "abc123", u.ID)
		if err != nil || got.PasswordHash != next || got.FailedAttempts != 0 || !got.LockedUntil.IsZero() {
			t.Errorf("got %+v, %v, want the new hash and no lock", got, err)
		}
	})
}

// However many attempts come at once, no more are admitted than before the lock.
func TestCountAttempt(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, _ func() *store.Store) {
		u := mustCreateUser(t, s, user("abc123", "anna@x.example"))
		lock := func(failed int) time.Duration {
			if failed < 5 {
				return 0
			}
			return time.Minute
		}
		for round, at := range []time.Time{noon, noon.Add(time.Minute), noon.Add(2 * time.Minute)} {
			var admitted atomic.Int64
			var wg sync.WaitGroup
			for range 50 {
				wg.Go(func() {
					ok, err := s.CountAttempt(t.Context(), "abc123", u.ID, at, lock)
					if err != nil {
						t.Error(err)
					}
					if ok {
						admitted.Add(1)
					}
				})
			}
			wg.Wait()
			want := int64(1)
			if round == 0 {
				want = 5
			}
			if admitted.Load() != want {
				t.Errorf("round %d: %d admitted, want %d", round, admitted.Load(), want)
			}
		}
		if got, err := s.User(t.Context(), "abc123", u.ID); err != nil || got.FailedAttempts != 7 || !got.LockedUntil.Equal(noon.Add(3*time.Minute)) {
			t.Errorf("got %+v, %v, want 7 attempts and a lock", got, err)
		}
		if err := s.ClearAttempts(t.Context(), "abc123", u.ID); err != nil {
			t.Fatal(err)
		}
		if ok, err := s.CountAttempt(t.Context(), "abc123", u.ID, noon, lock); err != nil || !ok {
			t.Errorf("after clearing: got %v, %v, want it admitted", ok, err)
		}
		_, err := s.CountAttempt(t.Context(), "xyz789", u.ID, noon, lock)
		checkCode(t, "in another tenant", err, ilsai.CodeNotFound)
	})
}

// The whole of local login on a real store.
func TestLocalLogin(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, _ func() *store.Store) {
		mustCreateUser(t, s, user("abc123", "anna@x.example"))
		file, err := store.OpenKeyFile(filepath.Join(t.TempDir(), "key"))
		if err != nil {
			t.Fatal(err)
		}
		key, err := tenancy.GenerateSecretKey(noon)
		if err != nil {
			t.Fatal(err)
		}
		keys := s.SigningKeys(file)
		if err := keys.AddKey(t.Context(), key); err != nil {
			t.Fatal(err)
		}
		stored, err := keys.Keys(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		now := func() time.Time { return noon }
		ring, err := tenancy.NewKeyring(stored, tenancy.KeyringOptions{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		o := tenancy.TokenOptions{Now: now}
		login, err := tenancy.NewLocalLogin(s, s, tenancy.NewKeyringIssuer(ring, o), tenancy.LoginOptions{Now: now})
		if err != nil {
			t.Fatal(err)
		}
		_, err = login.Login(t.Context(), "code-abc123", "anna@x.example", "wrong")
		checkCode(t, "wrong", err, ilsai.CodeUnauthenticated)
		_, err = login.Login(t.Context(), "code-xyz789", "anna@x.example", "a walk along the river")
		checkCode(t, "another shop", err, ilsai.CodeUnauthenticated)
		session, err := login.Login(t.Context(), "code-abc123", "Anna@X.example", "a walk along the river")
		if err != nil {
			t.Fatal(err)
		}
		cache := tenancy.NewTenantCache(s, tenancy.TenantCacheOptions{Now: now})
		got, err := tenancy.NewAuthenticator(tenancy.NewKeyringVerifier(ring, o), cache).Authenticate(t.Context(), session.Token)
		if err != nil || got != session.Principal || got.Tenant.ID != "abc123" || session.Name != "Ánna" || !session.ExpiresAt.Equal(noon.Add(time.Hour)) {
			t.Errorf("got %+v, %v, want %+v", got, err, session)
		}
		u, err := s.UserByEmail(t.Context(), "abc123", "anna@x.example")
		if err != nil || u.FailedAttempts != 0 || !strings.Contains(u.PasswordHash, "m=19456") {
			t.Errorf("got %+v, %v, want no failed attempts and a renewed hash", u, err)
		}
	})
}
