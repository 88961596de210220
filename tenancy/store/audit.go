package store

import (
	"context"
	"encoding/json"
	"time"

	"gorm.io/gorm"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const maxAuditPage = 1000

var (
	_ tenancy.AuditStore = (*Store)(nil)
	_ tenancy.UserStore  = (*Store)(nil)
)

type auditRow struct {
	ID          int64 `gorm:"primaryKey"`
	At          time.Time
	ActorTenant string
	Actor       string
	TenantID    string
	Action      string
	Target      string
	BeforeJSON  string `gorm:"column:before_json"`
	AfterJSON   string `gorm:"column:after_json"`
	RequestID   string
}

func (auditRow) TableName() string { return "audit_log" }

func (r auditRow) entry() tenancy.AuditEntry {
	return tenancy.AuditEntry{ID: r.ID, At: r.At.UTC(), ActorTenant: ilsai.TenantID(r.ActorTenant), Actor: r.Actor, TenantID: ilsai.TenantID(r.TenantID),
		Action: r.Action, Target: r.Target, Before: rawJSON(r.BeforeJSON), After: rawJSON(r.AfterJSON), RequestID: r.RequestID}
}

func rawJSON(s string) json.RawMessage {
	if s == "" {
		return nil
	}
	return json.RawMessage(s)
}

// AppendAudit implements tenancy.AuditStore.
func (s *Store) AppendAudit(ctx context.Context, e *tenancy.AuditEntry) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	return s.classify(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error { return s.insertAudit(tx, e) }))
}

// insertAudit is the last statement of a transaction: it holds the log until the end.
func (s *Store) insertAudit(tx *gorm.DB, e *tenancy.AuditEntry) error {
	if err := e.Validate(); err != nil {
		return err
	}
	row := auditRow{At: s.timeOr(e.At), ActorTenant: string(e.ActorTenant), Actor: storable(e.Actor), TenantID: string(e.TenantID),
		Action: storable(e.Action), Target: storable(e.Target), BeforeJSON: storable(string(e.Before)), AfterJSON: storable(string(e.After)), RequestID: storable(e.RequestID)}
	if !s.engine.oneWriter {
		// Ids become visible in their order, so "everything after id n" misses nothing.
		if err := tx.Exec("LOCK TABLE audit_log IN SHARE ROW EXCLUSIVE MODE").Error; err != nil {
			return err
		}
	}
	if err := tx.Create(&row).Error; err != nil {
		return err
	}
	e.ID, e.At = row.ID, row.At
	return nil
}

// Audit implements tenancy.AuditStore.
func (s *Store) Audit(ctx context.Context, tenant ilsai.TenantID, from, to time.Time, after int64, limit int) ([]tenancy.AuditEntry, error) {
	if storable(string(tenant)) != string(tenant) {
		return nil, nil
	}
	return s.listAudit(s.db.WithContext(ctx).Where("tenant_id = ?", string(tenant)), from, to, after, limit)
}

// AuditAll implements tenancy.AuditStore.
func (s *Store) AuditAll(ctx context.Context, from, to time.Time, after int64, limit int) ([]tenancy.AuditEntry, error) {
	return s.listAudit(s.db.WithContext(ctx), from, to, after, limit)
}

func (s *Store) listAudit(db *gorm.DB, from, to time.Time, after int64, limit int) ([]tenancy.AuditEntry, error) {
	if limit < 1 || limit > maxAuditPage {
		limit = maxAuditPage
	}
	if !from.IsZero() {
		db = db.Where("at >= ?", from.UTC())
	}
	if !to.IsZero() {
		db = db.Where("at < ?", to.UTC())
	}
	var rows []auditRow
	if err := db.Where("id > ?", after).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.AuditEntry, len(rows))
	for i, r := range rows {
		out[i] = r.entry()
	}
	return out, nil
}
