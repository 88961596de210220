package engine

import (
	"path/filepath"
	"testing"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/ggufgen"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

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
	schedtest.Exercise(t, func(t *testing.T) schedtest.Subject {
		c, err := m.NewContext(llama.ContextOptions{ContextPerSeq: 256, Sequences: 10, BatchTokens: 64})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return schedtest.Subject{
			Backend: newBackend(m, c),
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
