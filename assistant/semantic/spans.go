package semantic

import (
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds on what of a question can be named in a plan, so that the grammar stays small whatever is asked.
const (
	maxSpanStarts = 160 // words
	maxWordBytes  = 40
)

// Normalize is the form of a question every prompt uses: valid text, trimmed, every run of white space
// and of control characters one space.
func Normalize(question string) string {
	return strings.Join(strings.FieldsFunc(question, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r)
	}), " ")
}

// spanRune says whether a character may stand in a where value: letters, digits and the few signs
// that names are written with. None of them needs an escape in JSON or in a grammar.
func spanRune(r rune) bool {
	switch r {
	case '-', '_', '\'', '’', '&', '.', '/', '+', '%', '#', '°':
		return true
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}

// word is one word of a question as a where value may show it.
type word struct {
	text  string   // as it stands inside a span
	last  []string // the ways it may end a span: without a full stop, without the possessive; none for a sign between words ("dolce & gabbana")
	stops bool     // no span goes on after it
}

// spanWords reduces a question to runs of words that can name something: sentence punctuation and
// quotes around words fall away, and a run ends where punctuation does.
func spanWords(question string) [][]word {
	var runs [][]word
	var run []word
	flush := func() {
		for len(run) > 0 && run[len(run)-1].last == nil {
			run = run[:len(run)-1]
		}
		if len(run) > 0 {
			runs = append(runs, run)
		}
		run = nil
	}
	total := 0
	for _, field := range strings.Fields(strings.ToLower(Normalize(question))) {
		if total == maxSpanStarts {
			break
		}
		if (field == "&" || field == "+") && len(run) > 0 {
			run = append(run, word{text: field})
			total++
			continue
		}
		head := strings.TrimLeftFunc(field, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '#' })
		text := strings.TrimRightFunc(head, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsDigit(r) && r != '.' && r != '%' && r != '+' && r != '°'
		})
		bare := strings.TrimRight(text, ".")
		if len(head) < len(field) && field[0] != '\'' {
			flush() // an opening quote or bracket
		}
		if bare == "" || len(text) > maxWordBytes || !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !spanRune(r) }) {
			flush()
			continue
		}
		w := word{text: text, last: []string{bare}, stops: strings.TrimRight(head[len(text):], "'’") != ""}
		for _, possessive := range []string{"'s", "’s"} {
			if stem, cut := strings.CutSuffix(bare, possessive); cut && stem != "" {
				w.last = append(w.last, stem)
			}
		}
		run = append(run, w)
		total++
		if w.stops {
			flush()
		}
	}
	flush()
	return runs
}

// spanNode is a node of the character tree of all spans.
type spanNode struct {
	next map[rune]*spanNode
	end  bool
}

func (n *spanNode) add(s string) *spanNode {
	for _, r := range s {
		child := n.next[r]
		if child == nil {
			if n.next == nil {
				n.next = map[rune]*spanNode{}
			}
			child = &spanNode{}
			n.next[r] = child
		}
		n = child
	}
	return n
}

// spanTree holds every run of one to five words of the question.
func spanTree(question string) *spanNode {
	root := &spanNode{}
	for _, run := range spanWords(question) {
		for i := range run {
			if run[i].last == nil {
				continue
			}
			at := root
			for j := i; j < min(i+maxSpanWords, len(run)); j++ {
				if j > i {
					at = at.add(" ")
				}
				for _, last := range run[j].last {
					at.add(last).end = true
				}
				at = at.add(run[j].text)
			}
		}
	}
	return root
}

// ends says whether a span ends here. The longest one from a word on ends where the tree does, with the full
// stop of its last word, as in the grammar.
func (n *spanNode) ends() bool { return n.end || len(n.next) == 0 }

// holds says whether s is one of the spans, in a tree that has some.
func (n *spanNode) holds(s string) bool {
	for _, r := range s {
		if n = n.next[r]; n == nil {
			return false
		}
	}
	return n.ends()
}

// list appends the spans to dst, each after before, and stops when dst has limit of them.
func (n *spanNode) list(dst []string, before string, limit int) []string {
	if n.ends() && len(dst) < limit {
		dst = append(dst, before)
	}
	for _, r := range slices.Sorted(maps.Keys(n.next)) {
		if len(dst) == limit {
			break
		}
		dst = n.next[r].list(dst, before+string(r), limit)
	}
	return dst
}

// spanRules writes the rule "spans": every span, as a tree over characters in which equal branches are
// one rule. "" when the question has no usable word.
func spanRules(question string) string {
	root := spanTree(question)
	if len(root.next) == 0 {
		return ""
	}
	e := spanEmitter{names: map[string]string{}}
	body := e.body(root)
	rule(&e.text, "spans", body)
	return e.text.String()
}

type spanEmitter struct {
	text  strings.Builder
	names map[string]string // body → name: equal branches are written once
}

// body is the expression of what may follow at a node.
func (e *spanEmitter) body(n *spanNode) string {
	runes := make([]rune, 0, len(n.next))
	for r := range n.next {
		runes = append(runes, r)
	}
	sort.Slice(runes, func(i, j int) bool { return runes[i] < runes[j] })
	var options []string
	for _, r := range runes {
		text, at := string(r), n.next[r]
		for len(at.next) == 1 && !at.end {
			for only, child := range at.next {
				text, at = text+string(only), child
			}
		}
		option := literal(text)
		if len(at.next) > 0 {
			option += " " + e.name(e.body(at))
		}
		options = append(options, option)
	}
	if n.end {
		options = append(options, `""`)
	}
	return strings.Join(options, " | ")
}

func (e *spanEmitter) name(body string) string {
	name, known := e.names[body]
	if !known {
		name = "s" + strconv.Itoa(len(e.names))
		e.names[body] = name
		rule(&e.text, name, body)
	}
	return name
}
