package engine_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/llama/ggufgen"
)

func tiny(t testing.TB) []byte {
	t.Helper()
	var buf bytes.Buffer
	if err := ggufgen.Write(&buf, ggufgen.Tiny(1)); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func open(t testing.TB, o engine.Options) *engine.Engine {
	t.Helper()
	if o.Bytes == nil && o.Path == "" {
		o.Path, o.Bytes = "tiny", tiny(t)
	}
	e, err := engine.Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e
}

func TestGenerateGrammar(t *testing.T) {
	e := open(t, engine.Options{})
	g := engine.Generation{
		System: "You plan sales questions.", PublicSystem: true, User: "what were our top products?",
		Grammar: `root ::= "metric: " ("revenue" | "units" | "orders") "\n" "limit: " [1-9] [0-9]?`, MaxTokens: 64,
	}
	first, err := e.Generate(context.Background(), g)
	if err != nil {
		t.Fatal(err)
	}
	if first.Finish != "eos" || !strings.HasPrefix(first.Text, "metric: ") {
		t.Errorf("first = %+v", first)
	}
	second, err := e.Generate(context.Background(), g)
	if err != nil || second.Text != first.Text {
		t.Errorf("the same question gave %q, then %q (%v)", first.Text, second.Text, err)
	}
	if first.CachedTokens != 0 || second.CachedTokens == 0 {
		t.Errorf("cached tokens: %d, then %d; want none, then the public prefix", first.CachedTokens, second.CachedTokens)
	}
	t.Logf("%+v", second)
}

func TestGenerateErrors(t *testing.T) {
	e := open(t, engine.Options{})
	nan := float32(0)
	nan /= nan
	tests := []struct {
		name string
		g    engine.Generation
		want ilsai.Code
	}{
		{"prompt of a megabyte", engine.Generation{User: strings.Repeat("a", 1<<20)}, ilsai.CodeTooLarge},
		{"prompt beyond the context", engine.Generation{User: strings.Repeat("x7", 1500)}, ilsai.CodeTooLarge},
		{"grammar", engine.Generation{User: "q", Grammar: "root ::= ("}, ilsai.CodeInvalid},
		{"temperature", engine.Generation{User: "q", Temperature: nan}, ilsai.CodeInvalid},
		{"max tokens", engine.Generation{User: "q", MaxTokens: -1}, ilsai.CodeInvalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := e.Generate(context.Background(), tt.g)
			if got := ilsai.ErrorCode(err); got != tt.want {
				t.Errorf("%v (code %s), want code %s", err, got, tt.want)
			}
		})
	}
}
