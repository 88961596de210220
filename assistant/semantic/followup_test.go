package semantic_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/assistant/semantic/gbnftest"
)

// TestFollowUpKeepsWhatWasNamed: whatever a plan named, a plan that goes on from it can name again, with words of the new
// question beside it, and neither runs into the other.
func TestFollowUpKeepsWhatWasNamed(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, question := range oddQuestions {
		g := grammarOf(t, question)
		for range cases(100) {
			first, err := semantic.ParsePlan([]byte(g.Random(r, 200)))
			if err != nil {
				t.Fatal(err)
			}
			next := first
			next.Where = append([]string{}, first.Where...)
			if len(next.Where) < 4 && first.Metric != "" {
				next.Where = append(next.Where, "downtown")
			}
			text := semantic.SpanText("only Downtown?", &first)
			after, err := gbnftest.Parse(semantic.PlanGrammar(semantic.Sales(), text))
			if err != nil {
				t.Fatal(err)
			}
			if !after.Allows(next.String()) {
				t.Fatalf("after %s nothing can say %s", first, next)
			}
			if got, err := semantic.ReadPlan(semantic.Sales(), text, []byte(next.String())); err != nil || got.String() != next.String() {
				t.Fatalf("after %s: %s, %v", first, got, err)
			}
		}
	}
	between := semantic.Plan{Metric: "revenue", Period: "default", Where: []string{"ray-ban only"}}
	text := semantic.SpanText("only Downtown?", &semantic.Plan{Metric: "revenue", Period: "default", Where: []string{"ray-ban"}})
	if _, err := semantic.ReadPlan(semantic.Sales(), text, []byte(between.String())); err == nil {
		t.Error("a span runs from the last plan's words into the question's")
	}
	if got := semantic.SpanText("only Downtown?", nil); got != "only Downtown?" {
		t.Errorf("without a plan before it a question stands alone, not %q", got)
	}
}
