package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// ExerciseAdministration runs the suite of tenancy.AdministrationStore. open gives each test an empty
// store of its own on the given clock and closes it when the test ends.
func ExerciseAdministration(t *testing.T, open func(t *testing.T, now func() time.Time) tenancy.AdministrationStore) {
	for name, test := range map[string]func(*testing.T, tenancy.AdministrationStore){
		"ChangeWithItsEntry":  changeWithItsEntry,
		"NothingWithoutEntry": nothingWithoutEntry,
		"TenantRecords":       tenantRecords,
		"ChangeTenantRecord":  changeTenantRecord,
		"TenantRecordInvalid": tenantRecordInvalid,
		"TenantsToPurge":      tenantsToPurge,
		"AdministerUsers":     administerUsers,
		"EmptyTenant":         emptyTenant,
		"Adapters":            adapters,
		"AdaptersInvalid":     adaptersInvalid,
		"AdministerAtOnce":    administerAtOnce,
		"AdministerCanceled":  administerCanceled,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open(t, func() time.Time { return Start }))
		})
	}
}

// Record is a valid tenant record with the given id, for tests of stores.
func Record(id ilsai.TenantID) tenancy.TenantRecord { return tenancy.TenantRecord{Tenant: Tenant(id)} }

// User is a valid user with a password hash that no password opens, for tests of stores.
func User(tenant ilsai.TenantID, email string) tenancy.User {
	return tenancy.User{
		TenantID: tenant, Email: email, Name: "Ánna", Role: "staff", Status: tenancy.UserActive,
		PasswordHash: "$argon2id$v=19$m=64,t=1,p=1$" + strings.Repeat("A", 22) + "$" + strings.Repeat("A", 43),
	}
}

func anEntry(action string) *tenancy.AuditEntry {
	return &tenancy.AuditEntry{Actor: "test", TenantID: "abc123", Action: action, After: json.RawMessage(`{"a":1}`)}
}

// mustAdminister makes one change with an entry.
func mustAdminister(t *testing.T, s tenancy.AdministrationStore, change func(tx tenancy.AdministrationTx) error) {
	t.Helper()
	err := s.Administer(t.Context(), func(tx tenancy.AdministrationTx) (*tenancy.AuditEntry, error) { return anEntry("x"), change(tx) })
	if err != nil {
		t.Fatal(err)
	}
}

func mustRecord(t *testing.T, s tenancy.AdministrationStore, records ...tenancy.TenantRecord) {
	t.Helper()
	for _, r := range records {
		mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.CreateTenant(r) })
	}
}

func auditOf(t *testing.T, s tenancy.AdministrationStore) []tenancy.AuditEntry {
	t.Helper()
	all, err := s.AuditAll(t.Context(), time.Time{}, time.Time{}, 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func changeWithItsEntry(t *testing.T, s tenancy.AdministrationStore) {
	e := anEntry("tenant.create")
	err := s.Administer(t.Context(), func(tx tenancy.AdministrationTx) (*tenancy.AuditEntry, error) {
		return e, tx.CreateTenant(Record("abc123"))
	})
	if err != nil {
		t.Fatal(err)
	}
	want := *anEntry("tenant.create")
	want.ID, want.At = e.ID, Start
	if got := auditOf(t, s); len(got) != 1 || !reflect.DeepEqual(got[0], want) || e.ID == 0 {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, err := s.TenantRecord(t.Context(), "abc123"); err != nil || got != Record("abc123") {
		t.Errorf("got %+v, %v, want the tenant", got, err)
	}
}

// Whatever keeps the entry from being written undoes the change, and the other way round.
func nothingWithoutEntry(t *testing.T, s tenancy.AdministrationStore) {
	mustRecord(t, s, Record("abc123"))
	failed := ilsai.Errorf(ilsai.CodeConflict, "no")
	change := func(tx tenancy.AdministrationTx) error {
		r, err := tx.Tenant("abc123")
		r.Name = "Changed"
		u := User("abc123", "anna@x.example")
		return errors.Join(err, tx.UpdateTenant(r), tx.CreateUser(&u), tx.CreateTenant(Record("xyz789")))
	}
	for name, c := range map[string]struct {
		entry *tenancy.AuditEntry
		err   error
		want  ilsai.Code
	}{
		"entry without an action": {anEntry(""), nil, ilsai.CodeInvalid}, "no entry": {nil, nil, ""},
		"failure": {nil, failed, ilsai.CodeConflict}, "failure with an entry": {anEntry("x"), failed, ilsai.CodeConflict},
	} {
		err := s.Administer(t.Context(), func(tx tenancy.AdministrationTx) (*tenancy.AuditEntry, error) {
			if err := change(tx); err != nil {
				return nil, err
			}
			return c.entry, c.err
		})
		wantCode(t, name, err, c.want)
	}
	if got, err := s.TenantRecord(t.Context(), "abc123"); err != nil || got != Record("abc123") {
		t.Errorf("got %+v, %v, want the tenant unchanged", got, err)
	}
	if got, err := s.Users(t.Context(), "abc123"); err != nil || len(got) != 0 {
		t.Errorf("got %v, %v, want no user", got, err)
	}
	_, err := s.TenantRecord(t.Context(), "xyz789")
	wantCode(t, "second tenant", err, ilsai.CodeNotFound)
	if got := auditOf(t, s); len(got) != 1 {
		t.Errorf("got %+v, want one entry", got)
	}
}

func tenantRecords(t *testing.T, s tenancy.AdministrationStore) {
	for _, id := range []ilsai.TenantID{"c", "a", "b-1", "b"} {
		mustRecord(t, s, Record(id))
	}
	for _, c := range []struct {
		after ilsai.TenantID
		limit int
		want  string
	}{{"", 0, "[a b b-1 c]"}, {"a", 2, "[b b-1]"}, {"b-1", 1001, "[c]"}, {"c", 0, "[]"}, {"\x00", 0, "[]"}} {
		got, err := s.TenantRecords(t.Context(), c.after, c.limit)
		ids := []ilsai.TenantID{}
		for _, r := range got {
			ids = append(ids, r.ID)
		}
		if c.after == "\x00" { // whatever it finds, it does not fail
			ids = ids[:0]
		}
		if err != nil || fmt.Sprint(ids) != c.want {
			t.Errorf("after %q, %d: got %v, %v, want %s", c.after, c.limit, ids, err, c.want)
		}
	}
	for _, id := range []ilsai.TenantID{"nobody", "", "a\x00", "%"} {
		_, err := s.TenantRecord(t.Context(), id)
		wantCode(t, string(id), err, ilsai.CodeNotFound)
	}
}

func changeTenantRecord(t *testing.T, s tenancy.AdministrationStore) {
	mustRecord(t, s, Record("abc123"), Record("xyz789"))
	want := Record("abc123")
	want.Name, want.Tier, want.Status, want.TimeZone, want.Currency = "New", tenancy.TierBasic, tenancy.StatusCanceled, "America/New_York", "USD"
	want.PurgeAt, want.PurgedAt, want.RestoreStatus = Start.Add(time.Hour), Start.Add(2*time.Hour), tenancy.StatusPastDue
	monthly := 7
	want.Limits.QueriesPerMonth = &monthly
	change := want
	change.Code, change.CreatedAt = "other", Start.Add(time.Hour) // neither may change
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.UpdateTenant(change) })
	got, err := s.TenantRecord(t.Context(), "abc123")
	if err != nil || got.Limits.QueriesPerMonth == nil || *got.Limits.QueriesPerMonth != 7 {
		t.Fatalf("got %+v, %v, want the limit", got, err)
	}
	if got.Limits.QueriesPerMonth = &monthly; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, err := s.TenantRecord(t.Context(), "xyz789"); err != nil || got != Record("xyz789") {
		t.Errorf("another tenant changed: got %+v, %v", got, err)
	}
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.UpdateTenant(Record("abc123")) })
	if got, err := s.TenantRecord(t.Context(), "abc123"); err != nil || got != Record("abc123") {
		t.Errorf("got %+v, %v, want everything back", got, err)
	}
	list, err := s.Subscriptions(t.Context(), "abc123")
	want2 := tenancy.Subscription{Tier: tenancy.TierBasic, Status: tenancy.StatusCanceled, ChangedAt: Start}
	if err != nil || len(list) != 3 || list[1] != want2 {
		t.Errorf("got %+v, %v, want three subscriptions", list, err)
	}
}

func tenantRecordInvalid(t *testing.T, s tenancy.AdministrationStore) {
	mustRecord(t, s, Record("abc123"))
	bad, halfDeleted, same, unknown := Record("new"), Record("new"), Record("new"), Record("new")
	bad.TimeZone = "Nowhere"
	halfDeleted.PurgeAt = Start
	same.Code = "code-abc123"
	for name, c := range map[string]struct {
		change func(tenancy.AdministrationTx) error
		want   ilsai.Code
	}{
		"create invalid":       {func(tx tenancy.AdministrationTx) error { return tx.CreateTenant(bad) }, ilsai.CodeInvalid},
		"create half deleted":  {func(tx tenancy.AdministrationTx) error { return tx.CreateTenant(halfDeleted) }, ilsai.CodeInvalid},
		"create with its id":   {func(tx tenancy.AdministrationTx) error { return tx.CreateTenant(Record("abc123")) }, ilsai.CodeConflict},
		"create with its code": {func(tx tenancy.AdministrationTx) error { return tx.CreateTenant(same) }, ilsai.CodeConflict},
		"update invalid":       {func(tx tenancy.AdministrationTx) error { return tx.UpdateTenant(bad) }, ilsai.CodeInvalid},
		"update unknown":       {func(tx tenancy.AdministrationTx) error { return tx.UpdateTenant(unknown) }, ilsai.CodeNotFound},
		"find unknown":         {func(tx tenancy.AdministrationTx) error { _, err := tx.Tenant("a\x00"); return err }, ilsai.CodeNotFound},
	} {
		err := s.Administer(t.Context(), func(tx tenancy.AdministrationTx) (*tenancy.AuditEntry, error) { return anEntry("x"), c.change(tx) })
		wantCode(t, name, err, c.want)
	}
	if got := auditOf(t, s); len(got) != 1 {
		t.Errorf("got %+v, want one entry", got)
	}
}

func tenantsToPurge(t *testing.T, s tenancy.AdministrationStore) {
	for id, change := range map[ilsai.TenantID]func(*tenancy.TenantRecord){
		"active": func(*tenancy.TenantRecord) {},
		"due":    func(r *tenancy.TenantRecord) { r.PurgeAt = Start },
		"past":   func(r *tenancy.TenantRecord) { r.PurgeAt = Start.Add(-time.Hour) },
		"later":  func(r *tenancy.TenantRecord) { r.PurgeAt = Start.Add(time.Millisecond) },
		"gone":   func(r *tenancy.TenantRecord) { r.PurgeAt, r.PurgedAt = Start, Start },
	} {
		r := Record(id)
		if change(&r); !r.PurgeAt.IsZero() {
			r.Status, r.RestoreStatus = tenancy.StatusCanceled, tenancy.StatusActive
		}
		mustRecord(t, s, r)
	}
	if got, err := s.TenantsToPurge(t.Context(), Start); err != nil || fmt.Sprint(got) != "[due past]" {
		t.Errorf("got %v, %v, want those due", got, err)
	}
}

func administerUsers(t *testing.T, s tenancy.AdministrationStore) {
	mustRecord(t, s, Record("abc123"), Record("xyz789"))
	u := User("abc123", "anna@x.example")
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.CreateUser(&u) })
	if u.ID == "" || !u.CreatedAt.Equal(Start) {
		t.Errorf("got %+v, want an id and the time", u)
	}
	twice, elsewhere, stranger := User("abc123", "anna@x.example"), User("nobody", "anna@x.example"), u
	stranger.TenantID = "xyz789"
	for name, c := range map[string]struct {
		change func(tenancy.AdministrationTx) error
		want   ilsai.Code
	}{
		"same address":        {func(tx tenancy.AdministrationTx) error { return tx.CreateUser(&twice) }, ilsai.CodeConflict},
		"unknown tenant":      {func(tx tenancy.AdministrationTx) error { return tx.CreateUser(&elsewhere) }, ilsai.CodeNotFound},
		"find elsewhere":      {func(tx tenancy.AdministrationTx) error { _, err := tx.User("xyz789", u.ID); return err }, ilsai.CodeNotFound},
		"change elsewhere":    {func(tx tenancy.AdministrationTx) error { return tx.UpdateUser(stranger) }, ilsai.CodeNotFound},
		"password elsewhere":  {func(tx tenancy.AdministrationTx) error { return tx.SetPassword("xyz789", u.ID, u.PasswordHash) }, ilsai.CodeNotFound},
		"password not hashed": {func(tx tenancy.AdministrationTx) error { return tx.SetPassword("abc123", u.ID, "a walk") }, ilsai.CodeInvalid},
	} {
		err := s.Administer(t.Context(), func(tx tenancy.AdministrationTx) (*tenancy.AuditEntry, error) { return anEntry("x"), c.change(tx) })
		wantCode(t, name, err, c.want)
	}
	want := u
	want.Name, want.Role, want.Status = "Anna B.", "admin", tenancy.UserDisabled
	want.PasswordHash = u.PasswordHash[:len(u.PasswordHash)-2] + "AE"
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error {
		return errors.Join(tx.UpdateUser(want), tx.SetPassword("abc123", u.ID, want.PasswordHash))
	})
	if got, err := s.User(t.Context(), "abc123", u.ID); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func emptyTenant(t *testing.T, s tenancy.AdministrationStore) {
	mustRecord(t, s, Record("abc123"), Record("xyz789"))
	for _, u := range []tenancy.User{User("abc123", "anna@x.example"), User("abc123", "ben@x.example"), User("xyz789", "anna@x.example")} {
		mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.CreateUser(&u) })
	}
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error {
		return errors.Join(tx.SetAdapter(Adapter("abc123", 1)), tx.SetAdapter(Adapter("xyz789", 2)))
	})
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error {
		removed, err := tx.EmptyTenant("abc123")
		if removed != (tenancy.Removed{Users: 2, Adapters: 1}) {
			t.Errorf("got %+v, want two users and an adapter", removed)
		}
		return err
	})
	for tenant, want := range map[ilsai.TenantID]int{"abc123": 0, "xyz789": 1} {
		if got, err := s.Users(t.Context(), tenant); err != nil || len(got) != want {
			t.Errorf("%s: got %v, %v, want %d", tenant, got, err, want)
		}
	}
}

// Changes of one tenant come one after the other: none is lost.
func administerAtOnce(t *testing.T, s tenancy.AdministrationStore) {
	mustRecord(t, s, Record("abc123"))
	const n = 24
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			err := s.Administer(t.Context(), func(tx tenancy.AdministrationTx) (*tenancy.AuditEntry, error) {
				r, err := tx.Tenant("abc123")
				if err != nil {
					return nil, err
				}
				next := 1
				if before := r.Limits.QueriesPerMonth; before != nil {
					next += *before
				}
				r.Limits.QueriesPerMonth = &next
				return anEntry("x"), tx.UpdateTenant(r)
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	got, err := s.TenantRecord(t.Context(), "abc123")
	if err != nil || got.Limits.QueriesPerMonth == nil || *got.Limits.QueriesPerMonth != n {
		t.Errorf("got %+v, %v, want %d", got, err, n)
	}
	if entries := auditOf(t, s); len(entries) != n+1 {
		t.Errorf("got %d entries, want %d", len(entries), n+1)
	}
}

func administerCanceled(t *testing.T, s tenancy.AdministrationStore) {
	ctx, cancel := canceledContext(t)
	defer cancel()
	err := s.Administer(ctx, func(tx tenancy.AdministrationTx) (*tenancy.AuditEntry, error) {
		return anEntry("x"), tx.CreateTenant(Record("abc123"))
	})
	wantCode(t, "canceled", err, ilsai.CodeCanceled)
	_, err = s.TenantRecord(t.Context(), "abc123")
	wantCode(t, "nothing written", err, ilsai.CodeNotFound)
}
