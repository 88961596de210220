package server_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

const guideSentence = "Cannot query personally identifiable information. Only anonymized aggregate statistics are available."

// TestPersonalDataOfPatientsIsRefused: the guide's sentence under a stable code, before limiter, ledger and model; a
// refusal is audited without the question, one entry a minute for a user who keeps asking.
func TestPersonalDataOfPatientsIsRefused(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 2, limits: unlimited})
	refuse := func(tier tenancy.Tier, question string) answered {
		t.Helper()
		a, err := s.send(t.Context(), http.MethodPost, "/api/ai/query", s.token(shop(0), "7", tier), ask(question, "patients"), "X-Idempotency-Key", "k")
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for i, question := range []string{"List the names of all patients", "¿Cuál es el teléfono de cada paciente?", "When was patient John Smith here?"} {
		a := refuse(tenancy.TierEnterprise, question)
		var p struct{ Type, Detail string }
		if err := json.Unmarshal(a.body, &p); err != nil || a.status != http.StatusForbidden || a.Code != string(ilsai.CodePrivacy) || p.Detail != guideSentence ||
			p.Type != "urn:ilsai:problem:privacy" || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%q: %d %v %s", question, a.status, a.header, a.body)
		}
		if i == 1 {
			s.advance(time.Minute)
		}
	}
	if a := refuse(tenancy.TierBasic, "List the names of all patients"); a.Code != string(ilsai.CodeFeatureDisabled) {
		t.Errorf("the feature gate comes first: %s", a.body)
	}
	if a := s.mustAsk(shop(0), "7", "Which brand name sold best?"); a.status != http.StatusOK {
		t.Errorf("a name of a brand in sales: %d %s", a.status, a.body)
	}
	if a := refuse(tenancy.TierEnterprise, "How many patients came in May?"); a.status != http.StatusOK {
		t.Errorf("the refused questions used up their key: %d %s", a.status, a.body)
	}
	if n := s.engine.runs.Load(); n != 2 {
		t.Errorf("the model ran %d times, want 2", n)
	}
	if rows := s.rows(); len(rows) != 2 {
		t.Errorf("%d rows are billed, want 2", len(rows))
	}
	entries, err := s.store.Audit(t.Context(), shop(0), time.Time{}, time.Time{}, 0, 0)
	if err != nil || len(entries) != 2 {
		t.Fatalf("%d audit entries, want 2: %v", len(entries), err)
	}
	for i, want := range []string{`{"terms":["name"],"questions":1}`, `{"kinds":["PERSON"],"questions":2}`} {
		if e := entries[i]; string(e.After) != want || e.Action != "query.refuse_personal" || e.Actor != "7" || e.Target != "patients" || e.RequestID == "" {
			t.Errorf("entry %d: %+v with %s, want %s", i, e, e.After, want)
		}
	}
}

// TestKeptTextHoldsNoPersonalData: what a user writes is kept without it, in every table that keeps text.
func TestKeptTextHoldsNoPersonalData(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 1, limits: unlimited})
	k := &talk{stack: s, tenant: shop(0), user: "7"}
	var made struct{ ID, Title string }
	k.do(http.MethodPost, "/api/ai/conversations", `{"title": "About maria@example.com"}`, &made)
	if k.id = made.ID; made.Title != "About [EMAIL_ADDRESS]" {
		t.Errorf("title %q", made.Title)
	}
	asked := k.asks("What did Mrs Okafor, 555-234-5678, buy?")
	const want = "What did Mrs [PERSON], [PHONE_NUMBER], buy?"
	if turns, _ := k.history(""); len(turns) != 2 || turns[0].Question != want {
		t.Errorf("turns: %+v", turns)
	}
	if rows := s.rows(); len(rows) != 1 || rows[0].Question != want {
		t.Errorf("rows: %+v", rows)
	}
	body, err := json.Marshal(map[string]string{"request_id": asked.RequestID, "thumbs": "down", "comment": "ask maria@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if a := k.do(http.MethodPost, "/api/ai/feedback", string(body), nil); a.status != http.StatusNoContent {
		t.Fatalf("feedback: %d %s", a.status, a.body)
	}
}

// TestChatIsFilteredWhereAsked: with the setting, no piece of a stream holds part of a value; without, only what is
// kept for a key is filtered, and a replay is what was shown.
func TestChatIsFilteredWhereAsked(t *testing.T) {
	t.Parallel()
	const value, mark = "maria.lopez@example.com", "[EMAIL_ADDRESS]"
	text := strings.Repeat("Frames sold well in May. ", 20) + "Write to " + value + " soon. " + strings.Repeat("Lenses sold well, too. ", 20)
	for _, filtered := range []bool{true, false} {
		b := setupChat(t, func(d *server.Deps, _ *admission.Options) { d.FilterChat = filtered })
		b.chat.reply = func(ctx context.Context, _ server.Chat) (server.ChatStream, error) {
			s := newScriptedStream(ctx)
			s.pieces = make(chan string, len(text))
			for i := 0; i < len(text); i += 7 {
				s.say(text[i:min(i+7, len(text))])
			}
			s.end()
			return s, nil
		}
		for name, r := range map[string]reply{
			"whole": b.post(hello()), "stream": b.post(hello(`"stream": true`)),
			"key": b.post(hello(), "Idempotency-Key", "k"), "replay": b.post(hello(`"stream": true`), "Idempotency-Key", "k"),
		} {
			got := contentOf(t, r)
			want := text
			if filtered || name == "key" || name == "replay" {
				want = strings.Replace(text, value, mark, 1)
			}
			if got != want {
				t.Errorf("filter %v, %s: got %q", filtered, name, got)
			}
		}
	}
}

// contentOf joins the text of a completion or of the chunks of its stream.
func contentOf(t *testing.T, r reply) (text string) {
	t.Helper()
	type content struct {
		Choices []struct{ Message, Delta struct{ Content string } }
	}
	for line := range strings.SplitSeq(string(r.body), "\n") {
		line = strings.TrimPrefix(line, "data: ")
		var c content
		if json.Unmarshal([]byte(line), &c) == nil && len(c.Choices) == 1 {
			text += c.Choices[0].Message.Content + c.Choices[0].Delta.Content
		}
	}
	return text
}
