package assistant

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/ils-platform/ilsai/assistant/knowledge"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// excerpt is what a knowledge answer is made from: the passages found and how their sentences are named.
type excerpt struct {
	found    knowledge.Finding
	open     bool // all passages may be chosen from, not only the best
	library  Library
	question string
}

func newExcerpt(f knowledge.Finding, open bool, library Library, question string) *excerpt {
	return &excerpt{found: f, open: open, library: library, question: question}
}

// quoteRules are the second half of docs/answer-language.md in short.
//
//go:embed prompts/quote_rules.txt
var quoteRules string

// maxOwnSentence is the length in characters of a sentence of the model's own; minShared how much of its
// telling words its passage or the question must hold.
const (
	maxOwnSentence = 240
	minShared      = 0.6
	noneAnswers    = "none"
)

// offered is how many passages the model is shown.
func (e *excerpt) offered() int {
	switch {
	case e.open:
		return len(e.found.Hits)
	case e.found.Diagnosis:
		return min(2, len(e.found.Hits))
	}
	return 1
}

// references are the sentences on offer, in order.
func (e *excerpt) references() []string {
	var out []string
	for i, h := range e.found.Hits[:e.offered()] {
		for j := range h.Sentences {
			out = append(out, sentenceRef(i, j))
		}
	}
	return out
}

func sentenceRef(passage, sentence int) string { return fmt.Sprintf("p%d.s%d", passage+1, sentence+1) }

// forced are the references every answer begins with. Who asks for a diagnosis is told first that there
// is none to be had here, and then what the passage about referral begins with. A model that was not
// trained to choose at least says how the best passage begins.
func (e *excerpt) forced() []string {
	switch {
	case e.found.Diagnosis && len(e.found.Hits) > 1:
		return []string{sentenceRef(0, 0), sentenceRef(1, 0)}
	case e.found.Diagnosis, !e.open:
		return []string{sentenceRef(0, 0), sentenceRef(0, 1)}
	case e.found.Hits[0].Refer == knowledge.SameDay:
		return []string{sentenceRef(0, 0)}
	}
	return nil
}

// listed shows the passages to the model, a sentence a line.
func (e *excerpt) listed() string {
	var b strings.Builder
	for i, h := range e.found.Hits[:e.offered()] {
		fmt.Fprintf(&b, "p%d %s\n", i+1, h.Title)
		for j, s := range h.Sentences {
			fmt.Fprintf(&b, "%s %s\n", sentenceRef(i, j), s)
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// grammar is of references in the order they are listed, each at most once; with words also of sentences
// of letters and plain punctuation, each ending with the passage it rests on.
func (e *excerpt) grammar(words bool) string {
	if words {
		return semantic.QuoteGrammar(e.references(), e.offered())
	}
	return semantic.ChoiceGrammar(e.references(), e.forced(), e.open && len(e.forced()) == 0)
}

// render puts sentences in the place of references. It accepts only what the grammar can produce,
// whoever wrote the text, and of sentences in words only those that their passage bears.
func (e *excerpt) render(text string, words bool) (string, []PassageCitation, error) {
	text = strings.TrimSpace(text)
	if text == noneAnswers && e.open && len(e.forced()) == 0 {
		return "", nil, nil
	}
	pieces, err := split(text)
	if err != nil {
		return "", nil, err
	}
	q := &quotation{excerpt: e}
	last, refs := -1, []string{}
	for i := 0; i < len(pieces); i++ {
		p := pieces[i]
		if !p.ref {
			own := strings.TrimSpace(p.text)
			if own == "" && i > 0 {
				continue
			}
			if !words || i+1 >= len(pieces) || !pieces[i+1].ref {
				return "", nil, fmt.Errorf("%q rests on no passage", own)
			}
			rest := ""
			if i+2 < len(pieces) {
				rest = pieces[i+2].text
			}
			if !strings.HasPrefix(rest, ".") {
				return "", nil, fmt.Errorf("%q is cut off", own)
			}
			if err := q.say(own, pieces[i+1].text); err != nil {
				return "", nil, err
			}
			pieces[i+2].text = strings.TrimPrefix(rest, ".")
			i++
			continue
		}
		at := slices.Index(e.references(), p.text)
		if at < 0 {
			return "", nil, fmt.Errorf("the reference {%s} names no sentence", p.text)
		}
		if slices.Contains(refs, p.text) || !words && at < last {
			return "", nil, fmt.Errorf("the reference {%s} stands twice or out of order", p.text)
		}
		last, refs = at, append(refs, p.text)
		q.quote(p.text)
	}
	if forced := e.forced(); !words && (len(refs) < len(forced) || !slices.Equal(refs[:len(forced)], forced)) {
		return "", nil, errors.New("the answer does not begin as it must")
	}
	if len(q.cited) == 0 {
		return "", nil, errors.New("nothing is quoted")
	}
	return q.text(), q.citations(), nil
}

// plain quotes the best passage, and before it that there is no diagnosis when one is asked for.
func (e *excerpt) plain() (string, []PassageCitation) {
	q := &quotation{excerpt: e}
	best := 0
	if e.found.Diagnosis && len(e.found.Hits) > 1 {
		q.quote(sentenceRef(0, 0))
		best = 1
	}
	for j := range e.found.Hits[best].Sentences {
		q.quote(sentenceRef(best, j))
	}
	return q.text(), q.citations()
}

// quotation is an answer on its way.
type quotation struct {
	*excerpt
	parts []string
	at    int // code points of parts, spaces between them counted
	cited []PassageCitation
}

func (q *quotation) text() string { return strings.Join(q.parts, " ") }

// citations are in the order of the passages found.
func (q *quotation) citations() []PassageCitation {
	slices.SortFunc(q.cited, func(a, b PassageCitation) int { return strings.Compare(a.Ref, b.Ref) })
	return q.cited
}

// quote appends a sentence that e.references names, or plain's own.
func (q *quotation) quote(ref string) {
	var i, j int
	_, _ = fmt.Sscanf(ref, "p%d.s%d", &i, &j)
	q.add(q.found.Hits[i-1].Sentences[j-1], fmt.Sprintf("p%d", i), ref, true)
}

func (q *quotation) add(sentence, passage, ref string, quoted bool) {
	if len(q.parts) > 0 {
		q.at++
	}
	n := utf8.RuneCountInString(sentence)
	c := SentenceCitation{Ref: ref, Quoted: quoted, Start: q.at, End: q.at + n}
	q.parts, q.at = append(q.parts, sentence), q.at+n
	k := slices.IndexFunc(q.cited, func(p PassageCitation) bool { return p.Ref == passage })
	if k < 0 {
		h := q.found.Hits[q.hit(passage)]
		k = len(q.cited)
		q.cited = append(q.cited, PassageCitation{Ref: passage, ID: h.ID, Title: h.Title, Sources: h.Sources})
	}
	q.cited[k].Sentences = append(q.cited[k].Sentences, c)
}

// hit is the index of the passage that a reference such as p1 names, -1 when none is.
func (q *quotation) hit(ref string) int {
	for i := range q.found.Hits[:q.offered()] {
		if ref == fmt.Sprintf("p%d", i+1) {
			return i
		}
	}
	return -1
}

// say appends a sentence of the model's own, if it is plain words that the passage holds.
func (q *quotation) say(sentence, passage string) error {
	i := q.hit(passage)
	switch {
	case i < 0:
		return fmt.Errorf("the reference {%s} names no passage", passage)
	case utf8.RuneCountInString(sentence) > maxOwnSentence:
		return fmt.Errorf("a sentence has more than %d characters", maxOwnSentence)
	}
	h := q.found.Hits[i]
	for _, r := range sentence {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune(" ,;:'()-", r) {
			return fmt.Errorf("the character %q is not allowed", r)
		}
	}
	said := strings.ToLower(h.Title + " " + h.Text + " " + q.question)
	spoken := strings.FieldsFunc(strings.ToLower(said), notLetter)
	words := strings.FieldsFunc(sentence, notLetter)
	for k, word := range words {
		if statesNumber(word, k+1 < len(words) && words[k+1] == "of") && !slices.Contains(spoken, strings.ToLower(word)) {
			return fmt.Errorf("the number %q is not the passage's", word)
		}
		if negations[strings.ToLower(word)] && !slices.ContainsFunc(spoken, func(s string) bool { return negations[s] }) {
			return fmt.Errorf("%q says no where the passage says none", sentence)
		}
	}
	if shared := q.library.Shared(sentence, h.Title, h.Text, q.question); shared < minShared {
		return fmt.Errorf("%q is %.0f %% the passage's words, less than %.0f %%", sentence, 100*shared, 100*minShared)
	}
	q.add(sentence+".", passage, passage, false)
	return nil
}

func notLetter(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }

// negations turn a sentence round, so its passage must have one too.
var negations = wordSet("no not never none cannot without nor neither")
