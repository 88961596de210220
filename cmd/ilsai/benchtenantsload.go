package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/bench"
)

// lightWeight is of all shops where weights are not what is measured.
const lightWeight = 1

// lengthOf is how many tokens answer i has: from a quarter of the most up.
func (r *tenantsRun) lengthOf(seed uint64, i int) int {
	rng := rand.New(rand.NewPCG(seed, uint64(i)))
	return r.tokens/4 + rng.IntN(r.tokens-r.tokens/4) + 1
}

// lightShops ask on a schedule, beside a flood or not. What is returned is theirs alone.
func (r *tenantsRun) lightShops(ctx context.Context, kind queueKind, perSecond float64, flood bool, seed uint64) (run bench.Run, err error) {
	r.source.use(r.newQueue(kind))
	flooding, stop := context.WithCancel(ctx)
	var wg sync.WaitGroup
	var failed error
	if flood {
		filled := make(chan struct{})
		var fill sync.Once
		wg.Go(func() {
			_, failed = bench.Load{Workers: r.flood}.Run(flooding, func(ctx context.Context, i int, e *bench.Event) error {
				if i >= r.flood { // its first requests are all in
					fill.Do(func() { close(filled) })
				}
				return r.ask(ctx, e, "flood", lightWeight, -1-i, r.lengthOf(seed+1, i))
			})
		})
		select {
		case <-filled:
		case <-ctx.Done():
		}
	}
	run, err = bench.Load{Arrivals: bench.Poisson(perSecond, seed), Lasts: r.lasts, StopOnError: true, Watch: r.m.live}.Run(ctx, func(ctx context.Context, i int, e *bench.Event) error {
		return r.ask(ctx, e, shopOf(i%r.light), lightWeight, i, r.lengthOf(seed, i))
	})
	stop()
	wg.Wait()
	if failed != nil && !errors.Is(failed, context.Canceled) {
		err = errors.Join(err, failed)
	}
	if err == nil && len(run.Answered().Events) == 0 {
		err = ilsai.Errorf(ilsai.CodeInvalid, "no light shop asked in %s: set a longer --duration", r.lasts)
	}
	return run, err
}

// allWait has every shop keep more requests in flight than it can have slots. unlike gives them weights and lengths
// that differ.
func (r *tenantsRun) allWait(ctx context.Context, kind queueKind, unlike bool, seed uint64) (run bench.Run, served service, err error) {
	r.source.use(r.newQueue(kind))
	shops := r.light + 1
	weights := []float64{1, 2, 4}
	run, err = bench.Load{Workers: shops * r.inFlight(), Lasts: r.lasts, StopOnError: true, Watch: r.m.live}.Run(ctx, func(ctx context.Context, i int, e *bench.Event) error {
		n := e.Worker % shops // a worker is always the same shop's
		tokens, weight := r.lengthOf(seed, i), float64(lightWeight)
		if unlike {
			tokens, weight = max(1, tokens*(n+1)/shops), weights[n%len(weights)]
		}
		return r.ask(ctx, e, shopOf(n), weight, i, tokens)
	})
	return run, r.source.account(), err
}

// inFlight is how many requests each shop keeps in flight, so that some always wait, also while
// the next of them is on its way.
func (r *tenantsRun) inFlight() int { return 2 * r.slots }
