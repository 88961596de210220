package engine_test

import (
	"context"
	"testing"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/engine"
)

// The benches run and measure what they say; how fast is for `make bench` to tell.

func TestBench(t *testing.T) {
	got, err := engine.Bench(context.Background(), engine.BenchOptions{
		Path: "tiny", Bytes: tiny(t), Sequences: []int{1, 3}, PromptTokens: 20, DecodeTokens: 10, Rounds: 2,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 4 {
		t.Errorf("%d comparisons, want 2 for each of 2 sizes", len(got))
	}
	for _, c := range got {
		if c.Bare <= 0 || c.Sched <= 0 || c.Ratio <= 0 || c.Phase == "" || c.Sequences == 0 {
			t.Errorf("%+v", c)
		}
	}
}

func TestBenchBare(t *testing.T) {
	b, err := engine.OpenBare(engine.BenchOptions{Path: "tiny", Bytes: tiny(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if speed, err := b.Decode(3, 10, 8); err != nil || speed <= 0 {
		t.Errorf("%v tokens/s, %v", speed, err)
	}
}

func TestBenchChoices(t *testing.T) {
	got, err := engine.BenchChoices(context.Background(), engine.BenchOptions{Path: "tiny", Bytes: tiny(t)}, 4, 60, []engine.Choice{
		{Name: "likeliest", User: "a"},
		{Name: "broken", System: "b", User: "c", Sampling: llama.Sampling{Temperature: 1, Seed: 1}, Grammar: `root ::= "the "*`},
		{Name: "ends soon", User: "d", Grammar: `root ::= "a" "b"? "c"`},
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got[0].StepMS <= 0 || got[1].StepMS <= 0 || got[2].StepMS <= 0 || got[1].Share() == got[0].Share() {
		t.Errorf("%+v", got)
	}
}

// Texts that end at once leave no step to measure: that is said, and not measured for ever.
func TestBenchChoicesWithoutASecondToken(t *testing.T) {
	_, err := engine.BenchChoices(context.Background(), engine.BenchOptions{Path: "tiny", Bytes: tiny(t)}, 2, 10, []engine.Choice{{Name: "empty", User: "a", Grammar: `root ::= ""`}})
	if err == nil {
		t.Error("no error")
	}
}

func TestBenchPrefix(t *testing.T) {
	got, err := engine.BenchPrefix(context.Background(), engine.BenchOptions{Path: "tiny", Bytes: tiny(t)}, 200, 10, 4, 1)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Kept) != 4 || len(got.Computed) != 4 || got.Kept.Quantile(0) <= 0 || got.Computed.Quantile(0) <= 0 {
		t.Errorf("%+v", got)
	}
}

// A cancelled generation is not in any step that begins afterwards, but for one that was being put together.
func TestBenchCancel(t *testing.T) {
	steps, err := engine.BenchCancel(context.Background(), engine.BenchOptions{Path: "tiny", Bytes: tiny(t)}, 4, 6)
	if err != nil {
		t.Fatal(err)
	}
	if len(steps) != 6 || steps.Max() > 1 {
		t.Errorf("steps that began before the slot was free: %v", steps)
	}
}
