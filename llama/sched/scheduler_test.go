package sched_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

func TestScriptedReply(t *testing.T) {
	b := setup(t, schedtest.NewFake(shape(2)).Script("best seller?", "the aviator"), sched.Options{})
	b.Start()
	res := mustFinish(t, b.submit(t, request("best seller?", 50)), "the aviator", sched.FinishEOS)
	if res.PromptTokens != 12 || res.CompletionTokens != 12 || res.Steps != 12 {
		t.Errorf("%+v, want 12 prompt tokens, 11 letters and the end in 12 steps", res)
	}
}

// Decode rows come before prefill rows: a running answer gets a token in every step, however long
// the prompts are that arrive meanwhile.
func TestDecodeKeepsPaceDuringPrefill(t *testing.T) {
	fake := schedtest.NewFake(shape(3)).Record()
	gate := fake.Gate()
	b := setup(t, fake, sched.Options{})
	b.Start()
	running := b.submit(t, request("short", 40))
	gate.Step(2)
	gate.Await()
	long1, long2 := b.submit(t, request(strings.Repeat("a", 150), 5)), b.submit(t, request(strings.Repeat("b", 150), 5))
	gate.Release()
	gate.Step(6)
	gate.Open()
	for _, st := range []*sched.Stream{running, long1, long2} {
		if _, err := wait(t, st); err != nil {
			t.Fatal(err)
		}
	}
	for i, rows := range fake.Steps()[1:9] {
		decode := 0
		for _, r := range rows {
			if r.Seq == 0 {
				decode++
			}
		}
		if decode != 1 {
			t.Errorf("step %d has %d rows of the running answer", i+1, decode)
		}
		if i >= 3 && len(rows) != 32 {
			t.Errorf("step %d has %d rows, want a full batch while prompts wait", i+1, len(rows))
		}
	}
}

func TestCancelFreesSlotWithinOneStep(t *testing.T) {
	fake := schedtest.NewFake(shape(1)).Record()
	gate := fake.Gate()
	b := setup(t, fake, sched.Options{})
	b.Start()
	doomed := b.submit(t, request("first", 100))
	next := b.submit(t, request("second", 3))
	gate.Step(3)
	gate.Await() // step 4 is running
	doomed.Cancel()
	gate.Release()
	gate.Await() // step 5
	res, err := wait(t, doomed)
	if ilsai.ErrorCode(err) != ilsai.CodeCanceled || res.Finish != sched.FinishCancel || res.Text != schedtest.Babble("first", 4) {
		t.Errorf("cancelled: %+v, %v", res, err)
	}
	gate.Release()
	gate.Open()
	mustFinish(t, next, schedtest.Babble("second", 3), sched.FinishLength)
	if got := len(fake.Steps()[4]); got != len("second") {
		t.Errorf("step 5 has %d rows, want the next request's prompt", got)
	}
}

// toldSource tells a test when a cancellation has arrived.
type toldSource struct {
	*sched.FIFO
	cancelled chan *sched.Job
}

func (s toldSource) Cancelled(j *sched.Job) { s.cancelled <- j }

func TestContextCancelsRequest(t *testing.T) {
	fake := schedtest.NewFake(shape(1))
	gate := fake.Gate()
	told := toldSource{FIFO: sched.NewFIFO(4), cancelled: make(chan *sched.Job, 2)}
	b := setup(t, fake, sched.Options{Source: told})
	b.Start()
	ctx, cancel := context.WithCancel(context.Background())
	st, err := b.Submit(ctx, request("first", 200))
	if err != nil {
		t.Fatal(err)
	}
	gate.Await()
	cancel()
	<-told.cancelled
	gate.Release()
	gate.Open()
	if res, err := wait(t, st); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestDeadline(t *testing.T) {
	fake := schedtest.NewFake(shape(1))
	gate, c := fake.Gate(), newClock()
	b := setup(t, fake, sched.Options{Now: c.Now})
	late := request("runs", 100)
	late.Deadline = c.now.Add(10 * time.Second)
	waits := request("waits", 100)
	waits.Deadline = c.now.Add(5 * time.Second)
	running, waiting := b.submit(t, late), b.submit(t, waits)
	b.Start()
	gate.Await()
	c.advance(6 * time.Second)
	gate.Release()
	gate.Await()
	if res, err := wait(t, waiting); ilsai.ErrorCode(err) != ilsai.CodeDeadline || res.Queued != 6*time.Second {
		t.Errorf("the waiting request: %+v, %v", res, err)
	}
	c.advance(6 * time.Second)
	gate.Release()
	res, err := wait(t, running)
	if ilsai.ErrorCode(err) != ilsai.CodeDeadline || res.Finish != sched.FinishDeadline || res.Text != schedtest.Babble("runs", 2) {
		t.Errorf("the running request: %+v, %v", res, err)
	}
	if res.Prefill != 6*time.Second || res.Decode != 6*time.Second {
		t.Errorf("prefill %v, decode %v, want 6s each", res.Prefill, res.Decode)
	}
	gate.Open()
}

func TestFailedStep(t *testing.T) {
	broken := errors.New("out of luck")
	fake := schedtest.NewFake(shape(2)).FailStep(3, broken)
	gate := fake.Gate()
	b := setup(t, fake, sched.Options{})
	b.Start()
	one := b.submit(t, request("one", 10))
	gate.Await()
	two, waiting := b.submit(t, request("two", 10)), b.submit(t, request("three", 4))
	gate.Release()
	gate.Open()
	for _, st := range []*sched.Stream{one, two} {
		res, err := wait(t, st)
		if ilsai.ErrorCode(err) != ilsai.CodeGenerationFailed || !errors.Is(err, broken) || res.Finish != sched.FinishError {
			t.Errorf("in flight: %+v, %v", res, err)
		}
	}
	mustFinish(t, waiting, schedtest.Babble("three", 4), sched.FinishLength)
	if st := b.Stats(); st.Failed != 1 || st.Active != 0 {
		t.Errorf("%+v", st)
	}
}

// A failed step of a prefix fails those who wait for it, and the prefix is computed anew.
func TestFailedPrefix(t *testing.T) {
	fake := schedtest.NewFake(shape(3)).FailStep(1, errors.New("out of luck"))
	b := setup(t, fake, sched.Options{PrefixSlots: 1})
	r := request("for everybody: mine", 4)
	r.PublicPrefix = 15
	failed := b.submit(t, r)
	b.Start()
	if _, err := wait(t, failed); ilsai.ErrorCode(err) != ilsai.CodeGenerationFailed {
		t.Errorf("%v", err)
	}
	res := mustFinish(t, b.submit(t, r), schedtest.Babble("for everybody: mine", 4), sched.FinishLength)
	if res.CachedTokens != 0 {
		t.Errorf("%d cached tokens of a prefix that failed", res.CachedTokens)
	}
}

func TestKVFullPutsNewestBack(t *testing.T) {
	fake := schedtest.NewFake(shape(3)).FailStep(4, sched.ErrKVFull).Record()
	gate := fake.Gate()
	b := setup(t, fake, sched.Options{})
	b.Start()
	old := b.submit(t, request("old", 20))
	gate.Step(1)
	gate.Await()
	newest := b.submit(t, request("newest", 20))
	gate.Release()
	gate.Open()
	mustFinish(t, old, schedtest.Babble("old", 20), sched.FinishLength)
	res := mustFinish(t, newest, schedtest.Babble("newest", 20), sched.FinishLength)
	if res.PutBack != 1 || res.CompletionTokens != 20 || res.PromptTokens != 6 {
		t.Errorf("%+v, want to be put back once and counted once", res)
	}
	// The old one needs 20 steps and saw one fail; until it has ended there is no room to try again.
	for i, rows := range fake.Steps()[4:21] {
		if len(rows) != 1 || rows[0].Seq != 0 {
			t.Errorf("step %d after the full one has %d rows", i+1, len(rows))
		}
	}
}

// A request that is alone starts anew in an empty cache. Only one that gets no further even so fails.
func TestKVFullAlone(t *testing.T) {
	b := setup(t, schedtest.NewFake(shape(2)).FailStep(2, sched.ErrKVFull), sched.Options{})
	b.Start()
	res := mustFinish(t, b.submit(t, request("alone", 8)), schedtest.Babble("alone", 8), sched.FinishLength)
	if res.PutBack != 1 || res.CompletionTokens != 8 || res.PromptTokens != 5 {
		t.Errorf("%+v, want to be put back once and counted once", res)
	}
	hopeless := schedtest.NewFake(sched.Shape{Sequences: 2, ContextPerSeq: 256, BatchTokens: 4})
	for n := 5; n <= 11; n += 2 { // 3 tokens are out; of the 8 to feed then the second half finds no room, every time
		hopeless.FailStep(n, sched.ErrKVFull)
	}
	b = setup(t, hopeless, sched.Options{})
	b.Start()
	res, err := wait(t, b.submit(t, request("alone", 20)))
	if ilsai.ErrorCode(err) != ilsai.CodeGenerationFailed || !errors.Is(err, sched.ErrKVFull) || res.CompletionTokens != 3 || res.PutBack != 3 {
		t.Errorf("%+v, %v", res, err)
	}
	mustFinish(t, b.submit(t, request("n", 2)), schedtest.Babble("n", 2), sched.FinishLength)
}

// A prefix in the making is given up first; who waits for it goes on alone.
func TestKVFullDropsPrefix(t *testing.T) {
	b := setup(t, schedtest.NewFake(shape(3)).FailStep(1, sched.ErrKVFull), sched.Options{PrefixSlots: 1})
	r := request("for everybody: mine", 4)
	r.PublicPrefix = 15
	st := b.submit(t, r)
	b.Start()
	res := mustFinish(t, st, schedtest.Babble("for everybody: mine", 4), sched.FinishLength)
	if res.PutBack != 0 || res.CachedTokens != 0 {
		t.Errorf("%+v", res)
	}
}

func TestPublicPrefixIsComputedOnce(t *testing.T) {
	fake := schedtest.NewFake(shape(6)).Record()
	b := setup(t, fake, sched.Options{PrefixSlots: 2})
	const public = "the same for everybody, word for word, "
	var streams []*sched.Stream
	for range 12 {
		r := request(public+"mine", 3)
		r.PublicPrefix = len(public)
		streams = append(streams, b.submit(t, r))
	}
	b.Start()
	cached := 0
	for _, st := range streams {
		res := mustFinish(t, st, schedtest.Babble(public+"mine", 3), sched.FinishLength)
		if res.CachedTokens > 0 {
			cached++
		}
	}
	fed := 0
	for _, rows := range fake.Steps() {
		for _, r := range rows {
			if r.Seq >= 4 {
				fed++
			}
		}
	}
	if fed != len(public) || cached != 11 {
		t.Errorf("%d prefix tokens computed for %d requests that found it there, want %d for 11", fed, cached, len(public))
	}
}

func TestSlowReaderHoldsNobodyUp(t *testing.T) {
	b := setup(t, schedtest.NewFake(shape(2)), sched.Options{})
	b.Start()
	unread := b.submit(t, request("nobody reads this", 200))
	mustFinish(t, b.submit(t, request("read", 200)), schedtest.Babble("read", 200), sched.FinishLength)
	mustFinish(t, unread, schedtest.Babble("nobody reads this", 200), sched.FinishLength)
	piece, ok := unread.Next(context.Background())
	if !ok || piece != schedtest.Babble("nobody reads this", 200) {
		t.Errorf("read late: %q, %v", piece, ok)
	}
	if piece, ok = unread.Next(context.Background()); ok {
		t.Errorf("after the end: %q", piece)
	}
}

func TestFullQueue(t *testing.T) {
	b := setup(t, schedtest.NewFake(shape(1)), sched.Options{Source: sched.NewFIFO(2)})
	first := b.submit(t, request("a", 1))
	b.submit(t, request("b", 1))
	if _, err := b.Submit(context.Background(), request("c", 1)); ilsai.ErrorCode(err) != ilsai.CodeOverloaded {
		t.Errorf("the third of two: %v", err)
	}
	b.Start()
	mustFinish(t, first, schedtest.Babble("a", 1), sched.FinishLength)
}
