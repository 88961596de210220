package semantic

import (
	"fmt"
	"slices"
	"strings"
)

// reading is what a query takes from one source: the expressions of its keys, where its rows come from, and how many people
// a cell is made of. Its text holds marks.
type reading struct {
	keys    []string
	rows    string   // FROM … WHERE …
	support string   // "" where nobody is protected
	values  []string // of filters: {0} is the first
}

// read writes what a metric by some dimensions takes from a source.
func (c *Catalogue) read(metric *Metric, from source, by []string, filters []Filter, w Window, d Dialect) (reading, error) {
	var r reading
	var joins, where []string
	key := func(dim *Dimension) string {
		sql, needed := from.dimension(dim)
		for _, j := range needed {
			if !slices.Contains(joins, j) {
				joins = append(joins, j)
			}
		}
		return sql.For(d)
	}
	for _, id := range by {
		dim := c.Dimension(id)
		if dim == nil || !metric.Allows(dim) {
			return r, &PlanError{Member: "by", Reason: metric.ID + " cannot be shown by " + id}
		}
		expression := key(dim)
		if dim.Time != "" {
			expression = d.bucket(dim.Time, metric.fact.Date)
		}
		r.keys = append(r.keys, expression)
	}
	if date := metric.fact.Date; date != "" {
		if !w.From.IsZero() {
			where = append(where, date+" >= {from}")
		}
		where = append(where, date+" < {to}")
	}
	if condition := metric.Where.For(d); condition != "" {
		where = append(where, "("+condition+")")
	}
	for _, f := range filters {
		dim := c.Dimension(f.Dimension)
		if dim == nil || !dim.Filterable() || len(f.Values) == 0 {
			return r, &PlanError{Member: "where", Reason: f.Dimension + " cannot be filtered by"}
		}
		expression := key(dim)
		marks := make([]string, len(f.Values))
		for i, v := range f.Values {
			marks[i] = fmt.Sprintf("{%d}", len(r.values))
			r.values = append(r.values, v)
		}
		where = append(where, "("+expression+") IN ("+strings.Join(marks, ", ")+")")
	}
	r.rows = strings.Join(append([]string{"FROM " + strings.TrimSpace(from.from.For(d))}, joins...), " ")
	if len(where) > 0 {
		r.rows += " WHERE " + strings.Join(where, " AND ")
	}
	if c.Protected() {
		r.support = d.figure(Count, from.support(c).For(d))
	}
	return r, nil
}

// grouped is the SELECT of columns for each group, whose keys get these names; having may be "".
func (r reading) grouped(names, columns []string, having string) string {
	var selected []string
	for i, k := range r.keys {
		selected = append(selected, k+" AS "+names[i])
	}
	text := "SELECT " + strings.Join(append(selected, columns...), ", ") + " " + r.rows
	if len(r.keys) > 0 {
		text += " GROUP BY " + strings.Join(numbered(len(r.keys)), ", ")
	}
	if having != "" {
		text += " HAVING " + having
	}
	return text
}

// enough is how many people a group of q is made of, told as far as it matters: 0, some number below the minimum, or one that
// reaches it. Engines evaluate a CASE in order and a subquery of its own once, when it is first needed: where the
// bounds settle every group, the fact is not read.
func (c *Catalogue) enough(b *Bounds, exact reading, names []string, has func(table string) bool) string {
	text := fmt.Sprintf("CASE WHEN COALESCE(q.people_most, 0) < %[1]d THEN COALESCE(q.people_most, 0) WHEN q.people_least >= %[1]d THEN q.people_least", c.Minimum)
	if b.Table != "" && has(b.Table) {
		text += fmt.Sprintf(" WHEN q.people_most > (SELECT COALESCE(SUM(o.%[1]s), 0) FROM (SELECT p.%[1]s FROM %[2]s p ORDER BY p.%[1]s DESC LIMIT %[3]d) AS o) THEN %[4]d",
			b.Column, b.Table, c.Minimum-1, c.Minimum)
	}
	if len(names) == 0 {
		text += fmt.Sprintf(" WHEN (%s) >= %d", exact.grouped(nil, []string{exact.support + " AS support"}, ""), c.Minimum)
	} else {
		groups := exact.grouped(names, nil, fmt.Sprintf("%s >= %d", exact.support, c.Minimum))
		text += fmt.Sprintf(" WHEN %s IN (SELECT %s FROM (%s) AS e)", oneKey("q", names), oneKey("e", names), groups)
	}
	return text + fmt.Sprintf(" THEN %d ELSE %d END", c.Minimum, c.Minimum-1)
}

// oneKey is an expression that is equal for two groups if each of their keys is: all but the last with their lengths before
// them. Lists of keys would be shorter, but the guard of statements knows none.
func oneKey(table string, names []string) string {
	var parts []string
	for i, n := range names {
		key := "CAST(" + table + "." + n + " AS TEXT)"
		if i < len(names)-1 {
			key = "CAST(LENGTH(" + key + ") AS TEXT) || ':' || " + key
		}
		parts = append(parts, key)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "(" + strings.Join(parts, " || ") + ")"
}
