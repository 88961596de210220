package semantic

import (
	"slices"
	"strings"
)

// The first of the ways to match leave no doubt: the value itself, a synonym, either in singular or plural.
const (
	exactWays  = 3
	synonymWay = 1
)

// Linked says which words are values of the shop, and of which dimension: those of the previous plan, and after ">" those that
// stand in the question, such as "store downtown > riverside; brand acuvue" before "and Riverside?". Dimensions come in the order
// in which they come up. "" when no word is known. previous may be nil.
//
// A plan's values are words of the question whatever their kind, so the model that writes it need not know the shop's names: what
// "and Riverside?" replaces it does need to know. Only words of the question and of the plan before are said again, none of the shop's.
// (Value linking, as in text-to-SQL: Lin, Socher, Xiong, "Bridging Textual and Tabular Data", 2020.)
func (v *Values) Linked(question string, previous *Plan) string {
	var groups []linkedValues
	group := func(dimension string) *linkedValues {
		i := slices.IndexFunc(groups, func(g linkedValues) bool { return g.dimension == dimension })
		if i < 0 {
			i = len(groups)
			groups = append(groups, linkedValues{dimension: dimension})
		}
		return &groups[i]
	}
	if previous != nil {
		for _, span := range previous.Where {
			if dimension, values := v.match(span); len(values) > 0 {
				g := group(dimension)
				g.before = append(g.before, strings.TrimSpace(span))
			}
		}
	}
	v.mentions(question, func(dimension, span string) {
		if g := group(dimension); !slices.Contains(g.now, span) {
			g.now = append(g.now, span)
		}
	})
	return writeLinked(groups)
}

// linkedValues are the words for values of one dimension, in the previous plan and in the question.
type linkedValues struct {
	dimension   string
	before, now []string
}

func writeLinked(groups []linkedValues) string {
	parts := make([]string, len(groups))
	for i, g := range groups {
		words := []string{g.dimension}
		if len(g.before) > 0 {
			words = append(words, strings.Join(g.before, ", "))
		}
		if len(g.now) > 0 {
			words = append(words, ">", strings.Join(g.now, ", "))
		}
		parts[i] = strings.Join(words, " ")
	}
	return strings.Join(parts, "; ")
}

// mentions finds the spans of a question that name values exactly, from left to right, the longest first. They are spans that a
// plan for the question may have.
func (v *Values) mentions(question string, found func(dimension, span string)) {
	for _, run := range spanWords(question) {
		for i := 0; i < len(run); i++ {
			for j := min(i+maxSpanWords, len(run)) - 1; j >= i; j-- {
				if dimension, span := v.mention(run[i : j+1]); dimension != "" {
					found(dimension, span)
					i = j
					break
				}
			}
		}
	}
}

// mention looks a run of words up, with each of the ways its last word may end.
func (v *Values) mention(run []word) (dimension, span string) {
	head := ""
	for _, w := range run[:len(run)-1] {
		head += w.text + " "
	}
	ways := ways[:exactWays]
	if slices.ContainsFunc(words(head+run[len(run)-1].text), func(w string) bool { return v.measures[w] }) {
		ways = ways[synonymWay : synonymWay+1] // "older customers"
	}
	for _, way := range ways {
		for _, last := range run[len(run)-1].last { // "maria's" is maria before it is a plural
			s := newAsked(head + last)
			if s.compact == "" {
				continue
			}
			for _, x := range v.dimensions {
				if hits := way(x, s); len(hits) > 0 && len(hits) <= maxMatched {
					return x.dimension, head + last
				}
			}
		}
	}
	return "", ""
}
