package provision

import (
	"crypto/sha256"
	"encoding/hex"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

const maxIdentifier = 63 // bytes; PostgreSQL cuts longer names off, which could make two of them one

// DatabaseName is the database of a tenant's domain: ils_<tenant>_<domain>.
func DatabaseName(tenant ilsai.TenantID, domain string) string {
	return name("ils_", tenant, "_"+domain)
}

// RoleName is the role that reads a tenant's domain: tenant_<id>_readonly, or for patient data one of its
// own, so that what reads sales cannot even connect to it.
func RoleName(tenant ilsai.TenantID, domain string) string {
	if domain == tenantdb.DomainPatients {
		return name("tenant_", tenant, "$patients_readonly")
	}
	return name("tenant_", tenant, "_readonly")
}

// name is one to one: no tenant id holds a '$', so neither the role for patients nor a shortened name can be
// another tenant's. An id that is too long is shortened and told apart by 128 bits of its SHA-256.
func name(before string, tenant ilsai.TenantID, after string) string {
	if len(before)+len(tenant)+len(after) <= maxIdentifier {
		return before + string(tenant) + after
	}
	sum := sha256.Sum256([]byte(tenant))
	digits := hex.EncodeToString(sum[:16])
	return before + string(tenant[:maxIdentifier-len(before)-len(after)-len(digits)-1]) + "$" + digits + after
}
