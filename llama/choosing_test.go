package llama

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/llama/ggufgen"
)

// wideModel has a vocabulary so large that tokens of 48 rows are chosen on all threads.
func wideModel(t testing.TB) *Model {
	t.Helper()
	shape := ggufgen.Tiny(3)
	shape.Vocab = 32768
	path := filepath.Join(t.TempDir(), "wide.gguf")
	if err := ggufgen.WriteFile(path, shape); err != nil {
		t.Fatal(err)
	}
	m, err := Open(path, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

const wideRows = 48

// wideChoice is how the tokens of a row are chosen.
type wideChoice struct {
	temperature float32 // 0: the likeliest
	topK        int
	grammar     string
}

// wideContext has a row for each sequence, whose samplers take the choices in turn.
func wideContext(t testing.TB, m *Model, threads int, choices ...wideChoice) (*Context, []Row) {
	t.Helper()
	c, err := m.NewContext(ContextOptions{ContextPerSeq: 256, Sequences: wideRows, BatchTokens: wideRows, ChoosingThreads: threads})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	rows := make([]Row, wideRows)
	for i := range rows {
		k := choices[i%len(choices)]
		s, err := m.NewSampler(Sampling{Temperature: k.temperature, TopK: k.topK, TopP: 0.95, Seed: uint32(i)}, k.grammar)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		rows[i] = Row{Token: Token(300 + i), Seq: int32(i), Sampler: s}
	}
	return c, rows
}

// wideSteps decodes the same rows with as many threads choosing as given, and says what was chosen, step by step.
func wideSteps(t testing.TB, m *Model, threads, steps int) []string {
	t.Helper()
	c, rows := wideContext(t, m, threads, wideChoice{},
		wideChoice{temperature: 1.5, topK: 50},
		wideChoice{grammar: `root ::= [a-z ]+`},
		wideChoice{temperature: 2, grammar: `root ::= ("yes" | "no" | [0-9]+)`},
		wideChoice{grammar: `root ::= "x"`}, // ends, and is asked on
	)
	var out []string
	for step := range steps {
		if err := c.Step(rows); err != nil {
			t.Fatal(err)
		}
		for i := range rows {
			r := &rows[i]
			out = append(out, fmt.Sprintf("step %d row %d: %d %v %v", step, i, r.Next, r.EOG, r.Err))
			r.Token, r.Accept = Token(300+i+step), nil
			if r.Err == nil && !r.EOG {
				r.Token = r.Next
			}
			if i%16 == 5 && step == 3 {
				r.Accept = []Token{1} // which most grammars refuse
			}
		}
	}
	return out
}

// TestThreadsChooseTheSame: whatever thread chooses, each row gets the token of its own sampler, ends and errors too.
func TestThreadsChooseTheSame(t *testing.T) {
	m := wideModel(t)
	const steps = 12
	alone := wideSteps(t, m, 1, steps)
	for _, threads := range []int{2, 5, 8} {
		together := wideSteps(t, m, threads, steps)
		for i := range alone {
			if alone[i] != together[i] {
				t.Fatalf("%d threads: %s, alone: %s", threads, together[i], alone[i])
			}
		}
	}
	errs := 0
	for _, line := range alone {
		if !strings.HasSuffix(line, "<nil>") {
			errs++
		}
	}
	if distinct := len(slices.Compact(slices.Sorted(slices.Values(alone)))); errs == 0 || errs == len(alone) || distinct != steps*wideRows {
		t.Errorf("%d of %d choices failed, %d lines differ: the test compares too little", errs, len(alone), distinct)
	}
}

// TestASamplerChoosesOnce: two rows of a step cannot share a sampler, which two threads would use at once.
func TestASamplerChoosesOnce(t *testing.T) {
	m := tinyModel(t)
	c := tinyContext(t, m)
	s, err := m.NewSampler(Sampling{}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := c.Step([]Row{{Token: 1, Seq: 0, Sampler: s}, {Token: 1, Seq: 1, Sampler: s}}); err == nil || errors.Is(err, ErrDecode) {
		t.Errorf("a sampler of two rows: %v", err)
	}
	for range 2 {
		if err := c.Step([]Row{{Token: 1, Seq: 0, Sampler: s}}); err != nil {
			t.Errorf("the same sampler a step later: %v", err)
		}
	}
}

// BenchmarkChoosing tells choosing apart from computing: only the first is what threads change.
func BenchmarkChoosing(b *testing.B) {
	m := wideModel(b)
	for name, choice := range map[string]wideChoice{"greedy": {}, "grammar": {grammar: `root ::= [a-z ]+`}, "drawn": {temperature: 0.8, topK: 40}} {
		for _, threads := range []int{1, 2} {
			b.Run(fmt.Sprintf("%s/threads=%d", name, threads), func(b *testing.B) {
				c, rows := wideContext(b, m, threads, choice)
				began := c.DecodeTime()
				for b.Loop() {
					if c.Length(0) > 200 {
						for seq := range wideRows {
							if err := c.ClearSequence(seq); err != nil {
								b.Fatal(err)
							}
						}
					}
					if err := c.Step(rows); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64((b.Elapsed()-(c.DecodeTime()-began)).Microseconds())/float64(b.N), "choosing-µs/op")
			})
		}
	}
}
