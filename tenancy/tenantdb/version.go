package tenantdb

import (
	"fmt"
	"os"
	"strings"

	"github.com/ils-platform/ilsai"
)

// Version names the present state of one tenant's data of a domain: another one whenever a writer may have
// changed it. It looks at files only and opens nothing, so it may be asked with every question. Data that is
// not there has a version too.
func (d *DB) Version(tenant ilsai.TenantID, domain string) string {
	k, err := keyOf(tenant, domain)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for _, suffix := range []string{"", "-wal"} { // a writer's latest pages may be in its log
		if info, err := os.Lstat(d.fileOf(k) + suffix); err == nil {
			fmt.Fprintf(&b, "%d.%d;", info.ModTime().UnixNano(), info.Size())
		}
	}
	return b.String()
}
