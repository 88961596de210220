package sched

// A step lasts as long as all its rows take. Where rows are what costs, as on a CPU, a scope that holds most of the
// slots would slow every other's answers down to its own pace, however fairly slots are given out. So while others
// have something to feed, a crowded scope feeds only as many rows as lengthen steps by slack: its rows take turns.
// Where a row costs next to nothing beside the weights, as on a GPU, that bounds nothing.

const (
	// A scope is crowded when it holds more than crowding times as many slots, for its weight, as the others of the
	// moment do on average.
	crowding = 2
	// slack is by how much the rows of crowded scopes may lengthen a step, as a part of what it takes without them.
	slack = 0.4
)

// tally is what one scope holds.
type tally struct {
	scope   string
	slots   int
	weight  float64
	crowded bool
}

// share is how many slots it holds for its weight.
func (t *tally) share() float64 { return float64(t.slots) / t.weight }

// hold counts a slot for the scope of its job.
func (s *Scheduler) hold(sl *slot) {
	r := &sl.job.req
	for _, t := range s.tallies {
		if t.scope == r.Scope {
			sl.tally = t
			break
		}
	}
	if sl.tally == nil {
		sl.tally = &tally{scope: r.Scope}
		s.tallies = append(s.tallies, sl.tally)
	}
	sl.tally.slots++
	if sl.tally.weight = r.Weight; r.Weight <= 0 {
		sl.tally.weight = 1
	}
}

// letGo is hold's end.
func (s *Scheduler) letGo(sl *slot) {
	if sl.tally.slots--; sl.tally.slots == 0 {
		for i, t := range s.tallies {
			if t == sl.tally {
				s.tallies[i] = s.tallies[len(s.tallies)-1]
				s.tallies = s.tallies[:len(s.tallies)-1]
				break
			}
		}
	}
	sl.tally = nil
}

// markCrowded says which scopes are crowded at this moment; false: none.
func (s *Scheduler) markCrowded() (some bool) {
	sum := 0.0
	for _, t := range s.tallies {
		sum += t.share()
	}
	for _, t := range s.tallies {
		others := (sum - t.share()) / float64(max(1, len(s.tallies)-1))
		t.crowded = len(s.tallies) > 1 && t.share() > crowding*others
		some = some || t.crowded
	}
	return some
}

// costs is what a row of an answer, a row of prompt and all else of a step take, in seconds. While steps have been too
// alike to tell, everything is put down to the rows: then crowded scopes get fewer of them, and steps differ.
func (p *pace) costs() (answer, prompt, base float64) {
	answer, base = p.row.slope(), p.row.intercept()
	if !p.row.told() {
		answer, base = p.row.mean(), 0
	}
	if prompt = p.perRow; prompt == 0 {
		prompt = answer
	}
	return answer, prompt, base
}

// fit is a straight line through the steps seen, fading: seconds by rows.
type fit struct{ weight, n, t, nn, nt float64 }

func (f *fit) add(rows int, seconds float64) {
	x := float64(rows)
	f.weight, f.n, f.t = fitMemory*f.weight+1, fitMemory*f.n+x, fitMemory*f.t+seconds
	f.nn, f.nt = fitMemory*f.nn+x*x, fitMemory*f.nt+x*seconds
}

// fitMemory keeps about 200 steps: enough that steps of several sizes are among them.
const fitMemory = 0.995

// told says whether steps differed enough for a line.
func (f *fit) told() bool { return f.nn*f.weight-f.n*f.n > 1e-3*f.nn*f.weight }

// slope is seconds per row.
func (f *fit) slope() float64 {
	if !f.told() {
		return 0
	}
	return max(0, (f.nt*f.weight-f.n*f.t)/(f.nn*f.weight-f.n*f.n))
}

// intercept is the seconds of a step beside its rows.
func (f *fit) intercept() float64 {
	if f.weight == 0 {
		return 0
	}
	return max(0, (f.t-f.slope()*f.n)/f.weight)
}

// mean is seconds per row if nothing else costs anything; 0 before the first step.
func (f *fit) mean() float64 {
	if f.n == 0 {
		return 0
	}
	return f.t / f.n
}
