package main

import (
	"io"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// TestSoak is small: it sees that generations end in every way and that nothing is left, not how memory grows. It is
// serial, since goroutines and files of other tests would be taken for its own.
func TestSoak(t *testing.T) {
	c, err := load(t, []string{"--threads=1"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	m := newMeasurement("soak", io.Discard)
	bars, err := benchSoak(t.Context(), c, soakOptions{generations: 300, rounds: 10, seed: 5}, m)
	if err != nil {
		t.Fatal(err)
	}
	ended := 0.0
	for _, b := range bars {
		switch {
		case b.Unit == "generations" && b.Name != "slots still taken":
			ended += b.Value
		case b.Name == "tokens generated" && b.Value < 300, !b.Holds && b.Unit != "MB/h":
			t.Errorf("%+v", b)
		}
	}
	if ended != 300 {
		t.Errorf("%v generations ended, want 300: %+v", ended, bars)
	}
	if len(m.sections) != 2 || len(m.sections[0].Plot.Lines[0].Points) != 10 {
		t.Errorf("%d plots", len(m.sections))
	}
}

func TestTrend(t *testing.T) {
	t.Parallel()
	if line := newTrend([]float64{1, 3, 5, 7}); math.Abs(line.slope-2) > 1e-12 || line.half > 1e-9 {
		t.Errorf("%+v", line)
	}
	if few := newTrend([]float64{1, 2}); !math.IsInf(few.half, 1) {
		t.Errorf("two values say nothing: %+v", few)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	within := 0
	for range 200 { // a slope of 3 in noise of 10
		values := make([]float64, 100)
		for i := range values {
			values[i] = 3*float64(i) + 10*rng.NormFloat64()
		}
		if line := newTrend(values); math.Abs(line.slope-3) <= line.half {
			within++
		}
	}
	if within < 180 || within == 200 { // 190 expected; a width of nothing or of everything would be no interval
		t.Errorf("the 95 %% interval holds the slope in %d of 200", within)
	}
}

func TestJudgeResources(t *testing.T) {
	t.Parallel()
	const perRound = 10_000 // bytes; 100 rounds in an hour: 1 MB/h
	made := func(grow float64, more int) (readings []resources) {
		for i := range 101 {
			readings = append(readings, resources{resident: 5e7 + grow*float64(i), goHeap: 1e6, goroutines: 9, files: 7, threads: 4})
		}
		for i := range 10 { // the warm-up does not count
			readings[i].resident = 1e6 * float64(i)
		}
		last := &readings[100]
		last.goroutines, last.files = last.goroutines+more, last.files+more
		return readings
	}
	for name, c := range map[string]struct {
		readings []resources
		slope    float64
		missed   int
	}{"still": {made(0, 0), 0, 0}, "just": {made(0.999*perRound, 0), 0.999, 0}, "grows": {made(1.001*perRound, 0), 1.001, 1}, "leaks": {made(0, 1), 0, 2}} {
		missed := 0
		for _, b := range judgeResources(c.readings, 5, time.Hour) {
			if !b.Holds {
				missed++
			}
			if b.Name == "growth per hour at this load" && math.Abs(b.Value-c.slope) > 1e-6 || b.Name == "growth per generation" && math.Abs(b.Value-c.slope*perRound/5) > 1e-6 {
				t.Errorf("%s: %s is %v", name, b.Name, b.Value)
			}
		}
		if missed != c.missed {
			t.Errorf("%s: %d bars missed, want %d", name, missed, c.missed)
		}
	}
}
