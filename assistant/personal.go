package assistant

import (
	"errors"
	"strings"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/privacy"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Personal data in a question goes no further than this file. What is known by its form (numbers, addresses of mail)
// is replaced before the model sees the question: no catalogue has a use for it. Names of people and streets pass,
// because a shop's staff and stores have them; one that turns out to be none of the shop's own is replaced in the
// answer, which is stored.

// guard refuses a question to a catalogue about people that asks for personal data.
func guard(c *semantic.Catalogue, question string) error {
	if c == nil || !c.Protected() {
		return nil
	}
	if _, refused := privacy.Guard(question); refused {
		return ilsai.Errorf(ilsai.CodePrivacy, "%s", privacy.Sentence)
	}
	return nil
}

// people are the names in a question, in lower case.
type people []string

// withoutPersonal replaces what is known by its form, and lists the names that are left.
func withoutPersonal(text string) (string, people) {
	var b strings.Builder
	var names people
	at := 0
	for _, f := range privacy.Find(text) {
		if f.Kind == privacy.Person || f.Kind == privacy.Location {
			names = append(names, strings.ToLower(text[f.Start:f.End]))
			continue
		}
		b.WriteString(text[at:f.Start])
		b.WriteString(f.Kind.Mark())
		at = f.End
	}
	return b.String() + text[at:], names
}

// hidden is a span of the question, or its mark when it is part of a name.
func (p people) hidden(span string) string {
	word := strings.ToLower(strings.TrimSpace(span))
	for _, name := range p {
		if word != "" && (strings.Contains(name, word) || strings.Contains(word, name)) {
			return privacy.Person.Mark()
		}
	}
	return span
}

// hideCells replaces keys of a catalogue about people that look like personal data: whoever filled the database put it
// where none has a place.
func hideCells(c *semantic.Catalogue, t *semantic.Table, keys int) {
	if !c.Protected() {
		return
	}
	for _, rows := range [][][]any{t.Rows, t.Series()} {
		for _, row := range rows {
			for i := range keys {
				if key, ok := row[i].(string); ok {
					row[i] = privacy.Redact(key)
				}
			}
		}
	}
}

// hideValues is hideCells for values that filters name.
func hideValues(c *semantic.Catalogue, values []string) []string {
	out := append([]string{}, values...)
	if c.Protected() {
		for i := range out {
			out[i] = privacy.Redact(out[i])
		}
	}
	return out
}

// errPersonal is why a sentence about people is not shown.
var errPersonal = errors.New("assistant: the sentence holds personal data")
