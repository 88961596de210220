package tenancy

import (
	"strconv"
	"strings"
	"time"
)

// UsageCSVHeader names the columns of UsageCSVRow. The question is not among them: a bill needs none.
func UsageCSVHeader() []string {
	return []string{
		"id", "event_id", "tenant_id", "user_id", "query_type", "tokens_used", "prompt_tokens", "cached_tokens", "completion_tokens",
		"from_cache", "response_time_ms", "success", "error_type", "model", "request_id", "timestamp",
	}
}

// UsageCSVRow is a usage event as fields of a CSV file. No field is a formula: a spreadsheet would run it.
func UsageCSVRow(e UsageEvent) []string {
	row := []string{
		strconv.FormatInt(e.ID, 10), e.EventID, string(e.TenantID), string(e.UserID), string(e.QueryType), strconv.Itoa(e.TokensUsed), strconv.Itoa(e.PromptTokens),
		strconv.Itoa(e.CachedTokens), strconv.Itoa(e.CompletionTokens), strconv.FormatBool(e.FromCache), strconv.Itoa(e.ResponseTimeMS), strconv.FormatBool(e.Success),
		string(e.ErrorType), e.Model, e.RequestID, e.Timestamp.Format(time.RFC3339Nano),
	}
	for i, s := range row {
		// What spreadsheets take for the begin of a formula, full-width forms included.
		if s != "" && strings.ContainsRune("=+-@\t\r\n＝＋－＠", []rune(s)[0]) {
			row[i] = "'" + s
		}
	}
	return row
}
