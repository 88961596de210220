package semantic

import (
	"fmt"
	"slices"
	"strings"
)

// Watch names a metric whose changes are told without being asked for, as a whole and by each of these dimensions.
type Watch struct {
	Metric string   `yaml:"metric"`
	By     []string `yaml:"by"`
}

// Plans are what is read for a watch: the metric over the period held against the one before, as a whole and by
// each dimension, the largest rows first.
func (w Watch) Plans(period string) []Plan {
	plans := []Plan{{Metric: w.Metric, Period: period, Compare: ComparePrevious}}
	for _, by := range w.By {
		plans = append(plans, Plan{Metric: w.Metric, By: []string{by}, Period: period, Compare: ComparePrevious, Order: OrderDesc, Limit: maxLimit})
	}
	return plans
}

// SuggestionPlan is the plan of a suggestion, by which can be told whether it has an answer now. false: the
// catalogue does not say.
func (c *Catalogue) SuggestionPlan(question string) (Plan, bool) {
	if p, ok := c.suggestionPlans[question]; ok {
		return p, true
	}
	for i, e := range c.Examples {
		if e.Question == question && c.examples[i].Unsupported == "" {
			return c.examples[i], true
		}
	}
	return Plan{}, false
}

func (c *Catalogue) indexWatches() error {
	c.suggestionPlans = map[string]Plan{}
	for _, e := range c.SuggestionPlans {
		p, err := ParsePlan([]byte(e.Plan))
		if err == nil {
			err = p.Validate(c)
		}
		if err != nil || p.Unsupported != "" || !slices.Contains(c.Suggestions, e.Question) {
			return fmt.Errorf("suggestion_plans: %q is no suggestion with a plan: %w", e.Question, err)
		}
		c.suggestionPlans[e.Question] = p
	}
	for _, w := range c.Watches {
		for _, p := range w.Plans("this_month") {
			if err := p.Validate(c); err != nil {
				return fmt.Errorf("watch %s by %s: %w", w.Metric, strings.Join(p.By, ", "), err)
			}
		}
	}
	return nil
}
