package semantic

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMatched bounds how many values one span can stand for; a word that fits more names nothing.
const maxMatched = 200

// UnknownValueError is the error of a span that names nothing the shop has.
type UnknownValueError struct {
	Span    string
	Nearest []string // up to three values that look like it, best first
}

func (e *UnknownValueError) Error() string {
	return fmt.Sprintf("%q names nothing the shop has", e.Span)
}

// Resolve links a plan's spans to the shop's values: spans of one dimension become one filter (any of
// its values), filters of different dimensions all hold. Filters come in the order of their first span.
// Its error is a *UnknownValueError for the first span that fits nothing.
//
// The ways to fit are tried from strict to loose, each over all dimensions in the catalogue's
// filter_order before the next: the value itself whatever its case, spaces, hyphens and punctuation; a
// synonym; singular or plural of either; the words the value begins with (a first name); words it
// contains; the beginning of one such word; a small typo in a value or synonym; a small typo in one of its words. A word several values
// of a dimension share means all of them; a typo that could be either of two values means neither.
func (v *Values) Resolve(spans []string) ([]Filter, error) {
	var filters []Filter
	for _, span := range spans {
		dimension, values := v.match(span)
		if len(values) == 0 {
			return nil, &UnknownValueError{Span: span, Nearest: v.nearest(span)}
		}
		i := slices.IndexFunc(filters, func(f Filter) bool { return f.Dimension == dimension })
		if i < 0 {
			i = len(filters)
			filters = append(filters, Filter{Dimension: dimension})
		}
		f := &filters[i]
		if !slices.Contains(f.Asked, span) {
			f.Asked = append(f.Asked, span)
		}
		for _, value := range values {
			if !slices.Contains(f.Values, value) {
				f.Values = append(f.Values, value)
			}
		}
	}
	return filters, nil
}

func (v *Values) match(span string) (dimension string, values []string) {
	s := newAsked(span)
	if s.compact == "" {
		return "", nil
	}
	for _, way := range ways {
		for _, x := range v.dimensions {
			hits := way(x, s)
			if len(hits) == 0 || len(hits) > maxMatched {
				continue
			}
			slices.Sort(hits)
			for _, n := range slices.Compact(hits) {
				values = append(values, x.values[n].text)
			}
			return x.dimension, values
		}
	}
	return "", nil
}

// asked is a span made ready for matching.
type asked struct {
	words   []string
	compact string
	forms   []string // compact, with the last word in singular or plural
}

func newAsked(span string) asked {
	s := asked{words: words(span)}
	s.compact = strings.Join(s.words, "")
	s.forms = inflections(s.words)
	return s
}

var ways = []func(*valueIndex, asked) []int{
	func(x *valueIndex, s asked) []int { return slices.Clone(x.byKey[s.compact]) },
	func(x *valueIndex, s asked) []int { return slices.Clone(x.bySynonym[s.compact]) },
	func(x *valueIndex, s asked) []int {
		var hits []int
		for _, form := range s.forms {
			hits = append(hits, x.byKey[form]...)
			hits = append(hits, x.bySynonym[form]...)
		}
		return hits
	},
	func(x *valueIndex, s asked) []int {
		return x.containing(s.words, func(in []string) bool { return slices.Equal(in[:len(s.words)], s.words) })
	},
	func(x *valueIndex, s asked) []int {
		return x.containing(s.words, func(in []string) bool {
			for i := 0; i+len(s.words) <= len(in); i++ {
				if slices.Equal(in[i:i+len(s.words)], s.words) {
					return true
				}
			}
			return false
		})
	},
	func(x *valueIndex, s asked) []int {
		return x.containing(s.words, func([]string) bool { return true })
	},
	(*valueIndex).singularWords,
	(*valueIndex).beginningOfWord,
	(*valueIndex).typo,
	(*valueIndex).typoInWord,
}

// containing finds the values that have all the words and pass the test.
func (x *valueIndex) containing(words []string, test func(value []string) bool) []int {
	var hits []int
	for _, n := range x.byWord[words[0]] {
		in := x.values[n].words
		if len(in) < len(words) {
			continue
		}
		all := true
		for _, w := range words[1:] {
			all = all && slices.Contains(in, w)
		}
		if all && test(in) {
			hits = append(hits, n)
		}
	}
	return hits
}

// singularWords finds values that contain the words in singular or plural: "aviators" in "Aviator Classic".
func (x *valueIndex) singularWords(s asked) []int {
	last := len(s.words) - 1
	for _, form := range inflections(s.words[last:]) {
		words := append(slices.Clone(s.words[:last]), form)
		if hits := x.containing(words, func([]string) bool { return true }); len(hits) > 0 {
			return hits
		}
	}
	return nil
}

// beginningOfWord finds the values with the only word that begins so: "sara" in "Sarah Oakley".
func (x *valueIndex) beginningOfWord(s asked) []int {
	const shortest = 4 // letters; fewer begin too many words
	if len(s.words) != 1 || utf8.RuneCountInString(s.compact) < shortest {
		return nil
	}
	var hits []int
	for word, values := range x.byWord {
		if !strings.HasPrefix(word, s.compact) {
			continue
		}
		if hits != nil {
			return nil
		}
		hits = slices.Clone(values)
	}
	return hits
}

// typo finds the values nearest to the span within the tolerance for its length.
func (x *valueIndex) typo(s asked) []int {
	best := nearestHits{limit: tolerance(s.compact)}
	for n, v := range x.values {
		best.offer(s.compact, v.compact, n)
	}
	for synonym, values := range x.bySynonym {
		for _, n := range values {
			best.offer(s.compact, synonym, n)
		}
	}
	return best.unless()
}

// typoInWord finds the values of which one word is nearest to the span's only word.
func (x *valueIndex) typoInWord(s asked) []int {
	best := nearestHits{limit: tolerance(s.compact), sharing: true}
	if len(s.words) != 1 {
		return nil
	}
	for word, values := range x.byWord {
		for _, n := range values {
			best.offer(s.compact, word, n)
		}
	}
	return best.unless()
}

// nearestHits keeps the values at the smallest distance seen.
type nearestHits struct {
	limit   int // the largest distance that counts
	sharing bool
	forms   []string
	hits    []int
}

func (h *nearestHits) offer(span, form string, n int) {
	if h.limit == 0 || !sameDigits(span, form) {
		return
	}
	d := distance(span, form, h.limit)
	switch {
	case d > h.limit:
	case d < h.limit || len(h.hits) == 0:
		h.limit, h.forms, h.hits = max(d, 1), []string{form}, []int{n}
	default:
		if !slices.Contains(h.forms, form) {
			h.forms = append(h.forms, form)
		}
		if !slices.Contains(h.hits, n) {
			h.hits = append(h.hits, n)
		}
	}
}

// unless gives the hits, or none when different words are equally near: a guess between two values
// would be a figure nobody asked for.
func (h *nearestHits) unless() []int {
	if len(h.hits) > 1 && (len(h.forms) > 1 || !h.sharing) {
		return nil
	}
	return h.hits
}

// tolerance is how many typos a word of this length may have.
func tolerance(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n >= 8:
		return 2
	case n >= 4:
		return 1
	}
	return 0
}

// sameDigits guards numbers against tolerance: model 3025 is not a misspelt 3026.
func sameDigits(a, b string) bool {
	digits := func(s string) string {
		return strings.Map(func(r rune) rune {
			if unicode.IsDigit(r) {
				return r
			}
			return -1
		}, s)
	}
	return digits(a) == digits(b)
}

// inflections are the other numbers of a phrase, compact: its last word in singular and plural.
func inflections(words []string) []string {
	stem := strings.Join(words, "")
	forms := []string{stem + "s", stem + "es"}
	if s, ok := strings.CutSuffix(stem, "ies"); ok && len(s) > 1 {
		forms = append(forms, s+"y")
	}
	if s, ok := strings.CutSuffix(stem, "es"); ok && len(s) > 2 {
		forms = append(forms, s)
	}
	if s, ok := strings.CutSuffix(stem, "s"); ok && len(s) > 2 {
		forms = append(forms, s)
	}
	if s, ok := strings.CutSuffix(stem, "y"); ok && len(s) > 2 {
		forms = append(forms, s+"ies")
	}
	return forms
}
