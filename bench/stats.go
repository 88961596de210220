package bench

import (
	"math"
	"slices"
	"time"
)

// Samples are measured values of one unit, in any order.
type Samples []float64

// Quantile is the smallest sample that at least the fraction q of all are not above (nearest rank: no value that
// was not measured). q is between 0 and 1; 0 for no samples.
func (s Samples) Quantile(q float64) float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	rank := int(math.Ceil(q*float64(len(sorted)) - 1e-9)) // 0.95 × 20 is 19 and not a hair more
	return sorted[min(max(rank, 1), len(sorted))-1]
}

// Median is the middle value, or the mean of the two in the middle; 0 for no samples.
func (s Samples) Median() float64 {
	if len(s) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// Mean is 0 for no samples.
func (s Samples) Mean() float64 {
	if len(s) == 0 {
		return 0
	}
	sum := 0.0
	for _, v := range s {
		sum += v
	}
	return sum / float64(len(s))
}

// Max is 0 for no samples.
func (s Samples) Max() float64 {
	if len(s) == 0 {
		return 0
	}
	return slices.Max(s)
}

// Jain is the fairness index of shares that would best be equal: 1 when they are, 1/n when one of n has all
// (R. Jain, D. Chiu, W. Hawe, DEC-TR-301, 1984). Shares are not negative; 1 for none, or when all are 0.
func Jain(shares []float64) float64 {
	sum, squares := 0.0, 0.0
	for _, x := range shares {
		sum, squares = sum+x, squares+x*x
	}
	if squares == 0 {
		return 1
	}
	return sum * sum / (float64(len(shares)) * squares)
}

// Series are values of consecutive intervals, the first from the start of the run.
type Series struct {
	Width  time.Duration
	Values []float64
}

// Points are the series as a line of a plot: the middle of each interval in seconds, and its value.
func (s Series) Points() (points []Point) {
	for i, v := range s.Values {
		points = append(points, Point{X: (float64(i) + 0.5) * s.Width.Seconds(), Y: v})
	}
	return points
}

// Millis is a duration in milliseconds, to the microsecond.
func Millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
