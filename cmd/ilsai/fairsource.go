package main

import (
	"errors"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/tenancy/fairq"
)

// fairSource lets free slots pull from a fair queue: a job's scope is the tenant it is shared by, its weight
// and estimated cost come with the request. A generated token costs as much as two of the
// prompt, and those taken from a prefix computed before cost nothing.
type fairSource struct {
	queue *fairq.Queue[*sched.Job]

	mu    sync.Mutex
	items map[*sched.Job]*fairq.Item[*sched.Job] // waiting and running
	gone  []*sched.Job                           // cancelled while they waited, for the loop to end
	past  []*fairq.Item[*sched.Job]
}

var (
	_ sched.Source = (*fairSource)(nil)
	_ sched.Placer = (*fairSource)(nil)
)

func newFairSource(o fairq.Options) *fairSource {
	return &fairSource{queue: fairq.New[*sched.Job](o), items: map[*sched.Job]*fairq.Item[*sched.Job]{}}
}

// Put implements sched.Source.
func (s *fairSource) Put(j *sched.Job) error {
	r := j.Request()
	i := &fairq.Item[*sched.Job]{Value: j, Tenant: r.Scope, Weight: r.Weight, Cost: r.Cost, Deadline: r.Deadline}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.queue.Put(i); err != nil {
		return queueError(err)
	}
	s.items[j] = i
	if j.Over(time.Time{}) && s.queue.Remove(i) { // cancelled before it was known here
		s.gone = append(s.gone, j)
	}
	return nil
}

// queueError says what people can do about a full queue. Other errors stay as they are.
func queueError(err error) error {
	switch {
	case errors.Is(err, fairq.ErrTenantFull):
		return ilsai.Wrap(ilsai.CodeOverloaded, err, "Too many of your shop's questions are waiting already. Try again when some are answered.")
	case errors.Is(err, fairq.ErrFull):
		return ilsai.Wrap(ilsai.CodeOverloaded, err, "Too many questions are waiting at this moment. Try again shortly.")
	}
	return err
}

// Next implements sched.Source.
func (s *fairSource) Next(now time.Time) *sched.Job {
	if i := s.queue.Take(now); i != nil {
		return i.Value
	}
	return nil
}

// PutBack implements sched.Source.
func (s *fairSource) PutBack(j *sched.Job) { s.queue.PutBack(s.item(j)) }

// Cancelled implements sched.Source.
func (s *fairSource) Cancelled(j *sched.Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.items[j]; i != nil && s.queue.Remove(i) {
		s.gone = append(s.gone, j)
	}
}

// Expired implements sched.Source.
func (s *fairSource) Expired(dst []*sched.Job, now time.Time) []*sched.Job {
	s.mu.Lock()
	defer s.mu.Unlock()
	dst = append(dst, s.gone...)
	clear(s.gone)
	s.gone = s.gone[:0]
	s.past = s.queue.Expired(s.past[:0], now)
	for n, i := range s.past {
		dst = append(dst, i.Value)
		s.past[n] = nil
	}
	return dst
}

// Place implements sched.Placer.
func (s *fairSource) Place(j *sched.Job) (position int, eta time.Duration, waiting bool) {
	i := s.item(j)
	if i == nil {
		return 0, 0, false
	}
	p := s.queue.Place(i)
	return p.Position, p.ETA, p.Waiting
}

// Finished implements sched.Source.
func (s *fairSource) Finished(j *sched.Job, r *sched.Result) {
	s.mu.Lock()
	i := s.items[j]
	delete(s.items, j)
	s.mu.Unlock()
	s.queue.Finish(i, float64(r.PromptTokens-r.CachedTokens)+2*float64(r.CompletionTokens), time.Now())
}

// Len implements sched.Source. What was cancelled counts until the loop has ended it.
func (s *fairSource) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.queue.Len() + len(s.gone)
}

func (s *fairSource) item(j *sched.Job) *fairq.Item[*sched.Job] {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.items[j]
}
