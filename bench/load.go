package bench

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Load says when to send requests. Without Count and Lasts it goes on until its arrivals end or ctx is done.
type Load struct {
	// Arrivals make it an open loop: each request is due at its own time, however late the ones before it are.
	// nil is a closed loop: the next request is due when a worker is free.
	Arrivals Arrivals
	// Workers is how many requests may be under way. A request that waits for a worker is late, and that counts.
	// 0: no limit in an open loop, 1 in a closed one.
	Workers int
	Count   int           // requests; 0: no limit
	Lasts   time.Duration // no request is due at this time or later; 0: no limit
	// StopOnError ends the run at the first request that fails; Run then returns its error.
	StopOnError bool
	// Watch is told about once a second how far the run is, on a goroutine of its own.
	Watch func(Progress)
}

// Progress is how far a run has come.
type Progress struct {
	Elapsed                   time.Duration
	Sent, Done, Failed, Units int // Done includes Failed
}

// Request sends request i, counted from 0, waits for its end, and notes in e what came when. An error counts as a
// failed request and the run goes on. It runs on a goroutine of its own; e.Worker is below the number of requests
// under way, and no two requests that overlap have the same, so it may index connections.
type Request func(ctx context.Context, i int, e *Event) error

// Run sends requests and waits for all of them. The error is ctx's if it ended the run, or with StopOnError the
// first request's; what was measured until then is returned with it.
func (l Load) Run(ctx context.Context, request Request) (Run, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	s := &session{load: l, ctx: ctx, cancel: cancel, request: request, began: time.Now()}
	if l.Arrivals == nil {
		s.load.Workers = max(l.Workers, 1)
	}
	if s.load.Workers > 0 {
		s.room = make(chan struct{}, s.load.Workers)
	}
	stopWatching := s.watch()
	if l.Arrivals == nil {
		for s.send(-1) {
		}
	} else {
		for at := range l.Arrivals {
			if !s.send(at) {
				break
			}
		}
	}
	s.running.Wait()
	stopWatching()
	run := Run{Began: s.began, Took: time.Since(s.began), Events: make([]Event, len(s.events))}
	for i, e := range s.events {
		run.Events[i] = *e
	}
	return run, context.Cause(ctx)
}

// session is one run. send is for one goroutine.
type session struct {
	load    Load
	ctx     context.Context
	cancel  context.CancelCauseFunc
	request Request
	began   time.Time
	room    chan struct{} // one for each request under way; nil: no limit
	events  []*Event
	running sync.WaitGroup

	done, failed, units, sent atomic.Int64

	mu      sync.Mutex
	workers int   // numbers given out so far
	idle    []int // of them, free
}

// send starts the next request when it is due: at the given time, or with a negative one as soon as there is room.
// false ends the run.
func (s *session) send(at time.Duration) bool {
	i := len(s.events)
	if s.load.Count > 0 && i >= s.load.Count || s.load.Lasts > 0 && at >= s.load.Lasts || !s.sleep(at) {
		return false
	}
	if s.room != nil {
		select {
		case s.room <- struct{}{}:
		case <-s.ctx.Done():
			return false
		}
	}
	e := &Event{Index: i, Worker: s.worker(), Intended: at, Sent: time.Since(s.began), began: s.began, units: &s.units}
	if at < 0 {
		if e.Intended = e.Sent; s.load.Lasts > 0 && e.Sent >= s.load.Lasts || s.ctx.Err() != nil {
			return false
		}
	}
	s.events = append(s.events, e)
	s.sent.Add(1)
	s.running.Go(func() { s.run(e) })
	return true
}

func (s *session) run(e *Event) {
	e.Err = s.request(s.ctx, e.Index, e)
	e.Done = time.Since(s.began)
	if e.Err != nil {
		s.failed.Add(1)
		if s.load.StopOnError {
			s.cancel(e.Err)
		}
	}
	s.done.Add(1)
	s.mu.Lock()
	s.idle = append(s.idle, e.Worker)
	s.mu.Unlock()
	if s.room != nil {
		<-s.room
	}
}

func (s *session) worker() (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(s.idle) - 1; last >= 0 {
		n, s.idle = s.idle[last], s.idle[:last]
		return n
	}
	s.workers++
	return s.workers - 1
}

func (s *session) sleep(until time.Duration) bool {
	left := until - time.Since(s.began)
	if left <= 0 {
		return s.ctx.Err() == nil
	}
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-s.ctx.Done():
		return false
	}
}

// watch returns what ends it, which waits for the last call.
func (s *session) watch() (stop func()) {
	if s.load.Watch == nil {
		return func() {}
	}
	over := make(chan struct{})
	var watching sync.WaitGroup
	watching.Go(func() {
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				s.load.Watch(Progress{Elapsed: time.Since(s.began), Sent: int(s.sent.Load()), Done: int(s.done.Load()),
					Failed: int(s.failed.Load()), Units: int(s.units.Load())})
			case <-over:
				return
			}
		}
	})
	return func() { close(over); watching.Wait() }
}
