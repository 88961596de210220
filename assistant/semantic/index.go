package semantic

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// The ids become part of grammars, references and column names, so their alphabet is closed.
var (
	idForm    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	labelForm = regexp.MustCompile(`^[\p{L}\p{N} ()'&%./-]{1,60}$`)
)

// reservedColumns are made from a metric's own, so no metric, input or dimension may be called so.
var reservedColumns = []string{columnPrevious, columnChange, columnChangeRate, string(AsShare), string(AsRunning)}

func (c *Catalogue) index() error {
	switch {
	case c.Version != 1:
		return fmt.Errorf("version %d is not known (this build reads version 1)", c.Version)
	case !idForm.MatchString(c.Domain):
		return fmt.Errorf("domain %q: an id is made of a-z, 0-9 and _, and starts with a letter", c.Domain)
	case c.Title == "":
		return errors.New("title is missing")
	case c.Database != "" && !idForm.MatchString(c.Database):
		return fmt.Errorf("database %q: an id is made of a-z, 0-9 and _, and starts with a letter", c.Database)
	case (c.Support == SQL{}) != (c.Minimum == 0) || c.Minimum < 0 || c.Minimum == 1:
		return errors.New("support and minimum stand together, and minimum is at least 2")
	case len(c.Metrics) == 0 || len(c.Dimensions) == 0:
		return errors.New("a catalogue has at least one metric and one dimension")
	case len(c.Suggestions) < suggestionsShown:
		return fmt.Errorf("at least %d suggestions are needed", suggestionsShown)
	}
	if err := c.indexFacts(); err != nil {
		return err
	}
	taken := map[string]bool{}
	if err := c.indexMetrics(taken); err != nil {
		return err
	}
	if err := c.indexDimensions(taken); err != nil {
		return err
	}
	if err := c.indexRollups(); err != nil {
		return err
	}
	for _, id := range c.FilterOrder {
		if d := c.dimensions[id]; d == nil || !d.Filterable() {
			return fmt.Errorf("filter_order: %q is no dimension that can be filtered by", id)
		}
	}
	for _, e := range c.Examples {
		p, err := ParsePlan([]byte(e.Plan))
		if err == nil {
			err = p.Validate(c)
		}
		if err != nil || strings.TrimSpace(e.Question) == "" {
			return fmt.Errorf("example %q: %w", e.Question, err)
		}
		c.examples = append(c.examples, p)
	}
	return c.indexWatches()
}

const suggestionsShown = 3

// claim checks the id and the label of a column and keeps others from taking the same id.
func claim(taken map[string]bool, kind, id, label string) error {
	switch {
	case !idForm.MatchString(id):
		return fmt.Errorf("%s id %q: an id is made of a-z, 0-9 and _, and starts with a letter", kind, id)
	case slices.Contains(reservedColumns, id):
		return fmt.Errorf("%s id %q is reserved for columns made from a metric", kind, id)
	case taken[id]:
		return fmt.Errorf("id %q is used twice", id)
	case !labelForm.MatchString(label):
		return fmt.Errorf("%s %s: label %q: 1 to 60 letters, digits, spaces and ()'&%%./-", kind, id, label)
	}
	taken[id] = true
	return nil
}

func (c *Catalogue) indexFacts() error {
	if (c.Fact == nil) == (len(c.Facts) == 0) {
		return errors.New("a catalogue has either a fact, which needs from and date, or facts")
	}
	if c.Fact != nil {
		c.Facts = []Fact{*c.Fact}
	}
	c.facts = map[string]*Fact{}
	for i := range c.Facts {
		f := &c.Facts[i]
		reads := strings.Contains(f.From.SQLite, "{from}") && strings.Contains(f.From.Postgres, "{from}")
		switch {
		case c.Fact == nil && !idForm.MatchString(f.ID):
			return fmt.Errorf("fact id %q: an id is made of a-z, 0-9 and _, and starts with a letter", f.ID)
		case c.facts[f.ID] != nil:
			return fmt.Errorf("fact %q is there twice", f.ID)
		case f.From == SQL{}:
			return errors.New("a fact needs from")
		case f.Point && (f.Date != "" || reads):
			return fmt.Errorf("fact %q: what is true now has no date and no {from}", f.ID)
		case !f.Point && f.Date == "" && !reads:
			return fmt.Errorf("fact %q needs a date, or point: true, or a from that reads {from} and {to}", f.ID)
		}
		for _, sql := range []SQL{f.From, {f.Date, f.Date}} {
			if err := checkMarks(sql, !f.Point); err != nil {
				return fmt.Errorf("fact %q: %w", f.ID, err)
			}
		}
		c.facts[f.ID] = f
	}
	return checkMarks(c.Support, false)
}

func (c *Catalogue) indexMetrics(taken map[string]bool) error {
	c.metrics = map[string]*Metric{}
	for i := range c.Metrics {
		m := &c.Metrics[i]
		if err := claim(taken, "metric", m.ID, m.Label); err != nil {
			return err
		}
		m.fact = c.facts[m.Fact]
		switch {
		case m.fact == nil:
			return fmt.Errorf("metric %s: there is no fact %q", m.ID, m.Fact)
		case !slices.Contains(units, m.Unit):
			return fmt.Errorf("metric %s: unit is one of %v, not %q", m.ID, units, m.Unit)
		case m.Empty != EmptyZero && m.Empty != EmptyNone:
			return fmt.Errorf("metric %s: empty is zero or none, not %q", m.ID, m.Empty)
		case m.SQL == SQL{}:
			return fmt.Errorf("metric %s has no sql", m.ID)
		}
		for _, sql := range []SQL{m.SQL, m.Where} {
			if err := checkMarks(sql, !m.Point()); err != nil {
				return fmt.Errorf("metric %s: %w", m.ID, err)
			}
		}
		if err := m.checkInputs(); err != nil {
			return fmt.Errorf("metric %s: %w", m.ID, err)
		}
		c.metrics[m.ID] = m
	}
	return nil
}

func (m *Metric) checkInputs() error {
	taken, sorts := map[string]bool{m.ID: true}, 0
	for _, in := range m.Inputs {
		if err := claim(taken, "input", in.ID, in.Label); err != nil {
			return err
		}
		if err := checkMarks(in.SQL, !m.Point()); err != nil {
			return fmt.Errorf("input %s: %w", in.ID, err)
		}
		if in.Sort != "" {
			sorts++
		}
		if !slices.Contains(units, in.Unit) || in.SQL == (SQL{}) || in.Sort != "" && in.Sort != OrderAsc && in.Sort != OrderDesc {
			return fmt.Errorf("input %s needs sql, one of the units %v, and asc or desc if it sorts", in.ID, units)
		}
	}
	if sorts > 1 {
		return errors.New("one input sorts, not several")
	}
	return nil
}

func (c *Catalogue) indexDimensions(taken map[string]bool) error {
	c.dimensions = map[string]*Dimension{}
	inputs := map[string]bool{}
	for _, m := range c.Metrics {
		for _, in := range m.Inputs {
			inputs[in.ID] = true
		}
	}
	for i := range c.Dimensions {
		d := &c.Dimensions[i]
		if err := claim(taken, "dimension", d.ID, d.Label); err != nil {
			return err
		}
		switch {
		case inputs[d.ID]:
			return fmt.Errorf("dimension %s: an input of a metric has this id", d.ID)
		case d.Plural == "":
			return fmt.Errorf("dimension %s has no plural", d.ID)
		case d.Time != "" && !slices.Contains(grains, d.Time):
			return fmt.Errorf("dimension %s: time is day, week, month, quarter or year, not %q", d.ID, d.Time)
		case (d.Time == "") == (d.SQL == SQL{}):
			return fmt.Errorf("dimension %s needs either time or sql", d.ID)
		case d.Time != "" && (d.Values != "" || len(d.Join) > 0):
			return fmt.Errorf("dimension %s: a time dimension has no values and no join", d.ID)
		case d.Weekday() && d.Filterable():
			return fmt.Errorf("dimension %s cannot be filtered by", d.ID)
		case len(d.Synonyms) > 0 && !d.Filterable():
			return fmt.Errorf("dimension %s has synonyms but no values to filter by", d.ID)
		}
		for _, sql := range append([]string{d.SQL.SQLite, d.SQL.Postgres}, d.Join...) {
			if err := checkMarks(SQL{sql, sql}, false); err != nil {
				return fmt.Errorf("dimension %s: %w", d.ID, err)
			}
		}
		c.dimensions[d.ID] = d
	}
	return nil
}
