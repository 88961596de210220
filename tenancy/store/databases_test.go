package store_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

func TestTenantDatabases(t *testing.T) {
	t.Parallel()
	onBoth(t, func(t *testing.T, s *store.Store, reopen func() *store.Store) {
		ctx, file := t.Context(), keyFile(t)
		databases := s.TenantDatabases(file)
		sales := tenancy.TenantDatabase{Tenant: "abc123", Domain: "sales", Address: "db/ils_abc123_sales", DSN: "password=correct-horse", Owned: true}
		other := tenancy.TenantDatabase{Tenant: "xyz789", Domain: "sales", Address: "db/other", DSN: "password=other", Ready: true}
		for _, d := range []tenancy.TenantDatabase{{Tenant: "abc123", Domain: "inventory", DSN: "x"}, sales, other} {
			if err := databases.PutTenantDatabase(ctx, d); err != nil {
				t.Fatal(err)
			}
		}
		checkCode(t, "nobody's", databases.PutTenantDatabase(ctx, tenancy.TenantDatabase{Tenant: "nobody", Domain: "sales"}), ilsai.CodeNotFound)
		sales.DSN, sales.PreviousDSN, sales.Ready, sales.Owned, sales.Address = "password=battery-staple", sales.DSN, true, false, "elsewhere"
		if err := databases.PutTenantDatabase(ctx, sales); err != nil {
			t.Fatal(err)
		}
		sales.Version = 2
		s = reopen()
		databases = s.TenantDatabases(file)
		got, err := databases.TenantDatabases(ctx, "abc123")
		if err != nil || len(got) != 2 || got[0].Domain != "inventory" || got[0].Version != 1 || got[1] != sales {
			t.Errorf("got %+v, %v, want inventory and %+v", got, err, sales)
		}
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "database", got[1])
		if strings.Contains(log.String(), "staple") || !strings.Contains(log.String(), "elsewhere") {
			t.Errorf("logged as %s", log.String())
		}
		if _, err := s.TenantDatabases(keyFile(t)).TenantDatabases(ctx, "abc123"); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("with another key file: got %v, want %s", err, ilsai.CodeInvalid)
		}
		for range 2 {
			if err := databases.RemoveTenantDatabase(ctx, "abc123", "sales"); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := databases.TenantDatabases(ctx, "abc123"); err != nil || len(got) != 1 {
			t.Errorf("after removal: got %+v, %v, want inventory alone", got, err)
		}
		if got, err := databases.TenantDatabases(ctx, "xyz789"); err != nil || len(got) != 1 || got[0].DSN != "password=other" {
			t.Errorf("another tenant's: got %v, %v", fmt.Sprint(got), err)
		}
	})
}
