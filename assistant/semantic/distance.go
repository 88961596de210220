package semantic

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// distance is the Damerau-Levenshtein distance (insert, delete, replace, swap neighbours) of two words
// in runes, or limit+1 as soon as it is certain to exceed limit. Time is bounded by the product of the
// lengths; words that differ more in length than limit cost nothing.
func distance(a, b string, limit int) int {
	if a == b {
		return 0
	}
	if n, m := utf8.RuneCountInString(a), utf8.RuneCountInString(b); n-m > limit || m-n > limit {
		return limit + 1
	}
	x, y := []rune(a), []rune(b)
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

// nearest lists the values that look most like a span, best first: those within three typos, as long
// as half of the letters stay.
func (v *Values) nearest(span string) []string {
	const (
		maxRunes = 60 // of a span; longer ones look like nothing
		maxTypos = 3
	)
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
			for _, form := range value.forms {
				longest := max(utf8.RuneCountInString(key), utf8.RuneCountInString(form))
				limit := min(longest/2, maxTypos)
				if d := distance(key, form, limit); d <= limit {
					best = min(best, float64(d)/float64(longest))
				}
			}
			if best < 1 {
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
