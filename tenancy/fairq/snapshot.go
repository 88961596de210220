package fairq

import (
	"cmp"
	"slices"
	"time"
)

// Load is what one tenant has in a Queue, and was given by it.
type Load struct {
	Tenant           string
	Weight           float64 // 0: unknown by now, because it neither waits nor runs
	Waiting, Running int
	// VirtualTime is the service it received or is charged for, divided by its weight: of the tenants that wait, the one
	// with the least is next.
	VirtualTime float64
	// Served is what its items cost that ended within Window.
	Served float64
	// Next is where its first waiting item stands.
	Next Place
}

// Snapshot is a Queue at one moment.
type Snapshot struct {
	Waiting, Running int
	// Tenants that wait come first, the next to be served before the others; then those that only run, then those that
	// were served within Window.
	Tenants []Load
}

// Snapshot looks at all tenants. It holds the lock for O(n) steps with n tenants that wait, run or were served within
// Window: it is for people who look on, not for the path of a request.
func (q *Queue[T]) Snapshot(now time.Time) Snapshot {
	q.mu.Lock()
	s := Snapshot{Waiting: q.book.waiting, Running: q.book.running, Tenants: make([]Load, 0, len(q.book.flows))}
	served := q.served.since(now)
	for _, f := range q.book.flows {
		l := Load{Tenant: f.tenant, Weight: f.weight, Waiting: f.waiting, Running: f.running, VirtualTime: f.counter, Served: served[f.tenant]}
		if f.head != nil {
			items, cost := q.book.ahead(f.head)
			l.Next = Place{Waiting: true, Position: items, ETA: q.rate.duration(cost)}
		}
		s.Tenants = append(s.Tenants, l)
		delete(served, f.tenant)
	}
	q.mu.Unlock()
	for tenant, cost := range served {
		s.Tenants = append(s.Tenants, Load{Tenant: tenant, Served: cost})
	}
	slices.SortFunc(s.Tenants, func(a, b Load) int {
		return cmp.Or(b.standing()-a.standing(), cmp.Compare(a.Next.Position, b.Next.Position), cmp.Compare(a.VirtualTime, b.VirtualTime), cmp.Compare(a.Tenant, b.Tenant))
	})
	return s
}

func (l Load) standing() int {
	switch {
	case l.Waiting > 0:
		return 2
	case l.Running > 0:
		return 1
	default:
		return 0
	}
}

const (
	// Window is what Load.Served looks back on.
	Window = 10 * time.Minute
	// windowParts is how many parts it is kept in: the oldest is dropped as a whole.
	windowParts = 20
)

// window adds up what each tenant was given lately.
type window struct {
	parts [windowParts]map[string]float64
	at    int64 // number of the newest part since the epoch
}

func partOf(now time.Time) int64 { return now.UnixNano() / int64(Window/windowParts) }

// turn drops what is too old at a moment. A clock that goes back changes nothing.
func (w *window) turn(now time.Time) {
	part := partOf(now)
	for n := max(w.at+1, part-windowParts+1); n <= part; n++ {
		w.parts[n%windowParts] = nil
	}
	w.at = max(w.at, part)
}

func (w *window) add(tenant string, cost float64, now time.Time) {
	w.turn(now)
	p := &w.parts[w.at%windowParts]
	if *p == nil {
		*p = map[string]float64{}
	}
	(*p)[tenant] += cost
}

// since is the sum of all parts, the caller's to change.
func (w *window) since(now time.Time) map[string]float64 {
	w.turn(now)
	sum := map[string]float64{}
	for _, p := range w.parts {
		for tenant, cost := range p {
			sum[tenant] += cost
		}
	}
	return sum
}
