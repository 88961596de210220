package semantic

import (
	"testing"

	"pgregory.net/rapid"
)

func TestDistance(t *testing.T) {
	tests := []struct {
		a, b        string
		limit, want int
	}{
		{"", "", 2, 0}, {"a", "", 2, 1}, {"oakley", "oakly", 2, 1}, {"oakley", "okaley", 2, 1}, {"oakley", "aokely", 2, 2},
		{"frames", "lenses", 2, 3}, {"müller", "muller", 1, 1}, {"abc", "abcdefgh", 2, 3},
	}
	for _, tt := range tests {
		if got := distance(tt.a, tt.b, tt.limit); got != tt.want {
			t.Errorf("distance(%q, %q, %d) = %d, want %d", tt.a, tt.b, tt.limit, got, tt.want)
		}
	}
}

// TestDistanceLaws: symmetric, zero only for equal words, and a limit changes nothing below it.
func TestDistanceLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[abc]{0,8}`)
		a, b := word.Draw(t, "a"), word.Draw(t, "b")
		limit := rapid.IntRange(0, 9).Draw(t, "limit")
		full := distance(a, b, 100)
		if full != distance(b, a, 100) || (full == 0) != (a == b) || full > max(len(a), len(b)) {
			t.Fatalf("distance(%q, %q) = %d", a, b, full)
		}
		if got := distance(a, b, limit); got != min(full, limit+1) {
			t.Fatalf("distance(%q, %q) = %d, with limit %d %d", a, b, full, limit, got)
		}
	})
}
