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

// Subscription is what a tenant had from ChangedAt on.
type Subscription struct {
	Tier      tenancy.Tier
	Status    tenancy.Status
	ChangedAt time.Time // UTC, whole milliseconds
}

// Subscriptions lists every tier and status a tenant has had, oldest first; empty for an unknown
// tenant. CreateTenant and UpdateTenant write it. Errors as in tenancy.TenantStore.
func (s *Store) Subscriptions(ctx context.Context, tenant ilsai.TenantID) ([]Subscription, error) {
	var rows []subscriptionRow
	if err := s.db.WithContext(ctx).Where("tenant_id = ?", string(tenant)).Order("id").Find(&rows).Error; err != nil {
		return nil, s.classify(err)
	}
	out := make([]Subscription, len(rows))
	for i, r := range rows {
		out[i] = Subscription{Tier: tenancy.Tier(r.Tier), Status: tenancy.Status(r.Status), ChangedAt: r.ChangedAt.UTC()}
	}
	return out, nil
}

// appendSubscription records a tenant's tier and status in the transaction that changes them.
func appendSubscription(tx *gorm.DB, t tenantRow, at time.Time) error {
	return tx.Create(&subscriptionRow{TenantID: t.ID, Tier: t.Tier, Status: t.Status, ChangedAt: at.UTC().Truncate(time.Millisecond)}).Error
}
