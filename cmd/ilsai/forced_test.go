package main

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/assistant/evaluation"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/models"
)

// forcedBar is the most sampled steps per token of a plan, over the development set. What it could be at best
// with this plan language and this vocabulary is 0.53: docs/decisions/0010-forced-text.md.
const forcedBar = 0.56

// sameBar is the least share of generations that come to the very same tokens. All would, if a row's numbers did
// not depend in their last digits on how many rows are computed with it: where two tokens are as good as equally
// likely, the other may win, as it may when a prompt is cut into other chunks.
const sameBar = 0.98

// TestForcedTextChangesNothing has the default model generate with text forced where the grammar leaves no
// choice, and without: the same tokens, in fewer sampled steps.
func TestForcedTextChangesNothing(t *testing.T) {
	e, err := engine.Open(engine.Options{Path: models.Default().Name, Bytes: models.DefaultBytes(), SHA256: models.Default().SHA256, Slots: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	t.Run("plans", func(t *testing.T) {
		set, err := evaluation.ReadSet("../../assistant/testdata/questions/sales_dev.yaml", "", "sales")
		if err != nil {
			t.Fatal(err)
		}
		var gs []engine.Generation
		for _, c := range set.Cases {
			gs = append(gs, engine.Generation{
				System: "plan sales", User: strings.ToLower(semantic.Normalize(c.Question)), Grammar: semantic.PlanGrammar(semantic.Sales(), c.Question),
			})
		}
		if ratio := compareForced(t, e, gs); ratio > forcedBar {
			t.Errorf("%.3f sampled steps per token of a plan, want at most %v", ratio, forcedBar)
		}
	})
	t.Run("answers", func(t *testing.T) {
		b, err := os.ReadFile("../../models/testdata/greedy.json")
		if err != nil {
			t.Fatal(err)
		}
		var fixture struct {
			Prompts []struct{ Task, Domain, User string }
		}
		if err := json.Unmarshal(b, &fixture); err != nil {
			t.Fatal(err)
		}
		// Wider than any one question's: what is compared is two ways to generate, not what is said.
		grammar := semantic.AnswerGrammar(semantic.Shape{
			Columns: []string{"store", "staff", "revenue", "previous", "change", "change_rate"}, Rows: 10, Series: true,
			TotalColumns: []string{"revenue", "change_rate"}, Compared: true, Filtered: true, Limit: 5,
		})
		var gs []engine.Generation
		for _, p := range fixture.Prompts {
			if p.Task == "answer" && p.Domain == "sales" {
				gs = append(gs, engine.Generation{System: "answer sales", User: p.User, Grammar: grammar})
			}
		}
		compareForced(t, e, gs)
	})
}

// compareForced runs each generation both ways and returns sampled steps per token.
func compareForced(t *testing.T, e *engine.Engine, gs []engine.Generation) float64 {
	t.Helper()
	same, tokens, sampled := 0, 0, 0
	for _, g := range gs {
		g.PublicSystem, g.MaxTokens = true, 160
		ask := func(all bool) engine.Completion {
			g.SampleAll = all
			res, err := e.Generate(t.Context(), g)
			if err != nil {
				t.Fatalf("%q: %v", g.User, err)
			}
			return res
		}
		plain, forced := ask(true), ask(false)
		if plain.ForcedTokens != 0 {
			t.Errorf("%q: %d tokens were forced where all are sampled", g.User, plain.ForcedTokens)
		}
		if slices.Equal(forced.Tokens, plain.Tokens) && forced.Text == plain.Text && forced.CompletionTokens == plain.CompletionTokens && forced.Finish == plain.Finish {
			same++
		} else {
			t.Logf("%q:\nforced  %s (%s, %d tokens)\nsampled %s (%s, %d tokens)", g.User,
				forced.Text, forced.Finish, forced.CompletionTokens, plain.Text, plain.Finish, plain.CompletionTokens)
		}
		tokens += forced.CompletionTokens
		sampled += forced.CompletionTokens - forced.ForcedTokens
	}
	t.Logf("%d of %d the same; %d of %d tokens sampled, %.3f", same, len(gs), sampled, tokens, float64(sampled)/float64(tokens))
	if share := float64(same) / float64(len(gs)); !(share >= sameBar) { // NaN: there was nothing to compare
		t.Errorf("%.3f of the generations are the same, want %v", share, sameBar)
	}
	return float64(sampled) / float64(tokens)
}
