package server_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
)

// talk is a user of a shop in a conversation.
type talk struct {
	*stack
	tenant ilsai.TenantID
	user   string
	id     string
}

func (s *stack) startTalk(tenant ilsai.TenantID, user, title string) *talk {
	s.t.Helper()
	k := &talk{stack: s, tenant: tenant, user: user}
	var made struct{ ID, Title string }
	if a := k.do(http.MethodPost, "/api/ai/conversations", fmt.Sprintf(`{"title":%q}`, title), &made); a.status != http.StatusCreated || made.Title != title {
		s.t.Fatalf("got %d: %s", a.status, a.body)
	}
	k.id = made.ID
	return k
}

func (k *talk) do(method, path, body string, into any, headers ...string) answered {
	k.t.Helper()
	a, err := k.send(k.t.Context(), method, path, k.token(k.tenant, k.user, tenancy.TierEnterprise), body, headers...)
	if err != nil && len(a.body) > 0 { // a 204 has none
		k.t.Fatal(err)
	}
	if into != nil && a.status < 300 {
		if err := json.Unmarshal(a.body, into); err != nil {
			k.t.Fatalf("%v: %s", err, a.body)
		}
	}
	return a
}

func (k *talk) asks(question string, headers ...string) answered {
	k.t.Helper()
	return k.do(http.MethodPost, "/api/ai/query", fmt.Sprintf(`{"question":%q,"query_type":"sales","conversation_id":%q}`, question, k.id), nil, headers...)
}

type turnShown struct {
	ID        int64
	Role      string
	Question  string
	Answer    json.RawMessage
	RequestID string `json:"request_id"`
}

func (k *talk) history(query string) (turns []turnShown, nextAfter int64) {
	k.t.Helper()
	var page struct {
		Items     []turnShown
		NextAfter int64 `json:"next_after"`
	}
	if a := k.do(http.MethodGet, "/api/ai/conversations/"+k.id+query, "", &page); a.status != http.StatusOK {
		k.t.Fatalf("got %d: %s", a.status, a.body)
	}
	return page.Items, page.NextAfter
}

func TestConversationKeepsWhatWasSaid(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	previous := map[string]string{} // question → plan it was told of
	s := startStack(t, stackOptions{tenants: 2, limits: unlimited, plan: func(q assistant.Question) *semantic.Plan {
		mu.Lock()
		defer mu.Unlock()
		if q.Previous != nil {
			previous[q.Text] = q.Previous.String()
		}
		if strings.HasPrefix(q.Text, "why") {
			return nil
		}
		return &semantic.Plan{Metric: "revenue", Period: strings.ReplaceAll(q.Text, " ", "_")}
	}})
	k := s.startTalk(shop(0), "7", "Sales")
	first := k.asks("last month")
	k.asks("this month", "X-Idempotency-Key", "k1")
	if again := k.asks("this month", "X-Idempotency-Key", "k1"); !again.replayed() {
		t.Errorf("the key was not replayed: %s", again.body)
	}
	k.asks("why is that")
	k.asks("this year")
	want := map[string]string{"this month": `{"metric":"revenue","period":"last_month"}`, "why is that": `{"metric":"revenue","period":"this_month"}`}
	if fmt.Sprint(previous) != fmt.Sprint(want) {
		t.Errorf("went on from %v, want %v", previous, want)
	}

	turns, _ := k.history("")
	if len(turns) != 8 || turns[0].Role != "user" || turns[0].Question != "last month" || turns[1].Role != "assistant" ||
		string(turns[1].Answer) != string(first.body) || turns[1].RequestID != first.RequestID || turns[7].Question != "" {
		t.Errorf("got %d turns: %+v", len(turns), turns)
	}
	page, next := k.history("?limit=3")
	rest, _ := k.history(fmt.Sprintf("?after=%d", next))
	if len(page) != 3 || len(rest) != 5 || rest[0].ID <= page[2].ID {
		t.Errorf("pages of %d and %d", len(page), len(rest))
	}
	rows := s.rows()
	if len(rows) != 4 {
		t.Errorf("%d rows are billed, want 4", len(rows))
	}

	if a := k.do(http.MethodDelete, "/api/ai/conversations/"+k.id, "", nil); a.status != http.StatusNoContent {
		t.Errorf("got %d: %s", a.status, a.body)
	}
	if a := k.asks("once more"); a.status != http.StatusNotFound || len(s.rows()) != 4 {
		t.Errorf("a deleted conversation: got %d: %s", a.status, a.body)
	}
}

// The same words mean something else after another answer, so they are another question to the cache.
func TestSameWordsAfterAnotherAnswer(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 1, limits: unlimited, plan: func(q assistant.Question) *semantic.Plan {
		return &semantic.Plan{Metric: "revenue", Period: q.Text}
	}})
	a, b, c := s.startTalk(shop(0), "7", "a"), s.startTalk(shop(0), "8", "b"), s.startTalk(shop(0), "9", "c")
	a.asks("yesterday")
	b.asks("today")
	c.asks("yesterday")
	for _, x := range []struct {
		k      *talk
		cached bool
	}{{a, false}, {b, false}, {c, true}} {
		if got := x.k.asks("and before"); got.FromCache != x.cached {
			t.Errorf("from cache %v, want %v: %s", got.FromCache, x.cached, got.body)
		}
	}
}

func TestConversationsAreTheirUsers(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 2, limits: unlimited})
	mine := s.startTalk(shop(0), "7", "Secret plans")
	mine.asks("last month")
	for _, other := range []*talk{
		{stack: s, tenant: shop(0), user: "8", id: mine.id},
		{stack: s, tenant: shop(1), user: "7", id: mine.id},
	} {
		for _, a := range []answered{
			other.do(http.MethodGet, "/api/ai/conversations/"+mine.id, "", nil),
			other.do(http.MethodDelete, "/api/ai/conversations/"+mine.id, "", nil),
			other.asks("and before"),
		} {
			if a.status != http.StatusNotFound || strings.Contains(string(a.body), "Secret") {
				t.Errorf("%s of %s: got %d: %s", other.user, other.tenant, a.status, a.body)
			}
		}
		var shown struct{ Items []any }
		if other.do(http.MethodGet, "/api/ai/conversations", "", &shown); shown.Items == nil || len(shown.Items) != 0 {
			t.Errorf("%s of %s sees %v", other.user, other.tenant, shown.Items)
		}
	}
	if turns, _ := mine.history(""); len(turns) != 2 {
		t.Errorf("%d turns, want 2", len(turns))
	}
	if rows := s.rows(); len(rows) != 1 {
		t.Errorf("%d rows are billed, want 1", len(rows))
	}
	for body, want := range map[string]int{"": http.StatusCreated, `{}`: http.StatusCreated, `{"titel":"x"}`: http.StatusBadRequest, `{"title":"` + strings.Repeat("x", 600) + `"}`: http.StatusBadRequest} {
		if a := mine.do(http.MethodPost, "/api/ai/conversations", body, nil); a.status != want {
			t.Errorf("%.40s: got %d, want %d: %s", body, a.status, want, a.body)
		}
	}
}

func TestFeedback(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 1, limits: unlimited})
	k := &talk{stack: s, tenant: shop(0), user: "7"}
	for _, c := range []struct {
		body string
		want int
	}{
		{`{"request_id":"r1","thumbs":"down","comment":"wrong month"}`, http.StatusNoContent},
		{`{"request_id":"r1","thumbs":"up"}`, http.StatusNoContent},
		{`{"request_id":"r1","thumbs":"sideways"}`, http.StatusBadRequest},
		{`{"thumbs":"up"}`, http.StatusBadRequest},
		{`{"request_id":"r1","thumbs":"up","user_id":"8"}`, http.StatusBadRequest},
	} {
		if a := k.do(http.MethodPost, "/api/ai/feedback", c.body, nil); a.status != c.want {
			t.Errorf("%s: got %d, want %d: %s", c.body, a.status, c.want, a.body)
		}
	}
	kept, err := s.store.Feedback(t.Context(), shop(0), 0, 0)
	if err != nil || len(kept) != 1 || kept[0].Thumbs != tenancy.ThumbsUp || kept[0].UserID != "7" {
		t.Errorf("got %+v, %v, want the last verdict", kept, err)
	}
}
