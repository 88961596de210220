package tenantdb

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	"github.com/ils-platform/ilsai"
)

// The domains a tenant may have data in. Each is a database of its own.
const (
	DomainSales     = "sales"
	DomainInventory = "inventory"
	DomainPatients  = "patients_anon"
)

var domains = []string{DomainSales, DomainInventory, DomainPatients}

// key names one database. It is made by keyOf only, so its parts are safe as path elements.
type key struct {
	tenant ilsai.TenantID
	domain string
}

func keyOf(tenant ilsai.TenantID, domain string) (key, error) {
	if _, err := ilsai.ParseTenantID(string(tenant)); err != nil {
		return key{}, err
	}
	if !slices.Contains(domains, domain) {
		return key{}, &ilsai.Error{Code: ilsai.CodeInvalid, Message: "There is no such kind of data.", Err: fmt.Errorf("domain %q", domain)}
	}
	return key{tenant, domain}, nil
}

func (d *DB) dirOf(k key) string  { return filepath.Join(d.dir, "tenants", string(k.tenant)) }
func (d *DB) fileOf(k key) string { return filepath.Join(d.dirOf(k), k.domain+".db") }

// checkFile reports a missing file as ilsai.CodeNotFound. Anything but a plain file is refused: a
// link could lead to another tenant's data.
func (d *DB) checkFile(k key) error {
	info, err := os.Lstat(d.fileOf(k))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return noData(k)
	case err != nil:
		return ilsai.Wrap(ilsai.CodeUnavailable, err, "This shop's %s data cannot be read for now.", title(k.domain))
	case !info.Mode().IsRegular():
		return &ilsai.Error{Code: ilsai.CodeUnavailable, Message: fmt.Sprintf("This shop's %s data cannot be read for now.", title(k.domain)),
			Err: fmt.Errorf("%s is not a plain file: %v", d.fileOf(k), info.Mode())}
	}
	return nil
}

func title(domain string) string {
	if domain == DomainPatients {
		return "patient"
	}
	return domain
}

// fileURI escapes what a path may hold and a URI may not, so that no path can add options.
func fileURI(file string, q url.Values) string {
	return (&url.URL{Scheme: "file", OmitHost: true, Path: file, RawQuery: q.Encode()}).String()
}
