package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/backendtest"
	"github.com/ils-platform/ilsai/llama/placement"
	"github.com/ils-platform/ilsai/models"
)

// gpuInfo asks a program that may use the library for its model, and returns what it runs on.
func gpuInfo(t *testing.T, env []string, args ...string) (code int, runsOn, stderr string) {
	t.Helper()
	code, out, stderr := runProgram(t, env, append([]string{"model", "info", "--json"}, args...)...)
	var info modelInfo
	if code == 0 {
		if err := json.Unmarshal([]byte(out), &info); err != nil {
			t.Fatalf("%v in %s", err, out)
		}
	}
	return code, info.RunsOn, stderr
}

// gpuNeed is how many bytes the built-in model takes with so many slots of 1,024 tokens, and no more than the smallest
// reserve.
func gpuNeed(t *testing.T, slots int) uint64 {
	t.Helper()
	h, err := modelHeader(&config{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := placement.Of(h)
	if err != nil {
		t.Fatal(err)
	}
	s := placement.Settings{Sequences: slots + 8, ContextPerSeq: 1024, BatchTokens: batchTokens, Flash: true}
	return placement.New(m, s, []placement.Device{{Name: "DEV0", Free: 1, Total: 1}}).Total().Total()
}

// Whatever is wrong with the library, auto runs on the CPU and warns, and require ends with what to do.
func TestGPUThatCannotBeUsed(t *testing.T) {
	t.Parallel()
	sound, tight := backendtest.Build(t, backendtest.Sound), fmt.Sprint(gpuNeed(t, slotsOnCPU)*8/10)
	none := filepath.Join(t.TempDir(), "libggml-cuda.so")
	foreign := filepath.Join(t.TempDir(), "libggml-cuda.so")
	if err := os.WriteFile(foreign, []byte(strings.Repeat("no library\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, library string
		env           []string
		todo          string // of the message
		cause         string // in the log
	}{
		{"none", none, nil, "make cuda", "no such file"},
		{"no library", foreign, nil, "make cuda", "invalid ELF header"},
		{"another ggml", backendtest.Build(t, backendtest.WrongABI), nil, "make cuda", "another"},
		{"a symbol is missing", backendtest.Build(t, backendtest.MissingSymbol), nil, "another version", "standin_missing"},
		{"no device", sound, []string{backendtest.EnvMemory + "="}, "nvidia-smi", "no device was found"},
		{"it crashes", sound, []string{backendtest.EnvCrash + "=1"}, "ends the process", "SIGABRT"},
		{"no room", sound, []string{backendtest.EnvMemory + "=" + tight}, "it would fit with", "KV cache of 24 sequences of 1024 tokens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, runsOn, log := gpuInfo(t, c.env, "--gpu-library", c.library)
			if code != 0 || !strings.HasPrefix(runsOn, "CPU: ") || !strings.Contains(runsOn, c.todo) || strings.Contains(runsOn, c.library) {
				t.Errorf("auto: exit %d, runs on %q", code, runsOn)
			}
			if !strings.Contains(log, "level=WARN") || !strings.Contains(log, c.cause) {
				t.Errorf("auto: the log lacks a warning or %q:\n%s", c.cause, log)
			}
			code, _, log = gpuInfo(t, c.env, "--gpu-library", c.library, "--gpu", "require")
			if code != exitFailure || !strings.Contains(log, c.todo) {
				t.Errorf("require: exit %d, want %d and %q:\n%s", code, exitFailure, c.todo, log)
			}
			code, runsOn, log = gpuInfo(t, c.env, "--gpu-library", c.library, "--gpu", "off")
			if code != 0 || runsOn != "CPU (gpu is off)" || strings.Contains(log, "WARN") {
				t.Errorf("off: exit %d, runs on %q\n%s", code, runsOn, log)
			}
		})
	}
}

// A server whose model is on two devices answers, says so, and takes as many slots as they have room for.
func TestServeOnDevices(t *testing.T) {
	t.Parallel()
	dir := makeShop(t)
	secret := filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "main")
	s := startServer(t, []string{backendtest.EnvMemory + "=100000000,100000000"}, "--data-dir", dir, "--jwt-secret-file", secret,
		"--gpu", "require", "--gpu-library", backendtest.Build(t, backendtest.Sound), "--slots", "0", "--kv-type", "q8_0")
	_, body := s.get(t, "/readyz?verbose", "")
	var ready struct {
		Ready  bool
		Checks []struct{ Name, Detail string }
	}
	if err := json.Unmarshal([]byte(body), &ready); err != nil || !ready.Ready {
		t.Fatalf("%v: %s", err, body)
	}
	detail := ""
	for _, c := range ready.Checks {
		if c.Name == "gpu" {
			detail = c.Detail
		}
	}
	for _, want := range []string{"STANDIN0", "STANDIN1", " layers, ", "for the model", "free"} {
		if !strings.Contains(detail, want) {
			t.Errorf("the check says %q, want %q in it", detail, want)
		}
	}
	if log := s.everything(); !strings.Contains(log, "the model is in GPU memory") || strings.Contains(log, "more GPU memory than was computed") {
		t.Error(log)
	}
	if status, body, err := request("POST", s.url+"/v1/chat/completions", signed(t, "main", ""), `{"model":"`+chatName(models.Default().Name)+`","messages":[{"role":"user","content":"hello"}],"max_tokens":8}`); err != nil || status != 200 {
		t.Errorf("a chat: %d %v %s", status, err, body)
	}
}

// slots 0 is as many as fit, and a plan that does not fit says the numbers and what would.
func TestSlotsThatFit(t *testing.T) {
	t.Parallel()
	some := gpuNeed(t, 60)
	for _, c := range []struct {
		name     string
		free     uint64
		slots    int // setting
		gpu      string
		want     int
		onGPU    bool
		err      string
		contents []string
	}{
		{name: "room for all", free: 1 << 33, gpu: gpuAuto, want: mostSlots, onGPU: true},
		{name: "room for some", free: some, gpu: gpuAuto, onGPU: true},
		{name: "room for none", free: gpuNeed(t, 1) / 2, gpu: gpuAuto, want: slotsOnCPU},
		{name: "required, room for none", free: gpuNeed(t, 1) / 2, gpu: gpuRequire, err: "the GPU has no room", contents: []string{"KV cache of 9 sequences of 1024 tokens", "DEV0", "MiB are needed"}},
		{name: "as many as said", free: 1 << 33, slots: 7, gpu: gpuRequire, want: 7, onGPU: true},
		{name: "more said than fit", free: some, slots: 100, gpu: gpuRequire, err: "the GPU has no room", contents: []string{"108 sequences", "it would fit with"}},
		{name: "more said than fit, auto", free: some, slots: 100, gpu: gpuAuto, want: 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			cfg := &config{GPU: c.gpu, GPULayers: -1, GPUSplit: "layer", KVType: "f16", Flash: "auto", Slots: c.slots, ContextTokens: 1024, KeptSequences: 4}
			a := &accelerator{memory: func() []llama.Device { return []llama.Device{{Name: "DEV0", GPU: true, Free: c.free, Total: c.free}} }}
			err := a.fit(cfg)
			if c.err != "" {
				if err == nil || !strings.HasPrefix(describe(err), c.err) {
					t.Fatalf("%v, want %q", err, c.err)
				}
				for _, want := range c.contents {
					if !strings.Contains(describe(err), want) {
						t.Errorf("%q lacks %q", describe(err), want)
					}
				}
				return
			}
			if c.want == 0 { // 60 fitted without a reserve
				if cfg.Slots <= slotsOnCPU || cfg.Slots >= 60 {
					t.Errorf("%d slots", cfg.Slots)
				}
				c.want = cfg.Slots
			}
			if err != nil || cfg.Slots != c.want || a.active() != c.onGPU {
				t.Errorf("%d slots, on a GPU: %v, %v; want %d, %v", cfg.Slots, a.active(), err, c.want, c.onGPU)
			}
			if a.active() && !a.plan.Fits() {
				t.Errorf("the plan does not fit: %+v", a.plan.Needs)
			}
		})
	}
}

// What nothing of fits is said to be so, without advice that does not help.
func TestFitErrorWithoutAWay(t *testing.T) {
	t.Parallel()
	m := placement.Model{Layers: []uint64{1 << 40}, Output: 1 << 40, KVHeads: 8, HeadLength: 128, Heads: 32, Embedding: 4096, FeedForward: 14336, Vocab: 128256}
	e := &fitError{placement.New(m, placement.Settings{Sequences: 8, ContextPerSeq: 1024, BatchTokens: 512}, []placement.Device{{Name: "DEV0", Free: 1 << 30, Total: 1 << 30}})}
	if got := e.Error(); !strings.HasSuffix(got, "nothing of it fits") || !strings.Contains(got, "2048.0 GiB") {
		t.Error(got)
	}
}
