package engine

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/sched"
)

// PrefixTimes are the times to the first token of requests that begin with the same public text, in milliseconds,
// in engines that differ in nothing but whether they keep it.
type PrefixTimes struct{ Kept, Computed bench.Samples }

// BenchPrefix asks rounds times, in turn, an engine that keeps public prefixes and one that does not. A request has
// prefix tokens that are the same for all and own ones of its own, drawn from seed. One request at a time: the
// difference is work that is not done, not a queue that is shorter.
func BenchPrefix(ctx context.Context, o BenchOptions, prefix, own, rounds int, seed uint64) (t PrefixTimes, err error) {
	m, open, err := o.open()
	if err != nil {
		return t, err
	}
	defer m.Close()
	ask := make([]func(prompt []llama.Token) (float64, int, error), 2)
	for i, kept := range []int{1, 0} {
		c, err := m.NewContext(llama.ContextOptions{
			ContextPerSeq: prefix + own + 8, Sequences: 1 + kept, BatchTokens: open.BatchTokens, Threads: open.Threads,
			KV: open.KV, Flash: open.Flash,
		})
		if err != nil {
			return t, err
		}
		defer c.Close()
		s, err := sched.New(sched.Options{Backend: newBackend(m, c), Source: sched.NewFIFO(1), PrefixSlots: kept})
		if err != nil {
			return t, err
		}
		s.Start()
		defer func() { _ = s.Stop(context.Background()) }() // drains, and such a Stop has no error
		ask[i] = func(prompt []llama.Token) (float64, int, error) { return toFirstToken(ctx, s, prompt, prefix) }
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	vocab := min(256, m.Info().Vocab) // tokens of one byte: never a control token
	draw := func(n int) (tokens []llama.Token) {
		for range n {
			tokens = append(tokens, llama.Token(rng.IntN(vocab)))
		}
		return tokens
	}
	public := draw(prefix)
	for round := range rounds + 1 {
		o.Progress(fmt.Sprintf("first token after a public prefix of %d tokens, round %d of %d", prefix, round, rounds))
		prompt := append(public[:prefix:prefix], draw(own)...)
		kept, saved, err := ask[0](prompt)
		if err != nil {
			return t, err
		}
		computed, none, err := ask[1](prompt)
		if err != nil {
			return t, err
		}
		if round == 0 { // it fills the prefix
			continue
		}
		if saved != prefix || none != 0 {
			return t, fmt.Errorf("engine: %d tokens of the prefix were kept and %d without keeping, want %d and 0", saved, none, prefix)
		}
		t.Kept, t.Computed = append(t.Kept, kept), append(t.Computed, computed)
	}
	return t, nil
}

// toFirstToken is in milliseconds. cached is how many tokens were not computed.
func toFirstToken(ctx context.Context, s *sched.Scheduler, prompt []llama.Token, public int) (ms float64, cached int, err error) {
	began := time.Now()
	st, err := s.Submit(ctx, sched.Request{Prompt: prompt, PublicPrefix: public, MaxTokens: 1})
	if err != nil {
		return 0, 0, err
	}
	r, err := st.Result(context.WithoutCancel(ctx))
	return bench.Millis(time.Since(began)), r.CachedTokens, err
}
