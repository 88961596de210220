package dedup

import (
	"bytes"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
)

// flight is one run of the work and those who wait for it. The cache's lock guards it; value and
// err no longer change once done is closed.
type flight struct {
	key      Key
	tenant   ilsai.TenantID
	epoch    uint64
	cancel   context.CancelFunc
	waiters  []*waiter // in the order they came; the first is the one the work is Generated for
	finished bool
	done     chan struct{}
	value    []byte
	err      error
}

// waiter is one caller. It has a size, so that each has an address of its own.
type waiter struct{ _ byte }

// board returns the flight to wait for: the one under way, or a new one. The caller holds the lock.
func (c *Cache) board(ctx context.Context, key Key, tenant ilsai.TenantID, epoch uint64, work Work) *flight {
	f, ok := c.flights[key]
	switch {
	case ok && f.tenant != tenant:
		c.stats.Mismatches++
		return c.start(ctx, key, tenant, epoch, work)
	case ok && f.epoch == epoch:
		c.stats.Coalesced++
		return f
	}
	f = c.start(ctx, key, tenant, epoch, work)
	c.flights[key] = f
	return f
}

// start runs the work in a goroutine of its own, so that it outlives any caller. The caller holds the lock.
func (c *Cache) start(ctx context.Context, key Key, tenant ilsai.TenantID, epoch uint64, work Work) *flight {
	c.stats.Misses++
	f := &flight{key: key, tenant: ilsai.TenantID(strings.Clone(string(tenant))), epoch: epoch, done: make(chan struct{})}
	own, cancel := context.WithCancel(ilsai.WithRequestID(c.base, strings.Clone(ilsai.RequestID(ctx))))
	f.cancel = cancel
	c.running.Add(1)
	go c.run(own, f, work)
	return f
}

func (c *Cache) run(ctx context.Context, f *flight, work Work) {
	var (
		value               []byte
		cacheable, returned bool
		err                 error
	)
	// Deferred, for work that panics or ends its goroutine.
	defer func() {
		if !returned {
			value, cacheable = nil, false
			err = &ilsai.Error{Code: ilsai.CodeInternal, Err: fmt.Errorf("work did not return: %v\n%s", recover(), debug.Stack())}
		}
		c.land(f, value, cacheable, err)
		f.cancel()
		c.running.Done()
	}()
	value, cacheable, err = work(ctx)
	returned = true
}

// land hands the outcome to all who wait and ends the flight. An answer is in memory before the flight
// can no longer be joined, and it is put there without the lock: that waits for ristretto, which
// no other caller should.
func (c *Cache) land(f *flight, value []byte, cacheable bool, err error) {
	value = bytes.Clone(value)
	c.mu.Lock()
	keep := err == nil && cacheable && f.epoch == c.epochs[f.tenant]
	c.mu.Unlock()
	if keep {
		// If the tenant is invalidated meanwhile, the epoch that the answer carries is out of date.
		c.answers.put(&answer{key: f.key, tenant: f.tenant, epoch: f.epoch, expires: c.now().Add(c.ttl), value: value}, c.ttl)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.forget(f)
	f.value, f.err, f.finished = value, err, true
	close(f.done)
}

// forget takes the flight off the list, if it is on it: a later one may have taken its place.
func (c *Cache) forget(f *flight) {
	if c.flights[f.key] == f {
		delete(c.flights, f.key)
	}
}

// join adds a caller. The caller holds the cache's lock.
func (f *flight) join() *waiter {
	w := &waiter{}
	f.waiters = append(f.waiters, w)
	return w
}

// leave ends a caller's waiting: its flight is done, or its own context has ended. Which of the two is
// decided under the lock, so that no outcome loses the caller it was Generated for. last says that it
// was the last to go before the end, and the run was canceled.
func (c *Cache) leave(ctx context.Context, f *flight, w *waiter) (source Source, last bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !f.finished {
		f.waiters = slices.DeleteFunc(f.waiters, func(o *waiter) bool { return o == w })
		if len(f.waiters) > 0 {
			return "", false, ended(ctx)
		}
		f.cancel()
		c.forget(f) // who comes now does not want canceled work
		return Generated, true, ended(ctx)
	}
	if f.waiters[0] == w {
		return Generated, false, f.err
	}
	return Coalesced, false, f.err
}

// partingTime bounds how long a caller who gave up waits to hear what its canceled run took.
const partingTime = time.Second

// parting is the value that a canceled run returned, nil if it goes on regardless.
func (f *flight) parting() []byte {
	timer := time.NewTimer(partingTime)
	defer timer.Stop()
	select {
	case <-f.done:
		return bytes.Clone(f.value)
	case <-timer.C:
		return nil
	}
}
