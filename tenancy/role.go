package tenancy

import "github.com/ils-platform/ilsai"

// RoleAdmin is the role of a tenant's administrator. Roles are compared to the letter, and every other
// one may ask but administer nothing.
const RoleAdmin = "admin"

// IsPlatformAdmin reports whether a user administers the whole platform: an administrator of the one
// tenant that is configured as the platform's. With none configured there is no such user.
func IsPlatformAdmin(p Principal, platform ilsai.TenantID) bool {
	return platform != "" && IsTenantAdmin(p, platform)
}

// IsTenantAdmin reports whether a user administers this tenant by belonging to it.
func IsTenantAdmin(p Principal, tenant ilsai.TenantID) bool {
	return tenant != "" && p.Tenant.ID == tenant && p.Role == RoleAdmin
}

// MayAdminister reports whether a user may see and change a tenant's users and usage: its own
// administrator, or the platform's.
func MayAdminister(p Principal, tenant, platform ilsai.TenantID) bool {
	return tenant != "" && (IsTenantAdmin(p, tenant) || IsPlatformAdmin(p, platform))
}
