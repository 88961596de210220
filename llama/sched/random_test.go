package sched_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/llama/schedtest"
)

// TestRandomHistories submits and cancels at random while steps fail at random. Whatever happens,
// every request ends, and its text is what the model says to its prompt and nothing else.
func TestRandomHistories(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		sequences := rapid.IntRange(2, 7).Draw(r, "sequences")
		fake := schedtest.NewFake(shape(sequences))
		for range rapid.IntRange(0, 6).Draw(r, "faults") {
			err := sched.ErrKVFull
			if rapid.IntRange(0, 2).Draw(r, "fatal") == 0 {
				err = errors.New("fatal")
			}
			fake.FailStep(rapid.IntRange(1, 60).Draw(r, "step"), err)
		}
		prefixes := rapid.IntRange(0, min(2, sequences-1)).Draw(r, "prefixes")
		keeps := rapid.IntRange(0, min(3, sequences-1-prefixes)).Draw(r, "keeps")
		s, err := sched.New(sched.Options{Backend: fake, PrefixSlots: prefixes, KeptSlots: keeps})
		if err != nil {
			r.Fatal(err)
		}
		type call struct {
			prompt string
			max    int
			guided bool
			st     *sched.Stream
		}
		var calls []call
		started := false
		for i := range rapid.IntRange(1, 25).Draw(r, "requests") {
			public := fmt.Sprintf("public %d: ", rapid.IntRange(0, 3).Draw(r, "public"))
			c := call{prompt: public + fmt.Sprintf("secret %d", rapid.IntRange(0, i).Draw(r, "secret")) + strings.Repeat("z", rapid.IntRange(0, 90).Draw(r, "length")), max: rapid.IntRange(1, 30).Draw(r, "max")}
			req := request(c.prompt, c.max)
			req.PublicPrefix = rapid.SampledFrom([]int{0, len(public)}).Draw(r, "prefix")
			req.Scope, req.Keep = rapid.SampledFrom([]string{"", "a", "b"}).Draw(r, "scope"), rapid.Bool().Draw(r, "keep")
			if c.guided = rapid.Bool().Draw(r, "guided"); c.guided {
				text := schedtest.Tokens(schedtest.Babble(c.prompt, 40))
				req.Guide = &foresight{text: text, run: rapid.IntRange(0, 12).Draw(r, "run"), every: rapid.IntRange(1, 5).Draw(r, "every")}
			}
			if c.st, err = s.Submit(context.Background(), req); err != nil {
				r.Fatal(err)
			}
			calls = append(calls, c)
			if !started && rapid.Bool().Draw(r, "start") {
				s.Start()
				started = true
			}
			if rapid.IntRange(0, 4).Draw(r, "cancel") == 0 {
				rapid.SampledFrom(calls).Draw(r, "victim").st.Cancel()
			}
		}
		s.Start()
		for _, c := range calls {
			res, err := c.st.Result(context.Background())
			switch ilsai.ErrorCode(err) {
			case "":
				if len(res.Text) != c.max {
					r.Errorf("%q ended with %d letters of %d (%s)", c.prompt, len(res.Text), c.max, res.Finish)
				}
			case ilsai.CodeCanceled, ilsai.CodeGenerationFailed:
			default:
				r.Errorf("%q: %v", c.prompt, err)
			}
			if want := schedtest.Babble(c.prompt, len(res.Text)); res.Text != want {
				r.Errorf("%q was answered %q, want %q", c.prompt, res.Text, want)
			}
			if res.CompletionTokens != len(res.Text) {
				r.Errorf("%d tokens counted for %d letters", res.CompletionTokens, len(res.Text))
			}
			if res.ForcedTokens > res.CompletionTokens || !c.guided && res.ForcedTokens > 0 {
				r.Errorf("%d of %d tokens forced, guided %v", res.ForcedTokens, res.CompletionTokens, c.guided)
			}
		}
		if err := s.Stop(context.Background()); err != nil {
			r.Error(err)
		}
		if st := s.Stats(); st.Active != 0 || st.Waiting != 0 {
			r.Errorf("%+v", st)
		}
		st := fake.State()
		if len(st.Broken) > 0 || st.Samplers != 0 {
			r.Errorf("the fake complains: %+v", st)
		}
		for seq := range sequences - prefixes - keeps {
			if st.Held[seq] > 0 {
				r.Errorf("slot %d still holds %d tokens", seq, st.Held[seq])
			}
		}
	})
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
