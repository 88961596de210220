package semantic

import (
	"sync"
)

// Catalogue is everything that may be asked about one domain, with the SQL behind it. It is
// immutable once loaded and safe for concurrent use.
type Catalogue struct {
	Domain      string      `yaml:"domain"`   // the query type it answers
	Database    string      `yaml:"database"` // which of the shop's databases it reads; absent: the one named like the domain
	Version     int         `yaml:"version"`
	Title       string      `yaml:"title"`
	Fact        *Fact       `yaml:"fact"`    // of a catalogue whose metrics share one
	Facts       []Fact      `yaml:"facts"`   // otherwise; each metric names its own
	Support     SQL         `yaml:"support"` // counts the people behind a cell, over the alias f of every fact
	Minimum     int         `yaml:"minimum"` // cells with fewer people than this, but not none, are never shown
	Metrics     []Metric    `yaml:"metrics"`
	Dimensions  []Dimension `yaml:"dimensions"`
	FilterOrder []string    `yaml:"filter_order"` // which dimension wins when a word fits values of several
	Suggestions []string    `yaml:"suggestions"`
	Examples    []Example   `yaml:"examples"` // shown to models that did not learn the catalogue

	SuggestionPlans []Example `yaml:"suggestion_plans"` // of suggestions that are no example
	Watches         []Watch   `yaml:"watch"`

	facts      map[string]*Fact
	metrics    map[string]*Metric
	dimensions map[string]*Dimension
	examples   []Plan // of Examples, by index

	suggestionPlans map[string]Plan

	grammarOnce sync.Once
	grammar     planGrammar
}

// Fact is what metrics are computed from: a table or a subquery under the alias f, which every
// dimension's SQL and join refer to. With Date, rows have a day, and a plan's period picks the rows.
// With Point, rows say how things stand now, and a plan has the period "now" and no step of time. With
// neither, From itself reads the period through {from} and {to}.
type Fact struct {
	ID    string `yaml:"id"` // of those under facts
	From  SQL    `yaml:"from"`
	Date  string `yaml:"date"` // an expression that reads YYYY-MM-DD: the shop's own business day
	Point bool   `yaml:"point"`

	Rollups []Rollup `yaml:"rollups"` // the cheapest first
}

// Unit says how a metric's cells are to be read.
type Unit string

// Money is in hundredths of the tenant's currency and Count in pieces, both integers. The others are
// numbers with a fraction: Percent in per cent (12.5 means 12.5 %), Days and Years in those, Ratio in
// times (2.4 means 2.4 times).
const (
	Money   Unit = "money"
	Count   Unit = "count"
	Percent Unit = "percent"
	Days    Unit = "days"
	Years   Unit = "years"
	Ratio   Unit = "ratio"
)

var units = []Unit{Money, Count, Percent, Days, Years, Ratio}

// Whole says whether cells of this unit are integers.
func (u Unit) Whole() bool { return u == Money || u == Count }

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
	Fact     string   `yaml:"fact"` // absent when the catalogue has one fact
	Unit     Unit     `yaml:"unit"`
	Empty    Empty    `yaml:"empty"`
	Additive *bool    `yaml:"additive"` // absent: yes
	SQL      SQL      `yaml:"sql"`
	Where    SQL      `yaml:"where"`   // a condition all its rows meet, such as f.on_hand <= f.reorder_point
	Inputs   []Input  `yaml:"inputs"`  // figures shown beside it, so that people can follow it
	Formula  string   `yaml:"formula"` // how it comes from the inputs, in words
	None     string   `yaml:"none"`    // what no rows mean, such as "Nothing needs to be reordered"; absent: nothing is recorded
	About    string   `yaml:"about"`
	Words    []string `yaml:"words"`

	fact *Fact
}

// Input is a figure that a metric is computed from.
type Input struct {
	ID    string `yaml:"id"`
	Label string `yaml:"label"`
	Unit  Unit   `yaml:"unit"`
	SQL   SQL    `yaml:"sql"`
	Sort  Order  `yaml:"sort"` // asc or desc on one input: it ranks rows that are equal in the metric
}

// Point says whether the metric tells how things stand now, so that it has no period and no past.
func (m *Metric) Point() bool { return m.fact.Point }

// Dated says whether the metric can be broken down by time.
func (m *Metric) Dated() bool { return m.fact.Date != "" }

// Allows says whether the metric can be shown by the dimension.
func (m *Metric) Allows(d *Dimension) bool { return m.Dated() || !d.Timed() }

// HasTotal says whether the metric over all rows is a figure that belongs beside the rows.
func (m *Metric) HasTotal() bool { return m.Additive == nil || *m.Additive }

// Dimension is one way to group rows and, where it has values, to filter them.
type Dimension struct {
	ID       string              `yaml:"id"`
	Label    string              `yaml:"label"`
	Plural   string              `yaml:"plural"`
	Time     Grain               `yaml:"time"` // set for day, week, month, quarter, year; SQL is then derived
	SQL      SQL                 `yaml:"sql"`
	Join     Joins               `yaml:"join"`   // one JOIN or several; each is written once, whoever needs it
	Values   string              `yaml:"values"` // a SELECT of the shop's own values, one text column
	Filter   *bool               `yaml:"filter"` // absent: yes when Values is set
	Words    []string            `yaml:"words"`
	Synonyms map[string][]string `yaml:"synonyms"` // value → other words for it
}

// Filterable says whether a question can name values of this dimension.
func (d *Dimension) Filterable() bool {
	return d.Values != "" && (d.Filter == nil || *d.Filter)
}

// Timed says whether the dimension needs rows that have a day.
func (d *Dimension) Timed() bool { return d.Time != "" || d.Weekday() }

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

// Joins are JOIN clauses, in the order they are needed.
type Joins []string

// Source names the shop's database the catalogue reads.
func (c *Catalogue) Source() string {
	if c.Database != "" {
		return c.Database
	}
	return c.Domain
}

// Protected says whether the rows are about people, so that small cells are not shown.
func (c *Catalogue) Protected() bool { return c.Minimum > 0 }

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
