package sched_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

// timed is a fake whose steps take a millisecond and a tenth for each row, on a clock of its own.
type timed struct {
	*schedtest.Fake
	micros *atomic.Int64
}

func (b timed) Step(rows []sched.Row) error {
	b.micros.Add(1000 + 100*int64(len(rows)))
	return b.Fake.Step(rows)
}

func TestALongPromptIsFedInPiecesBesideAnAnswer(t *testing.T) {
	for _, budget := range []time.Duration{0, 5 * time.Millisecond} {
		fake := schedtest.NewFake(sched.Shape{Sequences: 2, ContextPerSeq: 2048, BatchTokens: 512}).Record()
		gate := fake.Gate()
		var micros atomic.Int64
		s, err := sched.New(sched.Options{
			Backend: timed{fake, &micros}, StepBudget: budget,
			Now: func() time.Time { return time.Unix(0, micros.Load()*1000) },
		})
		if err != nil {
			t.Fatal(err)
		}
		s.Start()
		answer, err := s.Submit(context.Background(), request("short", 100))
		if err != nil {
			t.Fatal(err)
		}
		gate.Step(5) // the answer runs
		long, err := s.Submit(context.Background(), request(strings.Repeat("l", 1500), 4))
		if err != nil {
			t.Fatal(err)
		}
		gate.Open()
		for _, st := range []*sched.Stream{answer, long} {
			if _, err := st.Result(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Stop(context.Background()); err != nil {
			t.Fatal(err)
		}
		largest, prompts := 0, 0
		for _, rows := range fake.Steps() {
			if len(rows) > 2 && rows[0].Seq != rows[len(rows)-1].Seq {
				prompts++
				if prompts > 1 { // the first teaches what a row costs
					largest = max(largest, len(rows))
				}
			}
		}
		if budget == 0 && largest != 512 {
			t.Errorf("without a budget the largest step has %d rows, want the whole batch", largest)
		}
		if budget > 0 && (largest < 30 || largest > 50) {
			t.Errorf("the largest step beside an answer has %d rows, 5 ms hold about 40", largest)
		}
	}
}
