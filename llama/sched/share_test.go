package sched_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

// dear is a fake on whose clock a row costs as much as all else of a step, as on a CPU.
type dear struct {
	*schedtest.Fake
	micros *atomic.Int64
	perRow int64
}

func (b dear) Step(rows []sched.Row) error {
	b.micros.Add(100 + b.perRow*int64(len(rows)))
	return b.Fake.Step(rows)
}

// besideAFlood runs eight long answers of one scope, and a short one of another when they are under way. It returns
// how long the short one took and what the eight were given in each step beside it.
func besideAFlood(t *testing.T, perRow int64) (took time.Duration, beside [][]int32) {
	t.Helper()
	fake := schedtest.NewFake(sched.Shape{Sequences: 10, ContextPerSeq: 1024, BatchTokens: 64}).Record()
	gate := fake.Gate()
	var micros atomic.Int64
	s, err := sched.New(sched.Options{Backend: dear{fake, &micros, perRow}, Now: func() time.Time { return time.Unix(0, micros.Load()*1000) }})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	of := func(scope, prompt string, tokens int) *sched.Stream {
		r := request(prompt, tokens)
		r.Scope = scope
		st, err := s.Submit(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	var flood []*sched.Stream
	for i := range 8 {
		flood = append(flood, of("flood", fmt.Sprint("flood", i), 300))
		gate.Step(3) // steps of every size, to learn from
	}
	gate.Step(20)
	first := len(fake.Steps())
	light := of("light", "light", 50)
	gate.Open()
	mustFinish(t, light, schedtest.Babble("light", 50), sched.FinishLength)
	res, err := light.Result(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	took = res.Queued + res.Prefill + res.Decode
	for i, st := range flood {
		mustFinish(t, st, schedtest.Babble(fmt.Sprint("flood", i), 300), sched.FinishLength)
	}
	if err := s.Stop(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, rows := range fake.Steps()[first:] {
		var seqs []int32
		lightRuns := false
		for _, r := range rows {
			if lightRuns = lightRuns || r.Seq == 8; r.Seq != 8 {
				seqs = append(seqs, r.Seq)
			}
		}
		if lightRuns {
			beside = append(beside, seqs)
		}
	}
	return took, beside
}

func TestACrowdedScopeDoesNotSlowTheOthers(t *testing.T) {
	took, beside := besideAFlood(t, 100)
	alone := 55 * 200 * time.Microsecond // five steps' worth of prompt, fifty of answer
	if took > alone*8/5 {
		t.Errorf("%v beside a flood, about %v alone", took, alone)
	}
	// What the flood's answers are fed meanwhile goes round, and they do not stand still.
	fed, rows := map[int32]int{}, 0
	for _, seqs := range beside {
		for _, seq := range seqs {
			fed[seq]++
			rows++
		}
	}
	if rows < len(beside)/2 {
		t.Errorf("the flood was fed %d rows in %d steps", rows, len(beside))
	}
	least, most := len(beside), 0
	for seq := range int32(8) {
		least, most = min(least, fed[seq]), max(most, fed[seq])
	}
	if most-least > 1 {
		t.Errorf("the flood's answers were fed %v times in %d steps", fed, len(beside))
	}
}

// Where rows cost next to nothing, all are fed: a batch as large as can be is what makes the most of a step.
func TestACrowdedScopeIsFedWhereRowsAreCheap(t *testing.T) {
	_, beside := besideAFlood(t, 1)
	for i, seqs := range beside[1:] {
		if len(seqs) != 8 {
			t.Fatalf("step %d fed %d of the flood's 8 answers", i+1, len(seqs))
		}
	}
}
