package llama

import (
	"testing"

	"github.com/ils-platform/ilsai/llama/ggufgen"
)

// What is made is freed: models that are loaded and unloaded, with adapters, contexts and samplers, and many
// generations on one. It says so only where the address sanitizer watches: make test-asan.
func TestNothingIsLeftBehind(t *testing.T) {
	adapter := adapterFile(t, ggufgen.Adapter{Base: ggufgen.Tiny(1), Rank: 4})
	path := tinyFile(t)
	for range 20 {
		generations(t, path, adapter, 1)
	}
	generations(t, path, adapter, 500)
}

// generations loads a model, generates n times in all the ways there are, and unloads it.
func generations(t *testing.T, path, adapter string, n int) {
	m, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	a, err := m.LoadAdapter(adapter, "")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	c, err := m.NewContext(ContextOptions{ContextPerSeq: 256, Sequences: 2, BatchTokens: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	prompt, err := m.Tokenize("is it going well? ", false)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if err := c.SetAdapter(i % 2 * a.ID()); err != nil {
			t.Fatal(err)
		}
		for name, sampling := range map[string]Sampling{`root ::= "yes, " ("very" | "a little") | "no"`: {}, "": {Temperature: 1, TopK: 40, TopP: 0.9, Seed: uint32(i)}} {
			s, err := m.NewSampler(sampling, name)
			if err != nil {
				t.Fatal(err)
			}
			row := []Row{{Token: feed(t, c, 0, prompt, s), Sampler: s}}
			for range 6 {
				if err := c.Step(row); err != nil {
					t.Fatal(err)
				}
				if row[0].EOG || row[0].Err != nil {
					break
				}
				row[0].Token = row[0].Next
			}
			s.Close()
			if err := c.CopySequence(0, 1, 3); err != nil {
				t.Fatal(err)
			}
			for seq := range 2 {
				if err := c.ClearSequence(seq); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
