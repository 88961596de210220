package fairq

import "time"

// book is the pure layer: which item is next, and what each tenant has received. It has no lock and no
// clock; every change goes through one of its few verbs.
type book[T any] struct {
	soft, hard int // running items per tenant; 0: no cap

	flows map[string]*flow[T]
	// Every flow with waiting items is in one of three places: within its soft cap, beyond it, or held at
	// the hard cap (in no heap). One that waits for nothing but has a counter worth remembering is idle.
	within, beyond, idle heap[*flow[T]]
	deadlines            heap[*Item[T]]

	last  *flow[T] // the latest whose waiting items ran out; its counter is the reference when nobody waits
	order uint64
	front uint64 // orders for what is put back, counting down from the middle

	// Sums over the flows that wait, for estimates; see ahead.
	waiting  int
	running  int
	cost     float64
	weight   float64
	weighted float64 // Σ weight × counter
}

func newBook[T any](soft, hard int) *book[T] {
	b := &book[T]{soft: soft, hard: hard, flows: map[string]*flow[T]{}, order: 1 << 62, front: 1 << 62}
	sooner := func(f, g *flow[T]) bool {
		return f.counter < g.counter || f.counter == g.counter && f.head.order < g.head.order
	}
	moved := func(f *flow[T], at int) { f.at = at }
	b.within = heap[*flow[T]]{less: sooner, moved: moved}
	b.beyond = heap[*flow[T]]{less: sooner, moved: moved}
	b.idle = heap[*flow[T]]{less: func(f, g *flow[T]) bool { return f.counter < g.counter }, moved: moved}
	b.deadlines = heap[*Item[T]]{
		less:  func(i, j *Item[T]) bool { return i.Deadline.Before(j.Deadline) },
		moved: func(i *Item[T], at int) { i.at = at },
	}
	return b
}

// put lets an item wait behind its tenant's others.
func (b *book[T]) put(i *Item[T]) {
	b.order++
	i.order = b.order
	b.enter(i, false)
}

// putBack lets a running item wait again, before its tenant's others, and takes its charge back.
func (b *book[T]) putBack(i *Item[T]) {
	b.front--
	i.order = b.front
	f := i.flow
	b.settle(f, -i.charged)
	b.close(f, i)
	b.running--
	b.enter(i, true)
}

func (b *book[T]) enter(i *Item[T], front bool) {
	f := b.flows[i.Tenant]
	if f == nil {
		f = &flow[T]{tenant: i.Tenant, at: -1}
		b.flows[i.Tenant] = f
	}
	floor := b.floor()
	b.leaveHeap(f)
	b.unsum(f)
	if f.waiting == 0 && !front {
		f.counter = max(f.counter, floor) // what is put back had its turn already
	}
	f.weight = i.Weight
	if f.weight <= 0 {
		f.weight = 1
	}
	i.flow, i.state, i.at = f, waiting, -1
	if front {
		f.pushFront(i)
		i.before = i.frontBefore()
	} else {
		i.before = i.backBefore()
		f.pushBack(i)
	}
	f.waiting++
	f.cost += i.Cost
	b.waiting++
	b.cost += i.Cost
	b.sum(f)
	b.place(f)
	if !i.Deadline.IsZero() {
		b.deadlines.push(i)
	}
}

// take starts the next item; nil when there is none that may start.
func (b *book[T]) take() *Item[T] {
	var f *flow[T]
	switch {
	case b.within.len() > 0:
		f = b.within.top()
	case b.beyond.len() > 0:
		f = b.beyond.top()
	default:
		return nil
	}
	i := f.head
	f.running++
	b.running++
	b.leave(i)
	i.state, i.charged = running, i.Cost
	f.open += i.charged
	b.settle(f, i.charged)
	b.forget()
	return i
}

// finish ends a running item that cost what it cost.
func (b *book[T]) finish(i *Item[T], cost float64) {
	f := i.flow
	i.state = outside
	b.close(f, i)
	b.running--
	b.settle(f, cost-i.charged)
	b.forget()
}

// close ends the estimate of an item that runs no more.
func (b *book[T]) close(f *flow[T], i *Item[T]) {
	f.running--
	if f.open -= i.charged; f.running == 0 {
		f.open = 0 // no rounding error is kept
	}
}

// remove takes out a waiting item that will not run.
func (b *book[T]) remove(i *Item[T]) {
	i.state = outside
	b.leave(i)
	b.place(i.flow)
	b.forget()
}

// expired removes the waiting item whose deadline is over longest; nil when there is none.
func (b *book[T]) expired(now time.Time) *Item[T] {
	if b.deadlines.len() == 0 || now.Before(b.deadlines.top().Deadline) {
		return nil
	}
	i := b.deadlines.top()
	b.remove(i)
	return i
}

// leave takes a waiting item out of its flow, which is then in no heap.
func (b *book[T]) leave(i *Item[T]) {
	f := i.flow
	if i.at >= 0 {
		b.deadlines.remove(i.at)
	}
	b.leaveHeap(f)
	b.unsum(f)
	f.unlink(i)
	f.waiting--
	f.cost -= i.Cost
	b.waiting--
	b.cost -= i.Cost
	if f.waiting == 0 {
		f.cost = 0 // no rounding error is kept
		b.last = f
	} else {
		b.sum(f)
	}
	if b.waiting == 0 {
		b.cost, b.weight, b.weighted = 0, 0, 0
	}
}

// settle adds service to a flow and puts it where it belongs then.
func (b *book[T]) settle(f *flow[T], service float64) {
	b.leaveHeap(f)
	b.unsum(f)
	f.counter += service / f.weight
	b.sum(f)
	b.place(f)
}

// place puts a flow that is in no heap into the right one.
func (b *book[T]) place(f *flow[T]) {
	switch {
	case f.waiting == 0 && f.running == 0:
		f.in = &b.idle
	case f.waiting == 0, b.hard > 0 && f.running >= b.hard:
		f.in = nil
		return
	case b.soft > 0 && f.running >= b.soft:
		f.in = &b.beyond
	default:
		f.in = &b.within
	}
	f.in.push(f)
}

func (b *book[T]) leaveHeap(f *flow[T]) {
	if f.at >= 0 {
		f.in.remove(f.at)
	}
}

// floor is what a tenant that returns is lifted to. Estimates of what runs do not count: most of them are given
// back at the end, and a tenant lifted to one would then stand behind all that the other can do for it.
func (b *book[T]) floor() float64 {
	switch {
	case b.within.len() > 0:
		return b.within.top().received()
	case b.beyond.len() > 0:
		return b.beyond.top().received()
	case b.last != nil:
		return b.last.received()
	default:
		return 0
	}
}

// forget drops idle flows whose counters say nothing any more: returning, they would be lifted. The last
// to leave stays, being the reference when nobody waits.
func (b *book[T]) forget() {
	floor := b.floor()
	for b.idle.len() > 0 && b.idle.top().counter <= floor {
		f := b.idle.top()
		if f == b.last {
			return
		}
		b.idle.remove(f.at)
		delete(b.flows, f.tenant)
	}
}
