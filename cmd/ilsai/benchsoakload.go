package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/llama/engine"
)

// soakWorkers ask at the same time: more than there are slots, so that some always wait.
const soakWorkers = 24

// soakShapes are of answers: of one figure, a series, a comparison.
var soakShapes = []semantic.Shape{
	{Columns: []string{"revenue"}, Rows: 1},
	{Columns: []string{"month", "revenue"}, Rows: 6, Series: true},
	{Columns: []string{"store", "revenue", "previous", "change_rate"}, Rows: 4, Compared: true, Limit: 4},
}

// soakLoad is random generations. What the n-th asks for depends on seed and n; when it is cancelled, on the clock.
type soakLoad struct {
	engine *engine.Engine
	seed   uint64
	asked  atomic.Int64

	mu     sync.Mutex
	counts map[string]int // generations by what became of them
	tokens int            // completed
}

// round runs that many generations and waits for their end.
func (l *soakLoad) round(ctx context.Context, generations int) error {
	end := l.asked.Load() + int64(generations)
	var wg sync.WaitGroup
	failed := make(chan error, soakWorkers)
	for range soakWorkers {
		wg.Go(func() {
			for n := l.asked.Add(1); n <= end && ctx.Err() == nil; n = l.asked.Add(1) {
				if err := l.one(ctx, uint64(n)); err != nil {
					failed <- fmt.Errorf("generation %d of seed %d: %w", n, l.seed, err)
					return
				}
			}
		})
	}
	wg.Wait()
	l.asked.Store(end)
	select {
	case err := <-failed:
		return err
	default:
		return ctx.Err()
	}
}

// one runs a generation to the end that chance gives it.
func (l *soakLoad) one(ctx context.Context, n uint64) error {
	rng := rand.New(rand.NewPCG(l.seed, n))
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kind := rng.IntN(10)
	switch kind {
	case 0: // at submit
		cancel()
	case 1, 2, 3: // in the queue, while the prompt is read, or between two tokens
		timer := time.AfterFunc(time.Duration(rng.ExpFloat64()*float64(20*time.Millisecond)), cancel)
		defer timer.Stop()
	}
	st, err := l.start(ctx, rng)
	if err != nil {
		if code := ilsai.ErrorCode(err); code != ilsai.CodeTooLarge && code != ilsai.CodeInvalid && code != ilsai.CodeCanceled {
			return err
		}
		l.count("refused", 0)
		return nil
	}
	if kind == 4 { // after the first words
		st.Next(ctx)
		cancel()
	}
	res, err := st.Result(context.WithoutCancel(ctx))
	if kind == 5 { // after the end
		st.Cancel()
	}
	switch code := ilsai.ErrorCode(err); {
	case err == nil:
		l.count("completed", res.CompletionTokens)
	case code == ilsai.CodeDeadline:
		l.count("out of time", res.CompletionTokens)
	case code == ilsai.CodeCanceled && res.Steps == 0:
		l.count("cancelled before its first step", 0)
	case code == ilsai.CodeCanceled && res.CompletionTokens == 0:
		l.count("cancelled in its prompt", 0)
	case code == ilsai.CodeCanceled:
		l.count("cancelled in its answer", res.CompletionTokens)
	default:
		return err
	}
	return nil
}

func (l *soakLoad) count(what string, tokens int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.counts[what]++
	l.tokens += tokens
}

// start asks as one of a few shops: a plan, an answer, a text, or a conversation.
func (l *soakLoad) start(ctx context.Context, rng *rand.Rand) (*engine.Stream, error) {
	scope := fmt.Sprintf("shop-%d", rng.IntN(40))
	question := benchQuestions[rng.IntN(len(benchQuestions))]
	g := engine.Generation{
		Scope: scope, Weight: float64(1 + rng.IntN(4)), System: "plan sales", PublicSystem: rng.IntN(4) > 0, User: question,
		Keep: rng.IntN(3) == 0, MaxTokens: 1 + rng.IntN(16), SampleAll: rng.IntN(4) == 0, Seed: rng.Uint32() >> 1,
	}
	if rng.IntN(10) == 0 {
		g.Deadline = time.Now().Add(time.Duration(rng.IntN(20)) * time.Millisecond)
	}
	switch rng.IntN(6) {
	case 0, 1:
		g.User, g.Grammar = strings.ToLower(semantic.Normalize(question)), semantic.PlanGrammar(semantic.Sales(), question)
	case 2:
		g.System, g.Grammar = "answer", semantic.AnswerGrammar(soakShapes[rng.IntN(len(soakShapes))])
	case 3:
		g.Temperature, g.TopK, g.TopP, g.MinP, g.Stop = 2*rng.Float32(), rng.IntN(50), rng.Float32(), rng.Float32()/10, []string{"e", "zz"}
	case 4:
		g.User = strings.Repeat(question+" ", 1+rng.IntN(40)) // some are more than the model holds
	default:
		return l.engine.Chat(ctx, engine.Chat{
			Scope: scope, Weight: g.Weight, Messages: conversation(rng), MaxTokens: g.MaxTokens, Temperature: rng.Float32(), TopP: rng.Float32(),
			Seed: g.Seed, Stop: []string{"."}, Deadline: g.Deadline,
		})
	}
	return l.engine.Stream(ctx, g)
}

// conversation is one of few beginnings and some turns more: a part of what a shop asks continues what is kept.
func conversation(rng *rand.Rand) []engine.Message {
	messages := []engine.Message{{Role: "system", Content: "Be brief."}, {Role: "user", Content: benchQuestions[rng.IntN(3)]}}
	for range rng.IntN(3) {
		messages = append(messages, engine.Message{Role: "assistant", Content: "Yes."}, engine.Message{Role: "user", Content: benchQuestions[rng.IntN(3)]})
	}
	return messages
}

// outcomes are what the counts of a load say, in order.
func (l *soakLoad) outcomes() []bar {
	l.mu.Lock()
	defer l.mu.Unlock()
	var bars []bar
	for _, what := range []string{"completed", "cancelled before its first step", "cancelled in its prompt", "cancelled in its answer", "out of time", "refused"} {
		bars = append(bars, atLeast(what, float64(l.counts[what]), "generations", 1))
	}
	return bars
}
