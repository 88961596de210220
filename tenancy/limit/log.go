package limit

import (
	"math"
	"time"
)

// firstStamps is the room of a new log: most shops ask less in a minute.
const firstStamps = 16

// log holds the times at which one key was admitted during the last window, oldest first, in a ring.
// It is pure: the caller locks it and tells the time, which never goes back.
//
// All that was admitted in the window stays, whatever limit admitted it: after a limit fell and rose
// again, what came in between must not have made room.
type log struct {
	key          string
	stamps       []time.Duration
	head, count  int
	newer, older *log // neighbours in the shard's order of last admission
}

// decide judges one request at now and records it if it is admitted. limit is at least 1.
func (l *log) decide(now, window time.Duration, limit int) Decision {
	l.expire(now - window)
	d := Decision{Limit: limit}
	if d.Allowed = l.count < limit; d.Allowed {
		l.push(now, limit)
	}
	d.Remaining = max(limit-l.count, 0)
	// When the limit fell below what the window holds, as many have to leave as are too many.
	d.Reset = l.at(max(l.count-limit, 0)) + window - now
	if !d.Allowed {
		d.RetryAfter = d.Reset
	}
	return d
}

// expire drops what was admitted at or before edge.
func (l *log) expire(edge time.Duration) {
	for l.count > 0 && l.at(0) <= edge {
		l.head = (l.head + 1) % len(l.stamps)
		l.count--
	}
}

func (l *log) at(i int) time.Duration { return l.stamps[(l.head+i)%len(l.stamps)] }

// newest is when the key was last admitted; a time before any for an empty log.
func (l *log) newest() time.Duration {
	if l.count == 0 {
		return math.MinInt64
	}
	return l.at(l.count - 1)
}

// push appends now. The ring doubles, up to limit: it costs memory for requests that came, not for
// those a high limit would admit.
func (l *log) push(now time.Duration, limit int) {
	if l.count == len(l.stamps) {
		size := max(firstStamps, 2*len(l.stamps))
		if limit > len(l.stamps) {
			size = min(size, limit)
		}
		grown := make([]time.Duration, size)
		for i := range l.count {
			grown[i] = l.at(i)
		}
		l.stamps, l.head = grown, 0
	}
	l.stamps[(l.head+l.count)%len(l.stamps)] = now
	l.count++
}
