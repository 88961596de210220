package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/bench"
)

// bar is one figure a measuring command took and what it has to reach. Without a Limit it is shown, not judged.
type bar struct {
	Name  string   `json:"name"`
	Value float64  `json:"value"`
	Unit  string   `json:"unit"`
	Limit *float64 `json:"bar"`
	Sense string   `json:"sense,omitempty"` // "at least" or "at most"
	Holds bool     `json:"holds"`
}

func figure(name string, value float64, unit string) bar {
	return bar{Name: name, Value: value, Unit: unit, Holds: true}
}

// atLeast is missed by a value that is no number or infinite: nothing was measured then.
func atLeast(name string, value float64, unit string, limit float64) bar {
	return bar{Name: name, Value: value, Unit: unit, Limit: &limit, Sense: "at least", Holds: value >= limit && !math.IsInf(value, 0)}
}

// atMost is missed likewise.
func atMost(name string, value float64, unit string, limit float64) bar {
	return bar{Name: name, Value: value, Unit: unit, Limit: &limit, Sense: "at most", Holds: value <= limit && !math.IsInf(value, 0)}
}

// MarshalJSON writes null for a value that JSON has no number for.
func (b bar) MarshalJSON() ([]byte, error) {
	type plain bar
	if !math.IsNaN(b.Value) && !math.IsInf(b.Value, 0) {
		return json.Marshal(plain(b))
	}
	return json.Marshal(struct {
		plain

		Value *float64 `json:"value"`
	}{plain: plain(b)})
}

func printBars(w io.Writer, bars []bar) {
	for _, b := range bars {
		verdict := ""
		if b.Limit != nil {
			verdict = fmt.Sprintf("%s %g", b.Sense, *b.Limit)
			if b.Holds {
				verdict += "  holds"
			} else {
				verdict += "  MISSED"
			}
		}
		fmt.Fprintf(w, "%-34s %12.4g %-12s %s\n", b.Name, b.Value, b.Unit, verdict)
	}
}

// judge is the error of a strict run that missed a bar.
func judge(bars []bar, strict bool) error {
	if i := slices.IndexFunc(bars, func(b bar) bool { return !b.Holds }); strict && i >= 0 {
		return ilsai.Errorf(ilsai.CodeInvalid, "a bar was missed: %s", bars[i].Name)
	}
	return nil
}

func median(values []float64) float64 { return bench.Samples(values).Median() }

func quantile(values []float64, q float64) float64 { return bench.Samples(values).Quantile(q) }
