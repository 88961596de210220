package semantic

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
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
// metric, then in ForRows the metric's inputs, then in a protected catalogue the support: how many
// people the row is made of. Time keys are the first day of their step, YYYY-MM-DD.
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
// filter values are parameters. against is used when the plan compares. It reads the facts themselves.
func (c *Catalogue) Compile(p Plan, filters []Filter, window, against Window, d Dialect) ([]Query, error) {
	return c.CompileFor(p, filters, window, against, d, nil)
}

// CompileFor is Compile for a database of which has says whether it holds a table: rollups that are there are read in
// place of their facts. The figures are the same.
func (c *Catalogue) CompileFor(p Plan, filters []Filter, window, against Window, d Dialect, has func(table string) bool) ([]Query, error) {
	if p.Unsupported != "" || c.Metric(p.Metric) == nil {
		return nil, &PlanError{Member: "metric", Reason: "there is none to compile"}
	}
	grouped, err := c.query(p, p.By, filters, window, d, has, true)
	if err != nil {
		return nil, err
	}
	grouped.Purpose = ForRows
	queries := []Query{grouped}
	add := func(purpose Purpose, by []string, w Window) error {
		q, err := c.query(p, by, filters, w, d, has, false)
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

// Earliest is the SELECT of the first day that a metric has anything recorded for: YYYY-MM-DD, or NULL. It is "" where
// rows have no day of their own, where the first would cost more than a look into an index, and where people are
// protected, since it is the day of one of them.
func (c *Catalogue) Earliest(metric string, d Dialect) string {
	m := c.Metric(metric)
	if m == nil || !m.Dated() || c.Protected() {
		return ""
	}
	from := strings.TrimSpace(m.fact.From.For(d))
	if !plainTable.MatchString(from) || !plainColumn.MatchString(m.fact.Date) {
		return ""
	}
	return "SELECT MIN(" + m.fact.Date + ") FROM " + from
}

var (
	plainTable  = regexp.MustCompile(`^[a-z_][a-z0-9_.]* f$`)
	plainColumn = regexp.MustCompile(`^f\.[a-z_][a-z0-9_]*$`)
)

// query is one SELECT of the metric by some dimensions, with its inputs if the rows are to show them.
func (c *Catalogue) query(p Plan, by []string, filters []Filter, w Window, d Dialect, has func(string) bool, inputs bool) (Query, error) {
	metric := c.Metric(p.Metric)
	from := c.sourceFor(metric, by, filters, has, false)
	r, err := c.read(metric, from, by, filters, w, d)
	if err != nil {
		return Query{}, err
	}
	names := make([]string, len(by))
	for i := range by {
		names[i] = fmt.Sprintf("k%d", i+1)
	}
	columns := append(slices.Clone(names), "value")
	selected := []string{d.figure(metric.Unit, from.metric(metric).For(d)) + " AS value"}
	if inputs {
		for i, in := range metric.Inputs {
			columns = append(columns, fmt.Sprintf("i%d", i+1))
			selected = append(selected, fmt.Sprintf("%s AS i%d", d.figure(in.Unit, in.SQL.For(d)), i+1))
		}
	}
	shown := "*"
	switch bounds := from.bounds(); {
	case bounds != nil:
		exact, err := c.read(metric, c.sourceFor(metric, by, filters, has, true), by, filters, w, d)
		if err != nil {
			return Query{}, err
		}
		selected = append(selected, d.figure(Count, bounds.Rows.For(d))+" AS people_most", d.figure(Count, bounds.Least.For(d))+" AS people_least")
		shown = "q." + strings.Join(columns, ", q.") + ", " + c.enough(bounds, exact, names, has) + " AS support"
	case c.Protected():
		selected = append(selected, r.support+" AS support")
	}
	text := fmt.Sprintf("SELECT %s FROM (%s) AS q", shown, r.grouped(names, selected, ""))
	limit := 1
	switch {
	case len(by) > 0:
		limit = MaxGroups
		text += fmt.Sprintf(" ORDER BY %s LIMIT %d", strings.Join(c.kept(p, names), ", "), limit)
	case shown == "*":
		text = r.grouped(names, selected, "")
	}
	sql, args := bind(text, w, r.values, d)
	return Query{SQL: sql, Args: args, Limit: limit}, nil
}

// kept orders the groups of a query. It only decides which are kept beyond MaxGroups; Tabulate sorts
// what is shown, so that both engines agree whatever their collation.
func (c *Catalogue) kept(p Plan, names []string) []string {
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
	return order
}

// bind puts a placeholder where a mark stands and lists the parameters in the order of the text.
func bind(sql string, w Window, values []string, d Dialect) (string, []any) {
	var args []any
	text := markForm.ReplaceAllStringFunc(sql, func(mark string) string {
		mark = mark[1 : len(mark)-1]
		if n, err := strconv.Atoi(mark); err == nil {
			args = append(args, values[n])
		} else {
			args = append(args, w.day(mark))
		}
		return d.placeholder(len(args))
	})
	return text, args
}

// numbered lists the positions 1 to n: GROUP BY by position means the same in both engines.
func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint(i + 1)
	}
	return out
}
