package engine_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/llama/engine"
)

// A grammar that llama.cpp takes and ours cannot follow is sampled throughout, and said so once.
func TestGrammarWithoutAGuide(t *testing.T) {
	var log bytes.Buffer
	e := open(t, engine.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for range 3 {
		got, err := e.Generate(t.Context(), engine.Generation{User: "q", Grammar: `root ::= "forced" [z-ab]`})
		if err != nil || !strings.HasPrefix(got.Text, "forced") || got.ForcedTokens != 0 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	if n := strings.Count(log.String(), "cannot be followed"); n != 1 {
		t.Errorf("logged %d times:\n%s", n, log.String())
	}
}

// A grammar that leaves no choice at all still takes one step, for the end; with a stop string all are sampled until it.
func TestForcedToTheEnd(t *testing.T) {
	e := open(t, engine.Options{})
	g := engine.Generation{User: "q", Grammar: `root ::= "only this."`}
	for range 2 {
		got, err := e.Generate(t.Context(), g)
		if err != nil || !strings.HasPrefix("only this.", got.Text) || got.Text == "" {
			t.Errorf("%+v, %v", got, err)
		}
		if g.Stop == nil && (got.Finish != "eos" || got.ForcedTokens != len(got.Tokens) || got.CompletionTokens != len(got.Tokens)+1) {
			t.Errorf("%+v", got)
		}
		if g.Stop != nil && (got.Finish != "stop" || got.Text != "only ") {
			t.Errorf("%+v", got)
		}
		g.Stop = []string{"this"}
	}
}
