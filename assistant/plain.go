package assistant

import (
	"fmt"
	"strings"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// plainRows is how many rows a plain statement lists.
const plainRows = 5

// plain states the cells without a model: what is said when the model's sentence cannot be shown. It is
// made of references like any answer, so it carries the same citations.
func (s *sheet) plain() (string, []Citation) {
	var p []piece
	text := func(format string, args ...any) { p = append(p, piece{text: fmt.Sprintf(format, args...)}) }
	ref := func(format string, args ...any) { p = append(p, piece{text: fmt.Sprintf(format, args...), ref: true}) }
	m := s.metric.ID

	if s.shape.Rows == 0 {
		text("Nothing is recorded")
		s.scope(&p)
		text(".")
		return s.mustExpand(p)
	}
	text("%s", s.metric.Label)
	if len(s.keyLabels) > 0 {
		text(" by %s", semantic.List(s.keyLabels))
	}
	if s.partial {
		text(" so far")
	}
	s.scope(&p)
	text(": ")
	switch {
	case s.shape.Series && s.plan.Order == "" && s.shape.Rows > plainRows:
		step, in := s.table.Columns[0], " in "
		if step.Unit == string(semantic.Day) {
			in = " on "
		}
		for _, row := range [...]struct{ before, name string }{
			{"from ", semantic.RowFirst}, {" to ", semantic.RowLast}, {"; highest ", semantic.RowMax}, {", lowest ", semantic.RowMin},
		} {
			text("%s", row.before)
			ref("%s.%s", row.name, m)
			text("%s", in)
			ref("%s.%s", row.name, step.ID)
		}
	default:
		n := min(s.shape.Rows, plainRows)
		for i := range n {
			if i > 0 {
				text("%s", map[bool]string{true: " and ", false: ", "}[i == n-1])
			}
			for j, id := range s.plan.By {
				if j > 0 {
					text(", ")
				}
				ref("r%d.%s", i+1, id)
			}
			if len(s.plan.By) > 0 {
				text(" ")
			}
			ref("r%d.%s", i+1, m)
			if s.shape.Compared {
				text(" (before: ")
				ref("r%d.previous", i+1)
				text(", change ")
				ref("r%d.change_rate", i+1)
				text(")")
			}
		}
	}
	if s.shape.TotalColumns != nil {
		text("; in total ")
		ref("%s.%s", semantic.RowTotal, m)
	}
	text(".")
	if s.shape.Compared {
		text(" Compared with the figures ")
		ref("%s", semantic.PhrasePrevious)
		text(".")
	}
	return s.mustExpand(p)
}

// scope appends filters and period.
func (s *sheet) scope(p *[]piece) {
	for _, phrase := range []string{semantic.PhraseFilters, semantic.PhrasePeriod} {
		if _, ok := s.phrases[phrase]; ok {
			*p = append(*p, piece{text: " "}, piece{text: phrase, ref: true})
		}
	}
}

// mustExpand expands references that this file wrote from the same shape.
func (s *sheet) mustExpand(p []piece) (string, []Citation) {
	text, citations, err := s.expand(p)
	if err != nil {
		return strings.TrimSpace(s.metric.Label + ": see the rows."), []Citation{}
	}
	return text, citations
}
