package remote_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/remote"
	"github.com/ils-platform/ilsai/remote/remotetest"
	"github.com/ils-platform/ilsai/tenancy/fairq"
)

// TestTurns: one slot; a scope that sent ten requests lets another's two in between, and each knows its place.
func TestTurns(t *testing.T) {
	var mu sync.Mutex
	var order []string
	hold := make(chan struct{})
	e, _, _ := open(t, func(w *remotetest.Reply, r remotetest.Request) {
		<-hold
		mu.Lock()
		order = append(order, r.Last())
		mu.Unlock()
		w.Whole("Hello", 5)
	}, func(o *remote.Options) { o.Concurrency = 1 })
	var all []*remote.Stream
	ask := func(scope string, n int) {
		for range n {
			r := hello(scope)
			r.Messages[0].Content = scope
			all = append(all, begin(t, e, r))
		}
	}
	ask("busy", 10)
	ask("quiet", 2)
	if p, _, waiting := all[0].Place(); waiting || p != 0 {
		t.Errorf("the first waits at place %d", p)
	}
	if p, _, waiting := all[9].Place(); !waiting || p < 8 {
		t.Errorf("the last of many is at place %d, waiting %v", p, waiting)
	}
	if p, _, waiting := all[10].Place(); !waiting || p > 4 {
		t.Errorf("the first of another scope is at place %d, waiting %v", p, waiting)
	}
	close(hold)
	for i, s := range all {
		if r, err := result(t, s); err != nil || i == 9 && r.Position < 8 {
			t.Errorf("%+v, %v", r, err)
		}
	}
	last := 0
	for i, scope := range order {
		if scope == "quiet" {
			last = i
		}
	}
	if len(order) != 12 || last > 5 {
		t.Errorf("the turns were %v", order)
	}
}

// TestQueueBounds: what is too much is refused at once, what leaves the queue was never sent.
func TestQueueBounds(t *testing.T) {
	hold := make(chan struct{})
	e, server, ts := open(t, func(w *remotetest.Reply, _ remotetest.Request) {
		<-hold
		w.Whole("Hello", 5)
	}, func(o *remote.Options) {
		o.Concurrency, o.Queue = 1, fairq.Options{MaxWaiting: 4, MaxWaitingPerTenant: 2}
	})
	running := begin(t, e, hello("a"))
	cancelled, late := begin(t, e, hello("a")), hello("a")
	late.Deadline = start.Add(deadline)
	expired := begin(t, e, late)
	if _, err := e.Start(context.Background(), hello("a")); !errors.Is(err, fairq.ErrTenantFull) {
		t.Errorf("a third waiting request of a scope: %v", err)
	}
	others := []*remote.Stream{begin(t, e, hello("b")), begin(t, e, hello("c"))}
	if _, err := e.Start(context.Background(), hello("d")); !errors.Is(err, fairq.ErrFull) {
		t.Errorf("a fifth waiting request: %v", err)
	}
	cancelled.Cancel()
	if r, err := result(t, cancelled); ilsai.ErrorCode(err) != ilsai.CodeCanceled || r.PromptTokens != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	ts.fire(deadline, 1)
	if r, err := result(t, expired); ilsai.ErrorCode(err) != ilsai.CodeDeadline || r.PromptTokens != 0 {
		t.Errorf("%+v, %v", r, err)
	}
	gone, stop := context.WithCancel(context.Background())
	stop()
	if s, err := e.Start(gone, hello("d")); err != nil {
		t.Error(err)
	} else if _, err := result(t, s); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("a request whose caller had gone: %v", err)
	}
	close(hold)
	for _, s := range append(others, running) {
		if _, err := result(t, s); err != nil {
			t.Error(err)
		}
	}
	if n := len(server.Requests()); n != 3 {
		t.Errorf("%d requests were sent, want 3", n)
	}
}

// TestClosed: what waits and runs is cancelled, nothing is taken any more.
func TestClosed(t *testing.T) {
	reached := make(chan struct{})
	e, _, _ := open(t, func(w *remotetest.Reply, _ remotetest.Request) { close(reached); w.Stall() }, func(o *remote.Options) { o.Concurrency = 1 })
	all := []*remote.Stream{begin(t, e, hello("a")), begin(t, e, hello("a")), begin(t, e, hello("b"))}
	<-reached
	e.Close()
	for _, s := range all {
		if _, err := result(t, s); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
			t.Error(err)
		}
	}
	if _, err := e.Start(context.Background(), hello("a")); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Error(err)
	}
	e.Close()
}

// TestUsageThatCannotBe is replaced by an estimate; what can be is taken.
func TestUsageThatCannotBe(t *testing.T) {
	usage := ""
	e, _, _ := open(t, func(w *remotetest.Reply, _ remotetest.Request) {
		w.Text(strings.Repeat("Hello ", 12))
		w.Finish("stop")
		w.Event(`{"choices":[],"usage":` + usage + `}`)
		w.Done()
	})
	long := hello("a")
	long.Messages[0].Content = strings.Repeat("Say hello. ", 100) // 1100 bytes
	estimate := remote.Usage{PromptTokens: 276, CompletionTokens: 18, Estimated: true}
	for _, tt := range []struct {
		usage string
		want  remote.Usage
	}{
		{`{"prompt_tokens":330,"completion_tokens":14}`, remote.Usage{PromptTokens: 330, CompletionTokens: 14}},
		{`{"prompt_tokens":330,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":320}}`, remote.Usage{PromptTokens: 330, CachedTokens: 320, CompletionTokens: 50}},
		{`{"prompt_tokens":330,"completion_tokens":14,"prompt_tokens_details":{"cached_tokens":331}}`, remote.Usage{PromptTokens: 330, CompletionTokens: 14}},
		{`{"prompt_tokens":330,"completion_tokens":14,"prompt_tokens_details":{"cached_tokens":-5}}`, remote.Usage{PromptTokens: 330, CompletionTokens: 14}},
		{`{"prompt_tokens":330,"completion_tokens":14,"prompt_tokens_details":null}`, remote.Usage{PromptTokens: 330, CompletionTokens: 14}},
		{`{"prompt_tokens":-1,"completion_tokens":14}`, estimate},
		{`{"prompt_tokens":330,"completion_tokens":-1}`, estimate},
		{`{"prompt_tokens":1000000000000,"completion_tokens":14}`, estimate},
		{`{"prompt_tokens":330,"completion_tokens":1000000000000}`, estimate},
		{`{"prompt_tokens":330,"completion_tokens":51}`, estimate}, // 50 were asked for
		{`{"prompt_tokens":0,"completion_tokens":0}`, estimate},
		{`{"prompt_tokens":330,"completion_tokens":1}`, estimate}, // 72 bytes are no token
		{`{"prompt_tokens":20,"completion_tokens":14}`, estimate},
		{`{}`, estimate},
		{`null`, estimate},
	} {
		usage = tt.usage
		if r, err := result(t, begin(t, e, long)); err != nil || r.Usage != tt.want {
			t.Errorf("%s was taken for %+v, %v", tt.usage, r.Usage, err)
		}
	}
	usage = `{"prompt_tokens":9223372036854775808,"completion_tokens":"many"}`
	if _, err := result(t, begin(t, e, long)); !errors.Is(err, remote.ErrMalformed) {
		t.Errorf("usage that is no number: %v", err)
	}
}

// TestScopesShareNothingPrivate: what begins with something private is salted by scope; what begins with the public
// message goes on with the scope's own mark. Either is the same for one scope, and tells nothing of it.
func TestScopesShareNothingPrivate(t *testing.T) {
	e, server, _ := open(t, func(w *remotetest.Reply, _ remotetest.Request) { w.Whole("Hello", 5) })
	public := func(scope string) remote.Request {
		r := hello(scope)
		r.PublicSystem, r.Messages = true, append([]remote.Message{{Role: "system", Content: "Be brief."}}, r.Messages...)
		return r
	}
	alone := hello("shop-a")
	alone.PublicSystem = true // with nothing after it
	for _, r := range []remote.Request{hello("shop-a"), hello("shop-a"), hello("shop-b"), public("shop-a"), public("shop-a"), public("shop-b"), alone} {
		if _, err := result(t, begin(t, e, r)); err != nil {
			t.Fatal(err)
		}
	}
	var salts, asked []string
	for _, r := range server.Requests() {
		salts, asked = append(salts, r.CacheSalt), append(asked, r.Last())
		if strings.Contains(string(r.Body), "shop-") {
			t.Errorf("the server is told the scope: %s", r.Body)
		}
	}
	if salts[0] == "" || salts[0] != salts[1] || salts[0] == salts[2] || salts[3] != "" || salts[5] != "" || salts[6] != salts[0] {
		t.Errorf("salts %q", salts)
	}
	if asked[0] != "Say hello." || asked[3] != asked[4] || asked[3][:len("(ref 012")] == asked[5][:len("(ref 012")] || !strings.HasSuffix(asked[3], "\nSay hello.") {
		t.Errorf("asked %q", asked)
	}
}

// TestAnyHistory: many requests of many scopes, some cancelled, before a server that does anything. Each ends once,
// what was delivered is a beginning of what was sent and never twice, and all slots are free in the end.
func TestAnyHistory(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	const answer = "abcdefghijklmnopqrstuvwxyz"
	var mu sync.Mutex
	r := rand.New(rand.NewPCG(seed, 0))
	draw := func(n int) int {
		mu.Lock()
		defer mu.Unlock()
		return r.IntN(n)
	}
	ts := newTimers()
	ts.pass = func(d time.Duration) bool { return d < 10*time.Second || d == idle && draw(20) == 0 }
	e, server, _ := open(t, func(w *remotetest.Reply, r remotetest.Request) {
		said := draw(len(answer))
		switch draw(8) {
		case 0:
			w.Refuse(503, "busy")
		case 1:
			w.Refuse(500, "broken")
		case 2:
			w.Text(answer[:said+1])
			w.Break()
		case 3:
			w.Text(answer[:said+1])
			w.Event("{")
		case 4:
			w.Text(answer[:said+1])
			ts.fireUntil(r.Ctx, idle)
		default:
			w.Whole(answer, 5)
		}
	}, func(o *remote.Options) { o.Concurrency, o.After = 3, ts.after })
	ended := map[ilsai.Code]int{}
	var wg sync.WaitGroup
	for i := range 300 {
		wg.Go(func() {
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			q := hello(fmt.Sprint("scope", i%7))
			s, err := e.Start(ctx, q)
			if err != nil {
				t.Error(err)
				return
			}
			text := ""
			for cancelAfter := draw(12); ; cancelAfter-- {
				if cancelAfter <= 0 && i%3 == 0 {
					s.Cancel()
				}
				piece, ok := s.Next(context.Background())
				if !ok {
					break
				}
				if text += piece; i%3 != 0 && text != answer && cancelAfter < 0 {
					stop()
				}
			}
			got, err := s.Result(context.Background())
			if text != got.Text || !strings.HasPrefix(answer, text) || err == nil && text != answer {
				t.Errorf("%q was read, %q is the result, %v", text, got.Text, err)
			}
			mu.Lock()
			ended[ilsai.ErrorCode(err)]++
			mu.Unlock()
		})
	}
	wg.Wait()
	t.Logf("%v, at most %d at once", ended, server.Most())
	if st := e.Stats(); st != (remote.Stats{}) {
		t.Errorf("%+v are left", st)
	}
	if ended[""] == 0 || ended[ilsai.CodeGenerationFailed] == 0 || ended[ilsai.CodeCanceled] == 0 {
		t.Error("a kind of end was not seen")
	}
	ts.mu.Lock()
	ts.pass = func(time.Duration) bool { return false }
	ts.mu.Unlock()
	server.Answer(func(w *remotetest.Reply, _ remotetest.Request) { w.Whole(answer, 5) })
	for range 6 {
		if _, err := result(t, begin(t, e, hello("z"))); err != nil {
			t.Error(err)
		}
	}
}
