package store

import (
	"context"
	"errors"
	"time"

	"gorm.io/gorm"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

type tenantRow struct {
	ID        string `gorm:"primaryKey"`
	Code      string
	Name      string
	Tier      string
	Status    string
	TimeZone  string
	Currency  string
	CreatedAt time.Time
}

func (tenantRow) TableName() string { return "tenants" }

func toTenantRow(t tenancy.Tenant) tenantRow {
	return tenantRow{ID: string(t.ID), Code: t.Code, Name: t.Name, Tier: string(t.Tier), Status: string(t.Status),
		TimeZone: t.TimeZone, Currency: t.Currency, CreatedAt: t.CreatedAt.UTC().Truncate(time.Millisecond)}
}

func (r tenantRow) tenant() tenancy.Tenant {
	return tenancy.Tenant{ID: ilsai.TenantID(r.ID), Code: r.Code, Name: r.Name, Tier: tenancy.Tier(r.Tier),
		Status: tenancy.Status(r.Status), TimeZone: r.TimeZone, Currency: r.Currency, CreatedAt: r.CreatedAt.UTC()}
}

// CreateTenant implements tenancy.TenantStore.
func (s *Store) CreateTenant(ctx context.Context, t tenancy.Tenant) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if t.CreatedAt.IsZero() {
		t.CreatedAt = s.now()
	}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	row := toTenantRow(t)
	err := s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		if err := tx.Create(&row).Error; err != nil {
			return err
		}
		return appendSubscription(tx, row, row.CreatedAt)
	})
	if isUnique(err) {
		return ilsai.Wrap(ilsai.CodeConflict, err, "A tenant with the id %q or the code %q exists already.", t.ID, t.Code)
	}
	return s.classify(err)
}

// Tenant implements tenancy.TenantStore.
func (s *Store) Tenant(ctx context.Context, id ilsai.TenantID) (tenancy.Tenant, error) {
	return s.findTenant(ctx, "id", string(id))
}

// TenantByCode implements tenancy.TenantStore.
func (s *Store) TenantByCode(ctx context.Context, code string) (tenancy.Tenant, error) {
	return s.findTenant(ctx, "code", code)
}

func (s *Store) findTenant(ctx context.Context, column, value string) (tenancy.Tenant, error) {
	var row tenantRow
	if storable(value) != value { // no stored id has such bytes, and not every database takes the question
		return tenancy.Tenant{}, ilsai.Errorf(ilsai.CodeNotFound, "There is no tenant with the %s %q.", column, value)
	}
	err := s.db.WithContext(ctx).Where(map[string]any{column: value}).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return tenancy.Tenant{}, ilsai.Errorf(ilsai.CodeNotFound, "There is no tenant with the %s %q.", column, value)
	}
	if err != nil {
		return tenancy.Tenant{}, s.classify(err)
	}
	return row.tenant(), nil
}

// Tenants implements tenancy.TenantStore.
func (s *Store) Tenants(ctx context.Context) ([]tenancy.Tenant, error) {
	var rows []tenantRow
	if err := s.db.WithContext(ctx).Order("id").Find(&rows).Error; err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.Tenant, len(rows))
	for i, r := range rows {
		out[i] = r.tenant()
	}
	return out, nil
}

// UpdateTenant implements tenancy.TenantStore.
func (s *Store) UpdateTenant(ctx context.Context, t tenancy.Tenant) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	row := toTenantRow(t)
	return s.classify(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		var before tenantRow
		err := tx.Clauses(s.engine.locking()...).Where("id = ?", row.ID).Take(&before).Error
		if errors.Is(err, gorm.ErrRecordNotFound) {
			return noTenant(t.ID)
		}
		if err != nil {
			return err
		}
		if err := tx.Model(&tenantRow{ID: row.ID}).Select("Name", "Tier", "Status", "TimeZone", "Currency").Updates(&row).Error; err != nil {
			return err
		}
		if before.Tier == row.Tier && before.Status == row.Status {
			return nil
		}
		return appendSubscription(tx, row, s.now())
	}))
}
