package semantic

import (
	"sort"
	"strings"
	"unicode"
)

// Values are a shop's own values of the catalogue's filterable dimensions, indexed for matching words
// against. They are immutable and safe for concurrent use. They belong to one tenant: never share them.
type Values struct {
	dimensions []*valueIndex // strongest first
	// measures are the catalogue's single words for metrics: a product called "Total revenue" names none in a question.
	measures map[string]bool
}

// valueIndex holds the values of one dimension.
type valueIndex struct {
	dimension string
	values    []value
	byKey     map[string][]int // compact form of value, synonym, singular or plural → values
	bySynonym map[string][]int
	byWord    map[string][]int // one word of the value → values
}

type value struct {
	text    string   // as the shop writes it
	compact string   // letters and digits only, lower case
	words   []string // lower-case words
	forms   []string // compact and words: what a misspelt span may have meant
}

// NewValues indexes a shop's values per dimension id. Empty values are left out.
func NewValues(c *Catalogue, values map[string][]string) *Values {
	out := Values{measures: map[string]bool{}}
	for _, m := range c.Metrics {
		for _, w := range m.Words {
			if w := words(w); len(w) == 1 {
				out.measures[w[0]] = true
			}
		}
	}
	for _, d := range c.Filterable() {
		x := &valueIndex{dimension: d.ID, byKey: map[string][]int{}, bySynonym: map[string][]int{}, byWord: map[string][]int{}}
		texts := append([]string(nil), values[d.ID]...)
		sort.Strings(texts)
		for i, text := range texts {
			words := words(text)
			if len(words) == 0 || i > 0 && text == texts[i-1] {
				continue
			}
			n := len(x.values)
			v := value{text: text, words: words, compact: strings.Join(words, "")}
			v.forms = append([]string{v.compact}, words...)
			x.values = append(x.values, v)
			x.byKey[v.compact] = append(x.byKey[v.compact], n)
			for j, w := range words {
				if !contains(words[:j], w) {
					x.byWord[w] = append(x.byWord[w], n)
				}
			}
		}
		for text, synonyms := range d.Synonyms {
			for _, n := range x.byKey[compact(text)] {
				for _, s := range synonyms {
					x.bySynonym[compact(s)] = append(x.bySynonym[compact(s)], n)
				}
			}
		}
		out.dimensions = append(out.dimensions, x)
	}
	return &out
}

// Len is how many values there are, of all dimensions.
func (v *Values) Len() int {
	n := 0
	for _, x := range v.dimensions {
		n += len(x.values)
	}
	return n
}

// words splits text at everything but letters and digits, in lower case. An apostrophe joins:
// "women's" is one word, womens.
func words(text string) []string {
	text = strings.Map(func(r rune) rune {
		if r == '\'' || r == '’' {
			return -1
		}
		return foldRune(r)
	}, text)
	return strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}

// foldRune is lower case without the common accents, so that "cafe" finds "Café".
func foldRune(r rune) rune {
	r = unicode.ToLower(r)
	if r < 0x80 {
		return r
	}
	if plain, ok := plainLetters[r]; ok {
		return plain
	}
	return r
}

var plainLetters = func() map[rune]rune {
	m := map[rune]rune{}
	for plain, accented := range map[rune]string{
		'a': "àáâãäåā", 'c': "çćč", 'e': "èéêëēę", 'i': "ìíîïī", 'l': "ł", 'n': "ñńň", 'o': "òóôõöøō", 's': "śš", 'u': "ùúûüū", 'y': "ýÿ", 'z': "źżž",
	} {
		for _, r := range accented {
			m[r] = plain
		}
	}
	return m
}()

func compact(text string) string { return strings.Join(words(text), "") }

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}
