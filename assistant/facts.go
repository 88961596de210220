package assistant

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// sheet is what the second half of an answer is made from: the rows, what is known of their shape, and
// what each reference stands for.
type sheet struct {
	facts     string // the line the model is given
	shape     semantic.Shape
	plan      semantic.Plan
	table     *semantic.Table
	metric    *semantic.Metric
	keyLabels []string // of the plan's dimensions, in lower case
	partial   bool
	format    cellFormat
	phrases   map[string]string
}

// Words of the facts line.
const (
	factZero, factNone                                 = "zero", "none"
	factUp, factDown, factFlat, factUnknown, factMixed = "up", "down", "flat", "unknown", "mixed"
	flatRate                                           = 0.05 // per cent
	factManyRows                                       = 6
)

func (r *run) sheet() *sheet {
	t, p, c := r.table, r.p, r.catalogue
	s := &sheet{
		plan: p, table: t, metric: c.Metric(p.Metric), partial: r.window.Partial,
		format:  cellFormat{currency: r.question.Tenant.Currency, year: r.started.In(r.location).Year()},
		phrases: map[string]string{semantic.PhrasePeriod: r.window.Label},
	}
	for _, id := range p.By {
		s.keyLabels = append(s.keyLabels, strings.ToLower(c.Dimension(id).Label))
	}
	value := len(p.By)
	s.shape = semantic.Shape{Rows: len(t.Rows), Series: t.Marks != nil, Compared: p.Compare != "", Filtered: len(r.answer.Filters) > 0}
	for _, column := range t.Columns {
		s.shape.Columns = append(s.shape.Columns, column.ID)
	}
	if t.Total != nil && t.RowCount > 1 {
		s.shape.TotalColumns = s.shape.Columns[value:]
	}
	if p.Limit > 0 && namesNumber(r.text, p.Limit) {
		s.shape.Limit = p.Limit
	}
	if s.shape.Compared {
		s.phrases[semantic.PhrasePrevious] = r.against.Label
	}
	if s.shape.Filtered {
		s.phrases[semantic.PhraseFilters] = semantic.FilterWords(r.answer.Filters)
	}

	period := "named"
	switch {
	case s.metric.Point():
		period = semantic.PeriodNow
	case r.window.Default:
		period = "default"
	}
	var f []string
	fact := func(key, word string) {
		if word != "" {
			f = append(f, key+"="+word)
		}
	}
	fact("metric", p.Metric)
	fact("by", strings.Join(p.By, ","))
	fact("period", period)
	if s.partial {
		fact("partial", "yes")
	}
	if n := len(r.answer.Filters); n > 0 {
		fact("filters", strconv.Itoa(n))
	}
	fact("compare", string(p.Compare))
	fact("as", string(p.As))
	fact("order", string(p.Order))
	rows := strconv.Itoa(len(t.Rows))
	if len(t.Rows) >= factManyRows {
		rows = "many"
	}
	fact("rows", rows)
	if worth := s.worth(value); worth != "" {
		fact("value", worth)
		if worth == factNone {
			s.shape.Rows = 0
		}
	}
	if p.Compare != "" && len(t.Rows) > 0 {
		moved := factUnknown // a rise from nothing has no rate that a sentence could give
		if t.Rows[0][value+3] != nil {
			moved = direction(t.Rows[0][value], t.Rows[0][value+1])
		}
		fact("change", moved)
	}
	if t.Marks != nil && p.Order == "" {
		fact("trend", r.trend(value))
	}
	if len(t.Rows) > 1 && (p.Order == semantic.OrderDesc || p.Order == semantic.OrderAsc) &&
		isFigure(t.Rows[0][value]) && t.Rows[0][value] == t.Rows[1][value] {
		fact("tie", "yes")
	}
	if t.Suppressed {
		fact("hidden", "yes")
	}
	s.facts = strings.Join(f, " ")
	return s
}

// worth tells a single total that is zero or cannot be computed.
func (s *sheet) worth(value int) string {
	if len(s.plan.By) > 0 || len(s.table.Rows) != 1 {
		return ""
	}
	switch s.table.Rows[0][value] {
	case nil:
		return factNone
	case int64(0), float64(0):
		return factZero
	}
	return ""
}

// direction says how a figure moved from another.
func direction(now, before any) string {
	a, okA := Figure(now)
	b, okB := Figure(before)
	switch {
	case !okA || !okB:
		return factUnknown
	case a == b, b != 0 && math.Abs(a-b) < math.Abs(b)*flatRate/100:
		return factFlat
	case a > b:
		return factUp
	}
	return factDown
}

// trend compares the last finished step with the first. What moved between them much more than it
// moved in all is mixed: neither "rose" nor "fell" would be true to it.
func (r *run) trend(value int) string {
	series := r.table.Series()
	if n := len(series); n > 1 {
		if key, err := semantic.ParseDate(fmt.Sprint(series[n-1][0])); err == nil && r.window.Unfinished(r.p.TimeGrain(r.catalogue), key) {
			series = series[:n-1]
		}
	}
	if len(series) < 2 {
		return ""
	}
	first, last := series[0][value], series[len(series)-1][value]
	moved := direction(last, first)
	lowest, highest := math.Inf(1), math.Inf(-1)
	for _, row := range series {
		if v, ok := Figure(row[value]); ok {
			lowest, highest = min(lowest, v), max(highest, v)
		}
	}
	a, okA := Figure(first)
	b, okB := Figure(last)
	const decided = 0.2 // of the whole range
	switch {
	case !okA || !okB:
		return factMixed
	case highest-lowest <= math.Abs(a)*flatRate/100:
		return factFlat
	case math.Abs(b-a) < decided*(highest-lowest):
		return factMixed
	}
	return moved
}

func isFigure(cell any) bool {
	_, ok := Figure(cell)
	return ok
}

// Figure reads a cell that holds one; false for keys, nothing, and what is suppressed.
func Figure(cell any) (float64, bool) {
	switch v := cell.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// namesNumber says whether the text contains the number in digits, as a number of its own.
func namesNumber(text string, n int) bool {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r < '0' || r > '9' }) {
		if word == strconv.Itoa(n) {
			return true
		}
	}
	return false
}
