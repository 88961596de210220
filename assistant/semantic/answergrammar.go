package semantic

import (
	"fmt"
	"strconv"
	"strings"
)

// MaxReferencedRows is how many rows an answer can name.
const MaxReferencedRows = 10

// Names of the rows a series can be told by, and of the row over everything.
const (
	RowFirst = "first"
	RowLast  = "last"
	RowMax   = "max"
	RowMin   = "min"
	RowTotal = "total"
)

// Names of the phrases an answer can place.
const (
	PhrasePeriod   = "period"
	PhrasePrevious = "previous_period"
	PhraseFilters  = "filters"
)

// Shape is what an answer's grammar must know of the rows: which references exist.
type Shape struct {
	Columns      []string // of a row, in order
	Rows         int      // rows shown; 0 also when there is nothing to compute the one value from
	Series       bool     // first, last, max and min exist
	TotalColumns []string // columns of the total row; empty when there is none
	Compared     bool
	Filtered     bool
	Limit        int // a number the sentence may state, as the question states it; 0 for none
}

// References lists every reference the shape allows, without braces, rows before phrases.
func (s Shape) References() []string {
	var out []string
	for _, row := range s.rowNames() {
		for _, c := range s.Columns {
			out = append(out, row+"."+c)
		}
	}
	for _, c := range s.TotalColumns {
		out = append(out, RowTotal+"."+c)
	}
	return append(out, s.phrases()...)
}

func (s Shape) rowNames() []string {
	var rows []string
	for i := range min(s.Rows, MaxReferencedRows) {
		rows = append(rows, fmt.Sprintf("r%d", i+1))
	}
	if s.Series && s.Rows > 0 {
		rows = append(rows, RowFirst, RowLast, RowMax, RowMin)
	}
	return rows
}

func (s Shape) phrases() []string {
	out := []string{PhrasePeriod}
	if s.Compared {
		out = append(out, PhrasePrevious)
	}
	if s.Filtered {
		out = append(out, PhraseFilters)
	}
	return out
}

// AnswerGrammar is the GBNF grammar of the sentences allowed over rows of this shape: one or two
// sentences of letters and plain punctuation, in which a figure can only be a reference to a cell that
// exists, or the limit the question itself names. See docs/answer-language.md.
//
// A reference or number stands apart: after the beginning, a space or an opening bracket, and before a
// space, a closing sign or the end. Otherwise two cells side by side would read as a third figure, and
// a dash before one as its negative.
func AnswerGrammar(s Shape) string {
	var b strings.Builder
	rule(&b, "root", `sentence (" " sentence)?`)
	rule(&b, "sentence", "ref after | [a-zA-Z] text")
	rule(&b, "text", `[a-zA-Z,;:')%-] text | [ (] open | "."`)
	open := "ref after | text"
	if s.Limit > 0 {
		open += " | " + literal(strconv.Itoa(s.Limit)) + " after"
	}
	rule(&b, "open", open)
	rule(&b, "after", `[,;:)'] text | " " open | "."`)
	var targets []string
	if rows := s.rowNames(); len(rows) > 0 {
		targets = append(targets, literals(rows)+` "." column`)
		rule(&b, "column", literals(s.Columns))
	}
	if len(s.TotalColumns) > 0 && s.Rows > 0 {
		targets = append(targets, literal(RowTotal+".")+" "+literals(s.TotalColumns))
	}
	targets = append(targets, literals(s.phrases()))
	rule(&b, "ref", `"{" `+choice(targets...)+` "}"`)
	return b.String()
}
