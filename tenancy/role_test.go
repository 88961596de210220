package tenancy_test

import (
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func TestRoles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tenant             ilsai.TenantID
		role               string
		platform, of       ilsai.TenantID
		platformAdmin, may bool
	}{
		{"ils", "admin", "ils", "abc123", true, true},
		{"ils", "admin", "ils", "ils", true, true},
		{"ils", "staff", "ils", "abc123", false, false},
		{"ils", "", "ils", "ils", false, false},
		{"ils", "Admin", "ils", "abc123", false, false},
		{"ils", "admin ", "ils", "abc123", false, false},
		{"ils", "platform-admin", "ils", "abc123", false, false},
		{"abc123", "admin", "ils", "abc123", false, true},
		{"abc123", "admin", "ils", "xyz789", false, false},
		{"abc123", "admin", "ils", "ils", false, false},
		{"abc123", "staff", "ils", "abc123", false, false},
		{"abc123", "admin", "", "abc123", false, true},
		{"abc123", "admin", "", "xyz789", false, false},
		{"", "admin", "", "abc123", false, false},
		{"", "admin", "", "", false, false},
		{"ils", "admin", "ils", "", true, false},
		{"ils2", "admin", "ils", "abc123", false, false},
	} {
		p := tenancy.Principal{Tenant: tenancy.Tenant{ID: c.tenant}, Role: c.role}
		if got := tenancy.IsPlatformAdmin(p, c.platform); got != c.platformAdmin {
			t.Errorf("%+v: platform admin %v, want %v", c, got, c.platformAdmin)
		}
		if got := tenancy.MayAdminister(p, c.of, c.platform); got != c.may {
			t.Errorf("%+v: may administer %v, want %v", c, got, c.may)
		}
		if own := c.tenant != "" && c.tenant == c.of && c.role == "admin"; tenancy.IsTenantAdmin(p, c.of) != own {
			t.Errorf("%+v: tenant admin %v, want %v", c, !own, own)
		}
	}
}
