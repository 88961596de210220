package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

type subscriptionRow struct {
	ID        int64 `gorm:"primaryKey"`
	TenantID  string
	Tier      string
	Status    string
	ChangedAt time.Time
}

func (subscriptionRow) TableName() string { return "subscriptions" }

// Subscriptions lists every tier and status a tenant has had, oldest first; empty for an unknown
// tenant. Creating and updating one writes it. Errors as in tenancy.TenantStore.
func (s *Store) Subscriptions(ctx context.Context, tenant ilsai.TenantID) ([]tenancy.Subscription, error) {
	var rows []subscriptionRow
	if err := s.db.WithContext(ctx).Where("tenant_id = ?", string(tenant)).Order("id").Find(&rows).Error; err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.Subscription, len(rows))
	for i, r := range rows {
		out[i] = tenancy.Subscription{Tier: tenancy.Tier(r.Tier), Status: tenancy.Status(r.Status), ChangedAt: r.ChangedAt.UTC()}
	}
	return out, nil
}

// appendSubscription records a tenant's tier and status in the transaction that changes them.
func appendSubscription(tx *gorm.DB, t tenantRow, at time.Time) error {
	return tx.Create(&subscriptionRow{TenantID: t.ID, Tier: t.Tier, Status: t.Status, ChangedAt: at.UTC().Truncate(time.Millisecond)}).Error
}
