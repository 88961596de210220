package semantic

import (
	"sync"
)

// Catalogue is everything that may be asked about one domain, with the SQL behind it. It is
// immutable once loaded and safe for concurrent use.
type Catalogue struct {
	Domain      string      `yaml:"domain"`
	Version     int         `yaml:"version"`
	Title       string      `yaml:"title"`
	Fact        Fact        `yaml:"fact"`
	Metrics     []Metric    `yaml:"metrics"`
	Dimensions  []Dimension `yaml:"dimensions"`
	FilterOrder []string    `yaml:"filter_order"` // which dimension wins when a word fits values of several
	Suggestions []string    `yaml:"suggestions"`
	Examples    []Example   `yaml:"examples"` // shown to models that did not learn the catalogue

	metrics    map[string]*Metric
	dimensions map[string]*Dimension
	examples   []Plan // of Examples, by index

	grammarOnce sync.Once
	grammar     planGrammar
}

// Fact is the table (with its alias) the metrics are computed from, and its date column.
type Fact struct {
	From string `yaml:"from"`
	Date string `yaml:"date"` // an expression that reads YYYY-MM-DD: the shop's own business day
}

// Unit says how a metric's cells are to be read.
type Unit string

// Money is in hundredths of the tenant's currency (integers), Count in pieces (integers), Percent
// in per cent (12.5 means 12.5 %).
const (
	Money   Unit = "money"
	Count   Unit = "count"
	Percent Unit = "percent"
)

// Empty says what a metric is worth where nothing was recorded.
type Empty string

// EmptyZero: nothing sold is 0. EmptyNone: there is nothing to compute the figure from.
const (
	EmptyZero Empty = "zero"
	EmptyNone Empty = "none"
)

// Metric is one figure that can be asked for.
type Metric struct {
	ID       string   `yaml:"id"`
	Label    string   `yaml:"label"`
	Unit     Unit     `yaml:"unit"`
	Empty    Empty    `yaml:"empty"`
	Additive *bool    `yaml:"additive"` // absent: yes
	SQL      SQL      `yaml:"sql"`
	About    string   `yaml:"about"`
	Words    []string `yaml:"words"`
}

// HasTotal says whether the metric over all rows is a figure that belongs beside the rows.
func (m *Metric) HasTotal() bool { return m.Additive == nil || *m.Additive }

// Dimension is one way to group rows and, where it has values, to filter them.
type Dimension struct {
	ID       string              `yaml:"id"`
	Label    string              `yaml:"label"`
	Plural   string              `yaml:"plural"`
	Time     Grain               `yaml:"time"` // set for day, week, month, quarter, year; SQL is then derived
	SQL      SQL                 `yaml:"sql"`
	Join     string              `yaml:"join"`
	Values   string              `yaml:"values"` // a SELECT of the shop's own values, one text column
	Filter   *bool               `yaml:"filter"` // absent: yes when Values is set
	Words    []string            `yaml:"words"`
	Synonyms map[string][]string `yaml:"synonyms"` // value → other words for it
}

// Filterable says whether a question can name values of this dimension.
func (d *Dimension) Filterable() bool {
	return d.Values != "" && (d.Filter == nil || *d.Filter)
}

// Weekday says whether the keys are days of the week, 0 for Monday. It is how the catalogue marks
// them: the dimension is called weekday.
func (d *Dimension) Weekday() bool { return d.ID == "weekday" }

// Example is a question with its plan, for few-shot prompts.
type Example struct {
	Question string `yaml:"question"`
	Plan     string `yaml:"plan"`
}

// SQL is one expression, or one per engine.
type SQL struct {
	SQLite   string
	Postgres string
}

// For is the expression in the given dialect.
func (s SQL) For(d Dialect) string {
	if d == Postgres {
		return s.Postgres
	}
	return s.SQLite
}

// Metric is the metric with this id, or nil.
func (c *Catalogue) Metric(id string) *Metric { return c.metrics[id] }

// Dimension is the dimension with this id, or nil.
func (c *Catalogue) Dimension(id string) *Dimension { return c.dimensions[id] }

// ExamplePlan is the parsed plan of Examples[i].
func (c *Catalogue) ExamplePlan(i int) Plan { return c.examples[i] }

// Filterable lists the dimensions a question can name values of, strongest first: those of
// filter_order, then the rest as they stand.
func (c *Catalogue) Filterable() []*Dimension {
	var out []*Dimension
	seen := map[string]bool{}
	add := func(d *Dimension) {
		if d.Filterable() && !seen[d.ID] {
			seen[d.ID] = true
			out = append(out, d)
		}
	}
	for _, id := range c.FilterOrder {
		add(c.dimensions[id])
	}
	for i := range c.Dimensions {
		add(&c.Dimensions[i])
	}
	return out
}
