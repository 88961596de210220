package fairq

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// check reports the first thing in the books that contradicts another.
func (b *book[T]) check() error {
	waiting, running, cost, weight, weighted, timed := 0, 0, 0.0, 0.0, 0.0, 0
	for name, f := range b.flows {
		n, own := 0, 0.0
		var last *Item[T]
		for i := f.head; i != nil; last, i = i, i.next {
			n++
			own += i.Cost
			if !i.Deadline.IsZero() {
				timed++
			}
			switch {
			case i.flow != f || i.Tenant != name || i.state != stateWaiting:
				return fmt.Errorf("an item of %q is in the list of %q, state %d", i.Tenant, name, i.state)
			case i.prev != last:
				return fmt.Errorf("the list of %q is broken", name)
			case last != nil && last.order >= i.order:
				return fmt.Errorf("%q is out of order", name)
			}
		}
		if f.tail != last || n != f.waiting || math.Abs(own-f.cost) > 1e-6 {
			return fmt.Errorf("%q has %d waiting costing %v, counted %d costing %v", name, f.waiting, f.cost, n, own)
		}
		if f.running < 0 || b.hard > 0 && f.running > b.hard {
			return fmt.Errorf("%q has %d running", name, f.running)
		}
		if want := b.home(f); f.at >= 0 && f.in != want || f.at < 0 && want != nil {
			return fmt.Errorf("%q with %d waiting and %d running is in the wrong heap", name, f.waiting, f.running)
		} else if want != nil && want.all[f.at] != f {
			return fmt.Errorf("%q is not where it says", name)
		}
		waiting, running, cost = waiting+n, running+f.running, cost+own
		if n > 0 {
			weight += f.weight
			weighted += f.weight * f.counter
		}
	}
	for _, h := range []*heap[*flow[T]]{&b.within, &b.beyond, &b.idle} {
		for at := 1; at < h.len(); at++ {
			if h.less(h.all[at], h.all[(at-1)/2]) {
				return fmt.Errorf("a heap is out of order at %d", at)
			}
		}
	}
	if waiting != b.waiting || running != b.running || timed != b.deadlines.len() {
		return fmt.Errorf("waiting %d running %d with deadline %d, counted %d %d %d", b.waiting, b.running, b.deadlines.len(), waiting, running, timed)
	}
	if !near(cost, b.cost) || !near(weight, b.weight) || !near(weighted, b.weighted) {
		return fmt.Errorf("sums %v %v %v, counted %v %v %v", b.cost, b.weight, b.weighted, cost, weight, weighted)
	}
	return nil
}

const stateWaiting = waiting // check has a variable of that name

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-6*(1+math.Abs(a)+math.Abs(b)) }

func (b *book[T]) home(f *flow[T]) *heap[*flow[T]] {
	switch {
	case f.waiting == 0 && f.running == 0:
		return &b.idle
	case f.waiting == 0 || b.hard > 0 && f.running >= b.hard:
		return nil
	case b.soft > 0 && f.running >= b.soft:
		return &b.beyond
	default:
		return &b.within
	}
}

func TestRandomOperationsKeepTheBooks(t *testing.T) {
	for seed := uint64(1); seed <= 20; seed++ {
		rng := rand.New(rand.NewPCG(seed, 7))
		b := newBook[int]([]int{0, 1, 2, 4}[rng.IntN(4)], []int{0, 4, 6}[rng.IntN(3)])
		var out []*Item[int] // running
		var all []*Item[int] // waiting, some of them not any more
		now, seen := time.Unix(0, 0), map[string]int{}
		for step := range 2000 {
			what := ""
			switch n := rng.IntN(20); {
			case n < 8:
				what = "put"
				i := &Item[int]{Tenant: fmt.Sprint("t", rng.IntN(12)), Weight: []float64{0, 1, 2, 4}[rng.IntN(4)], Cost: float64(rng.IntN(300))}
				if rng.IntN(2) == 0 {
					i.Deadline = now.Add(time.Duration(rng.IntN(50)) * time.Second)
				}
				b.put(i)
				all = append(all, i)
			case n < 13:
				what = "take"
				if i := b.take(); i != nil {
					out = append(out, i)
				} else if b.waiting > 0 && b.hard == 0 {
					t.Fatalf("seed %d step %d: %d wait and none may start", seed, step, b.waiting)
				}
			case n < 16 && len(out) > 0:
				what = "finish"
				at := rng.IntN(len(out))
				b.finish(out[at], float64(rng.IntN(500)))
				out = append(out[:at], out[at+1:]...)
			case n == 16 && len(out) > 0:
				what = "put back"
				at := rng.IntN(len(out))
				b.putBack(out[at])
				all = append(all, out[at])
				out = append(out[:at], out[at+1:]...)
			case n == 17 && len(all) > 0:
				what = "remove"
				if i := all[rng.IntN(len(all))]; i.state == waiting {
					b.remove(i)
				}
			case n == 18:
				what = "expire"
				now = now.Add(time.Duration(rng.IntN(5)) * time.Second)
				for i := b.expired(now); i != nil; i = b.expired(now) {
					if i.Deadline.After(now) {
						t.Fatalf("seed %d step %d: expired before its deadline", seed, step)
					}
				}
			}
			seen[what]++
			if err := b.check(); err != nil {
				t.Fatalf("seed %d step %d after %s: %v", seed, step, what, err)
			}
		}
		for _, i := range out {
			b.finish(i, 1)
		}
		for b.waiting > 0 {
			b.finish(b.take(), 1)
			if err := b.check(); err != nil {
				t.Fatalf("seed %d at the end: %v", seed, err)
			}
		}
		for _, what := range []string{"put", "take", "finish", "put back", "remove", "expire"} {
			if seen[what] == 0 {
				t.Errorf("seed %d never did %q", seed, what)
			}
		}
	}
}

// Theorem 4.2 of the paper, with estimates that are wrong: tenants that wait all the time differ in
// weighted service by no more than what one has running, here one item each way and the error of estimates.
func TestServiceGapIsBounded(t *testing.T) {
	for seed := uint64(1); seed <= 30; seed++ {
		rng := rand.New(rand.NewPCG(seed, 11))
		workers, tenants := 1+rng.IntN(16), 2+rng.IntN(8)
		const largest = 400.0
		b := newBook[float64](0, 0)
		served, weights := map[string]float64{}, map[string]float64{}
		supply := func(name string) {
			cost := 1 + rng.Float64()*(largest-1)
			b.put(&Item[float64]{Tenant: name, Weight: weights[name], Cost: 1 + rng.Float64()*(largest-1), Value: cost})
		}
		for n := range tenants {
			name := fmt.Sprint("t", n)
			weights[name] = []float64{1, 2, 4}[rng.IntN(3)]
			for range 40 {
				supply(name)
			}
		}
		var running []*Item[float64]
		for range 4000 {
			for len(running) < workers {
				i := b.take()
				running = append(running, i)
				supply(i.Tenant)
			}
			at := rng.IntN(len(running))
			i := running[at]
			running = append(running[:at], running[at+1:]...)
			b.finish(i, i.Value)
			served[i.Tenant] += i.Value / weights[i.Tenant]
			low, high := math.Inf(1), math.Inf(-1)
			for name := range weights {
				low, high = min(low, served[name]), max(high, served[name])
			}
			// Counters differ by one charge at most; service differs from a counter by what is running.
			if bound := largest * float64(1+2*workers); high-low > bound {
				t.Fatalf("seed %d: service differs by %v, bound %v", seed, high-low, bound)
			}
		}
	}
}
