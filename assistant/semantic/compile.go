package semantic

import (
	"fmt"
	"slices"
	"strings"
)

// MaxGroups is how many groups a query fetches at most; beyond it the strongest are kept.
const MaxGroups = 20000

// Purpose says what a query's rows are for.
type Purpose string

// A plan compiles to its rows, and where they apply the same over the comparison window, and the
// metric over everything for both windows.
const (
	ForRows            Purpose = "rows"
	ForComparison      Purpose = "comparison"
	ForTotal           Purpose = "total"
	ForTotalComparison Purpose = "total_comparison"
)

// Query is one SELECT with its bound parameters (strings) and the number of rows it may return. Its
// columns are the keys of the plan's dimensions in order (text, or an integer for weekdays), then the
// metric. Time keys are the first day of their step, YYYY-MM-DD.
type Query struct {
	Purpose Purpose
	SQL     string
	Args    []any
	Limit   int
}

// Filter holds rows to values of one dimension: the shop's own spelling, any of them.
type Filter struct {
	Dimension string   `json:"dimension"`
	Values    []string `json:"values"`
	Asked     []string `json:"asked"` // the spans of the question that named them
}

// Compile writes a valid plan as SQL. Identifiers and expressions come from the catalogue; windows and
// filter values are parameters. against is used when the plan compares.
func (c *Catalogue) Compile(p Plan, filters []Filter, window, against Window, d Dialect) ([]Query, error) {
	if p.Unsupported != "" || c.Metric(p.Metric) == nil {
		return nil, &PlanError{Member: "metric", Reason: "there is none to compile"}
	}
	grouped, err := c.query(p, p.By, filters, window, d)
	if err != nil {
		return nil, err
	}
	grouped.Purpose = ForRows
	queries := []Query{grouped}
	add := func(purpose Purpose, by []string, w Window) error {
		q, err := c.query(p, by, filters, w, d)
		q.Purpose = purpose
		queries = append(queries, q)
		return err
	}
	if p.Compare != "" {
		if err := add(ForComparison, p.By, against); err != nil {
			return nil, err
		}
	}
	if len(p.By) > 0 && c.Metric(p.Metric).HasTotal() {
		if err := add(ForTotal, nil, window); err != nil {
			return nil, err
		}
		if p.Compare != "" {
			if err := add(ForTotalComparison, nil, against); err != nil {
				return nil, err
			}
		}
	}
	return queries, nil
}

func (c *Catalogue) query(p Plan, by []string, filters []Filter, w Window, d Dialect) (Query, error) {
	var joins, keys, names, where []string
	var args []any
	bind := func(v string) string {
		args = append(args, v)
		return d.placeholder(len(args))
	}
	join := func(dim *Dimension) {
		if dim.Join != "" && !slices.Contains(joins, dim.Join) {
			joins = append(joins, dim.Join)
		}
	}
	for i, id := range by {
		dim := c.Dimension(id)
		if dim == nil {
			return Query{}, &PlanError{Member: "by", Reason: id + " is not in the catalogue"}
		}
		join(dim)
		expression := dim.SQL.For(d)
		if dim.Time != "" {
			expression = d.bucket(dim.Time, c.Fact.Date)
		}
		name := fmt.Sprintf("k%d", i+1)
		keys, names = append(keys, expression+" AS "+name), append(names, name)
	}
	if !w.From.IsZero() {
		where = append(where, c.Fact.Date+" >= "+bind(w.From.String()))
	}
	where = append(where, c.Fact.Date+" < "+bind(w.To.String()))
	for _, f := range filters {
		dim := c.Dimension(f.Dimension)
		if dim == nil || !dim.Filterable() || len(f.Values) == 0 {
			return Query{}, &PlanError{Member: "where", Reason: f.Dimension + " cannot be filtered by"}
		}
		join(dim)
		marks := make([]string, len(f.Values))
		for i, v := range f.Values {
			marks[i] = bind(v)
		}
		where = append(where, "("+dim.SQL.For(d)+") IN ("+strings.Join(marks, ", ")+")")
	}

	var b strings.Builder
	metric := c.Metric(p.Metric).SQL.For(d) + " AS value"
	fmt.Fprintf(&b, "SELECT %s FROM %s", strings.Join(append(slices.Clone(keys), metric), ", "), c.Fact.From)
	for _, j := range joins {
		b.WriteString(" " + j)
	}
	b.WriteString(" WHERE " + strings.Join(where, " AND "))
	if len(by) == 0 {
		return Query{SQL: b.String(), Args: args, Limit: 1}, nil
	}
	b.WriteString(" GROUP BY " + strings.Join(numbered(len(by)), ", "))
	// The order only decides which groups are kept beyond MaxGroups; Tabulate sorts what is shown, so
	// that both engines agree whatever their collation.
	direction := "DESC"
	if p.Order == OrderAsc {
		direction = "ASC"
	}
	order := []string{"q.value IS NULL", "q.value " + direction}
	if p.Series(c) && p.Order == "" {
		order = nil
	}
	for _, n := range names {
		key := "q." + n
		if order == nil {
			key += " DESC" // a series keeps its latest steps
		}
		order = append(order, key)
	}
	return Query{
		SQL:   fmt.Sprintf("SELECT * FROM (%s) AS q ORDER BY %s LIMIT %d", b.String(), strings.Join(order, ", "), MaxGroups),
		Args:  args,
		Limit: MaxGroups,
	}, nil
}

// numbered lists the positions 1 to n: GROUP BY by position means the same in both engines.
func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint(i + 1)
	}
	return out
}
