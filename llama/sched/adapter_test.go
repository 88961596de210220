package sched_test

import (
	"errors"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

func with(adapter int, r sched.Request) sched.Request {
	r.Adapter = adapter
	return r
}

// An adapter that cannot be set ends its own requests, also those that wait for its prefix, and no others.
func TestFailedAdapter(t *testing.T) {
	broken := errors.New("no such file")
	fake := schedtest.NewFake(shape(8)).Adapter(1, nil).Adapter(2, broken)
	b := setup(t, fake, sched.Options{PrefixSlots: 2})
	const public = "for everybody: "
	var doomed, fine []*sched.Stream
	for range 3 {
		r := with(2, request(public+"mine", 9))
		r.PublicPrefix = len(public)
		doomed = append(doomed, b.submit(t, r), b.submit(t, with(2, request("plain", 9))))
		fine = append(fine, b.submit(t, request("base", 9)), b.submit(t, with(1, request("one", 9))))
	}
	b.Start()
	for _, st := range doomed {
		res, err := wait(t, st)
		if ilsai.ErrorCode(err) != ilsai.CodeGenerationFailed || !errors.Is(err, broken) || res.Finish != sched.FinishError || res.CompletionTokens != 0 {
			t.Errorf("%+v, %v", res, err)
		}
	}
	for i, st := range fine {
		want := schedtest.Babble("base", 9)
		if i%2 == 1 {
			want = schedtest.BabbleWith(1, "one", 9)
		}
		mustFinish(t, st, want, sched.FinishLength)
	}
	if st := b.Stats(); st.Failed == 0 || st.Active != 0 || st.Waiting != 0 {
		t.Errorf("%+v", st)
	}
}

// Adapters take turns, however many rows each has: every answer gets a token each time round.
func TestAdaptersTakeTurns(t *testing.T) {
	fake := schedtest.NewFake(shape(6)).Adapter(4, nil).Adapter(9, nil).Record()
	b := setup(t, fake, sched.Options{})
	var streams []*sched.Stream
	for i, id := range []int{0, 0, 0, 9, 4, 0} {
		streams = append(streams, b.submit(t, with(id, request("abcdef"[i:i+1], 10))))
	}
	b.Start()
	for _, st := range streams {
		if res, err := wait(t, st); err != nil || res.Steps != 10 {
			t.Errorf("%+v, %v", res, err)
		}
	}
	turns, steps := fake.Turns(), fake.Steps()
	if len(turns) != 30 {
		t.Errorf("%d steps, want 10 for each of 3 adapters", len(turns))
	}
	rows := map[int]int{0: 4, 4: 1, 9: 1}
	for i, id := range turns {
		if i >= 3 && id != turns[i-3] || len(steps[i]) != rows[id] {
			t.Errorf("step %d runs %d rows of adapter %d after %v", i, len(steps[i]), id, turns[:i])
		}
	}
}

// Without adapters the Backend hears nothing of them and every step runs everything.
func TestBackendWithoutAdapters(t *testing.T) {
	fake := schedtest.NewFake(shape(4)).Adapter(0, errors.New("must not be asked")).Record()
	b := setup(t, fake, sched.Options{})
	for range 4 {
		b.submit(t, request("x", 5))
	}
	b.Start()
	mustFinish(t, b.submit(t, request("last", 5)), schedtest.Babble("last", 5), sched.FinishLength)
	if got := len(fake.Steps()[1]); got != 4 {
		t.Errorf("a step has %d rows of 4 answers", got)
	}
}
