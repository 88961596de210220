package store_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

func entry(tenant ilsai.TenantID, n int) tenancy.AuditEntry {
	return tenancy.AuditEntry{At: noon.Add(time.Duration(n) * time.Minute), ActorTenant: "ils", Actor: "7", TenantID: tenant, Action: "tenant.suspend",
		Target: fmt.Sprint(n), Before: json.RawMessage(`{"status":"active"}`), After: json.RawMessage(`{"status":"suspended"}`), RequestID: "req-1"}
}

func TestAudit(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, reopen func() *store.Store) {
		ctx := t.Context()
		var own, all []tenancy.AuditEntry
		for n, tenant := range []ilsai.TenantID{"abc123", "xyz789", "", "abc123", "abc123", "deleted"} {
			e := entry(tenant, n)
			if n == 4 {
				e.Before, e.At, e.Target, e.ActorTenant = nil, time.Time{}, "a\x00b\xff", ""
			}
			if err := s.AppendAudit(ctx, &e); err != nil {
				t.Fatal(err)
			}
			if n == 4 {
				if e.Target = "a\uFFFDb\uFFFD"; !e.At.Equal(noon) {
					t.Errorf("time: got %v, want the clock's", e.At)
				}
			}
			all = append(all, e)
			if tenant == "abc123" {
				own = append(own, e)
			}
		}
		s = reopen()
		list := func(what string, want []tenancy.AuditEntry) func([]tenancy.AuditEntry, error) {
			return func(got []tenancy.AuditEntry, err error) {
				t.Helper()
				if err != nil || len(got) != len(want) || len(want) > 0 && !reflect.DeepEqual(got, want) {
					t.Errorf("%s: got %+v, %v, want %+v", what, got, err, want)
				}
			}
		}
		var none time.Time
		list("own", own)(s.Audit(ctx, "abc123", none, none, 0, 0))
		list("all", all)(s.AuditAll(ctx, none, none, 0, 0))
		list("the platform's", all[2:3])(s.Audit(ctx, "", none, none, 0, 0))
		list("page", own[1:2])(s.Audit(ctx, "abc123", none, none, own[0].ID, 1))
		list("from", own[1:2])(s.Audit(ctx, "abc123", own[1].At, none, 0, 0))
		list("to", []tenancy.AuditEntry{own[0], own[2]})(s.Audit(ctx, "abc123", none, own[1].At, 0, 0))
		list("nobody", nil)(s.Audit(ctx, "nobody", none, none, 0, 0))
		list("NUL", nil)(s.Audit(ctx, "abc\x00", none, none, 0, 0))
	})
}

func TestAuditRefuses(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, _ func() *store.Store) {
		for name, change := range map[string]func(*tenancy.AuditEntry){
			"no actor": func(e *tenancy.AuditEntry) { e.Actor = "" }, "no action": func(e *tenancy.AuditEntry) { e.Action = "" }, "tenant": func(e *tenancy.AuditEntry) { e.TenantID = "A" },
			"not JSON": func(e *tenancy.AuditEntry) { e.After = json.RawMessage(`{`) }, "long": func(e *tenancy.AuditEntry) { e.Target = strings.Repeat("x", 257) },
			"huge": func(e *tenancy.AuditEntry) { e.Before = json.RawMessage(`"` + strings.Repeat("x", 64<<10) + `"`) },
		} {
			e := entry("abc123", 1)
			change(&e)
			checkCode(t, name, s.AppendAudit(t.Context(), &e), ilsai.CodeInvalid)
		}
		if got, err := s.AuditAll(t.Context(), time.Time{}, time.Time{}, 0, 0); err != nil || len(got) != 0 {
			t.Errorf("got %v, %v, want nothing stored", got, err)
		}
	})
}

// A reader that asks for "everything after id n" again and again misses none of those written meanwhile.
func TestAuditIDsBecomeVisibleInOrder(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, _ func() *store.Store) {
		const writers, each = 8, 15
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for n := range each {
					e := entry("abc123", n)
					if err := s.AppendAudit(t.Context(), &e); err != nil {
						t.Error(err)
					}
				}
			})
		}
		done := make(chan struct{})
		go func() { wg.Wait(); close(done) }()
		seen, last, finished := 0, int64(0), false
		for {
			page, err := s.Audit(t.Context(), "abc123", time.Time{}, time.Time{}, last, 7)
			if err != nil {
				t.Fatal(err)
			}
			if seen += len(page); len(page) > 0 {
				last = page[len(page)-1].ID
			} else if finished {
				break
			}
			select {
			case <-done:
				finished = true
			default:
			}
		}
		if seen != writers*each {
			t.Errorf("seen %d, want %d", seen, writers*each)
		}
	})
}

// Not even a connection of our own can change or remove an entry.
func TestAuditIsAppendOnly(t *testing.T) {
	t.Parallel()
	dir, dsn := t.TempDir(), postgresDSN(t)
	lite, server := open(t, dir), openPostgres(t, dsn, store.Options{})
	for name, c := range map[string]struct {
		s           *store.Store
		driver, dsn string
		also        []string
	}{
		"SQLite": {lite, "sqlite3", "file:" + filepath.Join(dir, "ilsai.db") + "?_recursive_triggers=1",
			[]string{`INSERT OR REPLACE INTO audit_log SELECT id, at, '', 'x', '', 'x', '', '', '', '' FROM audit_log`}},
		"PostgreSQL": {server, "pgx", dsn, []string{`TRUNCATE audit_log`}},
	} {
		if err := c.s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
			t.Fatal(err)
		}
		e := entry("abc123", 1)
		if err := c.s.AppendAudit(t.Context(), &e); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open(c.driver, c.dsn)
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range append(c.also, `UPDATE audit_log SET actor = 'x'`, `DELETE FROM audit_log`) {
			if _, err := db.Exec(statement); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s: %s: got %v, want a refusal", name, statement, err)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := c.s.Audit(t.Context(), "abc123", time.Time{}, time.Time{}, 0, 0); err != nil || len(got) != 1 || got[0].Actor != "7" {
			t.Errorf("%s: got %+v, %v, want the entry as it was", name, got, err)
		}
	}
}
