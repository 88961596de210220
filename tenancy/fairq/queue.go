package fairq

import (
	"errors"
	"sync"
	"time"
)

// Refusals of Put.
var (
	ErrFull       = errors.New("the queue is full")
	ErrTenantFull = errors.New("the tenant's part of the queue is full")
)

// Options bounds a Queue. The zero value has no bounds.
type Options struct {
	MaxWaiting          int // items in all; 0: no bound
	MaxWaitingPerTenant int // 0: no bound
	// SoftInFlight is how many running items a tenant may have while others wait, MaxInFlight how many at
	// all. 0: no cap.
	SoftInFlight, MaxInFlight int
}

// Queue is a fair queue of items that carry a T. It is safe for concurrent use; no method waits for
// anything but a lock held for O(log n) steps.
type Queue[T any] struct {
	options Options

	mu     sync.Mutex
	book   *book[T]
	rate   rate
	served window
}

// New makes an empty Queue.
func New[T any](o Options) *Queue[T] {
	return &Queue[T]{options: o, book: newBook[T](o.SoftInFlight, o.MaxInFlight)}
}

// Put lets an item wait. The error is ErrFull or ErrTenantFull, and the item is not in the queue then. An
// item that is in the queue already, waiting or running, is a defect of the caller and panics.
func (q *Queue[T]) Put(i *Item[T]) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i.state != outside {
		panic("fairq: an item was put twice")
	}
	if o := q.options; o.MaxWaiting > 0 && q.book.waiting >= o.MaxWaiting {
		return ErrFull
	} else if f := q.book.flows[i.Tenant]; o.MaxWaitingPerTenant > 0 && f != nil && f.waiting >= o.MaxWaitingPerTenant {
		return ErrTenantFull
	}
	q.book.put(i)
	return nil
}

// Take starts the next item; nil when none may start now. Whoever takes an item ends it with Finish or PutBack.
func (q *Queue[T]) Take(now time.Time) *Item[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.book.running == 0 {
		q.rate.resume(now)
	}
	return q.book.take()
}

// PutBack lets a running item wait again, before its tenant's others and beyond every bound. It has been
// charged nothing so far: what it cost until now belongs into its Finish.
func (q *Queue[T]) PutBack(i *Item[T]) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i.state == running {
		q.book.putBack(i)
	}
}

// Finish ends a running item with what it really cost; abandoned ones too. An item that is not running is
// left as it is, so ending twice is ending once.
func (q *Queue[T]) Finish(i *Item[T], cost float64, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i.state != running {
		return
	}
	q.book.finish(i, cost)
	q.rate.add(cost, now)
	q.served.add(i.Tenant, cost, now)
}

// Remove takes out an item that still waits, and tells whether it did.
func (q *Queue[T]) Remove(i *Item[T]) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i.state != waiting {
		return false
	}
	q.book.remove(i)
	return true
}

// Expired takes out the waiting items whose deadline is over, appending them to dst.
func (q *Queue[T]) Expired(dst []*Item[T], now time.Time) []*Item[T] {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		i := q.book.expired(now)
		if i == nil {
			return dst
		}
		dst = append(dst, i)
	}
}

// Place is where an item stands.
type Place struct {
	Waiting  bool          // false: running, or not in the queue
	Position int           // estimated number of items that start before it
	ETA      time.Duration // estimated time until it starts; 0 while nothing is known about the speed
}

// Place estimates where an item stands if nobody else comes.
func (q *Queue[T]) Place(i *Item[T]) Place {
	q.mu.Lock()
	defer q.mu.Unlock()
	if i.state != waiting {
		return Place{}
	}
	items, cost := q.book.ahead(i)
	return Place{Waiting: true, Position: items, ETA: q.rate.duration(cost)}
}

// Stats is a snapshot of a Queue.
type Stats struct {
	Waiting int
	Running int
	Tenants int // that wait, run, or whose service is still remembered
}

// Stats counts.
func (q *Queue[T]) Stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Stats{Waiting: q.book.waiting, Running: q.book.running, Tenants: len(q.book.flows)}
}

// Len is how many items wait.
func (q *Queue[T]) Len() int { return q.Stats().Waiting }
