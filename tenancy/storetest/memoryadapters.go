package storetest

import (
	"context"
	"maps"
	"slices"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// Adapters implements tenancy.AdministrationStore.
func (m *Memory) Adapters(context.Context) ([]tenancy.Adapter, error) {
	return read(m, func(s memory) ([]tenancy.Adapter, error) {
		var out []tenancy.Adapter
		for _, id := range slices.Sorted(maps.Keys(s.adapters)) {
			out = append(out, s.adapters[id])
		}
		return out, nil
	})
}

func (tx *memoryTx) Adapter(tenant ilsai.TenantID) (tenancy.Adapter, error) {
	if a, ok := tx.adapters[tenant]; ok {
		return a, nil
	}
	return tenancy.Adapter{}, ilsai.Errorf(ilsai.CodeNotFound, "The tenant %q has no adapter.", tenant)
}

func (tx *memoryTx) SetAdapter(a tenancy.Adapter) error {
	if err := a.Validate(); err != nil {
		return err
	}
	if _, err := tx.tenant(a.TenantID); err != nil {
		return err
	}
	a.CreatedAt = tx.store.timeOr(a.CreatedAt)
	tx.adapters[a.TenantID] = a
	return nil
}

func (tx *memoryTx) RemoveAdapter(tenant ilsai.TenantID) error {
	if _, err := tx.Adapter(tenant); err != nil {
		return err
	}
	delete(tx.adapters, tenant)
	return nil
}
