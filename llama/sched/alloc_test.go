package sched

import (
	"context"
	"testing"
)

// stub is a Backend that costs nothing, to see what the loop itself costs.
type stub struct{ shape Shape }

type stubSampler struct{}

func (stubSampler) Close() error { return nil }

func (b stub) Shape() Shape                               { return b.shape }
func (stub) NewSampler(Sampling, string) (Sampler, error) { return stubSampler{}, nil }
func (stub) AppendPiece(dst []byte, t Token) []byte       { return append(dst, byte(t)) }
func (stub) CopySequence(src, dst, n int) error           { return nil }
func (stub) ClearSequence(seq int) error                  { return nil }
func (stub) SetAdapter(int) error                         { return nil }
func (stub) HasAdapter(int) bool                          { return true }
func (stub) Step(rows []Row) error {
	for i := range rows {
		rows[i].Next = 'a' + Token(i)
	}
	return nil
}

// busy is a scheduler whose 16 slots all decode and will for a long time. Its loop is not started:
// the test is the loop.
func busy(t testing.TB) *Scheduler {
	t.Helper()
	s, err := New(Options{Backend: stub{Shape{Sequences: 16, ContextPerSeq: 1 << 20, BatchTokens: 512, Vocab: 1000}}})
	if err != nil {
		t.Fatal(err)
	}
	for range 16 {
		if _, err := s.Submit(context.Background(), Request{Prompt: make([]Token, 20), MaxTokens: 1 << 19, Stop: []string{"zzz"}}); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { s.Stop(context.Background()) })
	s.step()
	return s
}

// In steady state a step allocates nothing. The text of a stream grows with the answer, a few times
// in its life, so the average is taken over few enough steps not to see that.
func TestStepDoesNotAllocate(t *testing.T) {
	s := busy(t)
	if n := testing.AllocsPerRun(500, func() { s.step() }); n != 0 {
		t.Errorf("%v allocations per step, want none", n)
	}
}

// BenchmarkStep is the loop's own cost for a batch of 16.
func BenchmarkStep(b *testing.B) {
	s := busy(b)
	b.ReportAllocs()
	for b.Loop() {
		s.step()
	}
}
