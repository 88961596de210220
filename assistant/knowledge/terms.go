package knowledge

import (
	_ "embed"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/registry"
	"github.com/goccy/go-yaml"
)

// Terms are what passages and questions are compared by: lower case, the trade's synonyms made one,
// common words left out, stemmed, numbers without sign and trailing zeros.

// term is one of them and the word it was written as.
type term struct {
	stem, word string
}

type termReader struct {
	synonyms map[string]string // words joined by spaces → the one word of their group
	longest  map[string]int    // first word → words of the longest synonym that begins so
	stop     analysis.TokenMap
	stemmer  analysis.TokenFilter
	stemmed  map[string]string // stems of words that were learnt, written by learn alone
	light    map[string]bool   // stems of lightWords
	optics   map[string]bool   // of opticsWords
}

//go:embed synonyms.yaml
var synonymsYAML []byte

//go:embed stopwords.txt
var counterWords string

// lightWords say little of what a question is about, and stand in too few passages for their rarity to show it.
//
//go:embed lightwords.txt
var lightWords string

// opticsWords are of optics and of little else, by the names of their groups of synonyms.
//
//go:embed opticswords.txt
var opticsWords string

var wordPattern = regexp.MustCompile(`\d+(?:[.,]\d+)?|\p{L}+`)

// signed is a power as prescriptions have it.
var signed = regexp.MustCompile(`(^|[\s(/])([-+−–±])(\d+(?:[.,]\d+)?)`)

// strongPower is from how many dioptres on a power is called strong.
const strongPower = 6

// signsInWords says the sign of a power in a word, for "−8.00" is asked about as a strong minus.
func signsInWords(text string) string {
	if !strings.ContainsAny(text, "-+−–±") {
		return text
	}
	return signed.ReplaceAllStringFunc(text, func(power string) string {
		m := signed.FindStringSubmatch(power)
		word := map[string]string{"+": "plus", "±": ""}[m[2]]
		if m[2] != "+" && m[2] != "±" {
			word = "minus"
		}
		if n, err := strconv.ParseFloat(strings.ReplaceAll(m[3], ",", "."), 64); err == nil && n >= strongPower && word != "" {
			word = "high " + word
		}
		return m[1] + word + " " + m[3]
	})
}

func newTermReader() (*termReader, error) {
	cache := registry.NewCache()
	stop, err := cache.TokenMapNamed(en.StopName)
	if err != nil {
		return nil, err
	}
	stemmer, err := cache.TokenFilterNamed(en.SnowballStemmerName)
	if err != nil {
		return nil, err
	}
	r := &termReader{synonyms: map[string]string{}, stemmed: map[string]string{}, longest: map[string]int{}, stop: analysis.NewTokenMap(), stemmer: stemmer}
	for word := range stop {
		r.stop.AddToken(word)
	}
	for word := range strings.FieldsSeq(counterWords) {
		r.stop.AddToken(word)
	}
	r.light, r.optics = r.stemsOf(lightWords), r.stemsOf(opticsWords)
	var groups map[string][]string
	if err := yaml.UnmarshalWithOptions(synonymsYAML, &groups, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("synonyms.yaml: %w", err)
	}
	for name, words := range groups {
		for _, w := range append([]string{name}, words...) {
			parts := wordsOf(w)
			key := strings.Join(parts, " ")
			if other, taken := r.synonyms[key]; taken && other != name {
				return nil, fmt.Errorf("synonyms.yaml: %q is of %q and of %q", w, other, name)
			}
			r.synonyms[key] = name
			r.longest[parts[0]] = max(r.longest[parts[0]], len(parts))
		}
	}
	return r, nil
}

func (r *termReader) stemsOf(words string) map[string]bool {
	stems := map[string]bool{}
	for word := range strings.FieldsSeq(words) {
		stems[r.stem(word)] = true
	}
	return stems
}

// synonymWords are the words that synonyms are made of.
func (r *termReader) synonymWords() map[string]bool {
	words := map[string]bool{}
	for phrase := range r.synonyms {
		for _, w := range wordsOf(phrase) {
			words[w] = true
		}
	}
	return words
}

// contractions are cut, or "won't" would leave the word "won".
var contractions = strings.NewReplacer("can't", "can not", "won't", "will not", "cannot", "can not", "n't", " not",
	"'s", " ", "'re", " ", "'ve", " ", "'ll", " ", "'m", " ", "'d", " ")

func wordsOf(text string) []string {
	return wordPattern.FindAllString(contractions.Replace(strings.ReplaceAll(signsInWords(strings.ToLower(text)), "’", "'")), -1)
}

// read cuts a text into terms.
func (r *termReader) read(text string) []term { return r.terms(wordsOf(text)) }

func (r *termReader) terms(words []string) []term {
	out := make([]term, 0, len(words))
	for i := 0; i < len(words); {
		name, n := r.synonym(words[i:])
		i += n
		if name == "" {
			name = words[i-n]
			if r.stop[name] || len(name) < 2 && !isDigit(name[0]) {
				continue
			}
		}
		out = append(out, term{stem: r.stem(name), word: name})
	}
	return out
}

// synonym is the group of the longest synonym that the words begin with, and its length; "" and 1 when there is none.
func (r *termReader) synonym(words []string) (name string, n int) {
	for k := min(r.longest[words[0]], len(words)); k > 0; k-- {
		if name := r.synonyms[strings.Join(words[:k], " ")]; name != "" {
			return name, k
		}
	}
	return "", 1
}

// learn keeps the words' stems. It is not safe for concurrent use.
func (r *termReader) learn(words []string) {
	for _, w := range words {
		if r.stemmed[w] == "" {
			r.stemmed[w] = r.stem(w)
		}
	}
}

func (r *termReader) stems(words []string) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = r.stem(w)
	}
	return out
}

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func (r *termReader) stem(word string) string {
	if isDigit(word[0]) {
		word = strings.ReplaceAll(word, ",", ".")
		if strings.Contains(word, ".") {
			word = strings.TrimSuffix(strings.TrimRight(word, "0"), ".")
		}
		return word
	}
	if stem := r.stemmed[word]; stem != "" {
		return stem
	}
	return string(r.stemmer.Filter(analysis.TokenStream{{Term: []byte(word)}})[0].Term)
}

// weight is how much a stem counts beside its rarity, 0 to 1.
func (r *termReader) weight(stem string) float64 {
	switch {
	case strings.Trim(stem, "0123456789") == "":
		return numberWeight
	case r.light[stem]:
		return lightWeight
	}
	return 1
}
