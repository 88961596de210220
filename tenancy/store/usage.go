package store

import (
	"context"
	"strings"
	"time"

	"gorm.io/gorm"
	"gorm.io/gorm/clause"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const maxUsagePage = 1000

type usageRow struct {
	ID               int64 `gorm:"primaryKey"`
	TenantID         string
	UserID           string
	QueryType        string
	Question         string
	TokensUsed       int
	FromCache        bool
	ResponseTimeMS   int `gorm:"column:response_time_ms"`
	Success          bool
	Timestamp        time.Time
	EventID          string
	RequestID        string
	Model            string
	PromptTokens     int
	CachedTokens     int
	CompletionTokens int
	ErrorType        string
}

func (usageRow) TableName() string { return "ai_usage_logs" }

func toUsageRow(e tenancy.UsageEvent) usageRow {
	return usageRow{TenantID: string(e.TenantID), UserID: storable(string(e.UserID)), QueryType: string(e.QueryType), Question: storable(e.Question),
		TokensUsed: e.TokensUsed, FromCache: e.FromCache, ResponseTimeMS: e.ResponseTimeMS, Success: e.Success,
		Timestamp: e.Timestamp.UTC().Truncate(time.Millisecond), EventID: e.EventID, RequestID: storable(e.RequestID), Model: storable(e.Model),
		PromptTokens: e.PromptTokens, CachedTokens: e.CachedTokens, CompletionTokens: e.CompletionTokens, ErrorType: string(e.ErrorType)}
}

// storable makes a text that every database takes back as it was given: an answered question must
// never go unbilled for a stray byte in it.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func (r usageRow) event() tenancy.UsageEvent {
	return tenancy.UsageEvent{ID: r.ID, TenantID: ilsai.TenantID(r.TenantID), UserID: tenancy.UserID(r.UserID),
		QueryType: tenancy.QueryType(r.QueryType), Question: r.Question, TokensUsed: r.TokensUsed, FromCache: r.FromCache,
		ResponseTimeMS: r.ResponseTimeMS, Success: r.Success, Timestamp: r.Timestamp.UTC(), EventID: r.EventID,
		RequestID: r.RequestID, Model: r.Model, PromptTokens: r.PromptTokens, CachedTokens: r.CachedTokens,
		CompletionTokens: r.CompletionTokens, ErrorType: ilsai.Code(r.ErrorType)}
}

// AppendUsage implements tenancy.UsageStore.
func (s *Store) AppendUsage(ctx context.Context, e *tenancy.UsageEvent) error {
	if err := e.Validate(); err != nil {
		return err
	}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	row := toUsageRow(*e)
	db := s.db.WithContext(ctx)
	res := db.Clauses(clause.OnConflict{
		Columns: []clause.Column{{Name: "tenant_id"}, {Name: "event_id"}}, DoNothing: true,
	}).Create(&row)
	if isForeignKey(res.Error) {
		return ilsai.Wrap(ilsai.CodeNotFound, res.Error, "There is no tenant with the id %q.", e.TenantID)
	}
	if res.Error != nil {
		return s.classify(res.Error)
	}
	if res.RowsAffected == 1 {
		e.ID = row.ID
		return nil
	}
	var first usageRow
	if err := db.Where("tenant_id = ? AND event_id = ?", row.TenantID, row.EventID).Take(&first).Error; err != nil {
		return s.classify(err)
	}
	row.ID = first.ID
	if first.Timestamp = first.Timestamp.UTC(); first != row {
		return ilsai.Errorf(ilsai.CodeConflict, "The usage event %s was recorded already, with another content.", e.EventID)
	}
	e.ID = first.ID
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
	for i, r := range rows {
		out[i] = r.event()
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
