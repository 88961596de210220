package claims

import (
	"slices"
	"strings"
	"unicode"
)

// word is a word in lower case, a sign, or a cell ("_").
type word struct {
	text string
	cell *Cell
}

// clause is a part of a sentence that says one thing.
type clause []word

const (
	cellWord   = "_"
	phraseWord = "~" // a stretch that claims nothing
)

// words cuts a text. Cells and phrases are one word each, whatever is in them.
func words(text string, cells []Cell, phrases []string) []word {
	runes := []rune(text)
	masked := make([]*word, len(runes)) // what stands at a place, where it is not the text
	for i := range cells {
		w := &word{cellWord, &cells[i]}
		for at := cells[i].Start; at < cells[i].End && at < len(runes); at++ {
			masked[at] = w
		}
	}
	lower := []rune(strings.ToLower(text))
	for _, phrase := range phrases {
		p := []rune(strings.ToLower(phrase))
		w := &word{phraseWord, nil}
		for at := 0; len(p) > 0 && len(lower) == len(runes) && at+len(p) <= len(lower); at++ {
			if !slices.Equal(lower[at:at+len(p)], p) {
				continue
			}
			for i := at; i < at+len(p); i++ {
				if masked[i] == nil {
					masked[i] = w
				}
			}
		}
	}
	var out []word
	for at := 0; at < len(runes); {
		if w := masked[at]; w != nil {
			for at < len(runes) && masked[at] == w {
				at++
			}
			out = append(out, *w)
			continue
		}
		end := at
		for end < len(runes) && masked[end] == nil && (unicode.IsLetter(runes[end]) || unicode.IsDigit(runes[end]) || runes[end] == '\'') {
			end++
		}
		switch {
		case end > at:
			out = append(out, word{text: strings.ToLower(string(runes[at:end]))})
			at = end
		default:
			if !unicode.IsSpace(runes[at]) {
				out = append(out, word{text: string(runes[at])})
			}
			at++
		}
	}
	return out
}

// clauses splits at the ends of sentences, at semicolons and before words that begin another statement.
func clauses(all []word) []clause {
	var out []clause
	var c clause
	end := func() {
		if len(c) > 0 {
			out = append(out, c)
		}
		c = nil
	}
	for i, w := range all {
		switch {
		case w.text == "." || w.text == ";":
			end()
		case w.text == "," && i+1 < len(all) && startsAnother[all[i+1].text]:
			end()
		default:
			c = append(c, w)
		}
	}
	end()
	return out
}

var startsAnother = set("while whereas but although though yet")

func set(list string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(list) {
		out[w] = true
	}
	return out
}

// at is the text of word i, "" beyond the ends.
func (c clause) at(i int) string {
	if i < 0 || i >= len(c) {
		return ""
	}
	return c[i].text
}
