package tenancy

import (
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/ils-platform/ilsai"
)

// UsageEvent is one line of the usage log: one question, answered or not. The JSON names of the
// first ten fields are the guide's ai_usage_logs columns.
type UsageEvent struct {
	ID             int64          `json:"id"` // given by the store, ascending
	TenantID       ilsai.TenantID `json:"tenant_id"`
	UserID         UserID         `json:"user_id"`
	QueryType      QueryType      `json:"query_type"`
	Question       string         `json:"question"`
	TokensUsed     int            `json:"tokens_used"` // billed: prompt + completion; 0 from the cache
	FromCache      bool           `json:"from_cache"`
	ResponseTimeMS int            `json:"response_time_ms"`
	Success        bool           `json:"success"`
	Timestamp      time.Time      `json:"timestamp"` // UTC, whole milliseconds

	EventID          string     `json:"event_id"` // UUIDv7 made when the question is admitted; unique per tenant
	RequestID        string     `json:"request_id"`
	Model            string     `json:"model"`
	PromptTokens     int        `json:"prompt_tokens"`
	CachedTokens     int        `json:"cached_tokens"` // those of the prompt that were already in memory
	CompletionTokens int        `json:"completion_tokens"`
	ErrorType        ilsai.Code `json:"error_type,omitempty"` // "" when Success
}

// UsageTotals sums a tenant's events over a time span.
type UsageTotals struct {
	Queries    int // all events
	Successful int
	Cached     int
	TokensUsed int
}

const maxQuestionBytes = 64 << 10

// NewEventID makes the id of a usage event: a UUIDv7, so ids sort by time and never collide
// between processes. The error is the operating system's random source failing.
func NewEventID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	return id.String(), nil
}

// Validate reports the first field that must not enter the ledger, as ilsai.CodeInvalid.
func (e UsageEvent) Validate() error {
	if _, err := ilsai.ParseTenantID(string(e.TenantID)); err != nil {
		return err
	}
	id, err := uuid.Parse(e.EventID)
	if err != nil || id.Version() != 7 || id.String() != e.EventID {
		return &ilsai.Error{Code: ilsai.CodeInvalid, Message: "a usage event needs a UUIDv7 in lower case as its event id",
			Err: fmt.Errorf("event id %q: %w", e.EventID, err)}
	}
	switch {
	case !e.QueryType.Valid():
		_, err := ParseQueryType(string(e.QueryType))
		return err
	case len(e.Question) > maxQuestionBytes:
		return ilsai.Errorf(ilsai.CodeInvalid, "a usage event holds at most %d bytes of question", maxQuestionBytes)
	case e.Timestamp.IsZero():
		return ilsai.Errorf(ilsai.CodeInvalid, "a usage event needs a timestamp")
	case e.TokensUsed < 0, e.PromptTokens < 0, e.CachedTokens < 0, e.CompletionTokens < 0, e.ResponseTimeMS < 0:
		return ilsai.Errorf(ilsai.CodeInvalid, "counts of a usage event are never negative")
	case e.FromCache && e.TokensUsed != 0:
		return ilsai.Errorf(ilsai.CodeInvalid, "an answer from the cache uses no tokens")
	case e.Success && e.ErrorType != "":
		return ilsai.Errorf(ilsai.CodeInvalid, "a successful usage event has no error type")
	}
	return nil
}
