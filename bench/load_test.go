package bench

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFixedRate(t *testing.T) {
	t.Parallel()
	var got []time.Duration
	for at := range FixedRate(4) {
		if got = append(got, at); len(got) == 5 {
			break
		}
	}
	ms := time.Millisecond
	if want := []time.Duration{0, 250 * ms, 500 * ms, 750 * ms, 1000 * ms}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestPoisson(t *testing.T) {
	t.Parallel()
	take := func(seed uint64, n int) (all []time.Duration) {
		for at := range Poisson(50, seed) {
			if all = append(all, at); len(all) == n {
				break
			}
		}
		return all
	}
	const n = 20_000
	all := take(1, n)
	if !slices.IsSorted(all) || all[0] <= 0 || !slices.Equal(all, take(1, n)) || slices.Equal(all[:10], take(2, 10)) {
		t.Fatalf("times fall, or the seed does not decide them: %v", all[:10])
	}
	// Exponential gaps: mean 20 ms, and as many above the mean as e⁻¹ says. Both within 4 standard errors.
	longer, before := 0, time.Duration(0)
	for _, at := range all {
		if at-before > 20*time.Millisecond {
			longer++
		}
		before = at
	}
	if mean := all[n-1].Seconds() / n; mean < 0.02*(1-0.0283) || mean > 0.02*(1+0.0283) {
		t.Errorf("mean gap %v s, want 0.02", mean)
	}
	if share := float64(longer) / n; share < 0.3679-0.0137 || share > 0.3679+0.0137 {
		t.Errorf("%v of the gaps are longer than the mean, want 0.368", share)
	}
}

// stalling answers one request after the other in 10 ms, but stands still between seconds 2 and 7.
func stalling() Request {
	began, free := time.Now(), make(chan struct{}, 1) // a mutex would stop the bubble's clock
	return func(context.Context, int, *Event) error {
		free <- struct{}{}
		defer func() { <-free }()
		if since := time.Since(began); since > 2*time.Second && since < 7*time.Second {
			time.Sleep(7*time.Second - since)
		}
		time.Sleep(10 * time.Millisecond)
		return nil
	}
}

// A server that stalls for 5 of 10 seconds: half of the requests were due meanwhile, and an open loop says so however
// few connections it has. A closed loop sends one request in that time, and hides the rest.
func TestAStallIsNotHidden(t *testing.T) {
	t.Parallel()
	for name, workers := range map[string]int{"a connection each": 0, "one connection": 1, "three": 3} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				run, err := Load{Arrivals: FixedRate(20), Workers: workers, Lasts: 10 * time.Second}.Run(t.Context(), stalling())
				if err != nil || len(run.Events) != 200 {
					t.Fatalf("%d requests, %v", len(run.Events), err)
				}
				l := run.Latencies()
				// The first one caught waits 5 s; the backlog of 100 is then worked off at 100/s while 20/s arrive.
				if worst := l.Max(); worst < 4900 || worst > 5100 {
					t.Errorf("the longest wait was %v ms, want about 5000", worst)
				}
				waited := 0
				for _, ms := range l {
					if ms > 100 {
						waited++
					}
				}
				if waited < 100 || waited > 140 {
					t.Errorf("%d requests waited for more than 100 ms, want the 100 of the stall and those just after it", waited)
				}
			})
		})
	}
	t.Run("closed loop", func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			run, err := Load{Lasts: 10 * time.Second}.Run(t.Context(), stalling())
			if err != nil {
				t.Fatal(err)
			}
			if p99 := run.Latencies().Quantile(0.99); p99 != 10 {
				t.Errorf("99th percentile %v ms: a closed loop sees the stall once", p99)
			}
		})
	})
}

func TestLateRequestsCountFromWhenTheyWereDue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		arrivals := slices.Values([]time.Duration{0, time.Second, 1500 * time.Millisecond})
		run, err := Load{Arrivals: arrivals, Workers: 1}.Run(t.Context(), func(_ context.Context, i int, e *Event) error {
			if i == 2 {
				e.Group = "last"
			}
			time.Sleep(time.Second)
			e.Unit()
			time.Sleep(500 * time.Millisecond)
			e.Unit()
			time.Sleep(500 * time.Millisecond)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := run.Latencies(), (Samples{2000, 3000, 4500}); !slices.Equal(got, want) {
			t.Errorf("latencies %v, want %v", got, want)
		}
		if got, want := run.First(), (Samples{1000, 2000, 3500}); !slices.Equal(got, want) {
			t.Errorf("to the first unit %v, want %v", got, want)
		}
		if got, want := run.Gaps(), (Samples{500, 500, 500}); !slices.Equal(got, want) {
			t.Errorf("gaps %v, want %v", got, want)
		}
		if last := run.Group("last"); len(last.Events) != 1 || last.Events[0].Sent != 4*time.Second || last.Events[0].Worker != 0 {
			t.Errorf("%+v", last.Events)
		}
		if run.Took != 6*time.Second || run.PerSecond() != 0.5 || run.UnitsPerSecond() != 1 {
			t.Errorf("took %v, %v requests/s, %v units/s", run.Took, run.PerSecond(), run.UnitsPerSecond())
		}
		if got, want := run.UnitSeries(2*time.Second).Values, []float64{1, 1, 1}; !slices.Equal(got, want) {
			t.Errorf("units by second %v, want %v", got, want)
		}
		if got, want := run.DoneSeries(3*time.Second).Points(), []Point{{X: 1.5, Y: 1.0 / 3}, {X: 4.5, Y: 1.0 / 3}}; !slices.Equal(got, want) {
			t.Errorf("ends by second %v, want %v", got, want)
		}
	})
}

func TestClosedLoop(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var under, most atomic.Int64
		taken := [4]atomic.Bool{}
		run, err := Load{Workers: 4, Count: 20}.Run(t.Context(), func(_ context.Context, _ int, e *Event) error {
			if taken[e.Worker].Swap(true) {
				t.Errorf("two requests at once have number %d", e.Worker)
			}
			most.Store(max(most.Load(), under.Add(1)))
			time.Sleep(time.Second)
			under.Add(-1)
			taken[e.Worker].Store(false)
			return nil
		})
		if err != nil || len(run.Events) != 20 || most.Load() != 4 || run.Took != 5*time.Second {
			t.Errorf("%d requests, %d at once, took %v, %v", len(run.Events), most.Load(), run.Took, err)
		}
	})
}

func TestErrorsAreCountedAndTheRunGoesOn(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	every := func(_ context.Context, i int, e *Event) error {
		time.Sleep(time.Second)
		e.Unit()
		if i%3 == 1 {
			return broken
		}
		return nil
	}
	synctest.Test(t, func(t *testing.T) {
		var told []Progress
		run, err := Load{Arrivals: FixedRate(1), Lasts: 6 * time.Second, Watch: func(p Progress) { told = append(told, p) }}.Run(t.Context(), every)
		if err != nil || len(run.Events) != 6 || len(run.Answered().Events) != 4 || len(run.Latencies()) != 4 {
			t.Errorf("%d requests, %d answered, %v", len(run.Events), len(run.Answered().Events), err)
		}
		if last := told[len(told)-1]; len(told) < 5 || last.Sent < 5 || last.Done < 4 || last.Failed < 1 || last.Units < 4 {
			t.Errorf("told %+v", told)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		run, err := Load{Arrivals: FixedRate(1), StopOnError: true}.Run(t.Context(), every)
		if !errors.Is(err, broken) || len(run.Events) < 2 || len(run.Events) > 4 {
			t.Errorf("%d requests, %v", len(run.Events), err)
		}
	})
}

func TestCancelledRunKeepsWhatItMeasured(t *testing.T) {
	t.Parallel()
	for name, load := range map[string]Load{"open": {Arrivals: FixedRate(1)}, "closed": {Workers: 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 3500*time.Millisecond)
				defer cancel()
				run, err := load.Run(ctx, func(ctx context.Context, _ int, _ *Event) error {
					select {
					case <-time.After(time.Second):
						return nil
					case <-ctx.Done():
						return ctx.Err()
					}
				})
				if !errors.Is(err, context.DeadlineExceeded) || len(run.Events) != 4 || len(run.Answered().Events) != 3 {
					t.Errorf("%d requests, %d answered, %v", len(run.Events), len(run.Answered().Events), err)
				}
			})
		})
	}
}
