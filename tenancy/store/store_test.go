package store_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

func TestMain(m *testing.M) {
	if run := os.Getenv(childEnv); run != "" {
		os.Exit(runChild(run))
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := stopPostgres(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
		os.Exit(code)
	}))
}

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	return openWith(t, dir, store.Options{})
}

func openWith(t *testing.T, dir string, o store.Options) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestSQLiteConforms(t *testing.T) {
	t.Parallel()
	storetest.Exercise(t, func(t *testing.T) tenancy.Store { return open(t, t.TempDir()) })
	storetest.ExerciseLedger(t, func(t *testing.T, now func() time.Time) storetest.LedgerStore {
		return openWith(t, t.TempDir(), store.Options{Now: now})
	})
}

func TestCreatedAtComesFromTheClock(t *testing.T) {
	t.Parallel()
	want := time.Date(2026, 2, 28, 23, 59, 59, 999_000_000, time.UTC)
	s, err := store.Open(t.Context(), t.TempDir(), store.Options{Now: func() time.Time { return want }})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	tenant := storetest.Tenant("abc123")
	tenant.CreatedAt = time.Time{}
	if err := s.CreateTenant(t.Context(), tenant); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Tenant(t.Context(), "abc123"); err != nil || got.CreatedAt != want {
		t.Errorf("got %v, %v, want %v", got.CreatedAt, err, want)
	}
}

func TestDataOutlivesClose(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	event := storetest.Event(t, "abc123", 1)
	if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	if err := s.AppendUsage(t.Context(), &event); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, dir)
	got, err := s.Usage(t.Context(), "abc123", time.Time{}, time.Time{}, 0, 0)
	if err != nil || len(got) != 1 || got[0] != event {
		t.Errorf("got %+v, %v, want %+v", got, err, event)
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
}

func TestFileModes(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data", "ilsai")
	s := open(t, dir)
	if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	want := map[string]os.FileMode{".": 0o700, "ilsai.db": 0o600, "ilsai.db-wal": 0o600, "ilsai.db-shm": 0o600, "ilsai.lock": 0o600}
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: got %v, %v, want %v", name, info.Mode().Perm(), err, mode)
		}
	}
}

func TestSecondOpenIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	_, err := store.Open(t.Context(), dir, store.Options{})
	if ilsai.ErrorCode(err) != ilsai.CodeConflict {
		t.Fatalf("got %v, want %s", err, ilsai.CodeConflict)
	}
	for _, part := range []string{dir, "in use", "process "} {
		if !strings.Contains(ilsai.ErrorMessage(err), part) {
			t.Errorf("message %q lacks %q", ilsai.ErrorMessage(err), part)
		}
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("the first one suffered: %v", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir) // free again
}

func TestUnusableDirectories(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	readOnly := filepath.Join(t.TempDir(), "sealed")
	if err := os.Mkdir(readOnly, 0o500); err != nil {
		t.Fatal(err)
	}
	dirs := []string{file, filepath.Join(file, "below"), "/proc/self/nowhere"}
	if os.Getuid() != 0 { // modes do not bind the superuser
		dirs = append(dirs, readOnly)
	}
	for _, dir := range dirs {
		_, err := store.Open(t.Context(), dir, store.Options{})
		if ilsai.ErrorCode(err) != ilsai.CodeUnavailable || !strings.Contains(ilsai.ErrorMessage(err), dir) {
			t.Errorf("%s: got %v, want %s naming the directory", dir, err, ilsai.CodeUnavailable)
		}
	}
}

func TestForeignFileIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "ilsai.db"), []byte(strings.Repeat("not a database ", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(t.Context(), dir, store.Options{})
	if ilsai.ErrorCode(err) != ilsai.CodeUnavailable || !strings.Contains(ilsai.ErrorMessage(err), "damaged") {
		t.Errorf("got %v, want %s saying that it is damaged", err, ilsai.CodeUnavailable)
	}
}

func TestCloseTwice(t *testing.T) {
	t.Parallel()
	s := open(t, t.TempDir())
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Tenants(t.Context()); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("after Close: got %v, want %s", err, ilsai.CodeUnavailable)
	}
}
