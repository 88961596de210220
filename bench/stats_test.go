package bench

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestQuantiles(t *testing.T) {
	t.Parallel()
	twenty := Samples{}
	for i := range 20 {
		twenty = append(twenty, float64(20-i))
	}
	for _, c := range []struct {
		samples Samples
		q, want float64
	}{
		{nil, 0.5, 0}, {Samples{7}, 0, 7}, {Samples{7}, 1, 7}, {Samples{3, 1, 2}, 0.5, 2}, {Samples{4, 1, 3, 2}, 0.5, 2},
		{twenty, 0.95, 19}, {twenty, 0.951, 20}, {twenty, 0.05, 1}, {twenty, 0, 1}, {twenty, 1, 20},
	} {
		if got := c.samples.Quantile(c.q); got != c.want {
			t.Errorf("quantile %v of %v is %v, want %v", c.q, c.samples, got, c.want)
		}
	}
	if m := (Samples{4, 1, 3, 2}).Median(); m != 2.5 {
		t.Errorf("median %v", m)
	}
	if s := (Samples{4, 1, 4}); s.Mean() != 3 || s.Max() != 4 || s[0] != 4 {
		t.Errorf("mean %v, max %v, or the samples were changed: %v", s.Mean(), s.Max(), s)
	}
	if none := (Samples{}); none.Median() != 0 || none.Mean() != 0 || none.Max() != 0 {
		t.Error("no samples are 0")
	}
}

func TestQuantileIsTheSmallestThatEnoughAreNotAbove(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := Samples(rapid.SliceOfN(rapid.Float64Range(-100, 100), 1, 60).Draw(t, "samples"))
		q := float64(rapid.IntRange(0, 1000).Draw(t, "q")) / 1000
		share := func(limit float64) float64 {
			n := 0
			for _, v := range s {
				if v <= limit {
					n++
				}
			}
			return float64(n) / float64(len(s))
		}
		got := s.Quantile(q)
		if !slices.Contains(s, got) || share(got) < q-1e-9 {
			t.Fatalf("%v: only %v are not above it, want %v", got, share(got), q)
		}
		for _, v := range s {
			if v < got && share(v) >= q {
				t.Fatalf("%v would do instead of %v", v, got)
			}
		}
	})
}

func TestJain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		shares []float64
		want   float64
	}{{nil, 1}, {[]float64{0, 0}, 1}, {[]float64{5, 5, 5}, 1}, {[]float64{1, 0, 0, 0}, 0.25}, {[]float64{1, 2}, 0.9}} {
		if got := Jain(c.shares); math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%v: %v, want %v", c.shares, got, c.want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 1))
	shares, larger := make([]float64, 9), make([]float64, 9)
	for i := range shares {
		shares[i] = rng.Float64()
		larger[i] = 1000 * shares[i]
	}
	if a, b := Jain(shares), Jain(larger); a < 1.0/9 || a > 1 || math.Abs(a-b) > 1e-9 {
		t.Errorf("%v and, a thousand times larger, %v", a, b)
	}
}

func TestMillis(t *testing.T) {
	t.Parallel()
	if got := Millis(1234567 * time.Nanosecond); got != 1.234 {
		t.Errorf("%v", got)
	}
}
