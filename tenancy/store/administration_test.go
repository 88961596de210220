package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

func TestAdministrationConforms(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) {
		t.Parallel()
		storetest.ExerciseAdministration(t, func(t *testing.T, now func() time.Time) tenancy.AdministrationStore {
			return openWith(t, t.TempDir(), store.Options{Now: now})
		})
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		t.Parallel()
		storetest.ExerciseAdministration(t, func(t *testing.T, now func() time.Time) tenancy.AdministrationStore {
			return openPostgres(t, postgresDSN(t), store.Options{Now: now})
		})
	})
}

func administration(t *testing.T, s *store.Store, now func() time.Time) *tenancy.Administration {
	t.Helper()
	login, err := tenancy.NewLocalLogin(s, s, nil, tenancy.LoginOptions{Cost: tenancy.PasswordCost{MemoryKiB: 64, Passes: 1, Threads: 1}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return tenancy.NewAdministration(s, login, tenancy.AdministrationOptions{Now: now})
}

// The database itself refuses the audit entry: nothing of the change stays, whichever change it was.
func TestNoChangeWithoutItsAuditEntry(t *testing.T) {
	t.Parallel()
	dir, dsn := t.TempDir(), postgresDSN(t)
	for name, c := range map[string]struct {
		s           *store.Store
		driver, dsn string
		breakLog    []string
	}{
		"SQLite": {open(t, dir), "sqlite3", "file:" + filepath.Join(dir, "ilsai.db"),
			[]string{`CREATE TRIGGER broken BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'broken'); END`}},
		"PostgreSQL": {openPostgres(t, dsn, store.Options{}), "pgx", dsn,
			[]string{`CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'broken'; END; $$`,
				`CREATE TRIGGER broken BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION broken()`}},
	} {
		ctx, cli, later := t.Context(), tenancy.CommandActor("cli"), time.Now().AddDate(0, 0, 40)
		a := administration(t, c.s, time.Now)
		if err := c.s.CreateTenant(ctx, storetest.Tenant("abc123")); err != nil {
			t.Fatal(err)
		}
		u, err := a.CreateUser(ctx, cli, "abc123", user("abc123", "anna@x.example"), "a walk along the river")
		if err != nil {
			t.Fatal(err)
		}
		if err := c.s.CreateTenant(ctx, storetest.Tenant("deleted")); err != nil {
			t.Fatal(err)
		}
		if _, err := a.DeleteTenant(ctx, cli, "deleted", 1); err != nil {
			t.Fatal(err)
		}
		db, err := sql.Open(c.driver, c.dsn)
		if err != nil {
			t.Fatal(err)
		}
		for _, statement := range c.breakLog {
			if _, err := db.Exec(statement); err != nil {
				t.Fatal(err)
			}
		}
		before := stateOf(t, db)
		newName, role := "New name", "admin"
		for what, change := range map[string]func() error{
			"create tenant": func() error {
				_, err := a.CreateTenant(ctx, cli, storetest.Tenant("new"), tenancy.LimitsOverride{})
				return err
			},
			"change tenant": func() error { return second(a.ChangeTenant(ctx, cli, "abc123", tenancy.TenantChange{Name: &newName})) },
			"delete":        func() error { return second(a.DeleteTenant(ctx, cli, "abc123", 3)) },
			"restore":       func() error { return second(a.RestoreTenant(ctx, cli, "deleted")) },
			"purge":         func() error { return second(a.PurgeTenants(ctx, cli, later)) },
			"create user": func() error {
				return second(a.CreateUser(ctx, cli, "abc123", user("abc123", "ben@x.example"), "a walk along the river"))
			},
			"change user": func() error { return second(a.ChangeUser(ctx, cli, "abc123", u.ID, tenancy.UserChange{Role: &role})) },
			"password":    func() error { return a.SetPassword(ctx, cli, "abc123", u.ID, "two walks along the sea") },
		} {
			if err := change(); err == nil {
				t.Errorf("%s, %s: went through without its entry", name, what)
			} else if ilsai.ErrorCode(err) == ilsai.CodeForbidden || ilsai.ErrorCode(err) == ilsai.CodeConflict {
				t.Errorf("%s, %s: got %v, want the log's failure", name, what, err)
			}
			if after := stateOf(t, db); after != before {
				t.Errorf("%s, %s: got\n%s\nwant it as before\n%s", name, what, after, before)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// stateOf is everything administration can change, as text.
func stateOf(t *testing.T, db *sql.DB) string {
	t.Helper()
	out := ""
	for _, q := range []string{
		`SELECT id || name || tier || status || time_zone || currency || COALESCE(limits, '-') || purge_at || '/' || purged_at || restore_status FROM tenants ORDER BY id`,
		`SELECT tenant_id || tier || status FROM subscriptions ORDER BY id`,
		`SELECT tenant_id || email || name || role || password_hash || status FROM users ORDER BY id`,
		`SELECT CAST(COUNT(*) AS TEXT) FROM audit_log`,
	} {
		out += lines(t, db, q)
	}
	return out
}

func lines(t *testing.T, db *sql.DB, q string) (out string) {
	t.Helper()
	rows, err := db.Query(q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out += line + "\n"
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// A purge takes what is a shop's own and leaves what bills are made of; the id and the code stay taken.
func TestPurge(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, reopen func() *store.Store) {
		ctx, cli, none := t.Context(), tenancy.CommandActor("cli"), time.Time{}
		for _, id := range []ilsai.TenantID{"abc123", "xyz789"} {
			fillTenant(t, s, id)
		}
		clock := noon
		a := administration(t, s, func() time.Time { return clock })
		if _, err := a.DeleteTenant(ctx, cli, "abc123", 30); err != nil {
			t.Fatal(err)
		}
		due := noon.AddDate(0, 0, 30)
		if ids, err := a.PurgeTenants(ctx, cli, due.Add(-time.Millisecond)); err != nil || len(ids) != 0 {
			t.Fatalf("before its date: got %v, %v", ids, err)
		}
		checkCode(t, "status by the plain store", s.UpdateTenant(ctx, storetest.Tenant("abc123")), ilsai.CodeConflict)
		clock = due
		if ids, err := a.PurgeTenants(ctx, cli, due); err != nil || fmt.Sprint(ids) != "[abc123]" {
			t.Fatalf("got %v, %v, want the tenant", ids, err)
		}
		if ids, err := a.PurgeTenants(ctx, cli, due); err != nil || len(ids) != 0 {
			t.Fatalf("again: got %v, %v, want nothing left", ids, err)
		}
		s = reopen()
		for id, want := range map[ilsai.TenantID]int{"abc123": 0, "xyz789": 1} {
			users, err := s.Users(ctx, id)
			talks, err2 := s.Conversations(ctx, id, "456", 0)
			thumbs, err3 := s.Feedback(ctx, id, 0, 0)
			events, err4 := s.Usage(ctx, id, none, none, 0, 0)
			if err := errors.Join(err, err2, err3, err4); err != nil {
				t.Fatal(err)
			}
			if len(users) != want || len(talks) != want || len(thumbs) != want || len(events) != 1 {
				t.Errorf("%s: got %d users, %d conversations, %d feedback, %d events, want %d of each and 1 event", id, len(users), len(talks), len(thumbs), len(events), want)
			}
			replay := storetest.Admission(t, id, "key", noon)
			if got, err := s.Admit(ctx, replay); err != nil || (got.Replay != nil) != (want == 1) {
				t.Errorf("%s: got %+v, %v, want a stored reply: %t", id, got, err, want == 1)
			}
		}
		if r, err := s.VerifyUsage(ctx, nil); err != nil || !r.OK() {
			t.Errorf("the ledger: got %+v, %v", r, err)
		}
		tomb, err := s.TenantRecord(ctx, "abc123")
		if err != nil || tomb.Limits != (tenancy.LimitsOverride{}) || !tomb.PurgedAt.Equal(due) || tomb.Status != tenancy.StatusCanceled {
			t.Errorf("got %+v, %v, want a tombstone", tomb, err)
		}
		again, code := storetest.Tenant("abc123"), storetest.Tenant("other")
		again.Code, code.Code = "other", "code-abc123"
		checkCode(t, "its id again", s.CreateTenant(ctx, again), ilsai.CodeConflict)
		checkCode(t, "its code again", s.CreateTenant(ctx, code), ilsai.CodeConflict)
		checkCode(t, "alive again", s.UpdateTenant(ctx, storetest.Tenant("abc123")), ilsai.CodeConflict)
		entries, err := s.Audit(ctx, "abc123", none, none, 0, 0)
		if err != nil || len(entries) != 2 || entries[1].Action != "tenant.purge" || string(entries[1].After) != `{"users":1,"conversations":1,"feedback":1,"replies":1}` {
			t.Errorf("got %+v, %v, want the purge in the log", entries, err)
		}
	})
}

// fillTenant gives a tenant one of everything.
func fillTenant(t *testing.T, s *store.Store, id ilsai.TenantID) {
	t.Helper()
	ctx := t.Context()
	mustCreateUser(t, s, user(id, "anna@x.example"))
	monthly := 5
	a := storetest.Admission(t, id, "key", noon)
	settlement := storetest.Settlement(t, a)
	_, err := s.Admit(ctx, a)
	talk := tenancy.Conversation{ID: uuid.NewString(), TenantID: id, UserID: "456", Title: "Sales"}
	if err := errors.Join(err, s.Settle(ctx, settlement), s.SetLimits(ctx, id, tenancy.LimitsOverride{QueriesPerMonth: &monthly}), s.CreateConversation(ctx, talk),
		s.AppendMessages(ctx, id, "456", talk.ID, tenancy.Message{Role: tenancy.MessageFromUser, Content: "secret"}),
		s.SaveFeedback(ctx, tenancy.Feedback{TenantID: id, UserID: "456", RequestID: "r", Thumbs: tenancy.ThumbsUp})); err != nil {
		t.Fatal(err)
	}
}
