package limit_test

import (
	"context"
	"flag"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy/limit"
	"github.com/ils-platform/ilsai/tenancy/limit/limittest"
)

// checks sets how many cases the properties of a test draw, unless the command line says it.
func checks(t *testing.T, n string) {
	f := flag.Lookup("rapid.checks")
	if f.Value.String() != f.DefValue {
		return
	}
	if err := flag.Set(f.Name, n); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { flag.Set(f.Name, f.DefValue) })
}

func TestLocal(t *testing.T) {
	n := "10000"
	if raceEnabled {
		n = "1000" // a single goroutine makes the traces
	}
	checks(t, n)
	limittest.Exercise(t, func(_ *testing.T, clock func() time.Duration) limit.Limiter {
		return limit.NewLocal(limit.Options{Clock: clock})
	})
}

// TestLocalRealClock has 64 goroutines ask without pause, for 20 windows of 50 ms by the real clock.
// Under unbounded demand a sliding log admits n at the start of each window, as soon as it is asked.
func TestLocalRealClock(t *testing.T) {
	const window, windows, n = 50 * time.Millisecond, 20, 120
	start := time.Now()
	var last atomic.Int64 // the limiter's latest reading of its clock
	l := limit.NewLocal(limit.Options{Window: window, Clock: func() time.Duration {
		now := time.Since(start)
		last.Store(int64(now))
		return now
	}})
	var admitted atomic.Int64
	var wg sync.WaitGroup
	for range 64 {
		wg.Go(func() {
			for time.Since(start) < window*windows {
				if d, _ := l.Allow(context.Background(), "shop", n); d.Allowed {
					admitted.Add(1)
				}
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	most := (last.Load()/int64(window) + 1) * n
	t.Logf("%d admitted in %v, at most %d may be", admitted.Load(), time.Duration(last.Load()), most)
	// How soon after a window's end the next request comes is up to the machine.
	if got := admitted.Load(); got > most || got < most/2 {
		t.Errorf("%d requests admitted in %v, want %d or, on a busy machine, a little less", got, time.Duration(last.Load()), most)
	}
}

func TestLocalAllocatesNothing(t *testing.T) {
	c := &limittest.Clock{}
	l := limit.NewLocal(limit.Options{Clock: c.Now})
	for range 120 {
		l.Allow(t.Context(), "shop", 120)
	}
	for name, step := range map[string]time.Duration{"admitted": limit.Window / 120, "refused": 0} {
		c.Advance(limit.Window)
		got := testing.AllocsPerRun(1000, func() {
			c.Advance(step)
			l.Allow(t.Context(), "shop", 120)
		})
		if got != 0 {
			t.Errorf("%s: %v allocations", name, got)
		}
	}
}

// TestLocalForgets checks that memory follows the tenants of the last window, not all there ever were.
func TestLocalForgets(t *testing.T) {
	c := &limittest.Clock{}
	l := limit.NewLocal(limit.Options{Clock: c.Now})
	const keys = 10_000
	before := heap()
	for k := range keys {
		for range 120 {
			l.Allow(t.Context(), fmt.Sprint("shop-", k), 120)
		}
	}
	each := (heap() - before) / keys
	t.Logf("%d bytes a key with 120 requests in the window", each)
	if each > 1300 {
		t.Errorf("%d bytes a key with 120 requests in the window", each)
	}
	c.Advance(limit.Window)
	for range 3 * keys { // a single shop keeps asking
		l.Allow(t.Context(), "shop-0", 1)
	}
	if got := limit.Keys(l); got != 1 {
		t.Errorf("%d keys are left after a window without their requests", got)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestLocalP99 measures 5 rounds and judges the best, since other processes share the machine.
func TestLocalP99(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector changes the cost")
	}
	l := limit.NewLocal(limit.Options{})
	best := time.Hour
	for range 5 {
		best = min(best, p99(l))
	}
	t.Logf("p99 %v over 10,000 keys", best)
	if best > 5*time.Microsecond {
		t.Errorf("p99 %v, want at most 5 µs", best)
	}
}

func p99(l *limit.Local) time.Duration {
	keys := make([]string, 10_000)
	for i := range keys {
		keys[i] = fmt.Sprint("shop-", i)
	}
	took := make([]time.Duration, 0, 10*len(keys))
	for range cap(took) / len(keys) {
		for _, key := range keys {
			start := time.Now()
			l.Allow(context.Background(), key, 120)
			took = append(took, time.Since(start))
		}
	}
	slices.Sort(took)
	return took[len(took)*99/100]
}

func BenchmarkLocal(b *testing.B) {
	c := &limittest.Clock{}
	l := limit.NewLocal(limit.Options{Clock: c.Now})
	b.ReportAllocs()
	for b.Loop() {
		c.Advance(limit.Window / 120) // each is admitted
		l.Allow(context.Background(), "shop", 120)
	}
	b.ReportMetric(float64(p99(limit.NewLocal(limit.Options{})).Nanoseconds()), "p99-ns")
}

func BenchmarkLocalParallel(b *testing.B) {
	l := limit.NewLocal(limit.Options{})
	var n atomic.Int64
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		key := fmt.Sprint("shop-", n.Add(1))
		for pb.Next() {
			l.Allow(context.Background(), key, 120)
		}
	})
}
