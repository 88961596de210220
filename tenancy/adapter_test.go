package tenancy_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

func TestAdapterValidate(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(a *tenancy.Adapter){
		"tenant": func(a *tenancy.Adapter) { a.TenantID = "a/b" }, "relative file": func(a *tenancy.Adapter) { a.File = "a.gguf" },
		"no file": func(a *tenancy.Adapter) { a.File = "" }, "NUL": func(a *tenancy.Adapter) { a.File = "/a\x00b" },
		"long file": func(a *tenancy.Adapter) { a.File = "/" + strings.Repeat("a", 4096) }, "not UTF-8": func(a *tenancy.Adapter) { a.File = "/\xff" },
		"short sum": func(a *tenancy.Adapter) { a.SHA256 = "ab" }, "upper case": func(a *tenancy.Adapter) { a.SHA256 = strings.Repeat("AB", 32) },
		"no base": func(a *tenancy.Adapter) { a.BaseSHA256 = "" }, "not hexadecimal": func(a *tenancy.Adapter) { a.BaseSHA256 = strings.Repeat("xy", 32) },
	} {
		a := storetest.Adapter("abc123", 1)
		edit(&a)
		wantErr(t, name, a.Validate(), ilsai.CodeInvalid)
	}
}

// enterprise makes tenants of the highest tier.
func enterprise(t *testing.T, o *office, ids ...ilsai.TenantID) {
	t.Helper()
	tier := tenancy.TierEnterprise
	for _, id := range ids {
		_, err := o.Tenant(t.Context(), cli, id)
		if err != nil {
			_, err = o.CreateTenant(t.Context(), cli, storetest.Tenant(id), tenancy.LimitsOverride{})
		}
		if _, changed := o.ChangeTenant(t.Context(), cli, id, tenancy.TenantChange{Tier: &tier}); err != nil || changed != nil {
			t.Fatal(errors.Join(err, changed))
		}
	}
}

func TestSetAndRemoveAdapter(t *testing.T) {
	t.Parallel()
	o, ctx := newOffice(t), t.Context()
	_, err := o.SetAdapter(ctx, cli, storetest.Adapter("abc123", 1)) // professional
	wantErr(t, "tier", err, ilsai.CodeFeatureDisabled)
	enterprise(t, o, "abc123")
	_, err = o.SetAdapter(ctx, cli, storetest.Adapter("nobody", 1))
	wantErr(t, "unknown tenant", err, ilsai.CodeNotFound)
	_, err = o.SetAdapter(ctx, cli, tenancy.Adapter{TenantID: "abc123"})
	wantErr(t, "invalid", err, ilsai.CodeInvalid)
	for _, by := range []tenancy.Actor{actor("abc123", "admin"), actor("ils", "staff"), {}} {
		_, err := o.SetAdapter(ctx, by, storetest.Adapter("abc123", 1))
		wantErr(t, "set by one who may not", err, ilsai.CodeForbidden)
		_, err = o.RemoveAdapter(ctx, by, "abc123")
		wantErr(t, "remove by one who may not", err, ilsai.CodeForbidden)
		_, err = o.Adapters(ctx, by)
		wantErr(t, "list by one who may not", err, ilsai.CodeForbidden)
	}
	before := len(o.entries(t))
	for _, n := range []int{1, 1, 2} { // the same again changes nothing
		if a, err := o.SetAdapter(ctx, cli, storetest.Adapter("abc123", n)); err != nil || a != storetest.Adapter("abc123", n) {
			t.Fatalf("got %+v, %v", a, err)
		}
	}
	if all, err := o.Adapters(ctx, cli); err != nil || !reflect.DeepEqual(all, []tenancy.Adapter{storetest.Adapter("abc123", 2)}) {
		t.Errorf("got %+v, %v", all, err)
	}
	if a, err := o.RemoveAdapter(ctx, cli, "abc123"); err != nil || a != storetest.Adapter("abc123", 2) {
		t.Errorf("got %+v, %v", a, err)
	}
	_, err = o.RemoveAdapter(ctx, cli, "abc123")
	wantErr(t, "remove none", err, ilsai.CodeNotFound)
	type line struct {
		action        string
		before, after bool
	}
	var got []line
	for _, e := range o.entries(t)[before:] {
		got = append(got, line{e.Action, e.Before != nil, e.After != nil})
		if e.TenantID != "abc123" || e.Actor != "cli" {
			t.Errorf("got %+v", e)
		}
	}
	if want := []line{{"adapter.set", false, true}, {"adapter.set", true, true}, {"adapter.remove", true, false}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestAdaptersInUse(t *testing.T) {
	t.Parallel()
	o, ctx := newOffice(t), t.Context()
	enterprise(t, o, "abc123", "downgraded", "suspended", "othermodel")
	base := storetest.Adapter("abc123", 1).BaseSHA256
	for _, id := range []ilsai.TenantID{"abc123", "downgraded", "suspended", "othermodel"} {
		a := storetest.Adapter(id, 1)
		if id == "othermodel" {
			a.BaseSHA256 = strings.Repeat("0", 64)
		}
		if _, err := o.SetAdapter(ctx, cli, a); err != nil {
			t.Fatal(err)
		}
	}
	basic, suspended := tenancy.TierProfessional, tenancy.StatusSuspended
	_, err := o.ChangeTenant(ctx, cli, "downgraded", tenancy.TenantChange{Tier: &basic})
	_, err2 := o.ChangeTenant(ctx, cli, "suspended", tenancy.TenantChange{Status: &suspended})
	if err := errors.Join(err, err2); err != nil {
		t.Fatal(err)
	}
	got, err := tenancy.AdaptersInUse(ctx, o.store, o.store, base)
	if err != nil || !reflect.DeepEqual(got, []tenancy.Adapter{storetest.Adapter("abc123", 1)}) {
		t.Errorf("got %+v, %v, want the active enterprise shop's for this model", got, err)
	}
	failed := errors.New("away")
	o.store.Fail(func(string) error { return failed })
	if _, err := tenancy.AdaptersInUse(ctx, o.store, o.store, base); !errors.Is(err, failed) {
		t.Errorf("got %v", err)
	}
}
