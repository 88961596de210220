package semantic

import (
	"fmt"
	"slices"
	"strings"
)

// Words says a valid plan in English: "Revenue by product for Ray-Ban, last month, top 3". Resolved
// filters are named as the shop writes them, otherwise the question's spans stand in.
func Words(c *Catalogue, p Plan, filters []Filter) string {
	if p.Unsupported != "" {
		return "Not supported: " + strings.ReplaceAll(string(p.Unsupported), "_", " ")
	}
	var b strings.Builder
	b.WriteString(c.Metric(p.Metric).Label)
	var by []string
	for _, id := range p.By {
		by = append(by, strings.ToLower(c.Dimension(id).Label))
	}
	if len(by) > 0 {
		b.WriteString(" by " + List(by))
	}
	if len(filters) > 0 {
		b.WriteString(" " + FilterWords(filters))
	} else if len(p.Where) > 0 {
		b.WriteString(" for " + List(p.Where))
	}
	b.WriteString(", " + p.periodWords(c))
	switch p.Compare {
	case ComparePrevious:
		b.WriteString(", compared with the period before")
	case CompareYearAgo:
		b.WriteString(", compared with a year earlier")
	}
	limit := p.RowLimit()
	switch p.Order {
	case OrderDesc:
		fmt.Fprintf(&b, ", top %d", limit)
	case OrderAsc:
		fmt.Fprintf(&b, ", bottom %d", limit)
	case OrderGrowth:
		fmt.Fprintf(&b, ", fastest growing %d", limit)
	case OrderDecline:
		fmt.Fprintf(&b, ", fastest falling %d", limit)
	default:
		if p.Limit > 0 {
			fmt.Fprintf(&b, ", first %d", p.Limit)
		}
	}
	switch p.As {
	case AsShare:
		b.WriteString(", with the share of the total")
	case AsRunning:
		b.WriteString(", with the running total")
	}
	return b.String()
}

// FilterWords reads "for Ray-Ban or Oakley and Sunglasses". More than three values of one dimension
// are counted out after the second.
func FilterWords(filters []Filter) string {
	var parts []string
	for _, f := range filters {
		values := f.Values
		if len(values) > 3 {
			values = append(slices.Clone(values[:2]), fmt.Sprintf("%d more", len(f.Values)-2))
		}
		parts = append(parts, join(values, " or "))
	}
	return "for " + join(parts, " and ")
}

// List reads "a", "a and b", "a, b and c".
func List(items []string) string { return join(items, " and ") }

func join(items []string, last string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + last + items[len(items)-1]
}

// periodWords is the plan's period without dates: Window.Label has those.
func (p Plan) periodWords(c *Catalogue) string {
	period, err := ParsePeriod(p.Period)
	if err != nil {
		return p.Period
	}
	switch period.kind {
	case periodDefault:
		d := defaultPeriod(p.TimeGrain(c))
		return fmt.Sprintf("last %d %ss", d.n, d.unit)
	case periodSince:
		return "since " + period.a.words()
	case periodBetween:
		return period.a.words() + " to " + period.b.words()
	case periodPoint:
		return period.a.words()
	}
	return strings.ReplaceAll(p.Period, "_", " ")
}

func (p point) words() string {
	var s string
	switch p.kind {
	case pointDay:
		s = fmt.Sprintf("%d %s", p.n, p.month)
	case pointMonth:
		s = p.month.String()
	case pointWeekday:
		s = WeekdayName(p.n)
	case pointQuarter:
		s = fmt.Sprintf("Q%d", p.n)
	case pointYear:
		return fmt.Sprint(p.year)
	}
	switch {
	case p.year > 0:
		s += fmt.Sprintf(" %d", p.year)
	case p.lastYear:
		s += " last year"
	}
	return s
}
