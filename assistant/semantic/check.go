package semantic

import (
	"time"
)

// Probe is one statement that a catalogue will one day run, to try against a database.
type Probe struct {
	Kind  string // "metric", "dimension", "values"
	ID    string
	Query Query
}

// Probes are statements that touch every expression, join and list of values of the catalogue once: each metric over
// everything, each dimension beside the first metric that allows it, the values of each. Whoever runs them need not
// look at the rows: what a database lacks is an error of the statement.
func (c *Catalogue) Probes(d Dialect) ([]Probe, error) {
	var out []Probe
	probe := func(kind, id string, p Plan) error {
		w, err := p.Place(c, time.Now(), time.UTC)
		if err != nil {
			return err
		}
		queries, err := c.Compile(p, nil, w, Window{}, d)
		if err != nil {
			return err
		}
		out = append(out, Probe{Kind: kind, ID: id, Query: queries[0]})
		return nil
	}
	period := func(m *Metric) string {
		if m.Point() {
			return PeriodNow
		}
		return "last_month"
	}
	for i := range c.Metrics {
		m := &c.Metrics[i]
		if err := probe("metric", m.ID, Plan{Metric: m.ID, Period: period(m)}); err != nil {
			return nil, err
		}
	}
	for i := range c.Dimensions {
		dim := &c.Dimensions[i]
		facts := map[*Fact]bool{} // a dimension's SQL reads the columns of each fact it is shown beside
		for j := range c.Metrics {
			m := &c.Metrics[j]
			if facts[m.fact] || !m.Allows(dim) {
				continue
			}
			facts[m.fact] = true
			if err := probe("dimension", dim.ID, Plan{Metric: m.ID, By: []string{dim.ID}, Period: period(m)}); err != nil {
				return nil, err
			}
		}
		if dim.Values != "" {
			out = append(out, Probe{Kind: "values", ID: dim.ID, Query: Query{SQL: dim.Values, Limit: MaxGroups}})
		}
	}
	return out, nil
}
