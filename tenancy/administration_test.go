package tenancy_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// office is an Administration over a store in memory, with the tenants ils and abc123.
type office struct {
	*tenancy.Administration

	store     *storetest.Memory
	clock     time.Time
	forgotten []ilsai.TenantID
	dropped   []ilsai.TenantID
	drop      error
}

var cli = tenancy.CommandActor("cli")

func newOffice(t *testing.T) *office {
	t.Helper()
	o := &office{clock: storetest.Start}
	now := func() time.Time { return o.clock }
	o.store = storetest.NewMemory(now)
	login, err := tenancy.NewLocalLogin(o.store, o.store, nil, tenancy.LoginOptions{Cost: cheap, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	o.Administration = tenancy.NewAdministration(o.store, login, tenancy.AdministrationOptions{
		Forget: func(id ilsai.TenantID) { o.forgotten = append(o.forgotten, id) },
		DropData: func(_ context.Context, id ilsai.TenantID) error {
			o.dropped = append(o.dropped, id)
			return o.drop
		},
		Now: now,
	})
	for _, id := range []ilsai.TenantID{"ils", "abc123"} {
		if _, err := o.CreateTenant(t.Context(), cli, storetest.Tenant(id), tenancy.LimitsOverride{}); err != nil {
			t.Fatal(err)
		}
	}
	o.forgotten = nil
	return o
}

// entries are the audit entries since the first two.
func (o *office) entries(t *testing.T) []tenancy.AuditEntry {
	t.Helper()
	all, err := o.store.AuditAll(t.Context(), time.Time{}, time.Time{}, 2, 0)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func actor(tenant ilsai.TenantID, role string) tenancy.Actor {
	return tenancy.UserActor(tenancy.Principal{Tenant: tenancy.Tenant{ID: tenant}, UserID: "9", Role: role}, "ils")
}

func wantErr(t *testing.T, what string, err error, want ilsai.Code) {
	t.Helper()
	if got := ilsai.ErrorCode(err); got != want || err != nil && ilsai.ErrorMessage(err) == "" {
		t.Errorf("%s: got %v, want %q", what, err, want)
	}
}

// Every method × everybody who may not: nothing is done, and the sentence is always the same.
func TestActorsWhoMayNot(t *testing.T) {
	t.Parallel()
	o, ctx := newOffice(t), t.Context()
	u, err := o.CreateUser(ctx, cli, "abc123", storetest.User("", "anna@x.example"), password)
	if err != nil {
		t.Fatal(err)
	}
	before := len(o.entries(t))
	name := "x"
	onPlatform := map[string]func(tenancy.Actor, ilsai.TenantID) error{
		"Tenants": func(by tenancy.Actor, _ ilsai.TenantID) error { return second(o.Tenants(ctx, by, "", 0)) },
		"Tenant":  func(by tenancy.Actor, id ilsai.TenantID) error { return second(o.Tenant(ctx, by, id)) },
		"CreateTenant": func(by tenancy.Actor, _ ilsai.TenantID) error {
			return second(o.CreateTenant(ctx, by, storetest.Tenant("new"), tenancy.LimitsOverride{}))
		},
		"ChangeTenant": func(by tenancy.Actor, id ilsai.TenantID) error {
			return second(o.ChangeTenant(ctx, by, id, tenancy.TenantChange{Name: &name}))
		},
		"DeleteTenant":  func(by tenancy.Actor, id ilsai.TenantID) error { return second(o.DeleteTenant(ctx, by, id, 1)) },
		"RestoreTenant": func(by tenancy.Actor, id ilsai.TenantID) error { return second(o.RestoreTenant(ctx, by, id)) },
		"PurgeTenants":  func(by tenancy.Actor, _ ilsai.TenantID) error { return second(o.PurgeTenants(ctx, by, o.clock)) },
		"Subscriptions": func(by tenancy.Actor, id ilsai.TenantID) error { return second(o.Subscriptions(ctx, by, id)) },
		"Audit of all":  func(by tenancy.Actor, _ ilsai.TenantID) error { return second(o.Audit(ctx, by, "", tenancy.Page{})) },
	}
	onTenant := map[string]func(tenancy.Actor, ilsai.TenantID) error{
		"Users": func(by tenancy.Actor, id ilsai.TenantID) error { return second(o.Users(ctx, by, id)) },
		"CreateUser": func(by tenancy.Actor, id ilsai.TenantID) error {
			return second(o.CreateUser(ctx, by, id, storetest.User("", "ben@x.example"), password))
		},
		"ChangeUser": func(by tenancy.Actor, id ilsai.TenantID) error {
			return second(o.ChangeUser(ctx, by, id, u.ID, tenancy.UserChange{Name: &name}))
		},
		"SetPassword": func(by tenancy.Actor, id ilsai.TenantID) error { return o.SetPassword(ctx, by, id, u.ID, password) },
		"Audit":       func(by tenancy.Actor, id ilsai.TenantID) error { return second(o.Audit(ctx, by, id, tenancy.Page{})) },
		"Usage":       func(by tenancy.Actor, id ilsai.TenantID) error { return second(o.Usage(ctx, by, id, tenancy.Page{})) },
	}
	message := ""
	refused := func(what string, err error) {
		t.Helper()
		wantErr(t, what, err, ilsai.CodeForbidden)
		if message == "" {
			message = ilsai.ErrorMessage(err)
		}
		if ilsai.ErrorMessage(err) != message {
			t.Errorf("%s: message %q differs from %q", what, ilsai.ErrorMessage(err), message)
		}
	}
	strangers := map[string]tenancy.Actor{"nobody": {}, "no command": tenancy.CommandActor(""), "staff": actor("abc123", "staff"), "platform staff": actor("ils", "staff"),
		"other shop": actor("xyz789", "admin"), "no tenant": actor("", "admin")}
	for who, by := range strangers {
		for what, call := range onTenant {
			for _, id := range []ilsai.TenantID{"abc123", "unknown", ""} {
				refused(who+" "+what, call(by, id))
			}
		}
	}
	strangers["the shop's admin"] = actor("abc123", "admin")
	for who, by := range strangers {
		for what, call := range onPlatform {
			for _, id := range []ilsai.TenantID{"abc123", "unknown", ""} {
				refused(who+" "+what, call(by, id))
			}
		}
	}
	refused("no tenant at all", onTenant["Users"](actor("abc123", "admin"), ""))
	if got := o.entries(t); len(got) != before || len(o.dropped) != 0 {
		t.Errorf("got %+v, dropped %v, want nothing done", got[before:], o.dropped)
	}
	for what, call := range onTenant {
		wantErr(t, "platform, unknown tenant: "+what, call(actor("ils", "admin"), "unknown"), ilsai.CodeNotFound)
		wantErr(t, "own: "+what, call(actor("abc123", "admin"), "abc123"), "")
	}
}

func second[T any](_ T, err error) error { return err }

// What the log says of each change, and that no person can be read from it.
func TestWhatTheAuditLogSays(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	ctx := ilsai.WithRequestID(t.Context(), "req-1")
	by := actor("ils", "admin")
	monthly, basic, name, role := 7, tenancy.TierBasic, "Zoë", "manager"
	if _, err := o.ChangeTenant(ctx, by, "abc123", tenancy.TenantChange{Tier: &basic, Limits: &tenancy.LimitsOverride{QueriesPerMonth: &monthly}}); err != nil {
		t.Fatal(err)
	}
	u, err := o.CreateUser(ctx, by, "abc123", tenancy.User{ID: "chosen", TenantID: "ils", Email: "Anna@X.example", Name: "Anna", Role: "staff"}, password)
	if err != nil || u.ID == "chosen" || u.TenantID != "abc123" || u.Email != "anna@x.example" || u.Status != tenancy.UserActive {
		t.Fatalf("got %+v, %v", u, err)
	}
	if _, err := o.ChangeUser(ctx, by, "abc123", u.ID, tenancy.UserChange{Name: &name, Role: &role}); err != nil {
		t.Fatal(err)
	}
	if err := o.SetPassword(ctx, by, "abc123", u.ID, "two walks along the sea"); err != nil {
		t.Fatal(err)
	}
	type line struct{ action, target, before, after string }
	want := []line{
		{"tenant.change", "", `{"name":"Lumière \u0026 Söhne","tier":"professional","status":"active","time_zone":"Europe/Paris","currency":"EUR","limits":{}}`,
			`{"name":"Lumière \u0026 Söhne","tier":"basic","status":"active","time_zone":"Europe/Paris","currency":"EUR","limits":{"queries_per_month":7}}`},
		{"user.create", string(u.ID), "", `{"role":"staff","status":"active"}`},
		{"user.change", string(u.ID), `{"role":"staff","status":"active"}`, `{"role":"manager","status":"active","renamed":true}`},
		{"user.password", string(u.ID), "", ""},
	}
	var got []line
	for _, e := range o.entries(t) {
		got = append(got, line{e.Action, e.Target, string(e.Before), string(e.After)})
		if e.ActorTenant != "ils" || e.Actor != "9" || e.TenantID != "abc123" || e.RequestID != "req-1" || !e.At.Equal(storetest.Start) {
			t.Errorf("got %+v", e)
		}
		b, err := json.Marshal(e)
		if err != nil || strings.Contains(string(b), "nna") || strings.Contains(string(b), "Zoë") || strings.Contains(string(b), "argon2") {
			t.Errorf("a person shows: %s, %v", b, err)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
	if len(o.forgotten) != 4 {
		t.Errorf("forgotten %v, want each change", o.forgotten)
	}
}

// A change that fails is forgotten, too: whether it was made may be unknown.
func TestFailedChangesAreForgotten(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.store.Fail(func(step string) error {
		if step == "audit" {
			return ilsai.Errorf(ilsai.CodeUnavailable, "away")
		}
		return nil
	})
	name := "x"
	_, err := o.ChangeTenant(t.Context(), cli, "abc123", tenancy.TenantChange{Name: &name})
	wantErr(t, "change", err, ilsai.CodeUnavailable)
	if r, err := o.Tenant(t.Context(), cli, "abc123"); err != nil || r.Name == name || fmt.Sprint(o.forgotten) != "[abc123]" {
		t.Errorf("got %+v, %v, forgotten %v", r, err, o.forgotten)
	}
}

func TestDeletionAndPurge(t *testing.T) {
	t.Parallel()
	o, ctx := newOffice(t), t.Context()
	suspended, by := tenancy.StatusSuspended, actor("ils", "admin")
	if _, err := o.ChangeTenant(ctx, by, "abc123", tenancy.TenantChange{Status: &suspended}); err != nil {
		t.Fatal(err)
	}
	for _, days := range []int{-1, 366} {
		wantErr(t, "days", second(o.DeleteTenant(ctx, by, "abc123", days)), ilsai.CodeInvalid)
	}
	wantErr(t, "own tenant", second(o.DeleteTenant(ctx, by, "ils", 1)), ilsai.CodeConflict)
	wantErr(t, "nothing to restore", second(o.RestoreTenant(ctx, by, "abc123")), ilsai.CodeConflict)
	u, err := o.CreateUser(ctx, by, "abc123", storetest.User("", "anna@x.example"), password)
	if err != nil {
		t.Fatal(err)
	}
	r, err := o.DeleteTenant(ctx, by, "abc123", 1)
	if err != nil || r.Status != tenancy.StatusCanceled || !r.PurgeAt.Equal(o.clock.AddDate(0, 0, 1)) {
		t.Fatalf("got %+v, %v", r, err)
	}
	if r, err = o.RestoreTenant(ctx, by, "abc123"); err != nil || r.Status != suspended {
		t.Fatalf("restored: got %+v, %v, want it as it was", r, err)
	}
	if _, err = o.DeleteTenant(ctx, by, "abc123", 10); err != nil {
		t.Fatal(err)
	}
	if r, err = o.DeleteTenant(ctx, by, "abc123", 1); err != nil || r.RestoreStatus != suspended {
		t.Fatalf("deleted twice: got %+v, %v", r, err)
	}
	name := "x"
	for what, err := range map[string]error{
		"change": second(o.ChangeTenant(ctx, by, "abc123", tenancy.TenantChange{Name: &name})), "user": second(o.CreateUser(ctx, by, "abc123", storetest.User("", "b@x.example"), password)),
		"user's name": second(o.ChangeUser(ctx, by, "abc123", u.ID, tenancy.UserChange{Name: &name})), "password": o.SetPassword(ctx, by, "abc123", u.ID, password),
	} {
		wantErr(t, "deleted: "+what, err, ilsai.CodeConflict)
	}
	purge := func(want string, code ilsai.Code) {
		t.Helper()
		ids, err := o.PurgeTenants(ctx, cli, o.clock)
		wantErr(t, "purge", err, code)
		if fmt.Sprint(ids) != want {
			t.Errorf("got %v, want %s", ids, want)
		}
	}
	o.clock = r.PurgeAt.Add(-time.Millisecond)
	purge("[]", "")
	o.clock = r.PurgeAt
	wantErr(t, "restored too late", second(o.RestoreTenant(ctx, by, "abc123")), ilsai.CodeConflict)
	wantErr(t, "date moved too late", second(o.DeleteTenant(ctx, by, "abc123", 30)), ilsai.CodeConflict)
	before := len(o.entries(t))
	o.drop = errors.New("disk") // its databases are there still: it is not recorded as purged
	purge("[]", ilsai.CodeInternal)
	if users, err := o.Users(ctx, by, "abc123"); err != nil || len(users) != 1 || len(o.entries(t)) != before {
		t.Errorf("got %v, %v and %d new entries, want nothing done", users, err, len(o.entries(t))-before)
	}
	o.drop = nil
	purge("[abc123]", "")
	purge("[]", "")
	if fmt.Sprint(o.dropped) != "[abc123 abc123]" {
		t.Errorf("dropped %v, want it tried twice", o.dropped)
	}
	r, err = o.Tenant(ctx, by, "abc123")
	users, err2 := o.Users(ctx, by, "abc123")
	if err != nil || err2 != nil || len(users) != 0 || !r.PurgedAt.Equal(o.clock) {
		t.Errorf("got %+v with %v, %v, %v", r, users, err, err2)
	}
	last := o.entries(t)[before:]
	if len(last) != 1 || last[0].Action != "tenant.purge" || last[0].Actor != "cli" || last[0].ActorTenant != "" {
		t.Errorf("got %+v, want the purge", last)
	}
	wantErr(t, "deleted for good", second(o.DeleteTenant(ctx, by, "abc123", 1)), ilsai.CodeConflict)
	wantErr(t, "its id", second(o.CreateTenant(ctx, by, storetest.Tenant("abc123"), tenancy.LimitsOverride{})), ilsai.CodeConflict)
}

// One tenant that cannot be purged does not keep the others from it.
func TestPurgeGoesOn(t *testing.T) {
	t.Parallel()
	o, ctx := newOffice(t), t.Context()
	for _, id := range []ilsai.TenantID{"bad", "good"} {
		if _, err := o.CreateTenant(ctx, cli, storetest.Tenant(id), tenancy.LimitsOverride{}); err != nil {
			t.Fatal(err)
		}
		if _, err := o.DeleteTenant(ctx, cli, id, 0); err != nil {
			t.Fatal(err)
		}
	}
	failing := tenancy.NewAdministration(o.store, nil, tenancy.AdministrationOptions{Now: func() time.Time { return o.clock }, DropData: func(_ context.Context, id ilsai.TenantID) error {
		if id == "bad" {
			return errors.New("disk")
		}
		return nil
	}})
	if ids, err := failing.PurgeTenants(ctx, cli, o.clock); err == nil || fmt.Sprint(ids) != "[good]" {
		t.Errorf("got %v, %v, want one purged and one failure", ids, err)
	}
	_, err := failing.CreateUser(ctx, cli, "abc123", storetest.User("", "a@x.example"), password)
	wantErr(t, "without local login", err, ilsai.CodeConflict)
}

func TestUsageHasNoQuestions(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.store.AddUsage(storetest.Event(t, "abc123", 1), storetest.Event(t, "ils", 1))
	got, err := o.Usage(t.Context(), actor("abc123", "admin"), "abc123", tenancy.Page{})
	if err != nil || len(got) != 1 || got[0].Question != "" || got[0].TokensUsed != 150 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestUsageCSV(t *testing.T) {
	t.Parallel()
	e := storetest.Event(t, "abc123", 1)
	e.UserID, e.RequestID, e.Model = `=HYPERLINK("http://x")`, "＋1", "@SUM(A1)"
	header, row := tenancy.UsageCSVHeader(), tenancy.UsageCSVRow(e)
	if len(header) != len(row) {
		t.Fatalf("%d columns and %d fields", len(header), len(row))
	}
	for i, name := range header {
		if row[i] != "" && strings.ContainsAny(row[i][:1], "=+-@\t\r") || strings.Contains(row[i], e.Question) || name == "question" {
			t.Errorf("%s: got %q", name, row[i])
		}
	}
	if row[3] != `'=HYPERLINK("http://x")` || row[14] != "'＋1" || row[13] != "'@SUM(A1)" || row[5] != "150" {
		t.Errorf("got %q", row)
	}
}
