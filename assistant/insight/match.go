package insight

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// candidate is a value of the shop's that a search may find.
type candidate struct {
	dimension *semantic.Dimension
	value     string
	words     []string
}

type scored struct {
	insight Insight
	score   float64
}

// words are the lower-case words of a text, without signs: "Ray-Ban" is two.
func words(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) })
}

// match is how much of a query, by letters, the best of the phrases holds: 0 to 1.
func match(query []string, phrases ...string) float64 {
	most := 0.0
	for _, p := range phrases {
		most = max(most, overlap(query, words(p)))
	}
	return most
}

// overlap is the part of the query's letters that stand in words which begin a word of the candidate. The whole
// candidate in the query is worth as much as enough.
func overlap(query, candidate []string) float64 {
	all, hit := 0, 0
	var used uint64
	for _, q := range query {
		n := utf8.RuneCountInString(q)
		all += n
		for i, w := range candidate {
			if i < 64 && used&(1<<i) == 0 && (q == w || n >= 2 && strings.HasPrefix(w, q) || plural(q, w)) {
				used |= 1 << i
				hit += n
				break
			}
		}
	}
	if hit == 0 {
		return 0
	}
	part := float64(hit) / float64(all)
	if used == 1<<len(candidate)-1 {
		part = max(part, enough)
	}
	return part
}

// plural says whether a word is the other's plural, as staff types it.
func plural(q, w string) bool {
	return len(q) > 3 && (q == w+"s" || q == w+"es")
}

// matching are the values that hold enough of the query.
func matching(query []string, c *semantic.Catalogue, all []candidate) []scored {
	var out []scored
	for _, v := range all {
		if n := overlap(query, v.words); n >= enough {
			m := &c.Metrics[0]
			out = append(out, scored{Insight{
				Kind: KindValue, QueryType: c.Domain, Metric: m.ID, Dimension: v.dimension.ID, Value: v.value,
				Text: v.value + " (" + strings.ToLower(v.dimension.Label) + ")", Question: ask(m, v.value),
			}, n})
		}
	}
	return out
}

// best are the best few, equals by what they say.
func best(all []scored) []Insight {
	slices.SortFunc(all, func(a, b scored) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(len(a.insight.Text), len(b.insight.Text)), cmp.Compare(a.insight.Text, b.insight.Text),
			cmp.Compare(a.insight.QueryType, b.insight.QueryType))
	})
	var out []Insight
	for _, s := range all {
		if !slices.ContainsFunc(out, func(in Insight) bool { return in.Text == s.insight.Text }) {
			out = append(out, s.insight)
		}
		if len(out) == maxPerKind {
			break
		}
	}
	return out
}
