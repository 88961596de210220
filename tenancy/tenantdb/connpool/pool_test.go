package connpool

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// wire counts itself: a test sees every connection that is open.
type wire struct {
	to     string
	closed bool
	open   *atomic.Int64
}

func (w *wire) Close() error {
	if w.closed {
		return errors.New("closed twice")
	}
	w.closed = true
	w.open.Add(-1)
	return nil
}

func newPool(o Options) (p *Pool[string, *wire], open *atomic.Int64) {
	open = new(atomic.Int64)
	return New(func(_ context.Context, to string) (*wire, error) {
		if to == "down" {
			return nil, errors.New("no answer")
		}
		open.Add(1)
		return &wire{to: to, open: open}, nil
	}, o), open
}

// check is the invariant of the book-keeping.
func (p *Pool[K, C]) check(t *rapid.T, counted int) {
	open, idle := 0, 0
	for k, d := range p.databases {
		if d.open < 1 || d.open > p.options.PerDatabase || len(d.idle) > d.open {
			t.Fatalf("%v: %d open, %d idle, want 1 to %d open", k, d.open, len(d.idle), p.options.PerDatabase)
		}
		open += d.open
		idle += len(d.idle)
	}
	if open != p.open || idle != p.idle.Len() || open != counted {
		t.Fatalf("%d open of %d counted, %d really; %d idle of %d listed", open, p.open, counted, idle, p.idle.Len())
	}
}

// Random borrowing, returning, retiring, waiting and lowering keeps the books right.
func TestRandomOperations(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		now := time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC)
		p, open := newPool(Options{Max: 4, PerDatabase: 2, IdleTimeout: time.Minute, Now: func() time.Time { return now }})
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		names := rapid.SampledFrom([]string{"a", "b", "c", "d", "e"})
		var lent []*Lent[string, *wire]
		limit := 4
		rt.Repeat(map[string]func(*rapid.T){
			"borrow": func(rt *rapid.T) {
				name, used := names.Draw(rt, "name"), 0
				for _, l := range lent {
					if l.key == name {
						used++
					}
				}
				if len(lent) >= limit || used == 2 {
					return // it would wait
				}
				l, err := p.Acquire(t.Context(), name)
				if err != nil || l.Conn.to != name || l.Conn.closed {
					rt.Fatalf("got %+v, %v, want an open connection to %s", l, err, name)
				}
				if lent = append(lent, l); int(open.Load()) > limit {
					rt.Fatalf("%d open, want at most %d", open.Load(), limit)
				}
			},
			"return": func(rt *rapid.T) {
				if len(lent) == 0 {
					return
				}
				i := rapid.IntRange(0, len(lent)-1).Draw(rt, "which")
				if err := p.Release(lent[i], rapid.Bool().Draw(rt, "usable")); err != nil {
					rt.Fatal(err)
				}
				lent = append(lent[:i], lent[i+1:]...)
			},
			"wait": func(rt *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(1, 90).Draw(rt, "seconds")) * time.Second)
				p.Expire()
			},
			"retire": func(rt *rapid.T) { p.Retire(names.Draw(rt, "name")) },
			"lower": func(rt *rapid.T) {
				limit = min(limit, rapid.IntRange(2, 9).Draw(rt, "limit"))
				p.Lower(limit)
			},
			"fail": func(rt *rapid.T) {
				if _, err := p.Acquire(gone, "a"); !errors.Is(err, context.Canceled) {
					rt.Fatalf("canceled: got %v", err)
				}
				if len(lent) < limit {
					if _, err := p.Acquire(t.Context(), "down"); err == nil {
						rt.Fatal("connected to what is down")
					}
				}
			},
			"": func(rt *rapid.T) { p.check(rt, int(open.Load())) },
		})
		if err := p.Close(); err != nil {
			rt.Fatal(err)
		}
		for _, l := range lent {
			if err := p.Release(l, true); err != nil {
				rt.Fatal(err)
			}
		}
		if open.Load() != 0 {
			rt.Fatalf("%d left open", open.Load())
		}
		if _, err := p.Acquire(t.Context(), "a"); !errors.Is(err, ErrClosed) {
			rt.Fatalf("closed: got %v", err)
		}
	})
}

// A retired connection is not lent again, and one that waited for a place gets it.
func TestWaitersAndRetired(t *testing.T) {
	t.Parallel()
	p, open := newPool(Options{Max: 1, PerDatabase: 1, IdleTimeout: time.Minute, Now: time.Now})
	first, err := p.Acquire(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	p.Retire("a")
	got := make(chan *Lent[string, *wire])
	go func() {
		l, err := p.Acquire(t.Context(), "b")
		if err != nil {
			t.Error(err)
		}
		got <- l
	}()
	if err := p.Release(first, true); err != nil || !first.Conn.closed {
		t.Errorf("a retired connection: got %v, closed %v", err, first.Conn.closed)
	}
	second := <-got
	if second.Conn.to != "b" || second.Reused || open.Load() != 1 {
		t.Errorf("got %+v, %d open, want a new connection to b", second, open.Load())
	}
	if err := errors.Join(p.Release(second, true), p.Close()); err != nil {
		t.Error(err)
	}
}
