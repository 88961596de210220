package tenantdb

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestVersionChangesWithTheData(t *testing.T) {
	d, err := Open(t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	seen := map[string]string{}
	check := func(what string) {
		t.Helper()
		v := d.Version("shop", DomainSales)
		if v != d.Version("shop", DomainSales) {
			t.Errorf("%s: the version does not stay", what)
		}
		if before, again := seen[v]; again {
			t.Errorf("%s has the version of %s, %q", what, before, v)
		}
		seen[v] = what
	}
	check("no data")
	file := filepath.Join(d.dir, "tenants", "shop", "sales.db")
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	at := time.Now()
	for i, step := range []struct{ what, file, content string }{
		{"new data", file, "a"}, {"changed data", file, "b"}, {"a writer's log", file + "-wal", "c"}, {"more of it", file + "-wal", "cc"},
	} {
		if err := os.WriteFile(step.file, []byte(step.content), 0o600); err != nil {
			t.Fatal(err)
		}
		at = at.Add(time.Duration(i+1) * time.Second)
		if err := os.Chtimes(step.file, at, at); err != nil {
			t.Fatal(err)
		}
		check(step.what)
	}
	if d.Version("other", DomainSales) != d.Version("third", DomainSales) {
		t.Error("shops without data differ")
	}
	if d.Version("../shop", DomainSales) != "" {
		t.Error("what is no tenant has a version")
	}
}
