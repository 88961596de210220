package assistant

import (
	"fmt"
	"slices"

	"github.com/ils-platform/ilsai/assistant/claims"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Contradictions are what the answer's sentences claim and its own rows do not bear out. It looks at nothing but the answer
// object, so whoever has one can check it.
func (a Answer) Contradictions() []claims.Contradiction {
	p := a.Plan.Plan
	if p == nil || a.Unknown != nil {
		return nil
	}
	rows := claims.Rows{
		Keys: len(p.By), Rows: a.Data.Rows, Total: a.Data.Total, Count: a.Data.RowCount, Limit: p.Limit,
		Compared: p.Compare != "", ByChange: p.Order.ByChange(), Partial: a.Period != nil && a.Period.Partial,
	}
	for _, c := range a.Data.Columns {
		rows.Columns = append(rows.Columns, c.ID)
	}
	if len(p.By) == 1 && p.Order == "" && len(rows.Rows) > 0 {
		if grain := semantic.Grain(a.Data.Columns[0].Unit); slices.Contains(steps, grain) {
			rows.Series = rows.Rows
			rows.Unfinished = a.goesOn(grain, rows.Rows[len(rows.Rows)-1][0])
		}
	}
	var cells []claims.Cell
	for _, c := range a.Citations {
		cells = append(cells, claims.Cell{Start: c.Start, End: c.End, Row: c.Row, Column: c.Column, Value: c.Value})
	}
	var phrases []string
	for _, period := range []*Period{a.Period, a.ComparisonPeriod} {
		if period != nil {
			phrases = append(phrases, period.Label)
		}
	}
	if len(a.Filters) > 0 {
		phrases = append(phrases, semantic.FilterWords(a.Filters))
	}
	return claims.Contradictions(a.Answer, cells, append(phrases, a.labels()...), rows)
}

var steps = []semantic.Grain{semantic.Day, semantic.Week, semantic.Month, semantic.Quarter, semantic.Year}

// goesOn says whether a step of time is not over when the answer is given.
func (a Answer) goesOn(grain semantic.Grain, key any) bool {
	from, err := semantic.ParseDate(fmt.Sprint(key))
	return err == nil && semantic.DateOf(a.AsOf).Before(grain.Add(from, 1))
}

// labels are the names of the columns, which claim nothing.
func (a Answer) labels() []string {
	var out []string
	for _, c := range a.Data.Columns {
		out = append(out, c.Label)
	}
	return out
}
