package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const maxUsagePage = 1000

// AppendUsage implements tenancy.UsageStore.
func (s *Store) AppendUsage(ctx context.Context, e *tenancy.UsageEvent) error {
	if err := e.Validate(); err != nil {
		return err
	}
	event := *e // the caller's own is not touched by the queue
	err := s.write(ctx, e.TenantID, func(tx *ledgerTx) error {
		_, err := tx.appendEvent(&event, "")
		return err
	})
	if err != nil {
		return err
	}
	e.ID = event.ID
	return nil
}

// Usage implements tenancy.UsageStore.
func (s *Store) Usage(ctx context.Context, tenant ilsai.TenantID, from, to time.Time, after int64, limit int) ([]tenancy.UsageEvent, error) {
	if limit < 1 || limit > maxUsagePage {
		limit = maxUsagePage
	}
	var rows []usageRow
	err := within(s.db.WithContext(ctx), tenant, from, to).Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.UsageEvent, len(rows))
	for i := range rows {
		out[i] = rows[i].event()
	}
	return out, nil
}

// SumUsage implements tenancy.UsageStore.
func (s *Store) SumUsage(ctx context.Context, tenant ilsai.TenantID, from, to time.Time) (tenancy.UsageTotals, error) {
	var t tenancy.UsageTotals
	err := within(s.db.WithContext(ctx).Model(&usageRow{}), tenant, from, to).Select(
		"COUNT(*) AS queries, COALESCE(SUM(CASE WHEN success THEN 1 ELSE 0 END), 0) AS successful, " +
			"COALESCE(SUM(CASE WHEN from_cache THEN 1 ELSE 0 END), 0) AS cached, COALESCE(SUM(tokens_used), 0) AS tokens_used").
		Scan(&t).Error
	return t, s.classify(err)
}

func within(db *gorm.DB, tenant ilsai.TenantID, from, to time.Time) *gorm.DB {
	db = db.Where("tenant_id = ?", string(tenant))
	if !from.IsZero() {
		db = db.Where("timestamp >= ?", from.UTC())
	}
	if !to.IsZero() {
		db = db.Where("timestamp < ?", to.UTC())
	}
	return db
}
