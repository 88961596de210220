package fairq

import "time"

// Item is one piece of work of one tenant. The caller sets the exported fields, before Put, and leaves
// them alone from then on.
type Item[T any] struct {
	Value  T
	Tenant string
	// Weight is the tenant's share relative to others', the latest item's counting for all of the tenant's;
	// 0 means 1.
	Weight float64
	// Cost is the estimate charged when the item is taken, in the unit that Finish is told too.
	Cost     float64
	Deadline time.Time // zero: none

	state      state
	charged    float64 // added to the tenant's service when taken
	order      uint64  // of arrival
	flow       *flow[T]
	prev, next *Item[T] // among the tenant's waiting items
	before     float64  // estimated cost of all items that ever waited before this one at its tenant
	at         int      // index in the heap of deadlines, -1: not in it
}

type state uint8

const (
	outside state = iota // not put yet, or done
	waiting
	running
)

// flow is what is known of one tenant.
type flow[T any] struct {
	tenant     string
	weight     float64
	counter    float64 // service received and charged, divided by the weight it had then
	open       float64 // of it, what running items are charged by estimate
	head, tail *Item[T]
	waiting    int
	running    int
	cost       float64 // estimated, of the waiting items
	at         int     // index in the heap it is in, -1: in none
	in         *heap[*flow[T]]
}

// received is the counter without estimates.
func (f *flow[T]) received() float64 { return f.counter - f.open/f.weight }

func (f *flow[T]) pushBack(i *Item[T]) {
	i.prev, i.next = f.tail, nil
	if f.tail == nil {
		f.head = i
	} else {
		f.tail.next = i
	}
	f.tail = i
}

func (f *flow[T]) pushFront(i *Item[T]) {
	i.prev, i.next = nil, f.head
	if f.head == nil {
		f.tail = i
	} else {
		f.head.prev = i
	}
	f.head = i
}

func (f *flow[T]) unlink(i *Item[T]) {
	if i.prev == nil {
		f.head = i.next
	} else {
		i.prev.next = i.next
	}
	if i.next == nil {
		f.tail = i.prev
	} else {
		i.next.prev = i.prev
	}
	i.prev, i.next = nil, nil
}
