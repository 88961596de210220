package semantic

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/goccy/go-yaml"
)

//go:embed sales.yaml
var salesYAML []byte

// SalesSchemaSQLite creates the tables the shipped sales catalogue expects.
//
//go:embed sales_schema.sqlite.sql
var SalesSchemaSQLite string

var salesOnce = sync.OnceValue(func() *Catalogue {
	c, err := Parse("sales.yaml", salesYAML)
	if err != nil {
		panic("the embedded sales catalogue is broken: " + err.Error())
	}
	return c
})

// Sales is the catalogue the binary ships for sales.
func Sales() *Catalogue { return salesOnce() }

// Load reads one catalogue file.
func Load(path string) (*Catalogue, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	return Parse(filepath.Base(path), data)
}

// LoadDir reads every *.yaml file of a directory: a chain's own catalogues, at most one per domain.
func LoadDir(dir string) ([]*Catalogue, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("catalogue: %w", err)
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("catalogue: no *.yaml file in %s", dir)
	}
	slices.Sort(paths)
	var out []*Catalogue
	from := map[string]string{}
	for _, p := range paths {
		c, err := Load(p)
		if err != nil {
			return nil, err
		}
		if other, taken := from[c.Domain]; taken {
			return nil, fmt.Errorf("catalogue: %s and %s both describe %q", other, filepath.Base(p), c.Domain)
		}
		from[c.Domain] = filepath.Base(p)
		out = append(out, c)
	}
	return out, nil
}

// Parse reads a catalogue strictly: an unknown key, a double key or a wrong type is an error that
// names file and line; what YAML cannot check, check does.
func Parse(name string, data []byte) (*Catalogue, error) {
	var c Catalogue
	if err := yaml.UnmarshalWithOptions(data, &c, yaml.Strict()); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", name, err)
	}
	if err := c.index(); err != nil {
		return nil, fmt.Errorf("catalogue %s: %w", name, err)
	}
	return &c, nil
}

// UnmarshalYAML accepts one expression for both engines, or {sqlite: …, postgres: …}.
func (s *SQL) UnmarshalYAML(unmarshal func(any) error) error {
	var one string
	if unmarshal(&one) == nil {
		s.SQLite, s.Postgres = one, one
		return nil
	}
	var each map[string]string
	if err := unmarshal(&each); err != nil {
		return err
	}
	s.SQLite, s.Postgres = each["sqlite"], each["postgres"]
	if s.SQLite == "" || s.Postgres == "" || len(each) != 2 {
		return errors.New("sql is one expression, or one under each of sqlite and postgres")
	}
	return nil
}

// The ids become part of grammars, references and column names, so their alphabet is closed.
var (
	idForm    = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	labelForm = regexp.MustCompile(`^[\p{L}\p{N} ()'&%./-]{1,60}$`)
)

// reservedColumns are made by comparison, so no metric or dimension may be called so.
var reservedColumns = []string{columnPrevious, columnChange, columnChangeRate}

func (c *Catalogue) index() error {
	switch {
	case c.Version != 1:
		return fmt.Errorf("version %d is not known (this build reads version 1)", c.Version)
	case !idForm.MatchString(c.Domain):
		return fmt.Errorf("domain %q: an id is made of a-z, 0-9 and _, and starts with a letter", c.Domain)
	case c.Title == "":
		return errors.New("title is missing")
	case c.Fact.From == "" || c.Fact.Date == "":
		return errors.New("fact needs from and date")
	case len(c.Metrics) == 0 || len(c.Dimensions) == 0:
		return errors.New("a catalogue has at least one metric and one dimension")
	case len(c.Suggestions) < suggestionsShown:
		return fmt.Errorf("at least %d suggestions are needed", suggestionsShown)
	}
	c.metrics, c.dimensions = map[string]*Metric{}, map[string]*Dimension{}
	taken := map[string]bool{}
	claim := func(kind, id, label string) error {
		switch {
		case !idForm.MatchString(id):
			return fmt.Errorf("%s id %q: an id is made of a-z, 0-9 and _, and starts with a letter", kind, id)
		case slices.Contains(reservedColumns, id):
			return fmt.Errorf("%s id %q is reserved for comparisons", kind, id)
		case taken[id]:
			return fmt.Errorf("id %q is used twice", id)
		case !labelForm.MatchString(label):
			return fmt.Errorf("%s %s: label %q: 1 to 60 letters, digits, spaces and ()'&%%./-", kind, id, label)
		}
		taken[id] = true
		return nil
	}
	for i := range c.Metrics {
		m := &c.Metrics[i]
		if err := claim("metric", m.ID, m.Label); err != nil {
			return err
		}
		switch {
		case m.Unit != Money && m.Unit != Count && m.Unit != Percent:
			return fmt.Errorf("metric %s: unit is money, count or percent, not %q", m.ID, m.Unit)
		case m.Empty != EmptyZero && m.Empty != EmptyNone:
			return fmt.Errorf("metric %s: empty is zero or none, not %q", m.ID, m.Empty)
		case m.SQL == SQL{}:
			return fmt.Errorf("metric %s has no sql", m.ID)
		}
		c.metrics[m.ID] = m
	}
	for i := range c.Dimensions {
		d := &c.Dimensions[i]
		if err := claim("dimension", d.ID, d.Label); err != nil {
			return err
		}
		switch {
		case d.Plural == "":
			return fmt.Errorf("dimension %s has no plural", d.ID)
		case d.Time != "" && !slices.Contains(grains, d.Time):
			return fmt.Errorf("dimension %s: time is day, week, month, quarter or year, not %q", d.ID, d.Time)
		case (d.Time == "") == (d.SQL == SQL{}):
			return fmt.Errorf("dimension %s needs either time or sql", d.ID)
		case d.Time != "" && (d.Values != "" || d.Join != ""):
			return fmt.Errorf("dimension %s: a time dimension has no values and no join", d.ID)
		case len(d.Synonyms) > 0 && !d.Filterable():
			return fmt.Errorf("dimension %s has synonyms but no values to filter by", d.ID)
		}
		c.dimensions[d.ID] = d
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
	return nil
}

const suggestionsShown = 3
