package main

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/llama/backendtest"
	"github.com/ils-platform/ilsai/llama/placement"
)

// The measurement of a GPU runs on whatever there is, takes every figure, and its output becomes a table.
func TestBenchGPU(t *testing.T) {
	t.Parallel()
	library := backendtest.Build(t, backendtest.Sound)
	code, out, stderr := runProgram(t, []string{backendtest.EnvMemory + "=1500000000", "OMP_THREAD_LIMIT=1"}, "bench", "gpu", "--gpu", "require", "--gpu-library", library,
		"--shape", "tiny", "--quants", "q4_k_m", "--sequences", "1,32", "--rounds", "1", "--prompt", "16", "--tokens", "8", "--prefix", "32", "--copy", "1", "--json")
	if code != 0 {
		t.Fatalf("exit %d: %s", code, stderr)
	}
	var got struct{ Bars []bar }
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	figures := map[string]bar{}
	for _, b := range got.Bars {
		if !(b.Value > 0) || math.IsInf(b.Value, 0) {
			t.Errorf("%s is %v", b.Name, b.Value)
		}
		figures[b.Name] = b
	}
	for _, name := range []string{"copy bandwidth, STANDIN0", "q4_k_m, decode, 32", "q4_k_m, prefill, 1", "q4_k_m, share of the bound, 1", "q4_k_m, outside, 32", "q4_k_m, first token, prefix kept"} {
		if _, ok := figures[name]; !ok {
			t.Errorf("there is no figure %q", name)
		}
	}
	if out := figures["q4_k_m, outside, 32"]; out.Value >= 1 || out.Limit == nil || *out.Limit != idleBar {
		t.Errorf("outside: %+v", out)
	}
	path := filepath.Join(t.TempDir(), "speed.json")
	if err := os.WriteFile(path, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	code, table, stderr := runProgram(t, nil, "bench", "table", path)
	if code != 0 || strings.Count(table, "\n| ") != len(got.Bars)+1 || !strings.Contains(table, "at least 0.6") {
		t.Errorf("exit %d, %s\n%s", code, stderr, table)
	}
	if code, one, _ := runProgram(t, nil, "bench", "table", "--only", "copy bandwidth", path); code != 0 || !strings.HasSuffix(one, "GB/s\n") {
		t.Errorf("exit %d: %q", code, one)
	}
}

// A step of Llama 3.1 8B in Q8_0 reads 7.5 GiB of weights at one sequence; 64 sequences of 4,096 tokens add 32 GiB.
func TestBound(t *testing.T) {
	t.Parallel()
	m := placement.Model{KVHeads: 8, HeadLength: 128, Output: 128256 * 4096 / 32 * 34}
	for range 32 {
		m.Layers = append(m.Layers, 218_112_000/32*34)
	}
	weights := float64(m.Output) + 32*float64(m.Layers[0])
	c := &config{KVType: "f16"}
	if got, want := boundPerSecond(m, c, 1, 0, 3e12), 3e12/weights; math.Abs(got-want) > 1e-6*want {
		t.Errorf("one sequence: %v tokens/s, want %v", got, want)
	}
	if got, want := boundPerSecond(m, c, 64, 4096, 3e12), 64*3e12/(weights+32*(1<<30)); math.Abs(got-want) > 1e-6*want {
		t.Errorf("64 sequences: %v tokens/s, want %v", got, want)
	}
}
