package admission_test

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/admission/admissiontest"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

const (
	engineStep = "engine"
	simLease   = 40 * time.Second
	simTimeout = 30 * time.Second // of a question; each gets a little more, so that no two end at once
	perMonth   = 5
	perMinute  = 8
)

// world is everything that outlives the process: the ledger, the clients and the clocks.
type world struct {
	t      *testing.T
	rng    *rand.Rand
	ledger *admissiontest.Ledger
	began  time.Time     // by the monotonic clock
	offset time.Duration // of the wall clock
	jumps  int           // how often it was set

	process *process
	asked   []*asked

	seeing sync.Mutex
	seen   map[string]int // event → times

	mu    sync.Mutex // of what goroutines of a process touch
	gates []*gate
	runs  []run
	keys  map[string]*keyState
	late  map[ilsai.TenantID]int // settled after their lease, beyond what the quota could know
	fault []string               // what a goroutine found wrong
}

// process is what dies with a kill.
type process struct {
	*world
	desk     *admission.Desk
	limiter  *limit.Local
	answers  *dedup.Cache
	dead     bool
	admitted map[string][]time.Duration // by the limiter, per shop
}

// gate is a step that waits to be picked.
type gate struct {
	process *process
	ask     int
	step    string
	answer  chan verdict
}

// verdict is how a step goes: the ledger's fails before it did anything, or after.
type verdict struct{ applied, fails bool }

func newWorld(t *testing.T, rng *rand.Rand) *world {
	w := &world{t: t, rng: rng, began: time.Now(), seen: map[string]int{}, keys: map[string]*keyState{}, late: map[ilsai.TenantID]int{}}
	// Shortly before a month ends.
	w.offset = time.Date(2026, 11, 30, 23, 57, 0, 0, time.UTC).Sub(w.began)
	w.ledger = admissiontest.NewLedger(w.wall)
	w.process = w.start()
	return w
}

func (w *world) wall() time.Time { return time.Now().Add(w.offset).Round(0).UTC() }

func (w *world) saw(event string) {
	w.seeing.Lock()
	defer w.seeing.Unlock()
	w.seen[event]++
}

func (w *world) start() *process {
	p := &process{world: w, admitted: map[string][]time.Duration{}}
	monotonic := func() time.Duration { return time.Since(w.began) }
	var err error
	if p.answers, err = dedup.New(dedup.Options{MaxBytes: 1 << 20, Now: w.wall}); err != nil {
		w.t.Fatal(err)
	}
	p.limiter = limit.NewLocal(limit.Options{Clock: monotonic})
	p.desk = admission.New(admission.Options{
		Limiter: p, Limits: p, Answers: p.answers, Ledger: simLedger{p}, Now: w.wall, Lease: simLease,
	})
	return p
}

func (p *process) stop() {
	p.seen[joined] += int(p.answers.Stats().Coalesced)
	p.answers.Close()
}

// Limits implements tenancy.LimitsFinder: small ones, that are reached.
func (p *process) Limits(context.Context, ilsai.TenantID) (tenancy.LimitsOverride, error) {
	month, minute := perMonth, perMinute
	return tenancy.LimitsOverride{QueriesPerMonth: &month, QueriesPerMinute: &minute}, nil
}

// Allow implements limit.Limiter and remembers what was admitted.
func (p *process) Allow(ctx context.Context, shop string, n int) (limit.Decision, error) {
	d, err := p.limiter.Allow(ctx, shop, n)
	if p.mu.Lock(); d.Allowed {
		p.admitted[shop] = append(p.admitted[shop], time.Since(p.began))
	}
	p.mu.Unlock()
	return d, err
}

// wait is a step's place in the queue. ok is false when it did not get its turn: its time was over
// before it began, or the process is dead.
func (p *process) wait(ctx context.Context, ask int, step string) (v verdict, ok bool) {
	g := &gate{process: p, ask: ask, step: step, answer: make(chan verdict, 1)}
	p.mu.Lock()
	if p.dead {
		p.mu.Unlock()
		return verdict{fails: true}, false
	}
	p.gates = append(p.gates, g)
	p.mu.Unlock()
	select {
	case v := <-g.answer:
		return v, true
	case <-ctx.Done():
		p.mu.Lock()
		p.gates = slices.DeleteFunc(p.gates, func(o *gate) bool { return o == g })
		p.mu.Unlock()
		return verdict{fails: true}, false
	}
}

func (w *world) release(g *gate, v verdict) {
	w.mu.Lock()
	w.gates = slices.DeleteFunc(w.gates, func(o *gate) bool { return o == g })
	w.mu.Unlock()
	if v.fails && g.step == engineStep {
		w.saw(engineFailed)
	}
	g.answer <- v
}

// sorted are the gates in an order that does not depend on which goroutine came first.
func (w *world) sorted() []*gate {
	w.mu.Lock()
	defer w.mu.Unlock()
	slices.SortFunc(w.gates, func(a, b *gate) int { return cmp.Or(a.ask-b.ask, cmp.Compare(a.step, b.step)) })
	return slices.Clone(w.gates)
}

func (w *world) advance(d time.Duration) {
	month := tenancy.MonthOf(w.wall(), time.UTC)
	time.Sleep(d)
	if tenancy.MonthOf(w.wall(), time.UTC) != month {
		w.saw(monthTurned)
	}
}

// setClock moves the wall clock alone, as an operator or a time server does.
func (w *world) setClock() string {
	d := []time.Duration{time.Hour, -time.Hour, simLease + time.Second, -time.Minute, 24*time.Hour + time.Second}[w.rng.IntN(5)]
	w.offset += d
	w.jumps++
	if d > 0 {
		w.saw(setForward)
	} else {
		w.saw(setBack)
	}
	return "clock set by " + d.String()
}

// restart kills the process at once: of the steps that wait some were committed, and nobody is told.
func (w *world) restart() string {
	old := w.process
	waiting := w.sorted()
	w.mu.Lock()
	old.dead = true
	w.gates = nil
	w.mu.Unlock()
	for _, g := range waiting {
		v := verdict{fails: true}
		if g.step != engineStep && w.rng.IntN(2) == 0 {
			v.applied = true
			w.saw(diedCommitted)
		}
		w.release(g, v)
	}
	inFlight := 0
	for _, q := range w.asked {
		w.mu.Lock()
		ended := q.ended
		w.mu.Unlock()
		if q.process == old && !ended {
			inFlight++
			q.cancel()
		}
	}
	if inFlight > 0 {
		w.saw(died)
	}
	synctest.Wait()
	old.stop()
	w.process = w.start()
	return fmt.Sprintf("the process dies with %d questions in flight", inFlight)
}

// reap forgets what is over by the wall clock, also by one that is set back later.
func (w *world) reap() string {
	now := w.wall()
	if err := w.ledger.ReapLedger(w.t.Context(), now); err != nil {
		w.t.Error(err)
	}
	for name, k := range w.keys {
		if !now.Before(k.expires) {
			delete(w.keys, name)
			w.saw(expired)
		}
	}
	return "reaped"
}
