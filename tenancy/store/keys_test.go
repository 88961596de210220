package store_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

func keyFile(t *testing.T) *store.KeyFile {
	t.Helper()
	f, err := store.OpenKeyFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func newKey(t *testing.T, at time.Time) tenancy.Key {
	t.Helper()
	k, err := tenancy.GenerateSecretKey(at)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSigningKeys(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, reopen func() *store.Store) {
		ctx, file := t.Context(), keyFile(t)
		keys := s.SigningKeys(file)
		second, first := newKey(t, noon.Add(time.Hour)), newKey(t, noon)
		for _, k := range []tenancy.Key{second, first} {
			if err := keys.AddKey(ctx, k); err != nil {
				t.Fatal(err)
			}
		}
		checkCode(t, "same id", keys.AddKey(ctx, first), ilsai.CodeConflict)
		checkCode(t, "no secret", keys.AddKey(ctx, tenancy.Key{ID: "x"}), ilsai.CodeInvalid)
		unnamed, err := tenancy.NewSecretKey("", first.Secret(), noon)
		if err != nil {
			t.Fatal(err)
		}
		checkCode(t, "no id", keys.AddKey(ctx, unnamed), ilsai.CodeInvalid)
		checkCode(t, "retire unknown", keys.RetireKey(ctx, "nobody", noon), ilsai.CodeNotFound)
		checkCode(t, "retire", keys.RetireKey(ctx, first.ID, noon.Add(24*time.Hour)), "")
		checkCode(t, "a retired id again", keys.AddKey(ctx, first), ilsai.CodeConflict)

		keys = reopen().SigningKeys(file)
		got, err := keys.Keys(ctx)
		if err != nil || len(got) != 2 {
			t.Fatalf("got %v, %v, want 2", got, err)
		}
		first.RetiresAt = noon.Add(24 * time.Hour)
		for i, want := range []tenancy.Key{first, second} {
			k := got[i]
			if k.ID != want.ID || k.Algorithm != tenancy.HS256 || !bytes.Equal(k.Secret(), want.Secret()) || !k.CreatedAt.Equal(want.CreatedAt) || !k.RetiresAt.Equal(want.RetiresAt) {
				t.Errorf("place %d: got %v %v %v, want %v %v %v", i, k, k.CreatedAt, k.RetiresAt, want, want.CreatedAt, want.RetiresAt)
			}
		}
		_, err = reopen().SigningKeys(keyFile(t)).Keys(ctx)
		checkCode(t, "another key file", err, ilsai.CodeInvalid)
	})
}

// Secrets are not in the database, and one that was moved to another row or changed is refused.
func TestStoredSecretsAreSealed(t *testing.T) {
	t.Parallel()
	dir, file := t.TempDir(), keyFile(t)
	s := open(t, dir)
	a, b := newKey(t, noon), newKey(t, noon.Add(time.Second))
	for _, k := range []tenancy.Key{a, b} {
		if err := s.SigningKeys(file).AddKey(t.Context(), k); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(text, a.Secret()) || bytes.Contains(text, b.Secret()) {
			t.Errorf("%s holds a secret as it is", e.Name())
		}
	}
	for _, change := range []string{
		"UPDATE signing_keys SET secret = (SELECT secret FROM signing_keys WHERE id = '" + a.ID + "') WHERE id = '" + b.ID + "'",
		"UPDATE signing_keys SET secret = x'00'", "UPDATE signing_keys SET secret = zeroblob(60)",
	} {
		db, err := sql.Open("sqlite3", filepath.Join(dir, "ilsai.db"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(change); err != nil {
			t.Fatal(err)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir)
		_, err = s.SigningKeys(file).Keys(t.Context())
		checkCode(t, change, err, ilsai.CodeInvalid)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKeyFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	var wg sync.WaitGroup
	for range 8 { // processes that start together
		wg.Go(func() {
			if _, err := store.OpenKeyFile(path); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	text, err := os.ReadFile(path)
	if err != nil || len(bytes.TrimSpace(text)) != 64 {
		t.Fatalf("got %d bytes, %v, want 64 digits", len(text), err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode: got %v, %v, want 0600", info.Mode(), err)
	}
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
		t.Errorf("got %v, %v, want nothing beside the file", left, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	_, err = store.OpenKeyFile(path)
	checkCode(t, "readable by others", err, ilsai.CodeInvalid)
	for name, content := range map[string]string{
		"empty": "", "short": strings.Repeat("a", 63), "long": strings.Repeat("a", 66), "very long": strings.Repeat("a", 1000), "no digits": strings.Repeat("z", 64),
	} {
		damaged := filepath.Join(t.TempDir(), "key")
		if err := os.WriteFile(damaged, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := store.OpenKeyFile(damaged)
		checkCode(t, name, err, ilsai.CodeInvalid)
	}
	_, err = store.OpenKeyFile(filepath.Join(t.TempDir(), "missing", "key"))
	checkCode(t, "missing directory", err, ilsai.CodeUnavailable)
}
