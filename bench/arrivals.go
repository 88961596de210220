package bench

import (
	"iter"
	"math/rand/v2"
	"time"
)

// Arrivals are the times, counted from the start of a run and never falling, at which requests are meant to be sent.
// They may go on for ever. Any sequence will do: slices.Values(times) replays a recorded one.
type Arrivals = iter.Seq[time.Duration]

// FixedRate sends the first request at once and then perSecond evenly, for ever. perSecond is above 0.
func FixedRate(perSecond float64) Arrivals {
	return func(yield func(time.Duration) bool) {
		for i := 0; yield(time.Duration(float64(i) / perSecond * float64(time.Second))); i++ {
		}
	}
}

// Poisson draws exponential gaps with a mean of 1/perSecond: many clients that know nothing of each other. The same
// seed gives the same times. perSecond is above 0.
func Poisson(perSecond float64, seed uint64) Arrivals {
	return func(yield func(time.Duration) bool) {
		rng := rand.New(rand.NewPCG(seed, 0x706f6973736f6e))
		for at := 0.0; ; {
			at += rng.ExpFloat64() / perSecond
			if !yield(time.Duration(at * float64(time.Second))) {
				return
			}
		}
	}
}
