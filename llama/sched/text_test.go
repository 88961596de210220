package sched

import (
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

// assemble cuts raw into pieces at the given places and returns what is delivered.
func assemble(t interface{ Errorf(string, ...any) }, raw string, cuts []int, stops []string) (text string, stopped bool) {
	a := newAssembler(stops)
	var out []byte
	at := 0
	for _, c := range append(cuts, len(raw)) {
		c = max(at, min(c, len(raw)))
		stopped = a.push([]byte(raw[at:c]))
		before := len(out)
		out = a.take(out, stopped)
		if !utf8.Valid(out[before:]) {
			t.Errorf("piece %q splits a rune", out[before:])
		}
		at = c
		if stopped {
			return string(out), true
		}
	}
	return string(a.take(out, true)), false
}

func TestAssembler(t *testing.T) {
	tests := []struct {
		name, raw string
		stops     []string
		want      string
		stopped   bool
	}{
		{"plain", "hello", nil, "hello", false},
		{"runes", "naïve 名 🙂", nil, "naïve 名 🙂", false},
		{"cut rune", "a\xf0\x9f", nil, "a\ufffd\ufffd", false},
		{"no UTF-8", "a\xff\x80b", nil, "a\ufffd\ufffdb", false},
		{"stop", "one\ntwo", []string{"\n"}, "one", true},
		{"stop at the start", "END of it", []string{"END"}, "", true},
		{"beginning of a stop only", "one EN", []string{"END"}, "one EN", false},
		{"overlapping beginnings", "aaab", []string{"aab"}, "a", true},
		{"the first to be complete", "abcd", []string{"abcd", "bc"}, "a", true},
		{"the longer of two that end together", "xab", []string{"b", "ab"}, "x", true},
		{"stop of many bytes", "x 🙂 y", []string{"🙂"}, "x ", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var everywhere []int
			for i := range tt.raw {
				everywhere = append(everywhere, i)
			}
			for _, cuts := range [][]int{nil, everywhere} {
				if got, stopped := assemble(t, tt.raw, cuts, tt.stops); got != tt.want || stopped != tt.stopped {
					t.Errorf("in %d pieces: %q, %v; want %q, %v", len(cuts)+1, got, stopped, tt.want, tt.stopped)
				}
			}
		})
	}
}

// How the bytes arrive makes no difference, and without a stop nothing is lost.
func TestAssemblerProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		raw := string(rapid.SliceOfN(rapid.SampledFrom([]byte("aab\xc3\xa9\xf0\x9f\x99\x82\xff")), 0, 30).Draw(r, "raw"))
		stops := rapid.SliceOfN(rapid.StringOfN(rapid.SampledFrom([]rune("abé")), 1, 4, -1), 0, 3).Draw(r, "stops")
		cuts := rapid.SliceOfN(rapid.IntRange(0, 30), 0, 30).Draw(r, "cuts")
		got, stopped := assemble(r, raw, cuts, stops)
		whole, stoppedWhole := assemble(r, raw, nil, stops)
		if got != whole || stopped != stoppedWhole {
			r.Errorf("%q in pieces: %q, %v; whole: %q, %v", raw, got, stopped, whole, stoppedWhole)
		}
		if !stopped && got != sanitized(raw) {
			r.Errorf("%q became %q", raw, got)
		}
		for _, s := range stops {
			if strings.Contains(got, s) {
				r.Errorf("%q contains the stop string %q", got, s)
			}
		}
	})
}

// sanitized replaces every byte that is not part of a rune.
func sanitized(raw string) string {
	var b strings.Builder
	for _, r := range raw {
		b.WriteRune(r)
	}
	return b.String()
}
