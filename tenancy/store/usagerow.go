package store

import (
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// usageRow is a row of ai_usage_logs without its hash.
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
	Month            string
}

func (usageRow) TableName() string { return "ai_usage_logs" }

// The columns are in the order of fields and values.
const (
	usageColumns = `id, tenant_id, user_id, query_type, question, tokens_used, from_cache, response_time_ms, success, timestamp,
		event_id, request_id, model, prompt_tokens, cached_tokens, completion_tokens, error_type, month`
	selectUsage = "SELECT " + usageColumns + " FROM ai_usage_logs"
	insertUsage = "INSERT INTO ai_usage_logs (" + usageColumns + `, hash)
		VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)
		ON CONFLICT (tenant_id, event_id) DO NOTHING`
)

func (r *usageRow) fields() []any {
	return []any{&r.ID, &r.TenantID, &r.UserID, &r.QueryType, &r.Question, &r.TokensUsed, &r.FromCache, &r.ResponseTimeMS, &r.Success,
		&r.Timestamp, &r.EventID, &r.RequestID, &r.Model, &r.PromptTokens, &r.CachedTokens, &r.CompletionTokens, &r.ErrorType, &r.Month}
}

func (r *usageRow) values() []any {
	return []any{r.ID, r.TenantID, r.UserID, r.QueryType, r.Question, r.TokensUsed, r.FromCache, r.ResponseTimeMS, r.Success,
		r.Timestamp, r.EventID, r.RequestID, r.Model, r.PromptTokens, r.CachedTokens, r.CompletionTokens, r.ErrorType, r.Month}
}

func toUsageRow(e tenancy.UsageEvent) usageRow {
	return usageRow{TenantID: string(e.TenantID), UserID: storable(string(e.UserID)), QueryType: string(e.QueryType), Question: storable(e.Question),
		TokensUsed: e.TokensUsed, FromCache: e.FromCache, ResponseTimeMS: e.ResponseTimeMS, Success: e.Success,
		Timestamp: e.Timestamp.UTC().Truncate(time.Millisecond), EventID: e.EventID, RequestID: storable(e.RequestID), Model: storable(e.Model),
		PromptTokens: e.PromptTokens, CachedTokens: e.CachedTokens, CompletionTokens: e.CompletionTokens, ErrorType: storable(string(e.ErrorType))}
}

// storable makes a text that every database takes back as it was given: an answered question must
// never go unbilled for a stray byte in it.
func storable(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

func (r *usageRow) event() tenancy.UsageEvent {
	return tenancy.UsageEvent{ID: r.ID, TenantID: ilsai.TenantID(r.TenantID), UserID: tenancy.UserID(r.UserID),
		QueryType: tenancy.QueryType(r.QueryType), Question: r.Question, TokensUsed: r.TokensUsed, FromCache: r.FromCache,
		ResponseTimeMS: r.ResponseTimeMS, Success: r.Success, Timestamp: r.Timestamp.UTC(), EventID: r.EventID,
		RequestID: r.RequestID, Model: r.Model, PromptTokens: r.PromptTokens, CachedTokens: r.CachedTokens,
		CompletionTokens: r.CompletionTokens, ErrorType: ilsai.Code(r.ErrorType)}
}
