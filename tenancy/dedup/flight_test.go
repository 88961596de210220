package dedup_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/dedup"
)

// outcome is what one caller got.
type outcome struct {
	value  string
	source dedup.Source
	err    error
}

func TestThousandCallersOneGeneration(t *testing.T) {
	const callers = 1000
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t, dedup.Options{})
		var runs atomic.Int64
		release := make(chan struct{})
		outcomes := make([]outcome, callers)
		var wg sync.WaitGroup
		for i := range callers {
			wg.Go(func() {
				value, source, err := c.Do(t.Context(), dedup.NewKey(shop, "q"), shop, func(context.Context) ([]byte, bool, error) {
					runs.Add(1)
					<-release
					return []byte("answer"), true, nil
				})
				outcomes[i] = outcome{string(value), source, err}
			})
		}
		synctest.Wait() // all callers wait, and the work for its release
		close(release)
		wg.Wait()
		count := map[outcome]int{}
		for _, o := range outcomes {
			count[o]++
		}
		if runs.Load() != 1 || count[outcome{"answer", dedup.Generated, nil}] != 1 || count[outcome{"answer", dedup.Coalesced, nil}] != callers-1 {
			t.Errorf("%d runs, outcomes %v", runs.Load(), count)
		}
		if s := c.Stats(); s.Misses != 1 || s.Coalesced != callers-1 || s.Hits != 0 {
			t.Errorf("got %+v", s)
		}
	})
}

// TestCallersLeave has callers arrive and leave in any order, the leader among them and at every point,
// before the work returns.
func TestCallersLeave(t *testing.T) {
	checks(t, "500")
	rapid.Check(t, func(r *rapid.T) {
		callers := rapid.IntRange(1, 6).Draw(r, "callers")
		// Step i < callers: caller i arrives. Otherwise caller i - callers leaves, if it is there.
		steps := rapid.SliceOfN(rapid.IntRange(0, 2*callers-1), 1, 3*callers).Draw(r, "steps")
		fails := rapid.Bool().Draw(r, "fails")
		var complaint string
		synctest.Test(t, func(t *testing.T) { complaint = leave(t, callers, steps, fails) })
		if complaint != "" {
			r.Fatal(complaint)
		}
	})
}

func leave(t *testing.T, callers int, steps []int, fails bool) string {
	c, _ := newCache(t, dedup.Options{MaxBytes: 1 << 16})
	failure := errors.New("model failed")
	type caller struct {
		cancel context.CancelFunc
		done   bool
		outcome
	}
	var (
		all     = make([]*caller, callers)
		waiting []*caller // the model: who waits, in the order of arrival
		runs    int       // the model: how many runs should have been started
		started atomic.Int64
		ended   atomic.Int64
		release = make(chan struct{})
	)
	work := func(ctx context.Context) ([]byte, bool, error) {
		n := started.Add(1)
		select {
		case <-release:
		case <-ctx.Done():
			ended.Add(1)
			return []byte("so far"), true, ctx.Err()
		}
		if fails {
			return []byte("half"), true, failure
		}
		return fmt.Append(nil, "run ", n), true, nil
	}
	for _, step := range steps {
		i := step % callers
		switch arrives := step < callers; {
		case arrives && all[i] == nil:
			ctx, cancel := context.WithCancel(context.Background())
			w := &caller{cancel: cancel}
			all[i] = w
			if len(waiting) == 0 {
				runs++
			}
			waiting = append(waiting, w)
			go func() {
				value, source, err := c.Do(ctx, dedup.NewKey(shop, "q"), shop, work)
				w.outcome, w.done = outcome{string(value), source, err}, true
			}()
		case !arrives && all[i] != nil && !all[i].done:
			w := all[i]
			w.cancel()
			synctest.Wait()
			var source dedup.Source
			var value string
			if len(waiting) == 1 { // the last: its run is canceled, and says what it took
				source, value = dedup.Generated, "so far"
			}
			if !w.done || ilsai.ErrorCode(w.err) != ilsai.CodeCanceled || w.source != source || w.value != value {
				return fmt.Sprintf("a caller that left got %+v", w.outcome)
			}
			for k := range waiting {
				if waiting[k] == w {
					waiting = append(waiting[:k:k], waiting[k+1:]...)
					break
				}
			}
		}
		synctest.Wait()
		if got := int(started.Load()); got != runs {
			return fmt.Sprintf("%d runs were started, want %d", got, runs)
		}
		wantEnded := runs
		if len(waiting) > 0 {
			wantEnded--
		}
		if got := int(ended.Load()); got != wantEnded {
			return fmt.Sprintf("%d runs were canceled, want %d: those nobody waits for", got, wantEnded)
		}
		for _, w := range waiting {
			if w.done {
				return fmt.Sprintf("a caller got %+v because another left", w.outcome)
			}
		}
	}
	close(release)
	synctest.Wait()
	for k, w := range waiting {
		want := outcome{fmt.Sprint("run ", runs), dedup.Coalesced, nil}
		if k == 0 { // the first in line has the leader's place
			want.source = dedup.Generated
		}
		if fails {
			want.value, want.err = "half", failure
		}
		if w.outcome != want {
			return fmt.Sprintf("waiter %d got %+v, want %+v", k, w.outcome, want)
		}
		w.cancel()
	}
	return ""
}

// TestLeavingWorkThatGoesOn has the last caller leave a run that does not end when it is canceled.
func TestLeavingWorkThatGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t, dedup.Options{})
		release := make(chan struct{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		began := time.Now()
		value, source, err := c.Do(ctx, dedup.NewKey(shop, "q"), shop, func(context.Context) ([]byte, bool, error) {
			<-release
			return []byte("late"), true, nil
		})
		if value != nil || source != dedup.Generated || ilsai.ErrorCode(err) != ilsai.CodeDeadline || time.Since(began) != time.Minute+time.Second {
			t.Errorf("got %q, %s, %v after %v", value, source, err, time.Since(began))
		}
		close(release)
	})
}

// TestLeavingAndLandingAtOnce lets callers leave while the work returns, in no order. Whoever gets an
// answer, exactly one of those who share a run is told it was generated for them.
func TestLeavingAndLandingAtOnce(t *testing.T) {
	c, _ := newCache(t, dedup.Options{})
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range 300 {
		key := dedup.NewKey(shop, fmt.Sprint(round))
		var runs atomic.Int64
		var mu sync.Mutex
		generated, received := map[string]int{}, map[string]int{}
		var wg sync.WaitGroup
		for range 8 {
			patience, duration := r.IntN(40), r.IntN(40)
			wg.Go(func() {
				ctx, cancel := context.WithCancel(context.Background())
				defer cancel()
				wg.Go(func() { yield(patience); cancel() })
				value, source, err := c.Do(ctx, key, shop, func(context.Context) ([]byte, bool, error) {
					n := runs.Add(1)
					yield(duration)
					return fmt.Append(nil, n), false, nil
				})
				if err != nil {
					return
				}
				mu.Lock()
				defer mu.Unlock()
				received[string(value)]++
				if source == dedup.Generated {
					generated[string(value)]++
				}
			})
		}
		wg.Wait()
		for run, n := range received {
			if generated[run] != 1 {
				t.Fatalf("round %d: run %s was generated for %d callers of %d", round, run, generated[run], n)
			}
		}
	}
}

func yield(n int) {
	for range n {
		runtime.Gosched()
	}
}

func TestErrorReachesAllWhoWait(t *testing.T) {
	for name, work := range map[string]func(){
		"panics":             func() { panic("boom") },
		"panics with nil":    func() { panic(nil) },
		"ends its goroutine": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := newCache(t, dedup.Options{})
				release := make(chan struct{})
				var errs [5]error
				var wg sync.WaitGroup
				for i := range errs {
					wg.Go(func() {
						_, _, errs[i] = c.Do(t.Context(), dedup.NewKey(shop, "q"), shop, func(context.Context) ([]byte, bool, error) {
							<-release
							work()
							return []byte("never"), true, nil
						})
					})
				}
				synctest.Wait()
				close(release)
				wg.Wait()
				for i, err := range errs {
					if ilsai.ErrorCode(err) != ilsai.CodeInternal || strings.Contains(ilsai.ErrorMessage(err), "boom") {
						t.Errorf("caller %d got %v", i, err)
					}
				}
				expect(t, c, dedup.NewKey(shop, "q"), says("well"), "well", dedup.Generated)
			})
		})
	}
}

// TestDeadline has a follower run out of time while the leader goes on.
func TestDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t, dedup.Options{})
		release, leader := make(chan struct{}), make(chan outcome)
		key := dedup.NewKey(shop, "q")
		go func() {
			value, source, err := c.Do(context.Background(), key, shop, func(context.Context) ([]byte, bool, error) {
				<-release
				return []byte("answer"), true, nil
			})
			leader <- outcome{string(value), source, err}
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, source, err := c.Do(ctx, key, shop, says("second run")); ilsai.ErrorCode(err) != ilsai.CodeDeadline || source != "" {
			t.Errorf("the follower got %s, %v", source, err)
		}
		close(release)
		if got, want := <-leader, (outcome{"answer", dedup.Generated, nil}); got != want {
			t.Errorf("the leader got %+v, want %+v", got, want)
		}
	})
}

// TestWorkContext checks what of the first caller's context the work sees.
func TestWorkContext(t *testing.T) {
	c, _ := newCache(t, dedup.Options{})
	type own struct{}
	ctx, cancel := context.WithCancel(context.WithValue(ilsai.WithRequestID(t.Context(), "r-1"), own{}, "value"))
	started, checked := make(chan struct{}), make(chan struct{})
	follower := make(chan error)
	key := dedup.NewKey(shop, "q")
	leader := make(chan error)
	go func() {
		_, _, err := c.Do(ctx, key, shop, func(ctx context.Context) ([]byte, bool, error) {
			close(started)
			<-checked
			if ctx.Err() != nil || ilsai.RequestID(ctx) != "r-1" || ctx.Value(own{}) != nil {
				return nil, false, fmt.Errorf("the work's context is %v", ctx)
			}
			return nil, true, nil
		})
		leader <- err
	}()
	<-started
	go func() {
		_, _, err := c.Do(t.Context(), key, shop, says("second run"))
		follower <- err
	}()
	for c.Stats().Coalesced == 0 {
		runtime.Gosched()
	}
	cancel()
	if err := <-leader; ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("the leader got %v", err)
	}
	close(checked)
	if err := <-follower; err != nil {
		t.Errorf("the follower got %v", err)
	}
	if _, _, err := c.Do(ctx, key, shop, says("?")); ilsai.ErrorCode(err) != ilsai.CodeCanceled {
		t.Errorf("a canceled caller got %v", err)
	}
}
