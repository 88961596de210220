package storetest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Adapter is a valid adapter of a tenant, for tests of stores. n makes it another file's.
func Adapter(tenant ilsai.TenantID, n int) tenancy.Adapter {
	return tenancy.Adapter{
		TenantID: tenant, File: fmt.Sprintf("/srv/ilsai/Ánna %d.gguf", n), SHA256: fmt.Sprintf("%064x", n),
		BaseSHA256: strings.Repeat("ab", 32), CreatedAt: Start,
	}
}

func adapters(t *testing.T, s tenancy.AdministrationStore) {
	mustRecord(t, s, Record("abc123"), Record("xyz789"), Record("none"))
	want := func(want ...tenancy.Adapter) {
		t.Helper()
		if got, err := s.Adapters(t.Context()); err != nil || len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
	want()
	now := Adapter("xyz789", 1)
	now.CreatedAt = time.Time{}
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.SetAdapter(now) })
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.SetAdapter(Adapter("abc123", 1)) })
	want(Adapter("abc123", 1), Adapter("xyz789", 1))
	another := Adapter("abc123", 3)
	another.BaseSHA256, another.CreatedAt = strings.Repeat("0", 64), Start.Add(time.Hour)
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.SetAdapter(another) })
	want(another, Adapter("xyz789", 1))
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error {
		got, err := tx.Adapter("abc123")
		if got != another {
			t.Errorf("got %+v, want %+v", got, another)
		}
		return err
	})
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.RemoveAdapter("abc123") })
	want(Adapter("xyz789", 1))
}

func adaptersInvalid(t *testing.T, s tenancy.AdministrationStore) {
	mustRecord(t, s, Record("abc123"), Record("xyz789"))
	mustAdminister(t, s, func(tx tenancy.AdministrationTx) error { return tx.SetAdapter(Adapter("xyz789", 1)) })
	relative := Adapter("abc123", 1)
	relative.File = "here.gguf"
	for name, c := range map[string]struct {
		change func(tenancy.AdministrationTx) error
		want   ilsai.Code
	}{
		"invalid":          {func(tx tenancy.AdministrationTx) error { return tx.SetAdapter(relative) }, ilsai.CodeInvalid},
		"unknown tenant":   {func(tx tenancy.AdministrationTx) error { return tx.SetAdapter(Adapter("nobody", 1)) }, ilsai.CodeNotFound},
		"find none":        {func(tx tenancy.AdministrationTx) error { _, err := tx.Adapter("abc123"); return err }, ilsai.CodeNotFound},
		"find of nobody":   {func(tx tenancy.AdministrationTx) error { _, err := tx.Adapter("a\x00"); return err }, ilsai.CodeNotFound},
		"remove none":      {func(tx tenancy.AdministrationTx) error { return tx.RemoveAdapter("abc123") }, ilsai.CodeNotFound},
		"remove of nobody": {func(tx tenancy.AdministrationTx) error { return tx.RemoveAdapter("nobody") }, ilsai.CodeNotFound},
	} {
		err := s.Administer(t.Context(), func(tx tenancy.AdministrationTx) (*tenancy.AuditEntry, error) { return anEntry("x"), c.change(tx) })
		wantCode(t, name, err, c.want)
	}
	if got, err := s.Adapters(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("got %+v, %v, want the other tenant's", got, err)
	}
}
