package assistant

import (
	"context"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Read makes the table of a valid plan from a shop's snapshot: the one way from plans to cells, for questions and
// for whatever is told without one. What a protected catalogue does not show is not in the table.
func Read(ctx context.Context, s Snapshot, c *semantic.Catalogue, p semantic.Plan, filters []semantic.Filter, window, against semantic.Window) (*semantic.Table, error) {
	queries, err := Compile(s, c, p, filters, window, against)
	if err != nil {
		return nil, err
	}
	results := map[semantic.Purpose][][]any{}
	for _, q := range queries {
		_, rows, err := s.Query(ctx, q.SQL, q.Args, q.Limit)
		if err != nil {
			return nil, err
		}
		results[q.Purpose] = rows
	}
	t, err := c.Tabulate(p, window, against, results)
	if err == nil {
		hideCells(c, t, len(p.By))
	}
	return t, err
}

// Compile writes a valid plan as SQL for the database that the snapshot is of, see semantic.Catalogue.CompileFor.
func Compile(s Snapshot, c *semantic.Catalogue, p semantic.Plan, filters []semantic.Filter, window, against semantic.Window) ([]semantic.Query, error) {
	var has func(string) bool
	if l, ok := s.(TableLister); ok {
		has = l.HasTable
	}
	return c.CompileFor(p, filters, window, against, s.Dialect(), has)
}

// PeriodOf is a window as answers show it.
func PeriodOf(w semantic.Window) *Period { return shownPeriod(w) }
