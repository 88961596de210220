package semantic

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Rollup is a smaller table that holds a fact's rows already added up, for the metrics and dimensions it can tell. It
// gives the same figures as the fact, only sooner, so a database may lack it.
type Rollup struct {
	Table      string         `yaml:"table"`
	From       SQL            `yaml:"from"`       // what is read in place of the fact's from, under the alias f; absent: the table
	Metrics    []string       `yaml:"metrics"`    // absent: all of the fact
	Dimensions []string       `yaml:"dimensions"` // beside those of time; absent: all, []: none
	Shown      []string       `yaml:"shown"`      // of them, those the rows must be shown by: something is counted once in each of their values
	Support    SQL            `yaml:"support"`    // absent: the catalogue's
	People     *Bounds        `yaml:"people"`     // in place of support, where people cannot be counted by adding up
	SQL        map[string]SQL `yaml:"sql"`        // of metrics and dimensions that are told otherwise here; such a dimension needs no join
}

// Bounds hold the number of people behind a cell of a rollup between two numbers. Whether it reaches the catalogue's
// minimum is all that is asked of it, and mostly settled by them; where it is not, people are counted from the fact.
type Bounds struct {
	Rows   SQL    `yaml:"rows"`   // of the fact in the cell: at most as many people
	Least  SQL    `yaml:"least"`  // people that are in it for certain, such as those of its busiest day
	Table  string `yaml:"table"`  // holds a row for each person, with
	Column string `yaml:"column"` // how many rows of the fact are theirs: a cell of more rows than the few with most of them have together is of more people
}

// source is what a query reads: a fact, or one of its rollups.
type source struct {
	from   SQL
	rollup *Rollup // nil: the fact
}

// sourceFor picks the first rollup that the database has and that can tell the metric by these dimensions. With exact it
// must count people too.
func (c *Catalogue) sourceFor(m *Metric, by []string, filters []Filter, has func(table string) bool, exact bool) source {
	if has != nil {
		for i := range m.fact.Rollups {
			r := &m.fact.Rollups[i]
			if exact && r.People != nil {
				continue
			}
			if r.tells(c, m, by, filters) && has(r.Table) {
				return source{r.From, r}
			}
		}
	}
	return source{m.fact.From, nil}
}

func (r *Rollup) tells(c *Catalogue, m *Metric, by []string, filters []Filter) bool {
	if len(r.Metrics) > 0 && !slices.Contains(r.Metrics, m.ID) {
		return false
	}
	missing := func(id string) bool {
		d := c.Dimension(id)
		return r.Dimensions != nil && !slices.Contains(r.Dimensions, id) && (d == nil || !d.Timed())
	}
	return !slices.ContainsFunc(by, missing) && !slices.ContainsFunc(filters, func(f Filter) bool { return missing(f.Dimension) }) &&
		!slices.ContainsFunc(r.Shown, func(id string) bool { return !slices.Contains(by, id) })
}

// support is the expression of how many people a cell is made of in this source.
func (s source) support(c *Catalogue) SQL {
	if s.rollup != nil && (s.rollup.Support != SQL{}) {
		return s.rollup.Support
	}
	return c.Support
}

// bounds is how this source tells the number of people if it cannot count them; nil where it can.
func (s source) bounds() *Bounds {
	if s.rollup == nil {
		return nil
	}
	return s.rollup.People
}

// metric is the expression of a metric in this source.
func (s source) metric(m *Metric) SQL {
	if sql, ok := s.own(m.ID); ok {
		return sql
	}
	return m.SQL
}

// dimension is the expression of a dimension in this source, and the joins it needs.
func (s source) dimension(d *Dimension) (SQL, Joins) {
	if sql, ok := s.own(d.ID); ok {
		return sql, nil
	}
	return d.SQL, d.Join
}

// own is what the rollup says of a metric or dimension that it tells otherwise than the fact.
func (s source) own(id string) (sql SQL, ok bool) {
	if s.rollup != nil {
		sql, ok = s.rollup.SQL[id]
	}
	return sql, ok
}

// indexRollups checks what the facts' rollups name, and writes what they left out.
func (c *Catalogue) indexRollups() error {
	for i := range c.Facts {
		f := &c.Facts[i]
		for j := range f.Rollups {
			if err := c.checkRollup(f, &f.Rollups[j]); err != nil {
				return fmt.Errorf("rollup %q: %w", f.Rollups[j].Table, err)
			}
		}
	}
	return nil
}

func (c *Catalogue) checkRollup(f *Fact, r *Rollup) error {
	if !idForm.MatchString(r.Table) {
		return errors.New("table is a name made of a-z, 0-9 and _, and starts with a letter")
	}
	if (r.From == SQL{}) {
		r.From = SQL{r.Table + " f", r.Table + " f"}
	}
	if !strings.Contains(r.From.SQLite, r.Table) || !strings.Contains(r.From.Postgres, r.Table) {
		return errors.New("from does not read the table")
	}
	for _, id := range r.Metrics {
		if m := c.metrics[id]; m == nil || m.fact != f {
			return fmt.Errorf("%q is no metric of its fact", id)
		}
	}
	for _, id := range r.Dimensions {
		if d := c.dimensions[id]; d == nil || d.Timed() {
			return fmt.Errorf("%q is no dimension, or one of time, which every rollup has", id)
		}
	}
	for _, id := range r.Shown {
		if !slices.Contains(r.Dimensions, id) {
			return fmt.Errorf("shown names %q, which is none of its dimensions", id)
		}
	}
	if (r.Support != SQL{}) && !c.Protected() {
		return errors.New("support stands in catalogues about people")
	}
	for id, sql := range r.SQL {
		m, d := c.metrics[id], c.dimensions[id]
		if d == nil && (m == nil || m.fact != f) {
			return fmt.Errorf("sql names %q, which is neither a metric of its fact nor a dimension", id)
		}
		if err := checkMarks(sql, d == nil && !f.Point); err != nil {
			return fmt.Errorf("sql of %s: %w", id, err)
		}
	}
	if c.Protected() && (len(r.Metrics) > 0 || r.Dimensions != nil) && (r.Support == SQL{}) && r.People == nil {
		return errors.New("rows that stand for several visits or people need support or people, so that those behind a cell can be counted")
	}
	if r.People != nil {
		if err := c.checkBounds(f, r); err != nil {
			return fmt.Errorf("people: %w", err)
		}
	}
	return checkMarks(r.From, !f.Point)
}

func (c *Catalogue) checkBounds(f *Fact, r *Rollup) error {
	b := r.People
	switch {
	case !c.Protected() || (r.Support != SQL{}):
		return errors.New("stands in catalogues about people, in place of support")
	case b.Rows == SQL{} || b.Least == SQL{}:
		return errors.New("needs rows and least")
	case (b.Table == "") != (b.Column == "") || b.Table != "" && (!idForm.MatchString(b.Table) || !idForm.MatchString(b.Column)):
		return errors.New("table and column are names made of a-z, 0-9 and _, both or neither")
	}
	for i := range c.Metrics {
		if m := &c.Metrics[i]; m.fact == f && m.Unit == Percent && r.tells(c, m, r.Shown, nil) {
			return fmt.Errorf("%s is a percentage of people, which must be counted", m.ID)
		}
	}
	for _, sql := range []SQL{b.Rows, b.Least} {
		if err := checkMarks(sql, false); err != nil {
			return err
		}
	}
	return nil
}
