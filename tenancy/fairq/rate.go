package fairq

import (
	"math"
	"time"
)

// rateMemory is how long ago half of what an estimate of the speed knows happened.
const rateMemory = 10 * time.Second

// rate is the recent speed of the workers, in cost per second: finished cost over time in which something
// ran, both fading.
type rate struct {
	last time.Time
	cost float64
	time float64 // seconds
}

// resume says that nothing ran until now.
func (r *rate) resume(now time.Time) { r.last = now }

func (r *rate) add(cost float64, now time.Time) {
	r.fade(now)
	r.cost += cost
}

func (r *rate) fade(now time.Time) {
	passed := now.Sub(r.last).Seconds()
	if passed <= 0 {
		return
	}
	keep := math.Exp2(-passed / rateMemory.Seconds())
	r.cost, r.time, r.last = r.cost*keep, r.time*keep+passed, now
}

// duration is how long cost takes at the recent speed; 0 when there is none.
func (r *rate) duration(cost float64) time.Duration {
	if r.cost <= 0 || r.time <= 0 {
		return 0
	}
	seconds := cost / (r.cost / r.time)
	return time.Duration(min(seconds, math.MaxInt32) * float64(time.Second))
}
