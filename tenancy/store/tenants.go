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

	Limits        *string // JSON of tenancy.LimitsOverride; nil for none
	PurgeAt       int64   // these two are milliseconds since 1970; 0: never
	PurgedAt      int64
	RestoreStatus string
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
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	return s.classify(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.insertTenant(tx, toTenantRow(t)) }))
}

// insertTenant writes a new tenant and the begin of its subscription.
func (s *Store) insertTenant(tx *gorm.DB, row tenantRow) error {
	if row.CreatedAt.IsZero() {
		row.CreatedAt = s.now().UTC().Truncate(time.Millisecond)
	}
	err := tx.Create(&row).Error
	if isUnique(err) {
		return ilsai.Wrap(ilsai.CodeConflict, err, "A tenant with the id %q or the code %q exists already.", row.ID, row.Code)
	}
	if err != nil {
		return err
	}
	return appendSubscription(tx, row, row.CreatedAt)
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
	row, err := s.takeTenant(ctx, column, value)
	if err != nil {
		return tenancy.Tenant{}, err
	}
	return row.tenant(), nil
}

func (s *Store) takeTenant(ctx context.Context, column, value string) (tenantRow, error) {
	var row tenantRow
	err := gorm.ErrRecordNotFound
	if storable(value) == value { // no stored id has other bytes, and not every database takes the question
		err = s.db.WithContext(ctx).Where(map[string]any{column: value}).Take(&row).Error
	}
	if errors.Is(err, gorm.ErrRecordNotFound) {
		return tenantRow{}, ilsai.Errorf(ilsai.CodeNotFound, "There is no tenant with the %s %q.", column, value)
	}
	return row, s.classify(err)
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

// UpdateTenant implements tenancy.TenantStore. A tenant that is deleted is ilsai.CodeConflict.
func (s *Store) UpdateTenant(ctx context.Context, t tenancy.Tenant) error {
	if err := t.Validate(); err != nil {
		return err
	}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	return s.classify(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		before, err := s.holdTenant(tx, t.ID)
		if err != nil {
			return err
		}
		deleted, err := before.record()
		if err != nil {
			return err
		}
		if err := deleted.Changeable(); err != nil {
			return err
		}
		return s.replaceTenant(tx, before, toTenantRow(t), "Name", "Tier", "Status", "TimeZone", "Currency")
	}))
}

// holdTenant reads a tenant that nobody else changes until the transaction ends.
func (s *Store) holdTenant(tx *gorm.DB, id ilsai.TenantID) (tenantRow, error) {
	if storable(string(id)) != string(id) {
		return tenantRow{}, noTenant(id)
	}
	var row tenantRow
	err := tx.Clauses(s.engine.locking()...).Where("id = ?", string(id)).Take(&row).Error
	if errors.Is(err, gorm.ErrRecordNotFound) {
		err = noTenant(id)
	}
	return row, err
}

// replaceTenant writes columns of a row that is held, and a new tier or status into the subscriptions.
func (s *Store) replaceTenant(tx *gorm.DB, before, row tenantRow, columns ...string) error {
	if err := tx.Model(&tenantRow{ID: row.ID}).Select(columns).Updates(&row).Error; err != nil {
		return err
	}
	if before.Tier == row.Tier && before.Status == row.Status {
		return nil
	}
	return appendSubscription(tx, row, s.now())
}
