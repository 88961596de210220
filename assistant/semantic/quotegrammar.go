package semantic

import (
	"fmt"
	"strings"
)

// ChoiceGrammar is the GBNF grammar of a choice among sentences: references such as {p1.s2}, each at most
// once, in the order given, a space between two. Every answer begins with the forced ones, which stand
// in that order among them; none, when allowed, is the whole answer of who finds that no sentence answers.
func ChoiceGrammar(references, forced []string, none bool) string {
	var b strings.Builder
	begin, after := "", 0 // what follows may be any reference from after on
	for i, ref := range references {
		for _, f := range forced {
			if ref == f {
				begin += literal("{"+ref+"}") + ` " " `
				after = i + 1
			}
		}
	}
	var next []string
	for i := after; i < len(references); i++ {
		next = append(next, fmt.Sprintf("from-%d", i))
	}
	switch {
	case begin == "":
		if none {
			next = append(next, literal("none"))
		}
		rule(&b, "root", choice(next...))
	case len(next) == 0:
		rule(&b, "root", strings.TrimSuffix(begin, ` " " `))
	default:
		rule(&b, "root", strings.TrimSuffix(begin, ` " " `)+` (" " `+choice(next...)+`)?`)
	}
	for i := after; i < len(references); i++ {
		body := literal("{" + references[i] + "}")
		if i+1 < len(references) {
			body += ` (" " ` + choice(next[i+1-after:len(references)-after]...) + `)?`
		}
		rule(&b, fmt.Sprintf("from-%d", i), body)
	}
	return b.String()
}

// maxQuotations is how many sentences an answer in words has.
const maxQuotations = 5

// QuoteGrammar is the GBNF grammar of answers in words about passages: quoted sentences by reference, and
// sentences of letters and plain punctuation that end with the passage they rest on; or none.
func QuoteGrammar(references []string, passages int) string {
	var b strings.Builder
	rule(&b, "root", `item (" " item)`+fmt.Sprintf("{0,%d}", maxQuotations-1)+` | "none"`)
	rule(&b, "item", `"{" sentence "}" | [A-Z] text`)
	rule(&b, "text", `[a-zA-Z,;:'()-] text | " " more`)
	rule(&b, "more", `[a-zA-Z(] text | "{" passage "}."`)
	rule(&b, "sentence", literals(references))
	var names []string
	for i := range passages {
		names = append(names, fmt.Sprintf("p%d", i+1))
	}
	rule(&b, "passage", literals(names))
	return b.String()
}
