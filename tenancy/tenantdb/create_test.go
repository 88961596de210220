package tenantdb

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ils-platform/ilsai"
)

func TestCreateModes(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{})
	mustMake(t, d, "a", DomainSales)
	for path, want := range map[string]os.FileMode{"tenants": 0o700, "tenants/a": 0o700, "tenants/a/sales.db": 0o440} {
		info, err := os.Stat(filepath.Join(d.dir, path))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: got %v, %v, want %v", path, info.Mode().Perm(), err, want)
		}
	}
	entries, err := os.ReadDir(filepath.Join(d.dir, "tenants", "a"))
	if err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v, want sales.db alone", entries, err)
	}
}

func TestCreateTwice(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{})
	mustMake(t, d, "a", DomainSales)
	before := fingerprint(t, d.dir)
	err := d.Create(t.Context(), "a", DomainSales, testSchema, func(*sql.Tx) error {
		t.Error("filled a database that exists")
		return nil
	})
	wantCode(t, "second", err, ilsai.CodeConflict)
	if got := fingerprint(t, d.dir); got != before {
		t.Errorf("something changed: got %s, want %s", got, before)
	}
}

func TestCreateAtOnce(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{})
	errs := make([]error, 8)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			errs[i] = d.Create(t.Context(), "a", DomainSales, testSchema, func(tx *sql.Tx) error {
				_, err := tx.Exec("INSERT INTO items (name, price_cents) VALUES ('x', 1)")
				return err
			})
		})
	}
	wg.Wait()
	created := 0
	for _, err := range errs {
		if err == nil {
			created++
		} else {
			wantCode(t, "create", err, ilsai.CodeConflict)
		}
	}
	if created != 1 {
		t.Errorf("created %d times, want once", created)
	}
}

// Whatever goes wrong while a database is built, there is none afterwards, and building it again works.
func TestCreateIsWholeOrNothing(t *testing.T) {
	t.Parallel()
	errFill := errors.New("fill failed")
	insert := func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO items (name, price_cents) VALUES ('x', 1)")
		return err
	}
	for name, c := range map[string]struct {
		schema string
		fill   func(cancel context.CancelFunc, tx *sql.Tx) error
		want   ilsai.Code
	}{
		"bad schema":      {"CREATE TABLE items (", func(_ context.CancelFunc, tx *sql.Tx) error { return nil }, ilsai.CodeUnavailable},
		"fill fails":      {testSchema, func(_ context.CancelFunc, tx *sql.Tx) error { return errors.Join(insert(tx), errFill) }, ilsai.CodeUnavailable},
		"fill has a code": {testSchema, func(context.CancelFunc, *sql.Tx) error { return ilsai.Errorf(ilsai.CodeInvalid, "no") }, ilsai.CodeInvalid},
		"canceled":        {testSchema, func(cancel context.CancelFunc, tx *sql.Tx) error { cancel(); return insert(tx) }, ilsai.CodeCanceled},
		"dangling row": {testSchema, func(_ context.CancelFunc, tx *sql.Tx) error {
			_, err := tx.Exec("INSERT INTO lines VALUES (1, 99, 1)")
			return err
		}, ilsai.CodeUnavailable},
		"canceled at close": {testSchema, func(cancel context.CancelFunc, tx *sql.Tx) error { err := insert(tx); cancel(); return err }, ilsai.CodeCanceled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDB(t, Options{})
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			err := d.Create(ctx, "a", DomainSales, c.schema, func(tx *sql.Tx) error { return c.fill(cancel, tx) })
			wantCode(t, "create", err, c.want)
			if exists, err := d.Exists("a", DomainSales); exists || err != nil {
				t.Errorf("exists: got %v, %v, want false", exists, err)
			}
			if entries, err := os.ReadDir(filepath.Join(d.dir, "tenants", "a")); err != nil || len(entries) != 0 {
				t.Errorf("left behind: %v, %v", entries, err)
			}
			mustMake(t, d, "a", DomainSales)
			if exists, err := d.Exists("a", DomainSales); !exists || err != nil {
				t.Errorf("exists: got %v, %v, want true", exists, err)
			}
		})
	}
}

// What a killed build left behind is neither read nor in the way.
func TestCreateAfterCrash(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{})
	dir := filepath.Join(d.dir, "tenants", "a")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".sales.db.new"), []byte("half a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := d.Snapshot(t.Context(), "a", DomainSales)
	wantCode(t, "half-built", err, ilsai.CodeNotFound)
	mustMake(t, d, "a", DomainSales)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v, want sales.db alone", entries, err)
	}
}

func count(t *testing.T, s *Snapshot) int64 {
	t.Helper()
	_, rows, err := s.Query(t.Context(), "SELECT count(*) FROM items", nil, 1)
	if err != nil {
		t.Fatal(err)
	}
	return rows[0][0].(int64)
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	d := openDB(t, Options{})
	mustMake(t, d, "a", DomainSales)
	before, idle := snapshot(t, d, "a"), snapshot(t, d, "a")
	if err := idle.Close(); err != nil { // its connection is kept, to the old file
		t.Fatal(err)
	}
	add := func(tx *sql.Tx) error {
		_, err := tx.Exec("INSERT INTO items (name, price_cents) VALUES ('new', 1)")
		return err
	}
	if err := d.Update(t.Context(), "a", DomainSales, add); err != nil {
		t.Fatal(err)
	}
	if got := count(t, before); got != 2 {
		t.Errorf("a snapshot begun before: got %d items, want 2", got)
	}
	after := snapshot(t, d, "a")
	if got := count(t, after); got != 3 {
		t.Errorf("a snapshot begun after: got %d items, want 3", got)
	}
	if err := before.Close(); err != nil { // connected to the old file: must not be lent again
		t.Fatal(err)
	}
	if err := after.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // both of the tenant's connections
		if got := count(t, snapshot(t, d, "a")); got != 3 {
			t.Errorf("got %d items, want 3", got)
		}
	}
	published := fingerprint(t, d.dir)
	errChange := errors.New("no")
	err := d.Update(t.Context(), "a", DomainSales, func(tx *sql.Tx) error { return errors.Join(add(tx), errChange) })
	if !errors.Is(err, errChange) {
		t.Errorf("got %v, want %v", err, errChange)
	}
	if got := fingerprint(t, d.dir); got != published {
		t.Errorf("a failed update changed something:\n%s\nwas\n%s", got, published)
	}
	wantCode(t, "nothing to update", d.Update(t.Context(), "b", DomainSales, add), ilsai.CodeNotFound)
	wantCode(t, "no such domain", d.Update(t.Context(), "a", "x", add), ilsai.CodeInvalid)
}

func TestUnusableDirectory(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Create(t.Context(), "a", DomainSales, testSchema, func(*sql.Tx) error { return nil })
	wantCode(t, "create", err, ilsai.CodeUnavailable)
}
