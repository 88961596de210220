package engine

import (
	"os"
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/ggufgen"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

func TestMain(m *testing.M) {
	if library := os.Getenv(backendEnv); library != "" {
		if err := llama.LoadBackend(library); err != nil {
			panic(err)
		}
	}
	goleak.VerifyTestMain(m)
}

// The real Backend passes the suite that the fake passes.
func TestExercise(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := ggufgen.WriteFile(path, ggufgen.Tiny(3)); err != nil {
		t.Fatal(err)
	}
	m, err := llama.Open(path, llama.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var adapters []int
	for seed := range uint64(2) {
		a, err := m.LoadAdapter(writeAdapter(t, seed), "")
		if err != nil {
			t.Fatal(err)
		}
		adapters = append(adapters, a.ID())
	}
	schedtest.Exercise(t, func(t *testing.T) schedtest.Subject {
		c, err := m.NewContext(llama.ContextOptions{ContextPerSeq: 256, Sequences: 10, BatchTokens: 64})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return schedtest.Subject{
			Backend:  newBackend(m, c),
			Adapters: adapters,
			Tokenize: func(text string) []sched.Token {
				tokens, err := m.Tokenize(text, false)
				if err != nil {
					t.Fatal(err)
				}
				return tokens
			},
		}
	})
}

// writeAdapter writes an adapter for tiny models.
func writeAdapter(t testing.TB, seed uint64) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "adapter.gguf")
	if err := ggufgen.WriteAdapterFile(path, ggufgen.Adapter{Base: ggufgen.Tiny(3), Rank: 4, Seed: seed}); err != nil {
		t.Fatal(err)
	}
	return path
}
