package engine

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/models"
)

// readQuestions are all hand-written questions, as the model reads them.
func readQuestions(t *testing.T) (out []string) {
	t.Helper()
	for _, name := range []string{"sales.yaml", "sales_dev.yaml"} {
		b, err := os.ReadFile("../../assistant/testdata/questions/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?m)^- {q: "([^"]+)`).FindAllSubmatch(b, -1) {
			out = append(out, strings.ToLower(string(m[1])))
		}
	}
	return out
}

// alikeBar is the least share of generations that say the same when their rows are computed beside others', or when
// all but the last token of a prompt were kept. The last digits of a row's numbers depend on how many rows are
// computed at once, so where two tokens are as good as equally likely either may win: of 280 questions it does in one.
const alikeBar = 0.95

// The default model, taking the likeliest tokens, says in a slot that others have used, after a public prefix that
// was copied, what it says in a context where nothing has ever been: 200 of 200.
func TestReuseSaysWhatAColdContextSays(t *testing.T) {
	m, err := llama.OpenBytes(models.Default().Name, models.DefaultBytes(), llama.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	start := func(slots, prefixes, kept int) *Engine {
		o := Options{Slots: slots, PrefixSlots: prefixes, KeptSlots: kept, ContextPerSeq: 256, Queue: 1000, Threads: 1}
		o.setDefaults(m.Info())
		e, err := newEngine(m, o)
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	stop := func(e *Engine) {
		if err := errors.Join(e.sched.Stop(t.Context()), e.ctx.Close()); err != nil { // the model is the test's
			t.Error(err)
		}
	}
	questions := readQuestions(t)
	if len(questions) < 200 {
		t.Fatalf("only %d questions", len(questions))
	}
	questions = questions[:200]
	ask := func(e *Engine, i int) Completion {
		c, err := e.Generate(t.Context(), Generation{
			Scope: fmt.Sprint("shop-", i%7), System: "plan sales", PublicSystem: true, User: questions[i], Keep: true, MaxTokens: 24,
		})
		if err != nil {
			t.Error(err)
		}
		return c
	}
	var cold []Completion
	for i := range questions {
		e := start(1, -1, 0)
		cold = append(cold, ask(e, i))
		stop(e)
	}
	used := start(1, 2, 0)
	defer stop(used)
	for i := range questions {
		c := ask(used, i)
		if !slices.Equal(c.Tokens, cold[i].Tokens) || c.Finish != cold[i].Finish {
			t.Errorf("%q: %q in a used slot, %q in a cold context", questions[i], c.Text, cold[i].Text)
		}
		if i > 0 && c.CachedTokens == 0 {
			t.Errorf("%q: nothing was copied", questions[i])
		}
	}
	busy := start(4, 2, 4)
	defer stop(busy)
	var alike, all atomic.Int64
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := worker; i < 60; i += 4 {
				for range 2 {
					all.Add(1)
					if slices.Equal(ask(busy, i).Tokens, cold[i].Tokens) {
						alike.Add(1)
					}
				}
			}
		})
	}
	wg.Wait()
	if share := float64(alike.Load()) / float64(all.Load()); !(share >= alikeBar) {
		t.Errorf("%d of %d say the same beside others and asked again, want %v", alike.Load(), all.Load(), alikeBar)
	}
}
