package assistant_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/assistant/semantic/gbnftest"
)

// routed answers the first generation, which asks for the kind, and leaves the rest to the script.
func routed(kind string, s *script) *script {
	plan := s.plan
	s.planFunc = func(g assistant.Generation) (assistant.Completion, error) {
		if g.System == "route" {
			return completion(kind, 1), nil
		}
		return completion(plan, 20), nil
	}
	return s
}

// TestRoute: a question without its kind is planned in the domain the model names, after the conversation's last plan if
// that was of this domain, and what naming it took is counted.
func TestRoute(t *testing.T) {
	s := routed("sales", &script{plan: `{"metric":"revenue","period":"last_month"}`, answer: "It was {r1.revenue} {period}."})
	a, _ := asker(t, busyShop(t, 7, 1), s)
	q := question(t, "By STORE?")
	asked := ""
	q.QueryType, q.PreviousType, q.Previous = "", "sales", &semantic.Plan{Metric: "units", Period: "today"}
	q.Allow = func(kind string) error { asked = kind; return nil }
	got, err := a.Ask(t.Context(), q)
	if err != nil || got.QueryType != "sales" || got.Plan.Plan == nil || asked != "sales" {
		t.Fatalf("%v: %q, allowed for %q", err, got.QueryType, asked)
	}
	if s.seen[0].System != "route" || s.seen[0].User != "sales\nby store?" || s.seen[1].User != `{"metric":"units","period":"today"}`+"\nby store?" {
		t.Errorf("prompts %q and %q", s.seen[0].User, s.seen[1].User)
	}
	if got.Usage.Completion < 21 {
		t.Errorf("%d tokens are counted, which leaves out the naming", got.Usage.Completion)
	}
	grammar, err := gbnftest.Parse(s.seen[0].Grammar)
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]bool{"sales": true, "inventory": true, "patients": true, "ophthalmic": true, "chat": false, "": false} {
		if grammar.Allows(kind) != want {
			t.Errorf("the grammar allows %q: %v", kind, !want)
		}
	}
}

// TestRouteRefused: what the model names is no way round what the tier has, and nothing is planned or read then.
func TestRouteRefused(t *testing.T) {
	refusal := ilsai.Errorf(ilsai.CodeFeatureDisabled, "Patient analytics is part of the Enterprise tier.")
	s := routed("patients", &script{})
	a, source := asker(t, busyShop(t, 7, 1), s)
	q := question(t, "How many patients came?")
	q.QueryType, q.Allow = "", func(string) error { return refusal }
	got, err := a.Ask(t.Context(), q)
	if !errors.Is(err, refusal) || got.QueryType != "patients" || got.Usage.Completion == 0 || len(s.seen) != 1 || source.opened != 0 {
		t.Errorf("%v, %+v after %d generations", err, got, len(s.seen))
	}
	s = routed("weather", &script{})
	a, _ = asker(t, busyShop(t, 7, 1), s)
	q.Allow = nil
	if _, err := a.Ask(t.Context(), q); ilsai.ErrorCode(err) != ilsai.CodeGenerationFailed || !strings.Contains(err.Error(), "query_type") {
		t.Errorf("a kind that does not exist: %v", err)
	}
}
