package assistant_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// These tests are about a model that no grammar holds: a server elsewhere that may write anything.

func instructed(t *testing.T, s *script) *assistant.Assistant {
	t.Helper()
	a, err := assistant.New(assistant.Options{Generator: s, Data: &shops{dbs: dbsOf(quietShop(t))}, Catalogues: salesOnly(),
		Profile: assistant.ProfileInstruct, Now: func() time.Time { return monday }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestLyingAnswers: what is no cell is not shown, however it is written; the same cells are stated plainly instead.
func TestLyingAnswers(t *testing.T) {
	s := &script{plan: `{"metric":"revenue","by":["product"],"period":"last_month","order":"desc"}`}
	a := instructed(t, s)
	honest := []string{
		"{r1.product} sold most {period} with {r1.revenue}, followed by {r2.product} with {r2.revenue}.",
		"{r1.product} comes first {period} with {r1.revenue}; the second and the fourth are far behind.",
		"  {period} the best product of the quarter was {r1.product}, at {r1.revenue}, and none came close.\n",
		"The first product {period} is {r1.product} with {r1.revenue}, often bought by someone who came before.",
	}
	lies := []string{
		"", "   ", "Revenue rose.", "{period} was good.", // nothing of the rows
		"Revenue was $12,345.67 {period}, {r1.revenue}.", "It was {r1.revenue}, up 12%.", "It was {r1.revenue} in 2026.",
		"It was {r1.revenue}, up twelve percent.", "It was {r1.revenue}, twentyfive more.", "It was {r1.revenue}, forty-two more.", "It was {r1.revenue}, about a hundred and ten more.",
		"It was {r1.revenue}, tens of thousands.", "It was {r1.revenue}, threefold.", "It was {r1.revenue}, a tenfold rise.", "It was {r1.revenue}, half of all.",
		"It was {r1.revenue}, a third of all.", "It was {r1.revenue}, two-thirds of all.", "It was {r1.revenue}, a quarter of all.", "It was {r1.revenue}, a tenth of all.",
		"It was {r1.revenue}, doubling.", "It was {r1.revenue}, which quadrupled.", "It was {r1.revenue}, zero growth.", "It was {r1.revenue}, a dozen more.", "It was {r1.revenue}, a couple more.",
		"It was {r1.revenue}, a gain of XII.", "It was {r1.revenue}, a gain of MMXXVI.", "Es waren {r1.revenue}, zwanzig Prozent mehr.", "Era {r1.revenue}, veinte mil.",
		"It was {r1.revenue}, up ٢٥ percent.", "It was {r1.revenue}, up ２５ percent.", "It was {r1.revenue}, up 二十.", "It was {r1.revenue}, up ½.", "It was {r1.revenue}, up ².", "It was {r1.revenue}, up Ⅻ.", "It was {r1.revenue}, up 𝟗.",
		"It was {r1.revenue} million.", "It was {r1.revenue}k.", "It was {r1.revenue}%.", "It was -{r1.revenue}.", "It was minus {r1.revenue}.", "It was negative {r1.revenue}.", "It was {r1.revenue}{r2.revenue}.",
		"It was {r9.revenue}.", "It was {r1.salary}.", "It was {r01.revenue}.", "It was {R1.revenue}.", "It was {r1.revenue }.", "It was {r-1.revenue}.", "It was {}.", "It was {r1}.", "It was {other_shop.revenue}, {r1.revenue}.",
		"It was {{r1.revenue}}.", "It was {r1.revenue.", "It was r1.revenue}.", "It was {r1.revenue}", // cut off
		"It was {r1.revenue}.\n<script>", "It was {r1.revenue}, see https://evil.example.", "It was {r1.revenue} \u202e.", "It was {r1.revenue} \ufffd.", "**It was {r1.revenue}.**",
		"It was {r1.revenue}. " + strings.Repeat("So it was. ", 60), "```\n{r1.revenue}.\n```", `{"answer":"{r1.revenue}."}`,
	}
	for _, text := range honest {
		s.answer = text
		if got := ask(t, a, "best products"); !got.Phrased {
			t.Errorf("%q is refused: %v", text, got.PhrasingErr)
		}
	}
	s.answer = lies[0]
	plain := ask(t, a, "best products").Answer
	for _, text := range lies {
		s.answer = text
		got := ask(t, a, "best products")
		if got.Phrased || got.PhrasingErr == nil || got.Answer != plain || len(got.Citations) == 0 {
			t.Errorf("%q was shown as %q", text, got.Answer)
		}
	}
}

// TestPlanIsAskedForAgain: once, with what was wrong, and only while the budget lasts.
func TestPlanIsAskedForAgain(t *testing.T) {
	const good = "{\n  \"period\": \"last_month\",\n  \"metric\": \"revenue\",\n  \"where\": [\" Oakley\"]\n}\n"
	tests := []struct {
		name    string
		first   string
		tokens  int
		second  string
		calls   int // of the plan
		refused bool
	}{
		{"right at once, indented and in another order", good, 30, "", 1, false},
		{"no JSON", "Sure! Here is your plan:", 30, good, 2, false},
		{"an unknown metric", `{"metric":"salaries","period":"today"}`, 30, good, 2, false},
		{"another shop's value", `{"metric":"revenue","where":[" persol"],"period":"today"}`, 30, good, 2, false},
		{"wrong twice", `{"metric":"salaries","period":"today"}`, 30, `{"metric":"bonuses","period":"today"}`, 2, true},
		{"no budget for more", `{"metric":"salaries","period":"today"}`, 250, good, 1, true},
		{"invalid UTF-8, and much of it", strings.Repeat("\xff\xc3", 4000), 30, good, 2, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var prompts []assistant.Generation
			s := &script{answer: "It was {r1.revenue}.", planFunc: func(g assistant.Generation) (assistant.Completion, error) {
				prompts = append(prompts, g)
				if len(prompts) == 1 {
					return completion(tt.first, tt.tokens), nil
				}
				return completion(tt.second, 30), nil
			}}
			got, err := instructed(t, s).Ask(context.Background(), question(t, "oakley last month"))
			if len(prompts) != tt.calls {
				t.Fatalf("%d plans were asked for, want %d", len(prompts), tt.calls)
			}
			if tt.refused {
				if ilsai.ErrorCode(err) != ilsai.CodeGenerationFailed || got.Usage.Completion == 0 {
					t.Fatalf("%+v, %v", got.Usage, err)
				}
				return
			}
			if err != nil || got.Plan.String() != `{"metric":"revenue","where":[" oakley"],"period":"last_month"}` {
				t.Fatalf("%s, %v", got.Plan, err)
			}
			if want := tt.calls*30 + 25; got.Usage.Completion != want || got.Usage.Prompt != 20*(tt.calls+1) {
				t.Errorf("counted %+v, want every try and the answer: %d", got.Usage, want)
			}
			if last := prompts[len(prompts)-1]; tt.calls == 2 && (last.System != prompts[0].System || !strings.HasPrefix(last.User, prompts[0].User) ||
				len(last.User) > len(prompts[0].User)+1000 || strings.Contains(last.User, "\xff")) {
				t.Errorf("the second prompt is %q after %q", last.User, prompts[0].User)
			}
		})
	}
}

// TestGenerationCarriesTheSchema of the plan, and none for the sentence.
func TestGenerationCarriesTheSchema(t *testing.T) {
	s := &script{plan: `{"metric":"revenue","period":"last_month"}`, answer: "It was {r1.revenue}."}
	if got := ask(t, instructed(t, s), "revenue last month"); !got.Phrased {
		t.Fatal(got.PhrasingErr)
	}
	if len(s.seen) != 2 || s.seen[0].Schema == nil || s.seen[1].Schema != nil {
		t.Fatalf("%d generations", len(s.seen))
	}
	if schema := s.seen[0].Schema(); !json.Valid(schema) || !bytes.Equal(schema, semantic.PlanSchema(semantic.Sales(), "revenue last month")) {
		t.Errorf("%s", schema)
	}
}

// TestForcedTokensAreTold: the sum over the generations, in the timing.
func TestForcedTokensAreTold(t *testing.T) {
	s := &script{answerFunc: func(assistant.Generation) (assistant.Completion, error) {
		return assistant.Completion{Text: "It was {r1.revenue}.", CompletionTokens: 9, ForcedTokens: 2}, nil
	}, planFunc: func(assistant.Generation) (assistant.Completion, error) {
		return assistant.Completion{Text: `{"metric":"revenue","period":"last_month"}`, CompletionTokens: 12, ForcedTokens: 7}, nil
	}}
	got := ask(t, instructed(t, s), "revenue last month")
	b, err := json.Marshal(got)
	if err != nil || got.Timing.ForcedTokens != 9 || !strings.Contains(string(b), fmt.Sprintf(`"forced_tokens":%d`, 9)) {
		t.Errorf("%s, %v", b, err)
	}
}
