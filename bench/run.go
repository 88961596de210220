package bench

import (
	"math"
	"sync/atomic"
	"time"
)

// Event is one request as it was measured. Times count from the start of the run.
type Event struct {
	Index, Worker int
	Group         string          // set by the request: whom or what it stands for
	Intended      time.Duration   // when it was due
	Sent          time.Duration   // when it was sent
	Units         []time.Duration // when each unit of its answer, such as a token, arrived
	Count         int             // units in all as the server counts them; set by the request; 0: as many as Units
	Done          time.Duration   // when it had ended
	Err           error

	began time.Time
	units *atomic.Int64
}

// Unit notes that a unit of the answer has arrived now. It is for the request's own goroutine.
func (e *Event) Unit() {
	e.Units = append(e.Units, time.Since(e.began))
	e.units.Add(1)
}

// Latency is from the intended time to the end.
func (e Event) Latency() time.Duration { return e.Done - e.Intended }

// Total is how many units the answer had.
func (e Event) Total() int {
	if e.Count > 0 {
		return e.Count
	}
	return len(e.Units)
}

// Run is what a load measured: its requests, in the order in which they were due.
type Run struct {
	Began  time.Time
	Took   time.Duration
	Events []Event
}

// Where is the part of a run that keep chooses, with the same length.
func (r Run) Where(keep func(Event) bool) Run {
	out := Run{Began: r.Began, Took: r.Took}
	for _, e := range r.Events {
		if keep(e) {
			out.Events = append(out.Events, e)
		}
	}
	return out
}

// Answered is the part without errors.
func (r Run) Answered() Run { return r.Where(func(e Event) bool { return e.Err == nil }) }

// Group is the part of one group.
func (r Run) Group(name string) Run { return r.Where(func(e Event) bool { return e.Group == name }) }

// Latencies are from each intended time to the end, in milliseconds, of requests without an error.
func (r Run) Latencies() Samples {
	return r.samples(func(e Event, add func(time.Duration)) { add(e.Latency()) })
}

// First are from each intended time to the first unit (time to first token), in milliseconds, of requests without
// an error.
func (r Run) First() Samples {
	return r.samples(func(e Event, add func(time.Duration)) {
		if len(e.Units) > 0 {
			add(e.Units[0] - e.Intended)
		}
	})
}

// Gaps are the times between one unit of an answer and the next, in milliseconds, of requests without an error.
func (r Run) Gaps() Samples {
	return r.samples(func(e Event, add func(time.Duration)) {
		for i := 1; i < len(e.Units); i++ {
			add(e.Units[i] - e.Units[i-1])
		}
	})
}

func (r Run) samples(of func(Event, func(time.Duration))) (out Samples) {
	for _, e := range r.Events {
		if e.Err == nil {
			of(e, func(d time.Duration) { out = append(out, Millis(d)) })
		}
	}
	return out
}

// PerSecond is how many requests were answered without an error in a second of the run.
func (r Run) PerSecond() float64 { return float64(len(r.Answered().Events)) / r.Took.Seconds() }

// UnitsPerSecond are the units of all answers, those that ended in an error included.
func (r Run) UnitsPerSecond() float64 {
	n := 0
	for _, e := range r.Events {
		n += e.Total()
	}
	return float64(n) / r.Took.Seconds()
}

// Steady is units per second while every request that was answered was in the middle of its answer: from the latest
// first unit to the earliest last one. Where the server counted more units than arrived one by one, each stands for its part of
// the count. 0 when there was no such time.
func (r Run) Steady() float64 {
	from, to := time.Duration(0), time.Duration(math.MaxInt64)
	answered := r.Answered().Events
	for _, e := range answered {
		if len(e.Units) == 0 {
			return 0
		}
		from, to = max(from, e.Units[0]), min(to, e.Units[len(e.Units)-1])
	}
	units := 0.0
	for _, e := range answered {
		for _, at := range e.Units {
			if at > from && at <= to {
				units += float64(e.Total()) / float64(len(e.Units))
			}
		}
	}
	if to <= from || units == 0 {
		return 0
	}
	return units / (to - from).Seconds()
}

// UnitSeries are units per second in consecutive intervals of the run.
func (r Run) UnitSeries(width time.Duration) Series {
	return r.series(width, func(e Event) []time.Duration { return e.Units })
}

// DoneSeries are requests ended per second, without an error, in consecutive intervals of the run.
func (r Run) DoneSeries(width time.Duration) Series {
	return r.Answered().series(width, func(e Event) []time.Duration { return []time.Duration{e.Done} })
}

func (r Run) series(width time.Duration, of func(Event) []time.Duration) Series {
	s := Series{Width: width, Values: make([]float64, (r.Took+width-1)/width)}
	for _, e := range r.Events {
		for _, at := range of(e) {
			if i := int(at / width); i < len(s.Values) {
				s.Values[i] += 1 / width.Seconds()
			}
		}
	}
	return s
}
