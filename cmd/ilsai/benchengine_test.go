package main

import (
	"io"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestBenchEngine runs every part at its smallest: they measure what they say; how much is for 'make bench' to tell.
func TestBenchEngine(t *testing.T) {
	t.Parallel()
	bars, written := runBench(t, newBenchEngine(), "--threads=1", "--shape=tiny", "--sequences=1,2", "--rounds=1", "--tokens=8", "--streams=2", "--other-rounds=1",
		"--answer-tokens=500", "--steps=10", "--prefix=100")
	for name, unit := range map[string]string{
		"prefill ratio 2": "sched/bare", "decode ratio 1": "sched/bare", "plans, sampled steps per token": "steps/token", "decode over HTTP, ratio": "HTTP/bare",
		"added by choosing, chat": "of the step", "added by choosing, plan": "of the step", "first token, prefix of 100 tokens": "kept/not",
		"cancellation until free, most": "steps", "between others' tokens, slow reader": "slow/fast",
	} {
		if b := bars[name]; b.Limit == nil || b.Unit != unit || math.IsNaN(b.Value) || b.Value < 0 && unit != "of the step" {
			t.Errorf("%s: %+v\n%s", name, b, written)
		}
	}
	if b := bars["cancellation until free, most"]; !b.Holds { // holds however busy the machine is
		t.Errorf("%+v", b)
	}
	if b := bars["plans, sampled steps per token"]; b.Value < 0.4 || b.Value > 0.7 {
		t.Errorf("%+v: docs/decisions/0010-forced-text.md says 0.54", b)
	}
	if slow, fast := bars["bytes the slow reader had"].Value, bars["bytes the fast reader had"].Value; slow > 120 || fast < 1000 {
		t.Errorf("the slow reader had %v bytes, the fast one %v", slow, fast)
	}
	if !strings.Contains(written, "decode by sequences") || !strings.Contains(written, "Choosing tokens") {
		t.Error("no plots")
	}
}

func TestBenchEngineRefuses(t *testing.T) {
	t.Parallel()
	for arg, want := range map[string]string{"--parts=speed": "there are scheduler", "--streams=1": "at least 2", "--shape=9b": "there is no shape"} {
		cmd := newBenchEngine()
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		cmd.SetArgs([]string{arg})
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

func TestPartsAreSaid(t *testing.T) {
	t.Parallel()
	for _, name := range partNames() {
		if !slices.ContainsFunc(strings.Split(newBenchEngine().Long, "\n"), func(line string) bool { return strings.HasPrefix(line, "  "+name+" ") }) {
			t.Errorf("the help does not say what %s is", name)
		}
	}
}
