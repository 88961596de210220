package server_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
)

// TestQueryWithoutType: a question may come without its kind. What the model makes of it is what is recorded and shown, from the
// cache as well, and a kind that the tier lacks is refused like any other.
func TestQueryWithoutType(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.asker.reply = func(q assistant.Question) (assistant.Answer, error) {
		if q.QueryType != "" {
			t.Errorf("%q came with the kind %q", q.Text, q.QueryType)
		}
		kind := map[bool]string{true: "patients", false: "inventory"}[q.Text == "Who is due?"]
		return assistant.Answer{Answer: "yes", QueryType: kind, Usage: assistant.Usage{Prompt: 8, Completion: 4}}, q.Allow(kind)
	}
	pro := token(t, "pro", tenancy.TierProfessional, now)
	for range 2 {
		got := b.do(http.MethodPost, "/api/ai/query", pro, `{"question": "What is low?"}`)
		var answer struct {
			QueryType string `json:"query_type"`
		}
		if err := json.Unmarshal(got.body, &answer); err != nil || got.status != http.StatusOK || answer.QueryType != "inventory" {
			t.Fatalf("got %d: %s", got.status, got.body)
		}
	}
	got := b.do(http.MethodPost, "/api/ai/query", pro, `{"question": "Who is due?"}`)
	if got.status != http.StatusForbidden {
		t.Errorf("patients for the professional tier: %d: %s", got.status, got.body)
	}
	rows := b.usage.Rows()
	if len(rows) != 3 || rows[0].QueryType != tenancy.QueryInventory || rows[1].QueryType != tenancy.QueryInventory || !rows[1].FromCache ||
		rows[2].QueryType != tenancy.QueryPatients || rows[2].Success || rows[2].ErrorType != ilsai.CodeFeatureDisabled || rows[2].TokensUsed != 0 || rows[2].PromptTokens != 8 {
		t.Errorf("usage rows %+v", rows)
	}
}
