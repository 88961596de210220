package sched_test

import (
	"context"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// bundle is a scheduler on a fake, and what most tests need around it.
type bundle struct {
	*sched.Scheduler
	fake *schedtest.Fake
}

func setup(t testing.TB, fake *schedtest.Fake, o sched.Options) bundle {
	t.Helper()
	o.Backend = fake
	s, err := sched.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		s.Stop(ctx)
		st := fake.State()
		if len(st.Broken) > 0 || st.Samplers != 0 {
			t.Errorf("the fake complains: %+v", st)
		}
		for seq := range fake.Shape().Sequences - o.PrefixSlots - o.KeptSlots {
			if st.Held[seq] > 0 {
				t.Errorf("slot %d still holds %d tokens", seq, st.Held[seq])
			}
		}
	})
	return bundle{s, fake}
}

func shape(sequences int) sched.Shape {
	return sched.Shape{Sequences: sequences, ContextPerSeq: 256, BatchTokens: 32}
}

func (b bundle) submit(t testing.TB, r sched.Request) *sched.Stream {
	t.Helper()
	st, err := b.Submit(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func request(prompt string, maxTokens int) sched.Request {
	return sched.Request{ID: prompt, Prompt: schedtest.Tokens(prompt), MaxTokens: maxTokens}
}

func wait(t testing.TB, st *sched.Stream) (sched.Result, error) {
	t.Helper()
	return st.Result(context.Background())
}

func mustFinish(t testing.TB, st *sched.Stream, text string, finish sched.Finish) sched.Result {
	t.Helper()
	res, err := wait(t, st)
	if err != nil || res.Text != text || res.Finish != finish {
		t.Errorf("got %q (%s), %v; want %q (%s)", res.Text, res.Finish, err, text, finish)
	}
	return res
}

// clock is a clock that moves when told to. Only the test and the loop's goroutine, while a gate
// holds it, touch it: they are ordered by the gate.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time          { return c.now }
func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }
