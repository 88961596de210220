package engine

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/sched"
)

// BenchCancel fills streams slots, cancels one generation after it has said a few tokens, and counts the steps of the
// model that begin after the cancellation and before its slot is free. It returns the count of each round.
func BenchCancel(ctx context.Context, o BenchOptions, streams, rounds int) (steps bench.Samples, err error) {
	m, open, err := o.open()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	const most = 256
	c, err := m.NewContext(llama.ContextOptions{
		ContextPerSeq: decodePrompt + most, Sequences: streams, BatchTokens: open.BatchTokens, Threads: open.Threads,
		KV: open.KV, Flash: open.Flash,
	})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	counter := &stepCounter{endless: endless{newBackend(m, c)}}
	s, err := sched.New(sched.Options{Backend: counter, Source: sched.NewFIFO(streams)})
	if err != nil {
		return nil, err
	}
	s.Start()
	defer func() { _ = s.Stop(context.Background()) }() // drains, and such a Stop has no error
	for round := range rounds {
		o.Progress(fmt.Sprintf("a cancellation among %d streams, round %d of %d", streams, round+1, rounds))
		n, err := cancelOne(ctx, s, counter, sched.Request{Prompt: benchPrompt(m, decodePrompt), MaxTokens: most}, streams, round%streams)
		if err != nil {
			return nil, err
		}
		steps = append(steps, float64(n))
	}
	return steps, nil
}

func cancelOne(ctx context.Context, s *sched.Scheduler, counter *stepCounter, r sched.Request, streams, which int) (steps int64, err error) {
	all := make([]*sched.Stream, streams)
	for i := range all {
		if all[i], err = s.Submit(ctx, r); err != nil {
			return 0, err
		}
	}
	for _, st := range all { // all are in their slots once all have said something
		if _, ok := st.Next(ctx); !ok {
			return 0, context.Cause(ctx)
		}
	}
	before := counter.begun.Load()
	all[which].Cancel()
	<-all[which].Done()
	steps = counter.freed.Load() - before
	for _, st := range all {
		st.Cancel()
		if _, err := st.Result(context.Background()); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
			return 0, err
		}
	}
	return steps, nil
}

// endless is a Backend that never ends a generation.
type endless struct{ *backend }

func (b endless) Step(rows []sched.Row) error {
	err := b.backend.Step(rows)
	for i := range rows {
		rows[i].EOG = false
	}
	return err
}

// stepCounter is a Backend that knows how many steps had begun when it was last told to empty a sequence.
type stepCounter struct {
	endless
	begun, freed atomic.Int64
}

func (b *stepCounter) Step(rows []sched.Row) error {
	b.begun.Add(1)
	return b.endless.Step(rows)
}

func (b *stepCounter) ClearSequence(seq int) error {
	b.freed.Store(b.begun.Load())
	return b.endless.ClearSequence(seq)
}

// meter is a Backend that notes when its first and last step were done. The end is taken there and not where the
// results arrive: on a busy machine the kernel may take longer to run the goroutine that waits for them than many
// steps take.
type meter struct {
	endless
	first, last      time.Time
	before, computed time.Duration // decoding until first, and until last
}

func (b *meter) Step(rows []sched.Row) error {
	err := b.endless.Step(rows)
	b.last, b.computed = time.Now(), b.ctx.DecodeTime()
	if b.first.IsZero() {
		b.first, b.before = b.last, b.computed
	}
	return err
}
