package connpool

import (
	"container/list"
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrClosed is what Acquire fails with after Close.
var ErrClosed = errors.New("the connections are closed")

// Options bounds a Pool. Every field is required.
type Options struct {
	Max         int              // open connections of all databases together
	PerDatabase int              // open connections of one
	IdleTimeout time.Duration    // an unused connection is closed after this time
	Now         func() time.Time // the clock of IdleTimeout
}

// Conn is a connection. Close is called once, and not while Pool holds a lock.
type Conn interface{ Close() error }

// Lent is a connection that its borrower alone uses until Release.
type Lent[K comparable, C Conn] struct {
	Conn   C
	Reused bool // it was lent before: whatever is at its other end may have gone since

	key        K
	generation int
	idleSince  time.Time
}

// Pool lends connections to the databases that K names. It is safe for concurrent use and runs no
// goroutine: connections are closed by calls, see Expire.
type Pool[K comparable, C Conn] struct {
	dial    func(context.Context, K) (C, error)
	options Options

	mu        sync.Mutex
	databases map[K]*database
	idle      *list.List    // of *Lent[K, C], the most recently used in front
	open      int           // connections open or being opened, idle ones included
	freed     chan struct{} // closed and replaced whenever a connection or its place becomes free
	closed    bool
}

// database is the book-keeping of one database's connections. It exists while at least one does.
type database struct {
	open       int             // idle, lent, or being opened
	generation int             // rises when connections of before are not to be lent again
	idle       []*list.Element // the most recently used last
}

// New makes a pool that opens connections with dial, which may be called by many goroutines at once.
func New[K comparable, C Conn](dial func(context.Context, K) (C, error), o Options) *Pool[K, C] {
	return &Pool[K, C]{dial: dial, options: o, databases: make(map[K]*database), idle: list.New(), freed: make(chan struct{})}
}

// Acquire lends a connection to k. When the database's or the common bound is reached it waits for a
// release, or closes another database's idle connection to make room. Errors: dial's, ctx's, ErrClosed.
func (p *Pool[K, C]) Acquire(ctx context.Context, k K) (*Lent[K, C], error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p.mu.Lock()
		if p.closed {
			p.mu.Unlock()
			return nil, ErrClosed
		}
		unwanted := p.expireIdle()
		l := p.takeIdle(k)
		reserved := l == nil && p.reserve(k)
		if reserved && p.open > p.options.Max {
			unwanted = append(unwanted, p.evict(p.idle.Back()))
		}
		freed := p.freed
		p.mu.Unlock()
		closeAll(unwanted)
		switch {
		case l != nil:
			l.Reused = true
			return l, nil
		case reserved:
			return p.connect(ctx, k)
		}
		select {
		case <-freed:
		case <-ctx.Done():
		}
	}
}

// connect opens a connection in a place that reserve has taken.
func (p *Pool[K, C]) connect(ctx context.Context, k K) (*Lent[K, C], error) {
	p.mu.Lock()
	generation := p.databases[k].generation // read before dialing: a replaced database is never taken for the new one
	p.mu.Unlock()
	c, err := p.dial(ctx, k)
	if err != nil {
		p.mu.Lock()
		p.forget(k)
		p.mu.Unlock()
		return nil, err
	}
	return &Lent[K, C]{Conn: c, key: k, generation: generation}, nil
}

// Release takes a connection back. One that is not usable, retired or no longer wanted is closed.
func (p *Pool[K, C]) Release(l *Lent[K, C], usable bool) error {
	p.mu.Lock()
	d := p.databases[l.key]
	keep := usable && !p.closed && l.generation == d.generation && p.open <= p.options.Max
	if keep {
		l.idleSince = p.options.Now()
		d.idle = append(d.idle, p.idle.PushFront(l))
		p.wake()
	} else {
		p.forget(l.key)
	}
	unwanted := p.expireIdle()
	p.mu.Unlock()
	closeAll(unwanted)
	if keep {
		return nil
	}
	return l.Conn.Close()
}

// Retire closes the idle connections of k and makes sure that lent ones are not lent again.
func (p *Pool[K, C]) Retire(k K) {
	p.mu.Lock()
	var unwanted []*Lent[K, C]
	if d := p.databases[k]; d != nil {
		d.generation++
		for len(d.idle) > 0 {
			unwanted = append(unwanted, p.evict(d.idle[0]))
		}
	}
	p.mu.Unlock()
	closeAll(unwanted)
}

// Expire closes what was idle for too long. Acquire and Release do as well; this is for when nobody calls them.
func (p *Pool[K, C]) Expire() {
	p.mu.Lock()
	unwanted := p.expireIdle()
	p.mu.Unlock()
	closeAll(unwanted)
}

// Lower makes limit the common bound, if it is below the one there is. Connections beyond it are closed as they come back.
func (p *Pool[K, C]) Lower(limit int) {
	p.mu.Lock()
	p.options.Max = max(1, min(p.options.Max, limit))
	p.mu.Unlock()
}

// Stats counts open connections, those of them that nobody uses, and the databases they are to.
func (p *Pool[K, C]) Stats() (open, idle, databases int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.open, p.idle.Len(), len(p.databases)
}

// Open counts the open connections to k.
func (p *Pool[K, C]) Open(k K) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if d := p.databases[k]; d != nil {
		return d.open
	}
	return 0
}

// Close closes every idle connection now and each lent one when it comes back. Later calls of Acquire
// fail with ErrClosed. A second call does nothing.
func (p *Pool[K, C]) Close() error {
	p.mu.Lock()
	p.closed = true
	var idle []*Lent[K, C]
	for e := p.idle.Front(); e != nil; e = p.idle.Front() {
		idle = append(idle, p.evict(e))
	}
	p.wake()
	p.mu.Unlock()
	var err error
	for _, l := range idle {
		err = errors.Join(err, l.Conn.Close())
	}
	return err
}

// The methods below need mu held. Those that return connections leave closing them to the caller,
// after it has unlocked.

// takeIdle lends an idle connection of k, or returns nil. Its place stays taken.
func (p *Pool[K, C]) takeIdle(k K) *Lent[K, C] {
	d := p.databases[k]
	if d == nil || len(d.idle) == 0 {
		return nil
	}
	return p.unlink(d.idle[len(d.idle)-1])
}

// reserve takes a place for a new connection of k, or reports that there is none.
func (p *Pool[K, C]) reserve(k K) bool {
	d := p.databases[k]
	if d != nil && d.open >= p.options.PerDatabase || p.open >= p.options.Max && p.idle.Len() == 0 {
		return false
	}
	if d == nil {
		d = &database{}
		p.databases[k] = d
	}
	d.open++
	p.open++
	return true
}

// forget gives the place of a connection of k back.
func (p *Pool[K, C]) forget(k K) {
	d := p.databases[k]
	d.open--
	p.open--
	if d.open == 0 {
		delete(p.databases, k)
	}
	p.wake()
}

func (p *Pool[K, C]) unlink(e *list.Element) *Lent[K, C] {
	l := p.idle.Remove(e).(*Lent[K, C])
	d := p.databases[l.key]
	d.idle = slices.DeleteFunc(d.idle, func(other *list.Element) bool { return other == e })
	return l
}

func (p *Pool[K, C]) evict(e *list.Element) *Lent[K, C] {
	l := p.unlink(e)
	p.forget(l.key)
	return l
}

// expireIdle evicts the connections that were idle for too long, or are beyond a bound that was lowered.
func (p *Pool[K, C]) expireIdle() []*Lent[K, C] {
	var out []*Lent[K, C]
	limit := p.options.Now().Add(-p.options.IdleTimeout)
	for e := p.idle.Back(); e != nil && (p.open > p.options.Max || !e.Value.(*Lent[K, C]).idleSince.After(limit)); e = p.idle.Back() {
		out = append(out, p.evict(e))
	}
	return out
}

// wake lets everyone in Acquire look again.
func (p *Pool[K, C]) wake() {
	close(p.freed)
	p.freed = make(chan struct{})
}

func closeAll[K comparable, C Conn](lent []*Lent[K, C]) {
	for _, l := range lent {
		_ = l.Conn.Close() // read-only and out of use: nothing can be lost
	}
}
