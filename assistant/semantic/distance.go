package semantic

import (
	"cmp"
	"slices"
	"strings"
)

// distance is the Damerau-Levenshtein distance (insert, delete, replace, swap neighbours) of two words
// in runes, or limit+1 as soon as it is certain to exceed limit. Time is bounded by the product of the
// lengths; words that differ more in length than limit cost nothing.
func distance(a, b string, limit int) int {
	if a == b {
		return 0
	}
	x, y := []rune(a), []rune(b)
	if len(x)-len(y) > limit || len(y)-len(x) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, before[j-2]+1)
			}
			row[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return min(last[len(y)], limit+1)
}

const nearestShown = 3

// nearest lists the values that look most like a span, best first. Values that share fewer than half
// their letters with it are left out.
func (v *Values) nearest(span string) []string {
	const maxRunes = 60 // of a span; longer ones look like nothing
	key := compact(span)
	if key == "" || len(key) > maxRunes {
		return nil
	}
	type candidate struct {
		text  string
		score float64 // share of letters that would have to change
	}
	var all []candidate
	for _, x := range v.dimensions {
		for _, value := range x.values {
			best := 1.0
			for _, form := range append([]string{value.compact}, value.words...) {
				longest := max(len([]rune(key)), len([]rune(form)))
				best = min(best, float64(distance(key, form, longest/2))/float64(longest))
			}
			if best <= 0.5 {
				all = append(all, candidate{value.text, best})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int {
		if c := cmp.Compare(a.score, b.score); c != 0 {
			return c
		}
		return strings.Compare(a.text, b.text)
	})
	var out []string
	for _, c := range all {
		if len(out) < nearestShown && !slices.Contains(out, c.text) {
			out = append(out, c.text)
		}
	}
	return out
}
