package sched

import (
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
)

// Source holds the jobs that wait and decides which one runs next. Its methods may be called from
// any goroutine; none may wait for anything but a short lock, since the loop calls them.
type Source interface {
	// Put takes a job or refuses it with ilsai.CodeOverloaded.
	Put(j *Job) error
	// Next takes out the job that should run now, nil when none is waiting.
	Next(now time.Time) *Job
	// PutBack returns a job that Next gave out and for which there was no room, or not any more. It is never
	// refused and comes before everything of its scope. Next is asked again when a slot has been freed.
	PutBack(j *Job)
	// Cancelled tells that a job has been cancelled, once per job at most and whether it waits or not, so that
	// a Source with many jobs need not look for those.
	Cancelled(j *Job)
	// Expired takes out waiting jobs that are Over, appending them to dst. The loop asks once a step.
	Expired(dst []*Job, now time.Time) []*Job
	// Finished tells that a job which Next gave out has ended, with what it came to.
	Finished(j *Job, r *Result)
	// Len is how many jobs wait.
	Len() int
}

// Placer is a Source that knows where a waiting job stands.
type Placer interface {
	// Place estimates how many jobs start before j and how long that takes; waiting is false once j has
	// started. It may be called from any goroutine.
	Place(j *Job) (position int, eta time.Duration, waiting bool)
}

// FIFO is the plain Source: first come, first served, up to a limit.
type FIFO struct {
	limit int

	mu   sync.Mutex
	jobs []*Job
}

// NewFIFO makes a FIFO for at most limit waiting jobs.
func NewFIFO(limit int) *FIFO { return &FIFO{limit: limit} }

// Put implements Source.
func (q *FIFO) Put(j *Job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) >= q.limit {
		return ilsai.Errorf(ilsai.CodeOverloaded, "%d requests are waiting already, try again shortly", len(q.jobs))
	}
	q.jobs = append(q.jobs, j)
	return nil
}

// Next implements Source.
func (q *FIFO) Next(time.Time) *Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.jobs) == 0 {
		return nil
	}
	j := q.jobs[0]
	n := copy(q.jobs, q.jobs[1:])
	q.jobs[n] = nil // a finished job must not stay reachable
	q.jobs = q.jobs[:n]
	return j
}

// PutBack implements Source.
func (q *FIFO) PutBack(j *Job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.jobs = append(q.jobs, nil)
	copy(q.jobs[1:], q.jobs)
	q.jobs[0] = j
}

// Expired implements Source.
func (q *FIFO) Expired(dst []*Job, now time.Time) []*Job {
	q.mu.Lock()
	defer q.mu.Unlock()
	kept := q.jobs[:0]
	for _, j := range q.jobs {
		if j.Over(now) {
			dst = append(dst, j)
		} else {
			kept = append(kept, j)
		}
	}
	clear(q.jobs[len(kept):])
	q.jobs = kept
	return dst
}

// Cancelled implements Source. Expired looks at every job anyway.
func (q *FIFO) Cancelled(*Job) {}

// Finished implements Source.
func (q *FIFO) Finished(*Job, *Result) {}

// Len implements Source.
func (q *FIFO) Len() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.jobs)
}
