package engine_test

import (
	"context"
	"testing"

	"github.com/ils-platform/ilsai/llama/engine"
)

// The bench runs and measures what it says; how fast is for `make bench` to tell.
func TestBench(t *testing.T) {
	got, err := engine.Bench(context.Background(), engine.BenchOptions{
		Path: "tiny", Bytes: tiny(t), Sequences: []int{1, 3}, PromptTokens: 20, DecodeTokens: 10, Rounds: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 12 {
		t.Errorf("%d measures, want 6 for each of 2 sizes", len(got))
	}
	for _, m := range got {
		if m.Value <= 0 || m.Unit == "" || m.Name == "" || m.Bar == 0 && !m.Holds {
			t.Errorf("%+v", m)
		}
		t.Logf("%+v", m)
	}
}
