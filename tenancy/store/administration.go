package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const maxTenantPage = 1000

var _ tenancy.AdministrationStore = (*Store)(nil)

func toRecordRow(t tenancy.TenantRecord) (tenantRow, error) {
	row := toTenantRow(t.Tenant)
	row.PurgeAt, row.PurgedAt, row.RestoreStatus = toMillis(t.PurgeAt), toMillis(t.PurgedAt), string(t.RestoreStatus)
	var err error
	row.Limits, err = limitsText(t.Limits)
	return row, err
}

func (r tenantRow) record() (tenancy.TenantRecord, error) {
	limits, err := parseLimits(ilsai.TenantID(r.ID), r.Limits)
	return tenancy.TenantRecord{Tenant: r.tenant(), Limits: limits, PurgeAt: fromMillis(r.PurgeAt), PurgedAt: fromMillis(r.PurgedAt),
		RestoreStatus: tenancy.Status(r.RestoreStatus)}, err
}

// TenantRecord implements tenancy.AdministrationStore.
func (s *Store) TenantRecord(ctx context.Context, id ilsai.TenantID) (tenancy.TenantRecord, error) {
	row, err := s.takeTenant(ctx, "id", string(id))
	if err != nil {
		return tenancy.TenantRecord{}, err
	}
	return row.record()
}

// TenantRecords implements tenancy.AdministrationStore.
func (s *Store) TenantRecords(ctx context.Context, after ilsai.TenantID, limit int) ([]tenancy.TenantRecord, error) {
	if limit < 1 || limit > maxTenantPage {
		limit = maxTenantPage
	}
	var rows []tenantRow
	if err := s.db.WithContext(ctx).Where("id > ?", storable(string(after))).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.TenantRecord, len(rows))
	for i, r := range rows {
		var err error
		if out[i], err = r.record(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// TenantsToPurge implements tenancy.AdministrationStore.
func (s *Store) TenantsToPurge(ctx context.Context, now time.Time) ([]ilsai.TenantID, error) {
	var ids []ilsai.TenantID
	err := s.db.WithContext(ctx).Model(&tenantRow{}).Where("purge_at > 0 AND purged_at = 0 AND purge_at <= ?", now.UnixMilli()).
		Order("id").Pluck("id", &ids).Error
	return ids, s.classify(err)
}

// Administer implements tenancy.AdministrationStore.
func (s *Store) Administer(ctx context.Context, change func(tenancy.AdministrationTx) (*tenancy.AuditEntry, error)) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	tx := s.db.WithContext(ctx).Begin()
	if tx.Error != nil {
		return s.classify(tx.Error)
	}
	defer tx.Rollback() // after Commit it does nothing
	entry, err := change(&administrationTx{store: s, db: tx})
	if err != nil || entry == nil {
		return s.classify(err)
	}
	if err := s.insertAudit(tx, entry); err != nil {
		return s.classify(err)
	}
	return s.classify(tx.Commit().Error)
}

// administrationTx implements tenancy.AdministrationTx. Locks are taken in the order tenant, user, log.
type administrationTx struct {
	store *Store
	db    *gorm.DB
}

func (tx *administrationTx) Tenant(id ilsai.TenantID) (tenancy.TenantRecord, error) {
	row, err := tx.store.holdTenant(tx.db, id)
	if err != nil {
		return tenancy.TenantRecord{}, err
	}
	return row.record()
}

func (tx *administrationTx) CreateTenant(t tenancy.TenantRecord) error {
	if err := t.Validate(); err != nil {
		return err
	}
	row, err := toRecordRow(t)
	if err != nil {
		return err
	}
	return tx.store.insertTenant(tx.db, row)
}

func (tx *administrationTx) UpdateTenant(t tenancy.TenantRecord) error {
	if err := t.Validate(); err != nil {
		return err
	}
	before, err := tx.store.holdTenant(tx.db, t.ID)
	if err != nil {
		return err
	}
	row, err := toRecordRow(t)
	if err != nil {
		return err
	}
	return tx.store.replaceTenant(tx.db, before, row, "Name", "Tier", "Status", "TimeZone", "Currency", "Limits", "PurgeAt", "PurgedAt", "RestoreStatus")
}

func (tx *administrationTx) EmptyTenant(id ilsai.TenantID) (tenancy.Removed, error) {
	var n tenancy.Removed
	for _, t := range []struct {
		table   string
		removed *int64
	}{{"users", &n.Users}, {"conversations", &n.Conversations}, {"feedback", &n.Feedback}, {"idempotency_keys", &n.Replies}, {"adapters", &n.Adapters}} {
		res := tx.db.Exec("DELETE FROM "+t.table+" WHERE tenant_id = ?", string(id)) // messages go with their conversations
		if res.Error != nil {
			return tenancy.Removed{}, res.Error
		}
		*t.removed = res.RowsAffected
	}
	return n, nil
}

func (tx *administrationTx) User(tenant ilsai.TenantID, id tenancy.UserID) (tenancy.User, error) {
	row, err := takeUser(tx.db.Clauses(tx.store.engine.locking()...), tenant, "id", string(id))
	if err != nil {
		return tenancy.User{}, err
	}
	return row.user(), nil
}

func (tx *administrationTx) CreateUser(u *tenancy.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	return tx.store.insertUser(tx.db, u)
}

func (tx *administrationTx) UpdateUser(u tenancy.User) error {
	if err := u.Validate(); err != nil {
		return err
	}
	return tx.store.replaceUser(tx.db, u.TenantID, u.ID, func(userRow) (map[string]any, error) { return userColumns(u), nil })
}

func (tx *administrationTx) SetPassword(tenant ilsai.TenantID, id tenancy.UserID, hash string) error {
	return tx.store.replaceUser(tx.db, tenant, id, newPassword("", hash))
}
