package assistant

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// maxSentence is the length of an answer in characters before its references are replaced.
const maxSentence = 400

// render puts cells in the place of references. It accepts only what semantic.AnswerGrammar can
// produce, whoever wrote the text: a model that ran without its grammar gets no figure through either.
// The error says what could not be shown.
func (s *sheet) render(text string) (string, []Citation, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return "", nil, errors.New("the sentence is empty")
	case utf8.RuneCountInString(text) > maxSentence:
		return "", nil, fmt.Errorf("the sentence has more than %d characters", maxSentence)
	case !strings.HasSuffix(text, "."):
		return "", nil, errors.New("the sentence is cut off")
	}
	pieces, err := split(text)
	if err != nil {
		return "", nil, err
	}
	if err := s.check(pieces); err != nil {
		return "", nil, err
	}
	return s.expand(pieces)
}

// piece is a stretch of plain text, or a reference without its braces.
type piece struct {
	text string
	ref  bool
}

// split cuts a text at its references. Braces that do not pair are an error.
func split(text string) ([]piece, error) {
	var out []piece
	for text != "" {
		plain, rest, found := strings.Cut(text, "{")
		if strings.Contains(plain, "}") {
			return nil, errors.New("a closing brace without an opening one")
		}
		if plain != "" {
			out = append(out, piece{text: plain})
		}
		if !found {
			break
		}
		ref, after, closed := strings.Cut(rest, "}")
		if !closed || strings.Contains(ref, "{") {
			return nil, errors.New("a reference that does not end")
		}
		out = append(out, piece{text: ref, ref: true})
		text = after
	}
	return out, nil
}

// check holds plain text to letters and punctuation, references apart from what could change how their
// figure reads, and numbers, in digits or in words, to those the question itself brought.
func (s *sheet) check(pieces []piece) error {
	cells := 0
	for i, p := range pieces {
		if p.ref {
			if _, isPhrase := s.phrases[p.text]; !isPhrase {
				cells++ // or nothing at all, which expand refuses
			}
			if i > 0 && pieces[i-1].ref {
				return errors.New("two references without a word between them")
			}
			continue
		}
		if i > 0 && !strings.ContainsAny(p.text[:1], " .,;:)'") {
			return fmt.Errorf("a reference runs into %q", p.text)
		}
		if i > 0 {
			after := strings.TrimLeft(p.text, " .,;:)'")
			if i+1 < len(pieces) && after == "" && !strings.ContainsAny(p.text, " ") {
				return errors.New("two references without a space between them")
			}
			if strings.HasPrefix(after, "%") {
				return errors.New("a reference runs into a sign")
			}
		}
		if i+1 < len(pieces) {
			if last := p.text[len(p.text)-1]; last != ' ' && last != '(' {
				return fmt.Errorf("%q runs into a reference", p.text)
			}
			if before := strings.TrimRight(p.text, " ("); strings.HasSuffix(before, "-") || strings.HasSuffix(before, "%") {
				return errors.New("a sign runs into a reference")
			}
		}
		if err := s.checkWords(p.text); err != nil {
			return err
		}
	}
	none := s.worth(len(s.plan.By)) == factZero && saysNothing(pieces)
	if s.shape.Rows > 0 && cells == 0 && !none {
		return errors.New("the sentence names no cell")
	}
	return nil
}

// saysNothing says whether a sentence tells that there is none, which stands for the figure zero.
func saysNothing(pieces []piece) bool {
	for _, p := range pieces {
		for word := range strings.FieldsSeq(strings.ToLower(p.text)) {
			if !p.ref && (word == "no" || word == "none" || word == "nothing") {
				return true
			}
		}
	}
	return false
}

func (s *sheet) checkWords(text string) error {
	for _, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
		digit := r >= '0' && r <= '9'
		if !letter && !digit && !strings.ContainsRune(" .,;:'()%-", r) {
			return fmt.Errorf("the character %q is not allowed", r)
		}
	}
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" .,;:'()%-", r) })
	for i, word := range words {
		if strings.ContainsAny(word, "0123456789") && (s.shape.Limit == 0 || word != strconv.Itoa(s.shape.Limit)) {
			return fmt.Errorf("the number %q is not the question's", word)
		}
		ofSomething := i+1 < len(words) && words[i+1] == "of"
		if statesNumber(word, ofSomething) && !s.counts(strings.ToLower(word)) {
			return fmt.Errorf("the number %q is not the question's", word)
		}
	}
	return nil
}

// counts says whether a number in letters is one that the rows show without naming a cell: how many there are or
// were asked for, or that the one figure is zero.
func (s *sheet) counts(word string) bool {
	if word == "zero" {
		return s.worth(len(s.plan.By)) == factZero
	}
	n := countWords[word]
	return n > 0 && (n == s.plan.Limit || n == s.shape.Rows || n == s.table.RowCount)
}

// expand replaces references, each once: what a cell holds is never looked at again.
func (s *sheet) expand(pieces []piece) (string, []Citation, error) {
	var b strings.Builder
	citations := []Citation{}
	at := 0 // code points written
	write := func(text string) {
		b.WriteString(text)
		at += utf8.RuneCountInString(text)
	}
	for i, p := range pieces {
		if !p.ref {
			write(p.text)
			continue
		}
		if phrase, ok := s.phrases[p.text]; ok {
			if i == 0 {
				phrase = capitalised(phrase)
			}
			write(phrase)
			continue
		}
		row, column, cell, ok := s.cell(p.text)
		if !ok {
			return "", nil, fmt.Errorf("the reference {%s} names no cell", p.text)
		}
		text := s.format.text(column, cell)
		start := at
		write(text)
		citations = append(citations, Citation{Ref: p.text, Row: row, Column: column.ID, Value: cell, Text: text, Start: start, End: at})
	}
	return b.String(), citations, nil
}

// cell looks a reference up. row counts from 1 among the rows shown, 0 for any other.
func (s *sheet) cell(ref string) (row int, column semantic.Column, cell any, ok bool) {
	name, id, _ := strings.Cut(ref, ".")
	index := -1
	for i, c := range s.table.Columns {
		if c.ID == id {
			index = i
		}
	}
	if index < 0 || s.shape.Rows == 0 {
		return 0, semantic.Column{}, nil, false
	}
	column = s.table.Columns[index]
	if name == semantic.RowTotal {
		if s.shape.TotalColumns == nil || index < len(s.plan.By) {
			return 0, column, nil, false
		}
		return 0, column, s.table.Total[index], true
	}
	if mark, marked := s.table.Marks[name]; marked {
		for i, r := range s.table.Rows {
			if &r[0] == &mark[0] {
				row = i + 1
			}
		}
		return row, column, mark[index], true
	}
	digits, isRow := strings.CutPrefix(name, "r")
	n, err := strconv.Atoi(digits)
	if !isRow || err != nil || strconv.Itoa(n) != digits || n < 1 || n > min(s.shape.Rows, semantic.MaxReferencedRows) {
		return 0, column, nil, false
	}
	return n, column, s.table.Rows[n-1][index], true
}

func capitalised(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return string(s[0]-'a'+'A') + s[1:]
}
