package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

type adapterRow struct {
	TenantID   string `gorm:"primaryKey"`
	File       string
	SHA256     string `gorm:"column:sha256"`
	BaseSHA256 string `gorm:"column:base_sha256"`
	CreatedAt  time.Time
}

func (adapterRow) TableName() string { return "adapters" }

func (r adapterRow) adapter() tenancy.Adapter {
	return tenancy.Adapter{TenantID: ilsai.TenantID(r.TenantID), File: r.File, SHA256: r.SHA256, BaseSHA256: r.BaseSHA256, CreatedAt: r.CreatedAt.UTC()}
}

// Adapters implements tenancy.AdapterStore.
func (s *Store) Adapters(ctx context.Context) ([]tenancy.Adapter, error) {
	var rows []adapterRow
	if err := s.db.WithContext(ctx).Order("tenant_id").Find(&rows).Error; err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.Adapter, len(rows))
	for i, r := range rows {
		out[i] = r.adapter()
	}
	return out, nil
}

func noAdapter(tenant ilsai.TenantID) error {
	return ilsai.Errorf(ilsai.CodeNotFound, "The tenant %q has no adapter.", tenant)
}

func (tx *administrationTx) Adapter(tenant ilsai.TenantID) (tenancy.Adapter, error) {
	if storable(string(tenant)) != string(tenant) {
		return tenancy.Adapter{}, noAdapter(tenant)
	}
	var row adapterRow
	err := tx.db.Where("tenant_id = ?", string(tenant)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return tenancy.Adapter{}, noAdapter(tenant)
	}
	return row.adapter(), err
}

func (tx *administrationTx) SetAdapter(a tenancy.Adapter) error {
	if err := a.Validate(); err != nil {
		return err
	}
	row := adapterRow{TenantID: string(a.TenantID), File: a.File, SHA256: a.SHA256, BaseSHA256: a.BaseSHA256, CreatedAt: tx.store.timeOr(a.CreatedAt)}
	err := tx.db.Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"file", "sha256", "base_sha256", "created_at"}), // UpdateAll would leave the time
	}).Create(&row).Error
	if isForeignKey(err) {
		return noTenant(a.TenantID)
	}
	return err
}

func (tx *administrationTx) RemoveAdapter(tenant ilsai.TenantID) error {
	res := tx.db.Where("tenant_id = ?", storable(string(tenant))).Delete(&adapterRow{})
	if res.Error == nil && res.RowsAffected == 0 {
		return noAdapter(tenant)
	}
	return res.Error
}
