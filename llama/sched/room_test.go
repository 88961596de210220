package sched_test

import (
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

// shared is a shape whose sequences share cells.
func shared(sequences, cells int) sched.Shape {
	s := shape(sequences)
	s.Cells = cells
	return s
}

func TestNobodySlipsPastWhoWaitsForRoom(t *testing.T) {
	fake := schedtest.NewFake(shared(4, 100)).Record()
	gate := fake.Gate()
	b := setup(t, fake, sched.Options{})
	var streams []*sched.Stream
	for _, r := range []sched.Request{request("first", 30), request("second", 20), request(strings.Repeat("l", 40), 10), request("small", 1)} {
		streams = append(streams, b.submit(t, r))
	}
	b.Start()
	gate.Await()
	// 35 and 26 are reserved; the large one needs 50, and the small one stays behind it although it would fit.
	if st := b.Stats(); st.Active != 2 || st.Waiting != 2 {
		t.Errorf("%+v, want 2 active and 2 waiting", st)
	}
	gate.Release()
	gate.Open()
	for _, st := range streams {
		if res, err := wait(t, st); err != nil || res.PutBack != 0 {
			t.Errorf("%+v, %v", res, err)
		}
	}
	for i, rows := range fake.Steps()[1:20] {
		if len(rows) != 2 {
			t.Errorf("step %d has %d rows before anything was free", i+2, len(rows))
		}
	}
	if got := fake.Steps()[20]; len(got) != 32 || got[31].Seq != 1 {
		t.Errorf("step 21 has %d rows, want a full batch with the large one's", len(got))
	}
}

// Who leaves while waiting for room frees the way at once, not when the next slot is freed.
func TestCancelledWaiterFreesTheWay(t *testing.T) {
	fake := schedtest.NewFake(shared(4, 100))
	gate := fake.Gate()
	b := setup(t, fake, sched.Options{})
	running, large, small := b.submit(t, request("running", 60)), b.submit(t, request(strings.Repeat("l", 50), 10)), b.submit(t, request("small", 1))
	b.Start()
	gate.Await()
	large.Cancel()
	gate.Release()
	gate.Await()
	if _, err := wait(t, large); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("%v", err)
	}
	if st := b.Stats(); st.Active != 2 || st.Waiting != 0 {
		t.Errorf("%+v, want 2 active and none waiting", st)
	}
	gate.Release()
	gate.Open()
	mustFinish(t, small, schedtest.Babble("small", 1), sched.FinishLength)
	mustFinish(t, running, schedtest.Babble("running", 60), sched.FinishLength)
}

// Room that only kept sequences and idle prefixes hold is anybody's; what was used longest ago goes first.
func TestRoomIsTakenFromWhatIsIdle(t *testing.T) {
	b := setup(t, schedtest.NewFake(shared(6, 200)), sched.Options{KeptSlots: 2, PrefixSlots: 1})
	b.Start()
	const public = "the same for everybody. "
	ask := func(scope, prompt string, maxTokens int) int {
		r := request(prompt, maxTokens)
		r.Scope, r.Keep = scope, scope != ""
		if strings.HasPrefix(prompt, public) {
			r.PublicPrefix = len(public)
		}
		return mustFinish(t, b.submit(t, r), schedtest.Babble(prompt, maxTokens), sched.FinishLength).CachedTokens
	}
	a, c := strings.Repeat("a", 49), strings.Repeat("c", 49)
	for i, tt := range []struct {
		scope, prompt string
		max, cached   int
	}{
		{"", public + "!", 1, 0},
		{"", public + "?", 1, len(public)},
		{"1", a, 1, 0}, {"2", c, 1, 0}, // 24 for the prefix, 49 for each
		{"1", a, 1, 48},
		{"", strings.Repeat("x", 100), 10, 0}, // needs 110: the prefix goes, then what scope 2 left
		{"1", a, 1, 48},
		{"2", c, 1, 0},
		{"", public + "?", 1, 0},
		{"", strings.Repeat("y", 199), 1, 0}, // needs all
		{"1", a, 1, 0},
		{"", public + "?", 1, 0},
		{"", public + strings.Repeat("z", 170), 6, 0}, // all but: its own prefix has to go
	} {
		if got := ask(tt.scope, tt.prompt, tt.max); got != tt.cached {
			t.Errorf("%d: %d tokens of %q cached, want %d", i, got, tt.prompt, tt.cached)
		}
	}
	if st := b.fake.State(); st.Full != 0 {
		t.Errorf("%d steps found no room", st.Full)
	}
}

func TestWhatNeverFitsIsRefused(t *testing.T) {
	b := setup(t, schedtest.NewFake(shared(2, 100)), sched.Options{})
	b.Start()
	if _, err := b.Submit(t.Context(), request(strings.Repeat("x", 100), 1)); ilsai.ErrorCode(err) != ilsai.CodeTooLarge {
		t.Errorf("a prompt that fills all cells: %v", err)
	}
	prompt := strings.Repeat("x", 90) // an answer is cut to what there is room for, as with a context of that size
	mustFinish(t, b.submit(t, request(prompt, 500)), schedtest.Babble(prompt, 10), sched.FinishLength)
}

// Only the first start of a request decides what it need not pay.
func TestPutBackIsBilledOnce(t *testing.T) {
	const public = "for everybody: "
	fake := schedtest.NewFake(shape(4)).FailStep(4, sched.ErrKVFull)
	gate := fake.Gate()
	b := setup(t, fake, sched.Options{PrefixSlots: 1})
	b.Start()
	old := b.submit(t, request("old", 20))
	gate.Step(1)
	gate.Await()
	r := request(public+"newest", 20)
	r.PublicPrefix = len(public)
	newest := b.submit(t, r)
	gate.Release() // step 2; 3 computes the prefix, 4 the prompt and finds no room
	gate.Open()
	mustFinish(t, old, schedtest.Babble("old", 20), sched.FinishLength)
	res := mustFinish(t, newest, schedtest.Babble(public+"newest", 20), sched.FinishLength)
	if res.PutBack != 1 || res.CachedTokens != 0 || res.CompletionTokens != 20 {
		t.Errorf("%+v, want it to pay for the prefix that it had computed first", res)
	}
	if st := b.Stats(); st.CachedTokens != 0 || st.CompletionTokens != 40 {
		t.Errorf("%+v", st)
	}
}
