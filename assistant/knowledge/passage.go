package knowledge

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Passage is one short text about one thing, and the unit that is found and cited.
type Passage struct {
	ID       string   `yaml:"id"`
	Title    string   `yaml:"title"`
	Text     string   `yaml:"text"`
	Keywords []string `yaml:"keywords"` // how else people ask for it; found by, never shown
	// Asked are questions and complaints that the passage answers, in the words of people who do not know the trade's; found by, never shown.
	Asked   []string `yaml:"asked"`
	Sources []string `yaml:"sources"`
	// Refer says that the passage is about something for an eye care professional to look at, and how soon.
	Refer Urgency `yaml:"refer"`
	// Kinds are the kinds of product that the passage may lead to, by the names that shops use for them.
	Kinds []string `yaml:"kinds"`

	Sentences []string `yaml:"-"` // Text, cut
}

// Urgency is how soon an eye care professional should look at something; "" is not at all.
type Urgency string

const (
	SameDay Urgency = "same_day"
	Soon    Urgency = "soon" // within days
	Routine Urgency = "routine"
)

// Kinds of product, as sales catalogues call their categories.
const (
	Frames        = "frames"
	Lenses        = "lenses"
	ContactLenses = "contact lenses"
	Sunglasses    = "sunglasses"
	Accessories   = "accessories"
	Solutions     = "solutions"
)

var kinds = []string{Frames, Lenses, ContactLenses, Sunglasses, Accessories, Solutions}

// Bounds of a passage.
const (
	minWords, maxWords         = 45, 100
	minSentences, maxSentences = 3, 9
	maxSentenceWords           = 48
	maxTitleRunes              = 80
	maxAskedRunes              = 80
)

var passageID = regexp.MustCompile(`^[a-z]+(-[a-z0-9]+)+$`)

// check is strict, so that a slip in the corpus fails the build's tests and never reaches an answer.
func (p *Passage) check() error {
	var errs []error
	wrong := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if !passageID.MatchString(p.ID) {
		wrong("the id is not words joined by dashes")
	}
	if n := utf8.RuneCountInString(p.Title); n == 0 || n > maxTitleRunes {
		wrong("the title has %d characters", n)
	}
	if n := len(strings.Fields(p.Text)); n < minWords || n > maxWords {
		wrong("the text has %d words, not %d to %d", n, minWords, maxWords)
	}
	if strings.ContainsAny(p.Text+p.Title, "{}\n\t") || strings.Contains(p.Text, "  ") {
		wrong("the text holds braces, line breaks or double spaces")
	}
	if n := len(p.Sentences); n < minSentences || n > maxSentences {
		wrong("the text has %d sentences, not %d to %d", n, minSentences, maxSentences)
	}
	for _, s := range p.Sentences {
		if n := len(strings.Fields(s)); n < 2 || n > maxSentenceWords {
			wrong("%q has %d words, not 2 to %d", s, n, maxSentenceWords)
		}
	}
	asked := map[string]bool{}
	for _, a := range slices.Concat(p.Keywords, p.Asked) {
		if n := utf8.RuneCountInString(a); n == 0 || n > maxAskedRunes {
			wrong("%q has %d characters", a, n)
		}
		if asked[strings.ToLower(a)] {
			wrong("%q is there twice", a)
		}
		asked[strings.ToLower(a)] = true
	}
	if len(p.Sources) == 0 {
		wrong("no source")
	}
	for _, s := range p.Sources {
		if len(s) < 12 {
			wrong("%q is no source", s)
		}
	}
	if !slices.Contains([]Urgency{"", SameDay, Soon, Routine}, p.Refer) {
		wrong("refer %q is not known", p.Refer)
	}
	for _, k := range p.Kinds {
		if !slices.Contains(kinds, k) {
			wrong("kind %q is not known", k)
		}
	}
	return errors.Join(errs...)
}

// sentenceEnd is a full stop, question or exclamation mark, closing quotes and brackets, a space, and what can begin a sentence.
var sentenceEnd = regexp.MustCompile(`[.?!]["”')]* +["“'(]*[\p{Lu}\d−+±]`)

// sentences cuts a text so that the pieces joined by spaces are the text again.
func sentences(text string) []string {
	var out []string
	for {
		at := sentenceEnd.FindStringIndex(text)
		if at == nil {
			return append(out, text)
		}
		end := at[0] + strings.IndexByte(text[at[0]:], ' ')
		out = append(out, text[:end])
		text = strings.TrimLeft(text[end:], " ")
	}
}
