package sched_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

// history is a random set-up and what is asked of it.
type history struct {
	fake                       *schedtest.Fake
	source                     *ledger
	s                          *sched.Scheduler
	sequences, prefixes, keeps int
	calls                      []call
}

type call struct {
	prompt  string
	adapter int
	max     int
	guided  bool
	st      *sched.Stream
}

// ledger is a Source that writes down what a biller would.
type ledger struct {
	*sched.FIFO
	mu       sync.Mutex
	started  []*sched.Job // in order, without those that were put back
	putBack  int
	finished map[*sched.Job][]sched.Result
}

func (l *ledger) Next(now time.Time) *sched.Job {
	j := l.FIFO.Next(now)
	if j != nil {
		l.mu.Lock()
		l.started = append(l.started, j)
		l.mu.Unlock()
	}
	return j
}

func (l *ledger) PutBack(j *sched.Job) {
	l.mu.Lock()
	l.putBack++
	l.started = slices.DeleteFunc(l.started, func(other *sched.Job) bool { return other == j })
	l.mu.Unlock()
	l.FIFO.PutBack(j)
}

func (l *ledger) Finished(j *sched.Job, r *sched.Result) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.finished[j] = append(l.finished[j], *r)
}

// newHistory has sequences of their own or cells that they share, fewer than all could want.
func newHistory(r *rapid.T) *history {
	h := &history{sequences: rapid.IntRange(2, 7).Draw(r, "sequences"), source: &ledger{FIFO: sched.NewFIFO(256), finished: map[*sched.Job][]sched.Result{}}}
	sh := shape(h.sequences)
	if rapid.Bool().Draw(r, "shared") {
		sh.Cells = rapid.IntRange(150, 256*h.sequences).Draw(r, "cells")
	}
	h.fake = schedtest.NewFake(sh).Adapter(1, nil).Adapter(2, nil)
	h.prefixes = rapid.IntRange(0, min(2, h.sequences-1)).Draw(r, "prefixes")
	h.keeps = rapid.IntRange(0, min(3, h.sequences-1-h.prefixes)).Draw(r, "keeps")
	var err error
	if h.s, err = sched.New(sched.Options{Backend: h.fake, Source: h.source, PrefixSlots: h.prefixes, KeptSlots: h.keeps}); err != nil {
		r.Fatal(err)
	}
	return h
}

func (h *history) submit(r *rapid.T, i int) {
	public := fmt.Sprintf("public %d: ", rapid.IntRange(0, 3).Draw(r, "public"))
	c := call{
		prompt:  public + fmt.Sprintf("secret %d", rapid.IntRange(0, i).Draw(r, "secret")) + strings.Repeat("z", rapid.IntRange(0, 90).Draw(r, "length")),
		adapter: rapid.SampledFrom([]int{0, 0, 1, 2}).Draw(r, "adapter"),
		max:     rapid.IntRange(1, 30).Draw(r, "max"),
		guided:  rapid.Bool().Draw(r, "guided"),
	}
	req := request(c.prompt, c.max)
	req.Adapter = c.adapter
	req.PublicPrefix = rapid.SampledFrom([]int{0, len(public)}).Draw(r, "prefix")
	req.Scope, req.Keep = rapid.SampledFrom([]string{"", "a", "b"}).Draw(r, "scope"), rapid.Bool().Draw(r, "keep")
	if c.guided {
		text := schedtest.Tokens(schedtest.BabbleWith(c.adapter, c.prompt, 40))
		req.Guide = &foresight{text: text, run: rapid.IntRange(0, 12).Draw(r, "run"), every: rapid.IntRange(1, 5).Draw(r, "every")}
	}
	st, err := h.s.Submit(context.Background(), req)
	if err != nil {
		r.Fatal(err)
	}
	c.st = st
	h.calls = append(h.calls, c)
}

// finish waits for everything, and checks each result against what the model alone says to its prompt, and all
// of them against the books. failed tells whether a request may end with an error.
func (h *history) finish(r *rapid.T, mayFail func(ilsai.Code) bool) {
	h.s.Start()
	var sum sched.Stats
	for _, c := range h.calls {
		var streamed strings.Builder
		for piece, ok := c.st.Next(context.Background()); ok; piece, ok = c.st.Next(context.Background()) {
			streamed.WriteString(piece)
		}
		res, err := c.st.Result(context.Background())
		if code := ilsai.ErrorCode(err); err != nil && !mayFail(code) {
			r.Errorf("%q: %v", c.prompt, err)
		} else if err == nil && (len(res.Text) != c.max || res.Finish != sched.FinishLength) {
			r.Errorf("%q ended with %d letters of %d (%s)", c.prompt, len(res.Text), c.max, res.Finish)
		}
		if want := schedtest.BabbleWith(c.adapter, c.prompt, len(res.Text)); res.Text != want || streamed.String() != want || !slices.Equal(res.Tokens, schedtest.Tokens(want)) {
			r.Errorf("%q was answered %q, streamed %q, want %q", c.prompt, res.Text, streamed.String(), want)
		}
		if res.CompletionTokens != len(res.Text) || res.PromptTokens != len(c.prompt) || res.CachedTokens >= len(c.prompt) {
			r.Errorf("%d tokens counted for %d letters, %d (%d cached) for %d", res.CompletionTokens, len(res.Text), res.PromptTokens, res.CachedTokens, len(c.prompt))
		}
		if res.ForcedTokens > res.CompletionTokens || !c.guided && res.ForcedTokens > 0 {
			r.Errorf("%d of %d tokens forced, guided %v", res.ForcedTokens, res.CompletionTokens, c.guided)
		}
		sum.CompletionTokens += int64(res.CompletionTokens)
		sum.ForcedTokens += int64(res.ForcedTokens)
		sum.CachedTokens += int64(res.CachedTokens)
	}
	if err := h.s.Stop(context.Background()); err != nil {
		r.Error(err)
	}
	st := h.s.Stats()
	if st.Active != 0 || st.Waiting != 0 || st.CompletionTokens != sum.CompletionTokens || st.ForcedTokens != sum.ForcedTokens || st.CachedTokens != sum.CachedTokens {
		r.Errorf("%+v at the end, the results add up to %+v", st, sum)
	}
	h.checkBooks(r)
	h.checkFake(r)
}

func (h *history) checkBooks(r *rapid.T) {
	if len(h.source.finished) != len(h.calls) {
		r.Errorf("%d of %d requests were ended", len(h.source.finished), len(h.calls))
	}
	var billed int64
	for j, results := range h.source.finished {
		if len(results) != 1 {
			r.Errorf("%q was ended %d times", j.Request().ID, len(results))
		}
		billed += int64(results[0].CompletionTokens)
	}
	if got := h.s.Stats().CompletionTokens; got != billed {
		r.Errorf("%d tokens billed of %d", billed, got)
	}
}

func (h *history) checkFake(r *rapid.T) {
	st := h.fake.State()
	if len(st.Broken) > 0 || st.Samplers != 0 || st.Full > 0 {
		r.Errorf("the fake complains: %+v", st)
	}
	for seq := range h.sequences - h.prefixes - h.keeps {
		if st.Held[seq] > 0 {
			r.Errorf("slot %d still holds %d tokens", seq, st.Held[seq])
		}
	}
}

// TestRandomHistories submits and cancels at random while steps fail at random. Whatever happens,
// every request ends, and its text is what the model says to its prompt and nothing else.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		h := newHistory(r)
		for range rapid.IntRange(0, 6).Draw(r, "faults") {
			err := sched.ErrKVFull
			if rapid.IntRange(0, 2).Draw(r, "fatal") == 0 {
				err = errors.New("fatal")
			}
			h.fake.FailStep(rapid.IntRange(1, 60).Draw(r, "step"), err)
		}
		started := false
		for i := range rapid.IntRange(1, 25).Draw(r, "requests") {
			h.submit(r, i)
			if !started && rapid.Bool().Draw(r, "start") {
				h.s.Start()
				started = true
			}
			if rapid.IntRange(0, 4).Draw(r, "cancel") == 0 {
				rapid.SampledFrom(h.calls).Draw(r, "victim").st.Cancel()
			}
		}
		h.finish(r, func(c ilsai.Code) bool { return c == ilsai.CodeCanceled || c == ilsai.CodeGenerationFailed })
	})
}

// With honest books no step ever lacks room, nobody is put back for it, and requests start in their order.
func TestRoomIsReserved(t *testing.T) {
	waited := 0
	rapid.Check(t, func(r *rapid.T) {
		h := newHistory(r)
		for i := range rapid.IntRange(1, 40).Draw(r, "requests") {
			h.submit(r, i)
		}
		h.finish(r, func(ilsai.Code) bool { return false })
		if st := h.s.Stats(); st.KVFull != 0 || st.Failed != 0 {
			r.Errorf("%+v", st)
		}
		for i, j := range h.source.started {
			if j.Request().ID != h.calls[i].prompt {
				r.Errorf("request %d to start was %q, not %q", i, j.Request().ID, h.calls[i].prompt)
			}
		}
		waited += h.source.putBack
	})
	if waited == 0 {
		t.Error("no request ever waited for room: the histories are too small to show anything")
	}
	t.Logf("requests waited for room %d times", waited)
}

// A Backend that finds itself full against all books costs time and nothing else: the newest goes back, all
// finish, and everything is as if nothing had happened.
func TestFullCacheLosesNothing(t *testing.T) {
	faults := int64(0)
	rapid.Check(t, func(r *rapid.T) {
		h := newHistory(r)
		// Never so often in a row that a request which is alone gives up.
		for step := 0; step < 600; {
			step += rapid.IntRange(1, 2).Draw(r, "burst")
			h.fake.FailStep(step, sched.ErrKVFull)
			if rapid.Bool().Draw(r, "twice") {
				step++
				h.fake.FailStep(step, sched.ErrKVFull)
			}
			step += rapid.IntRange(8, 20).Draw(r, "good")
		}
		for i := range rapid.IntRange(1, 25).Draw(r, "requests") {
			h.submit(r, i)
			if i == 3 {
				h.s.Start()
			}
		}
		h.finish(r, func(ilsai.Code) bool { return false })
		faults += h.s.Stats().KVFull
	})
	t.Logf("%d steps found no room", faults)
}

// foresight knows what the model will say and forces some of it.
type foresight struct {
	text       []sched.Token
	run, every int
}

func (f *foresight) Forced(generated []sched.Token) ([]sched.Token, bool) {
	if n := len(generated); n < len(f.text) && n%f.every == 0 {
		return f.text[n:min(n+f.run, len(f.text))], false
	}
	return nil, false
}
