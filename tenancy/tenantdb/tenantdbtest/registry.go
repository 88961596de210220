package tenantdbtest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Registry is a tenancy.TenantDatabaseStore in memory. Fail, if set, is asked before each change and
// stands for a crash there.
type Registry struct {
	Fail func(d tenancy.TenantDatabase) error

	mu   sync.Mutex
	rows map[string]tenancy.TenantDatabase
}

var _ tenancy.TenantDatabaseStore = (*Registry)(nil)

// TenantDatabases implements tenancy.TenantDatabaseStore.
func (r *Registry) TenantDatabases(_ context.Context, tenant ilsai.TenantID) ([]tenancy.TenantDatabase, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []tenancy.TenantDatabase
	for _, k := range slices.Sorted(maps.Keys(r.rows)) {
		if r.rows[k].Tenant == tenant {
			out = append(out, r.rows[k])
		}
	}
	return out, nil
}

// PutTenantDatabase implements tenancy.TenantDatabaseStore.
func (r *Registry) PutTenantDatabase(_ context.Context, d tenancy.TenantDatabase) error {
	if r.Fail != nil {
		if err := r.Fail(d); err != nil {
			return err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.rows == nil {
		r.rows = map[string]tenancy.TenantDatabase{}
	}
	k := fmt.Sprintf("%s %s", d.Tenant, d.Domain)
	d.Version = r.rows[k].Version + 1
	r.rows[k] = d
	return nil
}

// RemoveTenantDatabase implements tenancy.TenantDatabaseStore.
func (r *Registry) RemoveTenantDatabase(_ context.Context, tenant ilsai.TenantID, domain string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.rows, fmt.Sprintf("%s %s", tenant, domain))
	return nil
}
