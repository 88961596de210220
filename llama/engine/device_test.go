package engine

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/backendtest"
	"github.com/ils-platform/ilsai/models"
)

// backendEnv names a library of devices that every test of this package then computes on.
const backendEnv = "ILSAI_TEST_BACKEND"

// onDevices are the tests that say whether a device computes what the CPU does, and keeps sequences apart.
const onDevices = "^(TestExercise|TestReuseSaysWhatAColdContextSays|TestDeviceSaysWhatTheCPUSays)$"

// The library that is built for this machine's GPU, if there is one, does what the CPU does.
func TestGPU(t *testing.T) {
	if os.Getenv(backendEnv) != "" {
		t.Skip("this is the process that computes on devices")
	}
	library, err := filepath.Abs("../../bin/libggml-cuda.so")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(library); err != nil {
		t.Skip("bin/libggml-cuda.so has not been built: 'make cuda' does on a machine with a GPU")
	}
	if out, err := exec.Command("nvidia-smi", "-L").CombinedOutput(); err != nil {
		t.Skipf("nvidia-smi shows no GPU: %v %s", err, out)
	}
	runOnDevices(t, onDevices, backendEnv+"="+library)
}

// Devices that stand in for two GPUs pass what a GPU has to.
func TestStandInDevices(t *testing.T) {
	if os.Getenv(backendEnv) != "" {
		t.Skip("this is the process that computes on devices")
	}
	runOnDevices(t, "^(TestExercise|TestDeviceSaysWhatTheCPUSays)$", backendEnv+"="+backendtest.Build(t, backendtest.Sound), backendtest.EnvMemory+"=1073741824,1073741824")
}

func runOnDevices(t *testing.T, tests string, env ...string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", tests, "-test.v")
	cmd.Env = append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "PASS: TestDeviceSaysWhatTheCPUSays") {
		t.Errorf("%v\n%s", err, out)
	}
	if testing.Verbose() {
		t.Logf("%s", out)
	}
}

// The bars of a device whose arithmetic is not the CPU's: it adds in another order, and in another precision. Logits of
// the default model are around 10.
const (
	deviceLogitsBar = 0.5  // largest difference of a logit
	deviceAlikeBar  = 0.95 // of answers, that are the same to the last token
)

// What devices compute is what the CPU computes: logits within the bar, the same answers from cold slots, used ones and
// copied prefixes.
func TestDeviceSaysWhatTheCPUSays(t *testing.T) {
	if len(llama.GPUs()) == 0 {
		t.Skip("no device: TestGPU and TestStandInDevices run this with one")
	}
	questions := readQuestions(t)[:120]
	type said struct {
		logits  [][]float32
		answers [][]llama.Token
	}
	var got [2]said
	for i, layers := range []int{-1, 0} {
		m, err := llama.OpenBytes(models.Default().Name, models.DefaultBytes(), llama.Options{GPULayers: layers})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		c, err := m.NewContext(llama.ContextOptions{ContextPerSeq: 256, Sequences: 2, BatchTokens: 256})
		if err != nil {
			t.Fatal(err)
		}
		for _, q := range questions[:20] {
			tokens, err := m.Tokenize(q, false)
			if err != nil {
				t.Fatal(err)
			}
			logits, err := c.BareLogits(tokens)
			if err != nil {
				t.Fatal(err)
			}
			got[i].logits = append(got[i].logits, logits)
		}
		c.Close()
		o := Options{Slots: 3, PrefixSlots: 2, KeptSlots: 3, ContextPerSeq: 256, Queue: 1000, Threads: 1}
		o.setDefaults(m.Info())
		e, err := newEngine(m, o)
		if err != nil {
			t.Fatal(err)
		}
		for k, q := range questions { // slots, prefixes and kept answers are used again and again
			a, err := e.Generate(t.Context(), Generation{Scope: fmt.Sprint("shop-", k%5), System: "plan sales", PublicSystem: true, User: q, Keep: true, MaxTokens: 32})
			if err != nil {
				t.Fatal(err)
			}
			got[i].answers = append(got[i].answers, a.Tokens)
		}
		if err := e.sched.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		e.ctx.Close()
	}
	worst := 0.0
	for k := range got[0].logits {
		for j, v := range got[0].logits[k] {
			worst = max(worst, math.Abs(float64(v-got[1].logits[k][j])))
		}
	}
	alike := 0
	for k := range questions {
		if slices.Equal(got[0].answers[k], got[1].answers[k]) {
			alike++
		}
	}
	t.Logf("logits differ by %.4f at most, %d of %d answers are the same", worst, alike, len(questions))
	if !(worst <= deviceLogitsBar) {
		t.Errorf("a logit differs by %v, want %v at most", worst, deviceLogitsBar)
	}
	if share := float64(alike) / float64(len(questions)); !(share >= deviceAlikeBar) {
		t.Errorf("%d of %d answers are the CPU's, want %v", alike, len(questions), deviceAlikeBar)
	}
}
