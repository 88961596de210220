package main

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
	"github.com/ils-platform/ilsai/tenancy/fairq"
)

// fairLoop is a scheduler with one slot on a fair source. first waits for its first step, which ends when
// open is called.
func fairLoop(t *testing.T, o fairq.Options) (s *sched.Scheduler, source *fairSource, first func(), open func()) {
	t.Helper()
	fake := schedtest.NewFake(sched.Shape{Sequences: 1, ContextPerSeq: 128, BatchTokens: 32, Vocab: 256})
	gate := fake.Gate()
	open = sync.OnceFunc(gate.Open)
	source = newFairSource(o)
	s, err := sched.New(sched.Options{Backend: fake, Source: source})
	if err != nil {
		t.Fatal(err)
	}
	s.Start()
	t.Cleanup(func() {
		open()
		if err := s.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return s, source, gate.Await, open
}

func submit(t *testing.T, ctx context.Context, s *sched.Scheduler, scope string) *sched.Stream {
	t.Helper()
	st, err := s.Submit(ctx, sched.Request{Scope: scope, Prompt: []sched.Token{'a', 'b', 'c'}, MaxTokens: 4, Cost: 11})
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestFairSourceLetsALightTenantPass(t *testing.T) {
	s, _, await, open := fairLoop(t, fairq.Options{})
	ctx := context.Background()
	first := submit(t, ctx, s, "flood")
	await()
	var flood []*sched.Stream
	for range 10 {
		flood = append(flood, submit(t, ctx, s, "flood"))
	}
	light := submit(t, ctx, s, "light")
	last := flood[len(flood)-1]
	if position, _, waiting := last.Place(); !waiting || position < 9 || position > 10 {
		t.Errorf("the last of the flood is told %d, %t; ten are before it", position, waiting)
	}
	if position, _, waiting := light.Place(); !waiting || position > 2 {
		t.Errorf("the light tenant is told %d, %t", position, waiting)
	}
	open()
	var waited []time.Duration // of the first, the light one and the flood
	for _, st := range append([]*sched.Stream{first, light}, flood...) {
		r, err := st.Result(ctx)
		if err != nil {
			t.Fatal(err)
		}
		waited = append(waited, r.Queued)
	}
	before := 0
	for _, d := range waited[2:] {
		if d < waited[1] {
			before++
		}
	}
	if r, _ := last.Result(ctx); r.Position != 9 {
		t.Errorf("position %d when it was submitted, want 9", r.Position)
	}
	if _, _, waiting := last.Place(); waiting {
		t.Error("still waiting after its end")
	}
	if before > 1 {
		t.Errorf("%d of the flood came before the light tenant's question", before)
	}
}

func TestFairSourceEndsWhatIsCancelledOrLateWhileItWaits(t *testing.T) {
	s, source, await, open := fairLoop(t, fairq.Options{})
	ctx := context.Background()
	running := submit(t, ctx, s, "a")
	await()
	withdrawn, cancel := context.WithCancel(ctx)
	gone := submit(t, withdrawn, s, "a")
	late, err := s.Submit(ctx, sched.Request{Scope: "b", Prompt: []sched.Token{'x'}, MaxTokens: 2, Deadline: time.Now().Add(-time.Second)})
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	for withdrawnJobs := 0; withdrawnJobs == 0; runtime.Gosched() {
		source.mu.Lock()
		withdrawnJobs = len(source.gone)
		source.mu.Unlock()
	}
	open()
	if _, err := gone.Result(ctx); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("withdrawn: %v", err)
	}
	if _, err := late.Result(ctx); ilsai.ErrorCode(err) != ilsai.CodeDeadline {
		t.Errorf("late: %v", err)
	}
	if _, err := running.Result(ctx); err != nil {
		t.Error(err)
	}
	if n := source.Len(); n != 0 {
		t.Errorf("%d still wait", n)
	}
}

func TestFairSourceIsBounded(t *testing.T) {
	s, _, await, _ := fairLoop(t, fairq.Options{MaxWaiting: 3, MaxWaitingPerTenant: 2})
	ctx := context.Background()
	submit(t, ctx, s, "a")
	await()
	submit(t, ctx, s, "a")
	submit(t, ctx, s, "a")
	request := sched.Request{Scope: "a", Prompt: []sched.Token{'x'}, MaxTokens: 2}
	if _, err := s.Submit(ctx, request); ilsai.ErrorCode(err) != ilsai.CodeOverloaded {
		t.Errorf("a third waiting one of one shop: %v", err)
	}
	submit(t, ctx, s, "b")
	request.Scope = "c"
	if _, err := s.Submit(ctx, request); ilsai.ErrorCode(err) != ilsai.CodeOverloaded {
		t.Errorf("a fourth waiting one: %v", err)
	}
}
