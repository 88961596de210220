package admission_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// TestSimulationWithFaults walks random histories of a few shops through the desk, the limiter, the
// answer cache and a ledger, with every interleaving of their steps in the hands of one seeded random
// source: a question, a step of the ledger and a run of the engine each wait until they are picked. The
// ledger fails before a step or after it, or does not answer in time; clients hang up, leaders of a
// shared run among them; the wall clock is set forward and back; the process dies with questions in
// flight and another one takes over. What must hold is checked after each pick; see world.check.
//
// SIM_SEEDS sets how many histories (200), SIM_FIRST the seed of the first; make sim sets both.
func TestSimulationWithFaults(t *testing.T) {
	t.Parallel()
	first, seeds := number(t, "SIM_FIRST", 1), number(t, "SIM_SEEDS", 200)
	all := map[string]int{}
	for seed := first; seed < first+seeds; seed++ {
		synctest.Test(t, func(t *testing.T) {
			for name, n := range history(t, seed) {
				all[name] += n
			}
			if t.Failed() {
				t.Logf("seed %d fails; replay it with: make sim SEED=%d", seed, seed)
			}
		})
		if t.Failed() {
			return
		}
		if done := seed - first + 1; done%1000 == 0 {
			t.Logf("%d of %d histories", done, seeds)
		}
	}
	for _, name := range slices.Sorted(slices.Values(events)) {
		t.Logf("%8d × %s", all[name], name)
		if all[name] == 0 && seeds >= 100 {
			t.Errorf("%s never happened: the simulation is weaker than it says", name)
		}
	}
}

func number(t *testing.T, name string, usual uint64) uint64 {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return usual
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// What a simulation has to come across, or it proves nothing.
const (
	acked, replayed, fromMemory, joined            = "answered", "replayed", "from the cache", "coalesced"
	rateRefused, quotaRefused, conflicted, misused = "refused: rate", "refused: quota", "refused: key in flight", "refused: key reused"
	ledgerFailed, ledgerUnknown, ledgerLate        = "ledger: failed", "ledger: outcome unknown", "ledger: no answer in time"
	engineFailed, timedOut                         = "engine failed", "question timed out"
	hungUp, handedOver                             = "client hung up", "leader hung up, run handed over"
	setForward, setBack                            = "clock set forward", "clock set back"
	died, diedCommitted                            = "process died with questions in flight", "process died after a commit, before the reply"
	takenOver, settledLate                         = "key taken over after its lease", "settled after its lease"
	monthTurned, expired                           = "month turned", "key expired"
)

var events = []string{
	acked, replayed, fromMemory, joined, rateRefused, quotaRefused, conflicted, misused, ledgerFailed, ledgerUnknown, ledgerLate, engineFailed,
	timedOut, hungUp, handedOver, setForward, setBack, died, diedCommitted, takenOver, settledLate, monthTurned, expired,
}

// history is one seed: picks at random, then everything runs out undisturbed.
func history(t *testing.T, seed uint64) map[string]int {
	t.Helper()
	w := newWorld(t, rand.New(rand.NewPCG(seed, 11)))
	for step := range 120 {
		what := w.pick()
		synctest.Wait()
		if w.check(); t.Failed() {
			t.Logf("step %d: %s", step, what)
			break
		}
	}
	for len(w.gates) > 0 {
		w.release(w.sorted()[0], verdict{})
		synctest.Wait()
		w.check()
	}
	w.process.stop()
	for _, q := range w.asked {
		if !q.ended {
			t.Errorf("question %d never ended", q.n)
		}
	}
	w.count()
	return w.seen
}

// pick does one thing.
func (w *world) pick() string {
	waiting := w.sorted()
	switch n := w.rng.IntN(100); {
	case n < 26 || len(waiting) == 0 && n < 70:
		return w.ask()
	case n < 82 && len(waiting) > 0:
		g := waiting[w.rng.IntN(len(waiting))]
		v := w.verdict(g)
		w.release(g, v)
		return fmt.Sprintf("%s of question %d: %+v", g.step, g.ask, v)
	case n < 86:
		return w.hangUp()
	case n < 94:
		d := []time.Duration{50 * time.Millisecond, time.Second, 2 * time.Second, 6 * time.Second, 20 * time.Second, 3 * time.Minute}[w.rng.IntN(6)]
		w.advance(d)
		return "time passes: " + d.String()
	case n < 97:
		return w.setClock()
	case n < 98:
		return w.reap()
	default:
		return w.restart()
	}
}

// verdict is mostly that all goes well.
func (w *world) verdict(g *gate) verdict {
	switch n := w.rng.IntN(20); {
	case n == 0:
		return verdict{fails: true}
	case n == 1 && g.step != engineStep:
		return verdict{applied: true, fails: true}
	default:
		return verdict{}
	}
}
