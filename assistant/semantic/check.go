package semantic

import (
	"slices"
	"time"
)

// Probe is one statement that a catalogue will one day run, to try against a database.
type Probe struct {
	Kind  string // "metric", "dimension", "values", "rollup"
	ID    string
	Query Query
}

// Probes are statements that touch every expression, join and list of values of the catalogue once: each metric over
// everything, each dimension beside the first metric that allows it, the values of each. Whoever runs them need not
// look at the rows: what a database lacks is an error of the statement. Of the rollups those that the database has are
// probed by each of their metrics and dimensions; nil has none.
func (c *Catalogue) Probes(d Dialect, has func(table string) bool) ([]Probe, error) {
	var out []Probe
	var rollup string // the one that is read
	probe := func(kind, id string, p Plan) error {
		w, err := p.Place(c, time.Now(), time.UTC)
		if err != nil {
			return err
		}
		queries, err := c.CompileFor(p, nil, w, Window{}, d, func(table string) bool { return table == rollup })
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
	for i := range c.Metrics {
		m := &c.Metrics[i]
		for j := range m.fact.Rollups {
			r := &m.fact.Rollups[j]
			if rollup = r.Table; has == nil || !has(rollup) || !r.tells(c, m, r.Shown, nil) {
				continue
			}
			by := [][]string{r.Shown}
			for k := range c.Dimensions {
				if dim := &c.Dimensions[k]; m.Allows(dim) && !slices.Contains(r.Shown, dim.ID) && len(r.Shown) < maxBy {
					by = append(by, append(slices.Clone(r.Shown), dim.ID))
				}
			}
			for _, ids := range by {
				if !r.tells(c, m, ids, nil) {
					continue
				}
				if err := probe("rollup", rollup, Plan{Metric: m.ID, By: ids, Period: period(m)}); err != nil {
					return nil, err
				}
			}
		}
	}
	return out, nil
}
