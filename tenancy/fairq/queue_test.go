package fairq

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"
)

var epoch = time.Unix(1_700_000_000, 0)

func put(t *testing.T, q *Queue[string], tenant, name string, weight, cost float64) *Item[string] {
	t.Helper()
	i := &Item[string]{Tenant: tenant, Value: name, Weight: weight, Cost: cost}
	if err := q.Put(i); err != nil {
		t.Fatal(err)
	}
	return i
}

// order takes and finishes everything, one after the other.
func order(q *Queue[string]) string {
	all := ""
	for i := q.Take(epoch); i != nil; i = q.Take(epoch) {
		all += i.Value
		q.Finish(i, i.Cost, epoch)
	}
	return all
}

func TestOneTenantIsFirstInFirstOut(t *testing.T) {
	q := New[string](Options{})
	for _, name := range []string{"a", "b", "c", "d"} {
		put(t, q, "shop", name, 1, 10)
	}
	if got := order(q); got != "abcd" {
		t.Errorf("order %q", got)
	}
}

func TestAFloodDoesNotDelayOthers(t *testing.T) {
	q := New[string](Options{})
	for range 50 {
		put(t, q, "flood", "f", 1, 10)
	}
	put(t, q, "light", "L", 1, 10)
	if got := order(q); got[:3] != "fLf" {
		t.Errorf("order %q: the light tenant should come second", got)
	}
}

func TestServiceFollowsWeights(t *testing.T) {
	q := New[string](Options{})
	for range 80 {
		put(t, q, "basic", "b", 1, 10)
		put(t, q, "enterprise", "e", 4, 10)
	}
	n := map[string]int{}
	for range 50 {
		i := q.Take(epoch)
		n[i.Value]++
		q.Finish(i, 10, epoch)
	}
	if n["e"] != 40 || n["b"] != 10 {
		t.Errorf("of 50 went %v; 4 to 1 is 40 and 10", n)
	}
}

func TestSmallQuestionsAreNotPunishedForBeingMany(t *testing.T) {
	q := New[string](Options{})
	for range 100 {
		put(t, q, "short", "s", 1, 10)
		put(t, q, "long", "l", 1, 100)
	}
	cost := map[string]float64{}
	for range 60 {
		i := q.Take(epoch)
		cost[i.Value] += i.Cost
		q.Finish(i, i.Cost, epoch)
	}
	if math.Abs(cost["s"]-cost["l"]) > 100 {
		t.Errorf("cost served %v, should be equal to one item", cost)
	}
}

func TestIdleTimeEarnsNoCredit(t *testing.T) {
	q := New[string](Options{})
	for range 100 {
		put(t, q, "busy", "b", 1, 10)
	}
	for range 50 {
		q.Finish(q.Take(epoch), 10, epoch)
	}
	for range 10 {
		put(t, q, "returned", "r", 1, 10)
	}
	if got := order(q)[:8]; got != "brbrbrbr" && got != "rbrbrbrb" {
		t.Errorf("order %q: who comes back shares, it does not catch up", got)
	}
}

func TestLeavingAndReturningWinsNothing(t *testing.T) {
	q := New[string](Options{})
	put(t, q, "a", "a", 1, 1000)
	q.Finish(q.Take(epoch), 1000, epoch) // a has had much, and nobody waits
	put(t, q, "b", "b", 1, 10)
	put(t, q, "a", "a", 1, 10)
	put(t, q, "b", "b", 1, 10)
	put(t, q, "a", "a", 1, 10)
	if got := order(q); got != "baba" {
		t.Errorf("order %q: a new tenant is lifted to the one that left last", got)
	}
}

func TestRealCostsAreCharged(t *testing.T) {
	q := New[string](Options{})
	for range 5 {
		put(t, q, "liar", "l", 1, 1)
		put(t, q, "honest", "h", 1, 100)
	}
	got := ""
	for range 6 {
		i := q.Take(epoch)
		got += i.Value
		q.Finish(i, 100, epoch)
	}
	if got != "lhlhlh" {
		t.Errorf("order %q: an estimate that was too small is made up for", got)
	}
}

// TestEstimatesDoNotLift: who comes while another's item runs is not put behind what that one gives back.
func TestEstimatesDoNotLift(t *testing.T) {
	q := New[string](Options{})
	for range 20 {
		put(t, q, "busy", "b", 1, 100)
	}
	first := q.Take(epoch)
	put(t, q, "quiet", "q", 1, 100)
	put(t, q, "quiet", "q", 1, 100)
	q.Finish(first, 10, epoch)
	got := ""
	for range 6 {
		i := q.Take(epoch)
		got += i.Value
		q.Finish(i, 10, epoch)
	}
	if got != "qbqbbb" {
		t.Errorf("order %q after an item that cost a tenth of its estimate", got)
	}
}

func TestAbandonedWorkIsCharged(t *testing.T) {
	q := New[string](Options{})
	for range 4 {
		put(t, q, "quitter", "q", 1, 100)
		put(t, q, "other", "o", 1, 100)
	}
	i := q.Take(epoch)
	q.Finish(i, 60, epoch)  // cancelled after 60
	q.Finish(i, 900, epoch) // ending twice is ending once
	if got := q.book.flows["quitter"].counter; got != 60 {
		t.Errorf("charged %v, want the 60 it used", got)
	}
}

func TestPutBackComesFirstAndCostsNothingYet(t *testing.T) {
	q := New[string](Options{MaxWaiting: 3})
	put(t, q, "a", "1", 1, 10)
	put(t, q, "a", "2", 1, 10)
	first := q.Take(epoch)
	put(t, q, "b", "x", 1, 10)
	put(t, q, "a", "3", 1, 10)
	q.PutBack(first) // beyond the bound
	if got := order(q); got != "1x23" {
		t.Errorf("order %q", got)
	}
}

func TestCaps(t *testing.T) {
	q := New[string](Options{SoftInFlight: 2, MaxInFlight: 4})
	for range 10 {
		put(t, q, "flood", "f", 1, 1)
	}
	for n := range 4 {
		if q.Take(epoch) == nil {
			t.Fatalf("worker %d stands idle while items wait", n)
		}
	}
	if i := q.Take(epoch); i != nil {
		t.Error("a tenant got more than the hard cap")
	}
	for range 3 {
		put(t, q, "light", "L", 1, 1000)
	}
	for n := range 2 {
		if i := q.Take(epoch); i == nil || i.Value != "L" {
			t.Errorf("take %d is not the light tenant's, though the other is beyond its soft cap", n)
		}
	}
}

func TestBounds(t *testing.T) {
	q := New[string](Options{MaxWaiting: 5, MaxWaitingPerTenant: 3})
	for range 3 {
		put(t, q, "a", "a", 1, 1)
	}
	if err := q.Put(&Item[string]{Tenant: "a"}); !errors.Is(err, ErrTenantFull) {
		t.Errorf("a fourth of one tenant: %v", err)
	}
	put(t, q, "b", "b", 1, 1)
	put(t, q, "c", "c", 1, 1)
	refused := &Item[string]{Tenant: "d"}
	if err := q.Put(refused); !errors.Is(err, ErrFull) {
		t.Errorf("a sixth: %v", err)
	}
	q.Finish(q.Take(epoch), 1, epoch)
	if err := q.Put(refused); err != nil {
		t.Errorf("after one has started: %v", err)
	}
}

func TestDeadlinesAndRemoval(t *testing.T) {
	q := New[string](Options{})
	late := &Item[string]{Tenant: "a", Value: "late", Deadline: epoch.Add(time.Second)}
	gone := &Item[string]{Tenant: "a", Value: "gone", Deadline: epoch.Add(time.Second)}
	kept := &Item[string]{Tenant: "a", Value: "kept", Deadline: epoch.Add(time.Minute)}
	for _, i := range []*Item[string]{late, gone, kept} {
		if err := q.Put(i); err != nil {
			t.Fatal(err)
		}
	}
	if !q.Remove(gone) || q.Remove(gone) {
		t.Error("an item is removed once")
	}
	if got := q.Expired(nil, epoch.Add(time.Second)); len(got) != 1 || got[0] != late {
		t.Errorf("expired %v", got)
	}
	if got := order(q); got != "kept" {
		t.Errorf("left %q", got)
	}
}

// Ten thousand shops, each with a history: what is idle and says nothing is forgotten.
func TestIdleTenantsAreForgotten(t *testing.T) {
	q := New[string](Options{})
	for round := range 3 {
		for n := range 10_000 {
			put(t, q, fmt.Sprint(n), "x", 1, float64(1+n%7))
		}
		for i := q.Take(epoch); i != nil; i = q.Take(epoch) {
			q.Finish(i, i.Cost, epoch)
		}
		if n := q.Stats().Tenants; n > 10_000 {
			t.Errorf("round %d: %d tenants remembered", round, n)
		}
	}
	for range 100 {
		put(t, q, "alone", "x", 1, 100)
	}
	order(q)
	if n := q.Stats().Tenants; n > 2 {
		t.Errorf("%d tenants remembered after one went past all others", n)
	}
}

// The estimate of a place is compared with what then happens, for items of random tenants and costs.
func TestPlaceIsClose(t *testing.T) {
	var wrong, n float64
	for seed := uint64(1); seed <= 40; seed++ {
		rng := rand.New(rand.NewPCG(seed, 3))
		q := New[string](Options{})
		var all []*Item[string]
		for range 200 {
			i := &Item[string]{Tenant: fmt.Sprint(rng.IntN(10)), Weight: []float64{1, 2, 4}[rng.IntN(3)], Cost: 50 + float64(rng.IntN(100))}
			i.Weight = []float64{1, 2, 4}[len(i.Tenant)%3]
			if err := q.Put(i); err != nil {
				t.Fatal(err)
			}
			all = append(all, i)
		}
		told := map[*Item[string]]int{}
		for _, i := range all {
			told[i] = q.Place(i).Position
		}
		for at := 0; ; at++ {
			i := q.Take(epoch)
			if i == nil {
				break
			}
			wrong += math.Abs(float64(told[i] - at))
			n++
			q.Finish(i, i.Cost, epoch)
		}
	}
	if mean := wrong / n; mean > 10 {
		t.Errorf("positions among 200 are wrong by %.1f on average", mean)
	}
}

func TestETAFollowsTheSpeed(t *testing.T) {
	q := New[string](Options{})
	now := epoch
	for range 100 {
		put(t, q, "a", "x", 1, 10)
	}
	last := put(t, q, "a", "last", 1, 10)
	if got := q.Place(last).ETA; got != 0 {
		t.Errorf("ETA %v with nothing known about the speed", got)
	}
	for range 40 { // 10 each second
		i := q.Take(now)
		now = now.Add(time.Second)
		q.Finish(i, 10, now)
	}
	if got := q.Place(last); got.Position != 60 || got.ETA < 59*time.Second || got.ETA > 61*time.Second {
		t.Errorf("place %+v, want 60 and about a minute", got)
	}
	for i := q.Take(now); i != nil && i != last; i = q.Take(now) {
		now = now.Add(time.Second)
		q.Finish(i, 10, now)
	}
	q.Finish(last, 10, now.Add(time.Second))
	now = now.Add(time.Hour) // nothing ran
	put(t, q, "b", "x", 1, 10)
	second := put(t, q, "b", "y", 1, 10)
	if q.Take(now); q.Place(second).ETA > 2*time.Second {
		t.Errorf("ETA %v: an idle hour is not slowness", q.Place(second).ETA)
	}
}

func TestConcurrentUse(t *testing.T) {
	q := New[string](Options{MaxWaiting: 64, MaxInFlight: 3})
	var producers, workers sync.WaitGroup
	var mu sync.Mutex
	done, returned := map[*Item[string]]int{}, map[*Item[string]]bool{}
	stop := make(chan struct{})
	for w := range 4 {
		workers.Add(1)
		go func() {
			defer workers.Done()
			for {
				i := q.Take(epoch)
				if i == nil {
					select {
					case <-stop:
						return
					default:
						runtime.Gosched()
						continue
					}
				}
				mu.Lock()
				again := w == 0 && len(i.Value) == 0 && !returned[i] // each once, or the last worker never ends
				if again {
					returned[i] = true
				} else {
					done[i]++
				}
				mu.Unlock()
				if again {
					q.PutBack(i)
					continue
				}
				q.Finish(i, 5, epoch)
			}
		}()
	}
	var removed, put int
	for p := range 4 {
		producers.Add(1)
		go func() {
			defer producers.Done()
			for n := range 150 {
				i := &Item[string]{Tenant: fmt.Sprint(p, n%3), Cost: 10, Value: []string{"", "x"}[n%2]}
				for q.Put(i) != nil {
					runtime.Gosched()
				}
				gone := n%5 == 0 && q.Remove(i)
				q.Place(i)
				mu.Lock()
				if put++; gone {
					removed++
				}
				mu.Unlock()
			}
		}()
	}
	producers.Wait()
	for q.Len() > 0 {
		runtime.Gosched()
	}
	close(stop)
	workers.Wait()
	for i, n := range done {
		if n != 1 {
			t.Fatalf("%v ran %d times", i, n)
		}
	}
	if len(done)+removed != put {
		t.Errorf("%d put, %d done, %d removed", put, len(done), removed)
	}
}

func BenchmarkPutTakeFinish(b *testing.B) {
	for _, tenants := range []int{10, 1000, 10_000} {
		b.Run(fmt.Sprint(tenants, " tenants"), func(b *testing.B) {
			q := New[int](Options{SoftInFlight: 4})
			names := make([]string, tenants)
			for n := range names {
				names[n] = fmt.Sprint("tenant-", n)
				for range 2 {
					_ = q.Put(&Item[int]{Tenant: names[n], Cost: float64(50 + n%90)})
				}
			}
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				i := q.Take(epoch)
				q.Finish(i, 80, epoch)
				_ = q.Put(&Item[int]{Tenant: i.Tenant, Cost: float64(50 + n%90)})
			}
		})
	}
}
