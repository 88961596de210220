package main

import (
	"io"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/bench"
)

// TestBenchTenants sees that all is measured. What it comes to is for 'make bench' to tell: the tests of the queue
// themselves are in tenancy/fairq.
func TestBenchTenants(t *testing.T) {
	t.Parallel()
	bars, written := runBench(t, newBenchTenants(), "--threads=1", "--shape=tiny", "--light=3", "--flood=16", "--slots=4", "--rounds=1", "--duration=1500ms", "--tokens=16")
	for name, unit := range map[string]string{
		"p95 with the flood": "times", "Jain's index of weighted service": "", "largest gap against its bound": "of the bound", "throughput, fair queue against FIFO": "fair/FIFO",
	} {
		if b := bars[name]; b.Limit == nil || b.Unit != unit || !(b.Value > 0) {
			t.Errorf("%s: %+v", name, b)
		}
	}
	if !strings.Contains(written, "Light shops beside a flood") || !strings.Contains(written, "shop 4") {
		t.Error("no plots")
	}
}

func TestBenchTenantsRefuses(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{"--light=1", "--share=1", "--slots=1", "--duration=0s", "--tokens=3"} {
		cmd := newBenchTenants()
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		cmd.SetArgs([]string{arg})
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), "must be at least") {
			t.Errorf("%s: %v", arg, err)
		}
	}
}

func TestFloodBars(t *testing.T) {
	t.Parallel()
	byName := map[string]bar{}
	for _, b := range floodBars(bench.Samples{10, 100, 10}, bench.Samples{20, 150, 30}, bench.Samples{100, 500, 90}, 4) {
		byName[b.Name] = b
	}
	if b := byName["p95 with the flood"]; b.Value != 2 || !b.Holds { // 2, 1.5 and 3: rounds are compared with themselves
		t.Errorf("%+v", b)
	}
	if b := byName["FIFO: p95 with the flood"]; b.Value != 9 || b.Limit != nil {
		t.Errorf("%+v", b)
	}
	if over := floodBars(bench.Samples{10}, bench.Samples{20.1}, bench.Samples{1}, 4); over[len(over)-1].Holds {
		t.Errorf("%+v", over)
	}
}

func TestService(t *testing.T) {
	t.Parallel()
	began := time.Unix(1000, 0)
	at := func(seconds float64) time.Time { return began.Add(time.Duration(seconds * float64(time.Second))) }
	// Two shops get 10 a second each for their weight; from second 4 to 6 only one of them is served.
	s := service{
		{"a", 1, at(0), at(4), 40}, {"a", 1, at(4), at(6), 20}, {"a", 1, at(6), at(10), 40},
		{"b", 2, at(0), at(4), 80}, {"b", 2, at(6), at(10), 80},
	}
	for seconds, want := range map[float64][2]float64{0: {0, 0}, 2: {20, 20}, 5: {50, 40}, 10: {100, 80}, 99: {100, 80}} {
		if had := s.by(at(seconds)); math.Abs(had["a"]-want[0]) > 1e-9 || math.Abs(had["b"]-want[1]) > 1e-9 {
			t.Errorf("after %v s: %v, want %v", seconds, had, want)
		}
	}
	names, shares := s.between(at(1), at(9))
	if strings.Join(names, "") != "ab" || math.Abs(shares[0]-80) > 1e-9 || math.Abs(shares[1]-60) > 1e-9 {
		t.Errorf("%v %v", names, shares)
	}
	for _, c := range []struct{ from, to, want float64 }{{0, 10, 20}, {0, 4, 0}, {4, 5, 10}, {6, 10, 0}} {
		if gap := s.largestGap(at(c.from), at(c.to)); math.Abs(gap-c.want) > 1e-6 {
			t.Errorf("from %v to %v: gap %v, want %v", c.from, c.to, gap, c.want)
		}
	}
	if cost, weight := s.largest(); cost != 80 || weight != 1 || serviceBound(4, cost, weight) != 640 {
		t.Errorf("%v %v", cost, weight)
	}
	if lines := s.lines(at(0), at(10)); len(lines) != 2 || lines[1].Points[50].Y != 40 || lines[1].Points[100].X != 10 {
		t.Errorf("%+v", lines)
	}
}
