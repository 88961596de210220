package main

import (
	"maps"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama/sched"
)

// servedJob is what one job had of the model.
type servedJob struct {
	tenant   string
	weight   float64
	from, to time.Time
	cost     float64 // prompt tokens that were computed, and two for each that was generated: as the fair queue counts
}

// meteredSource keeps account of what its jobs had. The queue behind it may be exchanged while nothing waits or runs.
type meteredSource struct {
	mu     sync.Mutex
	queue  sched.Source
	began  map[*sched.Job]time.Time
	served []servedJob
}

var _ sched.Source = (*meteredSource)(nil)

// use begins a new account with another queue.
func (s *meteredSource) use(queue sched.Source) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.queue, s.began, s.served = queue, map[*sched.Job]time.Time{}, nil
}

// account is what was served since use.
func (s *meteredSource) account() service {
	s.mu.Lock()
	defer s.mu.Unlock()
	return service(slices.Clone(s.served))
}

func (s *meteredSource) current() sched.Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue
}

// Put implements sched.Source.
func (s *meteredSource) Put(j *sched.Job) error { return s.current().Put(j) }

// Next implements sched.Source.
func (s *meteredSource) Next(now time.Time) *sched.Job {
	j := s.current().Next(now)
	if j != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.began[j].IsZero() {
			s.began[j] = now
		}
	}
	return j
}

// PutBack implements sched.Source.
func (s *meteredSource) PutBack(j *sched.Job) { s.current().PutBack(j) }

// Cancelled implements sched.Source.
func (s *meteredSource) Cancelled(j *sched.Job) { s.current().Cancelled(j) }

// Expired implements sched.Source.
func (s *meteredSource) Expired(dst []*sched.Job, now time.Time) []*sched.Job {
	return s.current().Expired(dst, now)
}

// Finished implements sched.Source.
func (s *meteredSource) Finished(j *sched.Job, r *sched.Result) {
	s.current().Finished(j, r)
	now, request := time.Now(), j.Request()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.served = append(s.served, servedJob{
		tenant: request.Scope, weight: request.Weight, from: s.began[j], to: now,
		cost: float64(r.PromptTokens-r.CachedTokens) + 2*float64(r.CompletionTokens),
	})
	delete(s.began, j)
}

// Len implements sched.Source.
func (s *meteredSource) Len() int { return s.current().Len() }

// service is what many jobs had. A job's cost is taken to be spread evenly from its start to its end.
type service []servedJob

// by is each tenant's service until t, divided by its weight.
func (s service) by(t time.Time) map[string]float64 {
	had := map[string]float64{}
	for _, j := range s {
		part := 1.0
		if t.Before(j.to) {
			part = max(0, t.Sub(j.from).Seconds()) / j.to.Sub(j.from).Seconds()
		}
		had[j.tenant] += part * j.cost / j.weight
	}
	return had
}

// between is each tenant's weighted service in an interval, by the tenants' names.
func (s service) between(from, to time.Time) (tenants []string, shares []float64) {
	before, after := s.by(from), s.by(to)
	for _, tenant := range slices.Sorted(maps.Keys(after)) {
		tenants, shares = append(tenants, tenant), append(shares, after[tenant]-before[tenant])
	}
	return tenants, shares
}

// largestGap is the most by which the weighted service of two tenants differs over any interval within the given
// one. Between the samples that it is taken at, no more than a thousandth of the time is missed.
func (s service) largestGap(from, to time.Time) (gap float64) {
	const samples = 1000
	lowest, highest := map[[2]string]float64{}, map[[2]string]float64{}
	tenants, _ := s.between(from, to)
	for n := range samples + 1 {
		had := s.by(from.Add(to.Sub(from) * time.Duration(n) / samples))
		for i, a := range tenants {
			for _, b := range tenants[:i] {
				pair, differ := [2]string{a, b}, had[a]-had[b]
				if n == 0 {
					lowest[pair], highest[pair] = differ, differ
				}
				lowest[pair], highest[pair] = min(lowest[pair], differ), max(highest[pair], differ)
				gap = max(gap, highest[pair]-lowest[pair])
			}
		}
	}
	return gap
}

// largest is the greatest cost of a job, and the least weight of a tenant.
func (s service) largest() (cost, weight float64) {
	weight = math.Inf(1)
	for _, j := range s {
		cost, weight = max(cost, j.cost), min(weight, j.weight)
	}
	return cost, weight
}

// lines are each tenant's weighted service over time.
func (s service) lines(from, to time.Time) (lines []bench.Line) {
	const points = 100
	tenants, _ := s.between(from, to)
	start := s.by(from)
	for _, tenant := range tenants {
		lines = append(lines, bench.Line{Name: tenant})
	}
	for n := range points + 1 {
		at := from.Add(to.Sub(from) * time.Duration(n) / points)
		had := s.by(at)
		for i, tenant := range tenants {
			lines[i].Points = append(lines[i].Points, bench.Point{X: at.Sub(from).Seconds(), Y: had[tenant] - start[tenant]})
		}
	}
	return lines
}
