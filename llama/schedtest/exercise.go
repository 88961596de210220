package schedtest

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
)

// Subject is a Backend to be exercised. It needs at least 6 sequences of 128 tokens and batches of
// at least 32, all cleared; and a grammar of alternatives must be understood.
type Subject struct {
	Backend  sched.Backend
	Tokenize func(text string) []sched.Token
	// Adapters are the ids of adapters that the Backend has, at least two of them different from the model alone
	// and from each other; nil: none, and what needs some is skipped.
	Adapters []int
}

// prefixSlots is how many of a Subject's sequences the suite keeps for public prefixes.
const prefixSlots = 2

// keptSlots is how many keep what a request left for its scope.
const keptSlots = 2

// Exercise runs the suite. newSubject is called once per test; what it makes is cleaned up by it,
// with t.Cleanup, after the scheduler has stopped.
func Exercise(t *testing.T, newSubject func(t *testing.T) Subject) {
	tests := []struct {
		name string
		run  func(t *testing.T, x exercise)
	}{
		{"BatchedEqualsAlone", testBatchedEqualsAlone},
		{"SlotReuseLeavesNothing", testSlotReuse},
		{"PublicPrefix", testPublicPrefix},
		{"TwoPublicPrefixes", testTwoPublicPrefixes},
		{"KeptForTheScopeAlone", testKept},
		{"Adapters", testAdapters},
		{"PrefixesBelongToAnAdapter", testPrefixesBelongToAnAdapter},
		{"UnknownAdapter", testUnknownAdapter},
		{"Grammar", testGrammar},
		{"ForcedText", testForcedText},
		{"ForcedTextRefused", testForcedTextRefused},
		{"MaxTokens", testMaxTokens},
		{"StopString", testStopString},
		{"StreamEqualsResult", testStreamEqualsResult},
		{"SeededSampling", testSeededSampling},
		{"CancelWhileOthersRun", testCancelWhileOthersRun},
		{"DeadlinePassed", testDeadlinePassed},
		{"LongPrompt", testLongPrompt},
		{"InvalidRequests", testInvalidRequests},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { tt.run(t, newExercise(t, newSubject(t))) })
	}
}

type exercise struct {
	Subject
	*sched.Scheduler
}

func newExercise(t *testing.T, s Subject) exercise {
	t.Helper()
	sc, err := sched.New(sched.Options{Backend: s.Backend, PrefixSlots: prefixSlots, KeptSlots: keptSlots})
	if err != nil {
		t.Fatal(err)
	}
	sc.Start()
	t.Cleanup(func() {
		if err := sc.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return exercise{s, sc}
}

func (x exercise) request(prompt string, maxTokens int) sched.Request {
	return sched.Request{Prompt: x.Tokenize(prompt), MaxTokens: maxTokens}
}

func (x exercise) generate(t *testing.T, r sched.Request) sched.Result {
	t.Helper()
	st, err := x.Submit(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	res, err := st.Result(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return res
}

// together runs requests at once and returns their results in order.
func (x exercise) together(t *testing.T, rs []sched.Request) []sched.Result {
	t.Helper()
	out := make([]sched.Result, len(rs))
	var wg sync.WaitGroup
	for i, r := range rs {
		st, err := x.Submit(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			if out[i], err = st.Result(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	return out
}

func (x exercise) questions(n int) []sched.Request {
	var rs []sched.Request
	for i := range n {
		rs = append(rs, x.request(fmt.Sprintf("question %d of shop %d: %s?", i, i%3, strings.Repeat("what ", i%7)), 5+i%20))
	}
	return rs
}

func testBatchedEqualsAlone(t *testing.T, x exercise) {
	rs := x.questions(40)
	batched := x.together(t, rs)
	for i, r := range rs {
		if alone := x.generate(t, r); alone.Text != batched[i].Text || alone.Text == "" {
			t.Errorf("request %d: %q alone, %q among others", i, alone.Text, batched[i].Text)
		}
	}
}

func testSlotReuse(t *testing.T, x exercise) {
	cold := x.generate(t, x.request("what was our revenue", 20))
	x.together(t, x.questions(30))
	if warm := x.generate(t, x.request("what was our revenue", 20)); warm.Text != cold.Text || warm.CachedTokens != 0 {
		t.Errorf("%q at first, %q (%d cached) after others used the slots", cold.Text, warm.Text, warm.CachedTokens)
	}
}

func testPublicPrefix(t *testing.T, x exercise) {
	const public = "you answer questions about sales. "
	without := x.request(public+"what sold best?", 12)
	want := x.generate(t, without)
	with := without
	with.PublicPrefix = len(x.Tokenize(public))
	var cached []int
	for range 3 {
		got := x.generate(t, with)
		if got.Text != want.Text {
			t.Errorf("%q with the prefix, %q without", got.Text, want.Text)
		}
		cached = append(cached, got.CachedTokens)
	}
	if cached[0] != 0 || cached[1] != with.PublicPrefix || cached[2] != with.PublicPrefix {
		t.Errorf("cached tokens %v, want 0 and then exactly the public prefix, %d", cached, with.PublicPrefix)
	}
}

// testKept: the same scope goes on where it was, another scope has the public prefix and nothing more.
func testKept(t *testing.T, x exercise) {
	const public = "you answer questions about sales. "
	ask := func(scope, prompt string) sched.Result {
		r := x.request(public+prompt, 8)
		want := x.generate(t, r)
		r.PublicPrefix, r.Scope, r.Keep = len(x.Tokenize(public)), scope, true
		got := x.generate(t, r)
		if got.Text != want.Text {
			t.Errorf("%s asks %q: %q, cold %q", scope, prompt, got.Text, want.Text)
		}
		return got
	}
	common := len(x.Tokenize(public))
	whole := len(x.Tokenize(public+"what sold best?")) - 1 // the last token is fed, to sample after it
	for i, tt := range []struct {
		scope, prompt string
		cached        int
	}{
		{"a", "what sold best?", 0},
		{"a", "what sold best?", whole},
		{"b", "what sold best?", common},
		{"b", "what sold best?", whole},
		{"a", "what sold best?", whole},
		{"c", "what sold best?", common}, // takes the place of b's, which was used longest ago
		{"b", "what sold best?", common},
	} {
		if got := ask(tt.scope, tt.prompt).CachedTokens; got != tt.cached {
			t.Errorf("%d: %s asks %q with %d tokens cached, want %d", i, tt.scope, tt.prompt, got, tt.cached)
		}
	}
	if got := ask("b", "what sold best last week, and why?").CachedTokens; got <= common || got >= whole+1 {
		t.Errorf("a question that begins alike has %d tokens cached, want between %d and %d", got, common, whole)
	}
}

// testTwoPublicPrefixes asks with more prefixes than there is room for, all at once.
func testTwoPublicPrefixes(t *testing.T, x exercise) {
	var with, without []sched.Request
	for i := range 24 {
		public := fmt.Sprintf("task %d for everybody: ", i%(prefixSlots+1))
		r := x.request(public+fmt.Sprintf("question %d", i/2), 8)
		without = append(without, r)
		r.PublicPrefix = len(x.Tokenize(public))
		with = append(with, r)
	}
	want, got := x.together(t, without), x.together(t, with)
	for i := range want {
		if got[i].Text != want[i].Text {
			t.Errorf("request %d: %q with its prefix, %q without", i, got[i].Text, want[i].Text)
		}
		if c := got[i].CachedTokens; c != 0 && c != with[i].PublicPrefix {
			t.Errorf("request %d: %d cached tokens of a prefix of %d", i, c, with[i].PublicPrefix)
		}
	}
}

func testGrammar(t *testing.T, x exercise) {
	r := x.request("is it going well? ", 40)
	r.Grammar = `root ::= "yes, very" | "no, not at all"`
	for _, temperature := range []float32{0, 1} {
		r.Sampling.Temperature = temperature
		got := x.generate(t, r)
		if got.Text != "yes, very" && got.Text != "no, not at all" || got.Finish != sched.FinishEOS {
			t.Errorf("temperature %v: %q (%s)", temperature, got.Text, got.Finish)
		}
	}
}

func testMaxTokens(t *testing.T, x exercise) {
	for _, n := range []int{1, 2, 17} {
		got := x.generate(t, x.request("tell me everything", n))
		if got.Finish == sched.FinishEOS {
			t.Skipf("the model ended by itself after %d tokens", got.CompletionTokens)
		}
		if got.CompletionTokens != n || len(got.Tokens) != n || got.Finish != sched.FinishLength {
			t.Errorf("MaxTokens %d: %d tokens, %s", n, got.CompletionTokens, got.Finish)
		}
	}
}

func testStopString(t *testing.T, x exercise) {
	r := x.request("tell me a story", 24)
	full := x.generate(t, r).Text
	runes := []rune(full)
	if len(runes) < 6 {
		t.Skipf("too short a story: %q", full)
	}
	stop := string(runes[len(runes)/2 : len(runes)/2+2])
	r.Stop = []string{stop}
	got := x.generate(t, r)
	if want, _, _ := strings.Cut(full, stop); got.Text != want || got.Finish != sched.FinishStop {
		t.Errorf("stopped at %q: %q (%s), want %q", stop, got.Text, got.Finish, want)
	}
}

func testStreamEqualsResult(t *testing.T, x exercise) {
	st, err := x.Submit(context.Background(), x.request("speak", 30))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for piece, ok := st.Next(context.Background()); ok; piece, ok = st.Next(context.Background()) {
		b.WriteString(piece)
	}
	if res, err := st.Result(context.Background()); err != nil || res.Text != b.String() {
		t.Errorf("streamed %q, result %q (%v)", b.String(), res.Text, err)
	}
}

func testSeededSampling(t *testing.T, x exercise) {
	r := x.request("make something up", 24)
	r.Sampling = sched.Sampling{Temperature: 1, TopK: 40, TopP: 0.9, MinP: 0.02, Seed: 7}
	a, b := x.generate(t, r), x.generate(t, r)
	if a.Text != b.Text {
		t.Errorf("the same seed gave %q and %q", a.Text, b.Text)
	}
}

func testCancelWhileOthersRun(t *testing.T, x exercise) {
	rs := x.questions(12)
	want := x.together(t, rs)
	ctx, cancel := context.WithCancel(context.Background())
	var doomed []*sched.Stream
	var kept []*sched.Stream
	for i, r := range rs {
		st, err := x.Submit(context.Background(), r)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, st)
		if i%2 == 0 {
			r.MaxTokens = 60
			if st, err = x.Submit(ctx, r); err != nil {
				t.Fatal(err)
			}
			doomed = append(doomed, st)
		}
	}
	cancel()
	for i, st := range kept {
		if got, err := st.Result(context.Background()); err != nil || got.Text != want[i].Text {
			t.Errorf("request %d: %q, want %q (%v)", i, got.Text, want[i].Text, err)
		}
	}
	for _, st := range doomed {
		if res, err := st.Result(context.Background()); err != nil && ilsai.ErrorCode(err) != ilsai.CodeCanceled {
			t.Errorf("a cancelled request ended with %s: %v", res.Finish, err)
		}
	}
	if st := x.Stats(); st.Active != 0 || st.Waiting != 0 {
		t.Errorf("after all of it: %+v", st)
	}
}

func testDeadlinePassed(t *testing.T, x exercise) {
	r := x.request("hurry", 10)
	r.Deadline = time.Now().Add(-time.Second)
	st, err := x.Submit(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := st.Result(context.Background()); ilsai.ErrorCode(err) != ilsai.CodeDeadline || res.Finish != sched.FinishDeadline || res.CompletionTokens != 0 {
		t.Errorf("%+v, %v", res, err)
	}
}

// testLongPrompt feeds a prompt in several batches, and an answer that fills the context.
func testLongPrompt(t *testing.T, x exercise) {
	shape := x.Backend.Shape()
	prompt := x.Tokenize(strings.Repeat("x1y2", shape.ContextPerSeq))
	r := sched.Request{Prompt: prompt[:shape.ContextPerSeq-10], MaxTokens: 500}
	got := x.generate(t, r)
	if got.Finish == sched.FinishLength && got.CompletionTokens != 10 {
		t.Errorf("%d tokens in a context with room for 10", got.CompletionTokens)
	}
	if again := x.together(t, []sched.Request{x.request("short", 5), r, x.request("another", 5)}); again[1].Text != got.Text {
		t.Errorf("%q alone, %q among others", got.Text, again[1].Text)
	}
}

func testInvalidRequests(t *testing.T, x exercise) {
	shape := x.Backend.Shape()
	ok := x.request("fine", 3)
	nan := float32(0)
	nan /= nan
	tests := []struct {
		name string
		edit func(r *sched.Request)
		want ilsai.Code
	}{
		{"empty prompt", func(r *sched.Request) { r.Prompt = nil }, ilsai.CodeInvalid},
		{"token below", func(r *sched.Request) { r.Prompt = []sched.Token{-1} }, ilsai.CodeInvalid},
		{"token above", func(r *sched.Request) { r.Prompt = []sched.Token{sched.Token(shape.Vocab)} }, ilsai.CodeInvalid},
		{"prompt too long", func(r *sched.Request) { r.Prompt = make([]sched.Token, shape.ContextPerSeq) }, ilsai.CodeTooLarge},
		{"no tokens wanted", func(r *sched.Request) { r.MaxTokens = 0 }, ilsai.CodeInvalid},
		{"prefix longer than prompt", func(r *sched.Request) { r.PublicPrefix = len(r.Prompt) + 1 }, ilsai.CodeInvalid},
		{"empty stop", func(r *sched.Request) { r.Stop = []string{""} }, ilsai.CodeInvalid},
		{"temperature", func(r *sched.Request) { r.Sampling.Temperature = nan }, ilsai.CodeInvalid},
		{"grammar", func(r *sched.Request) { r.Grammar = `root ::= (` }, ilsai.CodeInvalid},
	}
	for _, tt := range tests {
		r := ok
		tt.edit(&r)
		if _, err := x.Submit(context.Background(), r); ilsai.ErrorCode(err) != tt.want {
			t.Errorf("%s: %v (code %s), want code %s", tt.name, err, ilsai.ErrorCode(err), tt.want)
		}
	}
	if got := x.generate(t, ok); got.Text == "" {
		t.Errorf("after all of that: %+v", got)
	}
}
