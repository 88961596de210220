package bench

import (
	"errors"
	"math"
	"testing"
	"time"
)

func TestSteady(t *testing.T) {
	t.Parallel()
	ms := time.Millisecond
	answer := func(start, every time.Duration, n int) (e Event) {
		for i := range n {
			e.Units = append(e.Units, start+time.Duration(i)*every)
		}
		return e
	}
	counted := answer(0, 100*ms, 21) // each arrival stands for two tokens
	counted.Count = 42
	failed := answer(1900*ms, 100*ms, 100)
	failed.Err = errors.New("broken")
	for name, c := range map[string]struct {
		events []Event
		want   float64
	}{
		"nothing":              {nil, 0},
		"one":                  {[]Event{answer(500*ms, 100*ms, 11)}, 10},
		"two that overlap":     {[]Event{answer(0, 100*ms, 21), answer(1000*ms, 100*ms, 21)}, 20},
		"the last one counts":  {[]Event{answer(0, 100*ms, 21), answer(1000*ms, 50*ms, 101)}, 30},
		"two that never met":   {[]Event{answer(0, 100*ms, 5), answer(1000*ms, 100*ms, 5)}, 0},
		"without any unit":     {[]Event{answer(0, 100*ms, 5), {}}, 0},
		"tokens come in pairs": {[]Event{counted}, 20},
		"failed ones are out":  {[]Event{answer(0, 100*ms, 21), failed}, 10},
	} {
		if got := (Run{Events: c.events}).Steady(); math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%s: %v units/s, want %v", name, got, c.want)
		}
	}
}
