package backendtest_test

import (
	"errors"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/backendtest"
	"github.com/ils-platform/ilsai/models"
)

// What cannot be used is refused with the reason, and leaves the process and its devices as they were.
func TestUnusableLibraries(t *testing.T) {
	text := filepath.Join(t.TempDir(), "libggml-cuda.so")
	if err := os.WriteFile(text, []byte(strings.Repeat("no library\n", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "libforeign.so")
	compile(t, foreign, "int other(void) { return 1; }")
	needs := filepath.Join(t.TempDir(), "libneeds.so")
	compile(t, needs, "int other(void);\nint mine(void) { return other(); }", "-Wl,--no-as-needed", foreign)
	if err := os.Remove(foreign); err != nil {
		t.Fatal(err)
	}
	compile(t, foreign, "int another(void) { return 1; }")
	gone := filepath.Join(t.TempDir(), "libgone.so")
	compile(t, gone, "int mine(void) { return 1; }", "-Wl,--no-as-needed", libraryWithName(t, "libnobodyhas.so.7"))
	for _, c := range []struct {
		name, path, memory string
		want               llama.BackendReason
		detail             string
	}{
		{"no file", filepath.Join(t.TempDir(), "none.so"), "", llama.BackendMissing, "no such file"},
		{"no library", text, "", llama.BackendForeign, "invalid ELF header"},
		{"another library", foreign, "", llama.BackendForeign, "ilsai_backend_abi"},
		{"a library it needs lacks a symbol", needs, "", llama.BackendSymbol, "other"},
		{"a library it needs is not there", gone, "", llama.BackendDependency, "libnobodyhas.so.7"},
		{"a symbol is missing", backendtest.Build(t, backendtest.MissingSymbol), "1000", llama.BackendSymbol, "standin_missing"},
		{"another ggml", backendtest.Build(t, backendtest.WrongABI), "1000", llama.BackendVersion, "another"},
		{"another module", backendtest.Build(t, backendtest.WrongModule), "1000", llama.BackendVersion, "v0.0.1"},
		{"no device", backendtest.Build(t, backendtest.Sound), "", llama.BackendNoDevice, "the driver is too old"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(backendtest.EnvMemory, c.memory)
			t.Setenv(backendtest.EnvLog, "standin: the driver is too old")
			before := llama.Devices()
			err := llama.LoadBackend(c.path)
			var e *llama.BackendError
			if !errors.As(err, &e) || e.Reason != c.want || e.Path != c.path || !strings.Contains(e.Detail, c.detail) {
				t.Fatalf("%v, want the reason %q and a detail with %q", err, c.want, c.detail)
			}
			if ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
				t.Errorf("its code is %s", ilsai.ErrorCode(err))
			}
			if after := llama.Devices(); len(after) != len(before) {
				t.Errorf("%d devices, %d before", len(after), len(before))
			}
		})
	}
}

func compile(t *testing.T, path, source string, more ...string) {
	t.Helper()
	c := filepath.Join(t.TempDir(), "source.c")
	if err := os.WriteFile(c, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("gcc", append([]string{"-shared", "-fPIC", "-o", path, c}, more...)...).CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, out)
	}
}

// libraryWithName is one that the loader will look for under a name that no file has.
func libraryWithName(t *testing.T, name string) string {
	path := filepath.Join(t.TempDir(), "libx.so")
	compile(t, path, "int x(void) { return 1; }", "-Wl,-soname,"+name)
	return path
}

// On two devices a model says what it says on the CPU, its weights and its KV cache lie on both, and everything is
// given back.
func TestDevicesCompute(t *testing.T) {
	t.Setenv(backendtest.EnvMemory, "268435456,268435456")
	lib := backendtest.Build(t, backendtest.Sound)
	for range 2 { // a second time does nothing
		if err := llama.LoadBackend(lib); err != nil {
			t.Fatal(err)
		}
	}
	gpus := llama.GPUs()
	if len(gpus) != 2 || gpus[0].Name != "STANDIN0" || gpus[1].Name != "STANDIN1" || gpus[0].Total != 268435456 || gpus[0].Free != gpus[0].Total {
		t.Fatalf("GPUs = %+v", gpus)
	}
	all := llama.Devices()
	if len(all) != 3 || all[2].GPU || all[2].Name != "CPU" {
		t.Errorf("Devices = %+v", all)
	}
	want := logits(t, llama.Options{GPULayers: -1}, llama.ContextOptions{}, func() {
		if got := used(); got[0]+got[1] != 0 {
			t.Errorf("%v bytes of devices are used by a model of the CPU's", got)
		}
	})
	var layerKV []uint64
	for _, c := range []struct {
		name    string
		options llama.Options
		context llama.ContextOptions
		within  float64
	}{
		{"layers", llama.Options{}, llama.ContextOptions{}, 1e-3},
		{"some layers", llama.Options{GPULayers: 3}, llama.ContextOptions{}, 1e-3},
		{"the first device", llama.Options{Split: llama.SplitNone}, llama.ContextOptions{}, 1e-3},
		{"no flash attention", llama.Options{}, llama.ContextOptions{Flash: llama.FlashOff}, 0.2},
		{"half the cache", llama.Options{}, llama.ContextOptions{KV: llama.KVQ8, Flash: llama.FlashOn}, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := logits(t, c.options, c.context, func() {
				use := used()
				if use[0] == 0 || (use[1] == 0) != (c.options.Split == llama.SplitNone) {
					t.Errorf("bytes used: %v", use)
				}
				if c.name == "layers" {
					layerKV = use
				}
				if c.name == "some layers" && use[0]+use[1] >= layerKV[0]+layerKV[1] {
					t.Errorf("bytes used: %v, by all layers %v", use, layerKV)
				}
			})
			if d := distance(got, want); !(d <= c.within) {
				t.Errorf("logits differ by %v from the CPU's, want at most %v", d, c.within)
			}
		})
	}
	if got := used(); got[0]+got[1] != 0 {
		t.Errorf("%v bytes are still used", got)
	}
}

func used() (list []uint64) {
	for _, d := range llama.GPUs() {
		list = append(list, d.Total-d.Free)
	}
	return list
}

// logits are the default model's after a question, with a context of several sequences.
func logits(t *testing.T, o llama.Options, co llama.ContextOptions, while func()) []float32 {
	t.Helper()
	m, err := llama.OpenBytes("default", models.DefaultBytes(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	co.Sequences, co.ContextPerSeq, co.BatchTokens = 4, 512, 64
	c, err := m.NewContext(co)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	prompt, err := m.Tokenize("what were our top products last month", false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.BareLogits(prompt)
	if err != nil {
		t.Fatal(err)
	}
	while()
	return got
}

// distance is the largest difference.
func distance(a, b []float32) (d float64) {
	for i := range a {
		d = max(d, math.Abs(float64(a[i]-b[i])))
	}
	return d
}

// A device without room makes loading, or the context, fail with an error; nothing is left behind, and the CPU still works.
func TestNoRoomOnDevices(t *testing.T) {
	if os.Getenv("BACKENDTEST_CHILD") == "" { // its devices have little memory, and devices cannot be taken back
		child(t, t.Name(), backendtest.EnvMemory+"=8388608")
		return
	}
	if err := llama.LoadBackend(os.Getenv("BACKENDTEST_CHILD")); err != nil {
		t.Fatal(err)
	}
	m, err := llama.OpenBytes("default", models.DefaultBytes(), llama.Options{})
	if err != nil {
		t.Fatalf("5 MB of weights on a device of 8 MiB: %v", err)
	}
	if _, err := m.NewContext(llama.ContextOptions{Sequences: 64, ContextPerSeq: 1024}); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("a cache of 64 sequences on a device of 8 MiB: %v", err)
	}
	m.Close()
	if got := used(); got[0] != 0 {
		t.Errorf("%d bytes are still used", got[0])
	}
	logits(t, llama.Options{GPULayers: -1}, llama.ContextOptions{}, func() {})
}

// child runs one test of this package in a process of its own, which loads the library.
func child(t *testing.T, test string, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^"+test+"$", "-test.v")
	cmd.Env = slices.Concat(os.Environ(), []string{"BACKENDTEST_CHILD=" + backendtest.Build(t, backendtest.Sound)}, env)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	if testing.Verbose() {
		t.Logf("%s", out)
	}
}
