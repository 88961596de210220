package assistant

import "github.com/ils-platform/ilsai/assistant/semantic"

// suppressedNotice takes the smallest number of people that a figure is shown for.
const suppressedNotice = "Figures that fewer than %d people are behind are not shown, nor what they would follow from."

// nothing answers where there is nothing to show and it is known why: the period holds no recorded day, or the
// catalogue says what it means that there are no rows (that no item is low in stock is no lack of records). It says
// whether it did.
func (r *run) nothing() bool {
	text := r.unrecorded
	switch {
	case text != "":
		r.answer.Data.Rows, r.answer.Data.Total, r.answer.Data.RowCount, r.answer.Chart = [][]any{}, nil, 0, ChartNone
	case len(r.table.Rows) > 0 || r.table.None == "":
		return false
	default:
		text = r.table.None
		if len(r.answer.Filters) > 0 {
			text += " " + semantic.FilterWords(r.answer.Filters)
		}
		text += " " + r.window.Label + "."
	}
	r.answer.Answer, r.answer.Citations = text, []Citation{}
	return true
}
