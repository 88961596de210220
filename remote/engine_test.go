package remote_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/remote"
	"github.com/ils-platform/ilsai/remote/remotetest"
)

// timers stand in for time: a timer goes off when a test says so, or at once if its duration is one to pass over.
type timers struct {
	mu      sync.Mutex
	changed *sync.Cond
	set     map[*timer]bool
	began   map[time.Duration]int // set so far
	passed  []time.Duration       // gone off at once
	pass    func(time.Duration) bool
}

type timer struct {
	d time.Duration
	f func()
}

func newTimers() *timers {
	t := &timers{set: map[*timer]bool{}, began: map[time.Duration]int{}, pass: func(time.Duration) bool { return false }}
	t.changed = sync.NewCond(&t.mu)
	return t
}

func (ts *timers) after(d time.Duration, f func()) func() bool {
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if ts.pass(d) {
		ts.passed = append(ts.passed, d)
		go f()
		return func() bool { return false }
	}
	t := &timer{d, f}
	ts.set[t] = true
	ts.began[d]++
	ts.changed.Broadcast()
	return func() bool {
		ts.mu.Lock()
		defer ts.mu.Unlock()
		running := ts.set[t]
		delete(ts.set, t)
		return running
	}
}

// fire waits for the nth timer of that duration, and lets one go off that is set.
func (ts *timers) fire(d time.Duration, nth int) {
	ts.mu.Lock()
	for {
		if ts.began[d] >= nth {
			if t := ts.due(d); t != nil {
				ts.mu.Unlock()
				t.f()
				return
			}
		}
		ts.changed.Wait()
	}
}

func (ts *timers) due(d time.Duration) *timer {
	for t := range ts.set {
		if t.d == d {
			delete(ts.set, t)
			return t
		}
	}
	return nil
}

const (
	firstByte = 21 * time.Second
	idle      = 11 * time.Second
	deadline  = 31 * time.Second
)

var start = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// open makes an engine before a server that answers by f.
func open(t testing.TB, f func(*remotetest.Reply, remotetest.Request), change ...func(*remote.Options)) (*remote.Engine, *remotetest.Server, *timers) {
	t.Helper()
	server, ts := remotetest.New(t, f), newTimers()
	o := remote.Options{
		URL: server.Address(), Model: remotetest.Model, Concurrency: 2, FirstByte: firstByte, Idle: idle,
		Now: func() time.Time { return start }, After: ts.after,
	}
	for _, c := range change {
		c(&o)
	}
	e := remote.New(o)
	t.Cleanup(func() { e.Close() })
	return e, server, ts
}

func hello(scope string) remote.Request {
	return remote.Request{Scope: scope, Messages: []remote.Message{{Role: "user", Content: "Say hello."}}, MaxTokens: 50}
}

func begin(t testing.TB, e *remote.Engine, r remote.Request) *remote.Stream {
	t.Helper()
	s, err := e.Start(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func result(t testing.TB, s *remote.Stream) (remote.Result, error) {
	t.Helper()
	r, err := s.Result(context.Background())
	if _, _, waiting := s.Place(); waiting {
		t.Error("a request that has ended still waits")
	}
	return r, err
}

// fireUntil lets every timer of that duration go off until ctx is done.
func (ts *timers) fireUntil(ctx context.Context, d time.Duration) {
	defer context.AfterFunc(ctx, func() {
		ts.mu.Lock()
		defer ts.mu.Unlock()
		ts.changed.Broadcast()
	})()
	ts.mu.Lock()
	defer ts.mu.Unlock()
	for ctx.Err() == nil {
		due := ts.due(d)
		if due == nil {
			ts.changed.Wait()
			continue
		}
		ts.mu.Unlock()
		due.f()
		ts.mu.Lock()
	}
}
