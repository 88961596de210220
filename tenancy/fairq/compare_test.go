package fairq

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// The alternatives of docs/decisions/0007-fair-queue.md, on one simulated machine: workers that serve a
// unit of cost per unit of time. `go test -v -run TestAlternatives` prints the record's table.

// policy decides who is next. Costs are known at put only as an estimate, cost, and at done exactly.
type policy interface {
	put(j *job)
	take(now float64) *job
	done(j *job, now float64)
}

type job struct {
	tenant         string
	weight         float64
	estimate, cost float64
	arrived, start float64
	item           *Item[*job]
}

// byTenant is the part that all but FCFS share.
type byTenant struct {
	names   []string // in order of first arrival
	waiting map[string][]*job
}

func (b *byTenant) put(j *job) {
	if b.waiting == nil {
		b.waiting = map[string][]*job{}
	}
	if !slices.Contains(b.names, j.tenant) {
		b.names = append(b.names, j.tenant)
	}
	b.waiting[j.tenant] = append(b.waiting[j.tenant], j)
}

func (b *byTenant) pop(name string) *job {
	j := b.waiting[name][0]
	b.waiting[name] = b.waiting[name][1:]
	return j
}

// least takes the oldest job of the waiting tenant with the lowest key.
func (b *byTenant) least(key func(j *job) float64) *job {
	best, low := "", math.Inf(1)
	for _, name := range b.names {
		if w := b.waiting[name]; len(w) > 0 {
			if k := key(w[0]); k < low {
				best, low = name, k
			}
		}
	}
	if best == "" {
		return nil
	}
	return b.pop(best)
}

func (b *byTenant) done(*job, float64) {}

type fcfs struct{ jobs []*job }

func (p *fcfs) put(j *job)         { p.jobs = append(p.jobs, j) }
func (p *fcfs) done(*job, float64) {}
func (p *fcfs) take(float64) *job {
	if len(p.jobs) == 0 {
		return nil
	}
	j := p.jobs[0]
	p.jobs = p.jobs[1:]
	return j
}

type roundRobin struct {
	byTenant
	at int
}

func (p *roundRobin) take(float64) *job {
	for range p.names {
		p.at = (p.at + 1) % len(p.names)
		if name := p.names[p.at]; len(p.waiting[name]) > 0 {
			return p.pop(name)
		}
	}
	return nil
}

// drr is deficit round robin on estimated costs, weighted.
type drr struct {
	byTenant
	at      int
	deficit map[string]float64
}

const quantum = 200

func (p *drr) take(float64) *job {
	if p.deficit == nil {
		p.deficit = map[string]float64{}
	}
	idle := 0
	for idle <= len(p.names) && len(p.names) > 0 {
		name := p.names[p.at%len(p.names)]
		w := p.waiting[name]
		if len(w) == 0 {
			p.deficit[name] = 0
			idle++
		} else if idle = 0; w[0].estimate <= p.deficit[name] {
			p.deficit[name] -= w[0].estimate
			return p.pop(name)
		}
		p.at++
		next := p.names[p.at%len(p.names)]
		if w := p.waiting[next]; len(w) > 0 {
			p.deficit[next] += quantum * w[0].weight
		}
	}
	return nil
}

// byTier serves the heaviest weight first.
type byTier struct{ byTenant }

func (p *byTier) take(float64) *job {
	return p.least(func(j *job) float64 { return -j.weight*1e12 + j.arrived })
}

// attained is least attained service, which fades with a half-life (0: never).
type attained struct {
	byTenant
	half   float64
	served map[string]float64
	since  map[string]float64
}

func (p *attained) value(name string, now float64) float64 {
	if p.half == 0 {
		return p.served[name]
	}
	return p.served[name] * math.Exp2(-(now-p.since[name])/p.half)
}

func (p *attained) add(j *job, cost, now float64) {
	if p.served == nil {
		p.served, p.since = map[string]float64{}, map[string]float64{}
	}
	p.served[j.tenant] = p.value(j.tenant, now) + cost/j.weight
	p.since[j.tenant] = now
}

func (p *attained) take(now float64) *job {
	j := p.least(func(j *job) float64 { return p.value(j.tenant, now) })
	if j != nil {
		p.add(j, j.estimate, now)
	}
	return j
}
func (p *attained) done(j *job, now float64) { p.add(j, j.cost-j.estimate, now) }

type counters struct{ q *Queue[*job] }

func (p *counters) put(j *job) {
	j.item = &Item[*job]{Value: j, Tenant: j.tenant, Weight: j.weight, Cost: j.estimate}
	_ = p.q.Put(j.item)
}

func (p *counters) take(float64) *job {
	if i := p.q.Take(time.Time{}); i != nil {
		return i.Value
	}
	return nil
}
func (p *counters) done(j *job, _ float64) { p.q.Finish(j.item, j.cost, time.Time{}) }

// machine runs jobs by a policy. arrive gives the jobs; ended may bring the next one of a tenant.
type machine struct {
	policy policy
	free   int // workers
	now    float64
	events heap[event]
}

func newMachine(p policy, workers int) *machine {
	m := &machine{policy: p, free: workers}
	m.events = heap[event]{less: func(a, b event) bool { return a.at < b.at }, moved: func(event, int) {}}
	return m
}

type event struct {
	at  float64
	run func()
}

func (m *machine) at(t float64, run func()) { m.events.push(event{t, run}) }

func (m *machine) put(j *job, ended func(*job)) {
	j.arrived = m.now
	m.policy.put(j)
	m.fill(ended)
}

func (m *machine) fill(ended func(*job)) {
	for m.free > 0 {
		j := m.policy.take(m.now)
		if j == nil {
			return
		}
		m.free--
		j.start = m.now
		m.at(m.now+j.cost, func() {
			m.free++
			m.policy.done(j, m.now)
			ended(j)
			m.fill(ended)
		})
	}
}

func (m *machine) run(until float64) {
	for m.events.len() > 0 && m.events.top().at <= until {
		e := m.events.top()
		m.events.remove(0)
		m.now = e.at
		e.run()
	}
}

func newJob(rng *rand.Rand, tenant string, weight, mean float64) *job {
	cost := mean * math.Exp(rng.NormFloat64()*0.5)
	return &job{tenant: tenant, weight: weight, cost: cost, estimate: cost * (0.5 + rng.Float64())}
}

// flood: one tenant keeps 64 jobs in the system, eight others together ask for a fifth of the machine.
// It returns the light tenants' 95th percentile of waiting, in units of a mean job.
func flood(p policy, heavy bool) float64 {
	rng := rand.New(rand.NewPCG(5, 5))
	m := newMachine(p, 16)
	var waits []float64
	var ended func(*job)
	ended = func(j *job) {
		if j.tenant == "heavy" {
			m.put(newJob(rng, "heavy", 1, 100), ended)
		} else {
			waits = append(waits, j.start-j.arrived)
		}
	}
	if heavy {
		m.at(0, func() {
			for range 64 {
				m.put(newJob(rng, "heavy", 1, 100), ended)
			}
		})
	}
	for n := range 8 {
		name, each := fmt.Sprint("light", n), 0.2*16/8/100
		var next func()
		next = func() {
			m.put(newJob(rng, name, 1, 100), ended)
			m.at(m.now+rng.ExpFloat64()/each, next)
		}
		m.at(rng.ExpFloat64()/each, next)
	}
	m.run(200_000)
	slices.Sort(waits)
	return waits[len(waits)*95/100] / 100
}

// backlog: four tenants with jobs of different sizes and weights always wait. It returns Jain's index of
// weighted service.
func backlog(p policy) float64 {
	rng := rand.New(rand.NewPCG(6, 6))
	m := newMachine(p, 16)
	kinds := map[string]struct{ weight, mean float64 }{"a": {1, 20}, "b": {1, 200}, "c": {2, 60}, "d": {4, 100}}
	served := map[string]float64{}
	var ended func(*job)
	ended = func(j *job) {
		served[j.tenant] += j.cost / j.weight
		m.put(newJob(rng, j.tenant, j.weight, kinds[j.tenant].mean), ended)
	}
	m.at(0, func() {
		for _, name := range []string{"a", "b", "c", "d"} {
			for range 40 {
				m.put(newJob(rng, name, kinds[name].weight, kinds[name].mean), ended)
			}
		}
	})
	m.run(50_000)
	sum, squares := 0.0, 0.0
	for _, s := range served {
		sum += s
		squares += s * s
	}
	return sum * sum / (float64(len(kinds)) * squares)
}

// comeback: one tenant works alone for long, then another arrives with a pile. It returns how long the first
// then goes without a single start, in units of a mean job.
func comeback(p policy) float64 {
	rng := rand.New(rand.NewPCG(7, 7))
	m := newMachine(p, 4)
	const arrival = 20_000
	gap, last := 0.0, float64(arrival)
	var ended func(*job)
	ended = func(j *job) {
		if j.tenant == "first" {
			m.put(newJob(rng, "first", 1, 100), ended)
			if j.start > last {
				gap, last = max(gap, j.start-last), j.start
			}
		}
	}
	m.at(0, func() {
		for range 20 {
			m.put(newJob(rng, "first", 1, 100), ended)
		}
	})
	m.at(arrival, func() {
		for range 400 {
			m.put(newJob(rng, "second", 1, 100), ended)
		}
	})
	m.run(60_000)
	return max(gap, min(60_000, m.now)-last) / 100
}

// liar: of two tenants that always wait one estimates a quarter of what its jobs cost. It returns the liar's share.
func liar(p policy) float64 {
	rng := rand.New(rand.NewPCG(8, 8))
	m := newMachine(p, 8)
	served := map[string]float64{}
	next := func(name string) *job {
		j := newJob(rng, name, 1, 100)
		if name == "liar" {
			j.estimate = j.cost / 4
		}
		return j
	}
	var ended func(*job)
	ended = func(j *job) {
		served[j.tenant] += j.cost
		m.put(next(j.tenant), ended)
	}
	m.at(0, func() {
		for range 40 {
			m.put(next("liar"), ended)
			m.put(next("honest"), ended)
		}
	})
	m.run(50_000)
	return served["liar"] / (served["liar"] + served["honest"])
}

func TestAlternatives(t *testing.T) {
	policies := []struct {
		name string
		make func() policy
	}{
		{"first come, first served", func() policy { return &fcfs{} }},
		{"round robin", func() policy { return &roundRobin{} }},
		{"deficit round robin", func() policy { return &drr{} }},
		{"priority by tier", func() policy { return &byTier{} }},
		{"least attained service", func() policy { return &attained{} }},
		{"the same, half-life 20 jobs", func() policy { return &attained{half: 2000} }},
		{"virtual token counters", func() policy { return &counters{New[*job](Options{})} }},
	}
	got := map[string][4]float64{}
	t.Logf("%-28s %12s %10s %10s %6s", "policy", "light p95", "Jain", "comeback", "liar")
	for _, p := range policies {
		alone, flooded := flood(p.make(), false), flood(p.make(), true)
		got[p.name] = [4]float64{flooded, backlog(p.make()), comeback(p.make()), liar(p.make())}
		t.Logf("%-28s %5.2f (%4.2f) %10.4f %10.2f %6.2f", p.name, flooded, alone, got[p.name][1], got[p.name][2], got[p.name][3])
	}
	ours, plain := got["virtual token counters"], got["first come, first served"]
	if ours[0] > plain[0]/5 {
		t.Errorf("under a flood light tenants wait %.2f jobs, %.2f with first come, first served", ours[0], plain[0])
	}
	if ours[1] < 0.99 {
		t.Errorf("Jain's index of weighted service is %.4f", ours[1])
	}
	if math.Abs(ours[3]-0.5) > 0.02 {
		t.Errorf("who estimates too little gets %.2f of the machine", ours[3])
	}
	if ours[2] > 5 {
		t.Errorf("whoever was there first starts nothing for %.1f jobs when another comes", ours[2])
	}
}
