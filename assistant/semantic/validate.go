package semantic

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// PlanError says which member of a plan is wrong and why.
type PlanError struct {
	Member string // the JSON member, such as "by"
	Reason string
}

func (e *PlanError) Error() string { return "plan: " + e.Member + ": " + e.Reason }

// Validate checks a plan against a catalogue. A valid plan always resolves and always compiles.
// Its error is a *PlanError.
func (p Plan) Validate(c *Catalogue) error {
	bad := func(member, format string, args ...any) error {
		return &PlanError{Member: member, Reason: fmt.Sprintf(format, args...)}
	}
	if p.Unsupported != "" {
		switch {
		case !slices.Contains(reasons, p.Unsupported):
			return bad("unsupported", "%q is no reason", p.Unsupported)
		case p.Metric != "" || len(p.By) > 0 || len(p.Where) > 0 || p.Period != "" || p.Compare != "" || p.Order != "" || p.Limit != 0 || p.As != "":
			return bad("unsupported", "stands alone")
		}
		return nil
	}
	metric := c.Metric(p.Metric)
	if metric == nil {
		return bad("metric", "%q is not in the catalogue", p.Metric)
	}
	if len(p.By) > maxBy {
		return bad("by", "at most %d dimensions", maxBy)
	}
	times := 0
	for i, id := range p.By {
		d := c.Dimension(id)
		switch {
		case d == nil:
			return bad("by", "%q is not in the catalogue", id)
		case !metric.Allows(d):
			return bad("by", "%s cannot be shown by %s", p.Metric, id)
		case slices.Contains(p.By[:i], id):
			return bad("by", "%q stands twice", id)
		case d.Time != "":
			times++
		}
	}
	if times > 1 {
		return bad("by", "at most one step of time")
	}
	if len(p.Where) > maxWhere {
		return bad("where", "at most %d spans", maxWhere)
	}
	for _, s := range p.Where {
		if n := len(strings.Fields(s)); n == 0 || n > maxSpanWords {
			return bad("where", "a span has 1 to %d words", maxSpanWords)
		}
		if !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return r != ' ' && !spanRune(r) }) {
			return bad("where", "a span holds characters no value has")
		}
	}
	period, err := ParsePeriod(p.Period)
	if err != nil {
		return err
	}
	switch {
	case metric.Point() && !period.Now():
		return bad("period", "%s is known for now alone", p.Metric)
	case !metric.Point() && period.Now():
		return bad("period", "%s needs a period", p.Metric)
	case metric.Point() && p.Compare != "":
		return bad("compare", "%s is known for now alone", p.Metric)
	}
	if p.Compare != "" && !slices.Contains(compares, p.Compare) {
		return bad("compare", "%q is not known", p.Compare)
	}
	if p.Compare != "" && period.Unbounded() {
		return bad("compare", "all time has nothing before it")
	}
	if p.Order != "" && !slices.Contains(orders, p.Order) {
		return bad("order", "%q is not known", p.Order)
	}
	if (p.Order != "" || p.Limit != 0) && len(p.By) == 0 {
		return bad("order", "a single total has no order and no limit")
	}
	if p.Order.ByChange() && p.Compare == "" {
		return bad("order", "%s needs a comparison", p.Order)
	}
	if p.Limit < 0 || p.Limit > maxLimit {
		return bad("limit", "1 to %d", maxLimit)
	}
	switch p.As {
	case "":
	case AsShare:
		if len(p.By) == 0 || !metric.HasTotal() || p.Compare != "" {
			return bad("as", "a share is of an additive metric, by something, without comparison")
		}
	case AsRunning:
		if !p.RunningTotal(c) {
			return bad("as", "a running total is of an additive metric by one step of time, without comparison, order or limit")
		}
	default:
		return bad("as", "%q is not known", p.As)
	}
	return nil
}
