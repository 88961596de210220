package tenantdb

import (
	"container/list"
	"context"
	"slices"

	"github.com/ils-platform/ilsai"
)

// pool is the book-keeping of one database's connections. DB.mu guards it; it exists while at
// least one connection does, so tenants that nobody asks about cost nothing.
type pool struct {
	open       int             // idle, lent, or being opened
	generation int             // rises when the file is replaced: connections to the old file are not lent again
	idle       []*list.Element // the most recently used last
}

// acquire lends a connection to k's database. When the tenant's or the common bound is reached it
// waits for a release, or closes another database's idle connection to make room.
func (d *DB) acquire(ctx context.Context, k key) (*conn, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, contextError(err)
		}
		d.mu.Lock()
		if d.closed {
			d.mu.Unlock()
			return nil, ilsai.Wrap(ilsai.CodeUnavailable, errClosed, "The server is stopping. Try again in a moment.")
		}
		unwanted := d.expireIdle()
		c := d.takeIdle(k)
		reserved := c == nil && d.reserve(k)
		if reserved && d.open > d.options.MaxConns {
			unwanted = append(unwanted, d.evict(d.idle.Back()))
		}
		freed := d.freed
		d.mu.Unlock()
		closeAll(unwanted)
		switch {
		case c != nil:
			return c, nil
		case reserved:
			return d.dial(k)
		}
		select {
		case <-freed:
		case <-ctx.Done():
		}
	}
}

// dial opens a connection in a place that reserve has taken.
func (d *DB) dial(k key) (*conn, error) {
	d.mu.Lock()
	generation := d.pools[k].generation // read before the file is opened, so a replaced file is never taken for the new one
	d.mu.Unlock()
	c, err := d.openConn(k)
	if err != nil {
		d.mu.Lock()
		d.forget(k)
		d.mu.Unlock()
		return nil, err
	}
	c.generation = generation
	return c, nil
}

// release takes a connection back. One that is broken, stale or no longer wanted is closed.
func (d *DB) release(c *conn, usable bool) error {
	d.mu.Lock()
	keep := usable && !d.closed && c.generation == d.pools[c.key].generation
	if keep {
		c.idleSince = d.options.Now()
		p := d.pools[c.key]
		p.idle = append(p.idle, d.idle.PushFront(c))
		d.wake()
	} else {
		d.forget(c.key)
	}
	unwanted := d.expireIdle()
	d.mu.Unlock()
	closeAll(unwanted)
	if keep {
		return nil
	}
	return c.Close()
}

// The methods below need d.mu held. Those that return connections leave closing them to the
// caller, after it has unlocked.

// takeIdle lends an idle connection of k, or returns nil. Its place stays taken.
func (d *DB) takeIdle(k key) *conn {
	p := d.pools[k]
	if p == nil || len(p.idle) == 0 {
		return nil
	}
	return d.unlink(p.idle[len(p.idle)-1])
}

// reserve takes a place for a new connection of k, or reports that there is none.
func (d *DB) reserve(k key) bool {
	p := d.pools[k]
	if p != nil && p.open >= d.options.ConnsPerTenant || d.open >= d.options.MaxConns && d.idle.Len() == 0 {
		return false
	}
	if p == nil {
		p = &pool{}
		d.pools[k] = p
	}
	p.open++
	d.open++
	return true
}

// forget gives the place of a connection of k back.
func (d *DB) forget(k key) {
	p := d.pools[k]
	p.open--
	d.open--
	if p.open == 0 {
		delete(d.pools, k)
	}
	d.wake()
}

func (d *DB) unlink(e *list.Element) *conn {
	c := d.idle.Remove(e).(*conn)
	p := d.pools[c.key]
	p.idle = slices.DeleteFunc(p.idle, func(other *list.Element) bool { return other == e })
	return c
}

func (d *DB) evict(e *list.Element) *conn {
	c := d.unlink(e)
	d.forget(c.key)
	return c
}

// expireIdle evicts the connections that were idle for too long.
func (d *DB) expireIdle() []*conn {
	var out []*conn
	limit := d.options.Now().Add(-d.options.IdleTimeout)
	for e := d.idle.Back(); e != nil && !e.Value.(*conn).idleSince.After(limit); e = d.idle.Back() {
		out = append(out, d.evict(e))
	}
	return out
}

// retire evicts the idle connections of k and makes sure that lent ones are not lent again.
func (d *DB) retire(k key) []*conn {
	p := d.pools[k]
	if p == nil {
		return nil
	}
	p.generation++
	var out []*conn
	for len(p.idle) > 0 {
		out = append(out, d.evict(p.idle[0]))
	}
	return out
}

// wake lets everyone in acquire look again.
func (d *DB) wake() {
	close(d.freed)
	d.freed = make(chan struct{})
}

func closeAll(conns []*conn) {
	for _, c := range conns {
		c.Close() // read-only and out of use: nothing can be lost
	}
}
