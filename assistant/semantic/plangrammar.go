package semantic

import (
	"slices"
	"strings"
	"time"
)

// planGrammar is the part of a plan's grammar that depends on the catalogue alone.
type planGrammar struct {
	withWhere, withoutWhere string
}

// PlanGrammar is the GBNF grammar of every legal plan for this question: the catalogue's own ids, the
// periods of plan-language.md, and as where values only spans of the question. Every string it can
// produce parses and validates. Only its where rules depend on the question; without a usable word in
// the question a plan has no where.
func PlanGrammar(c *Catalogue, question string) string {
	c.grammarOnce.Do(func() {
		c.grammar = planGrammar{withWhere: c.planRules(true), withoutWhere: c.planRules(false)}
	})
	spans := spanRules(question)
	if spans == "" {
		return c.grammar.withoutWhere
	}
	return c.grammar.withWhere + spans
}

// planGroup is the metrics that the same plans are legal for.
type planGroup struct {
	point, dated, additive bool
}

// name is what the rules of the group end in.
func (g planGroup) name() string {
	switch {
	case g.point && g.additive:
		return "-now"
	case g.point:
		return "-now-rate"
	case !g.dated && g.additive:
		return "-span"
	case !g.dated:
		return "-span-rate"
	case !g.additive:
		return "-rate"
	}
	return ""
}

func (c *Catalogue) planRules(where bool) string {
	var b strings.Builder
	if where {
		rule(&b, "where", literal(`,"where":[`)+` span ("," span ("," span ("," span)?)?)? "]"`)
		rule(&b, "span", literal(`" `)+" spans "+literal(`"`))
	}
	var groups []planGroup
	metrics := map[planGroup][]string{}
	for i := range c.Metrics {
		m := &c.Metrics[i]
		g := planGroup{point: m.Point(), dated: m.Dated(), additive: m.HasTotal()}
		if metrics[g] == nil {
			groups = append(groups, g)
		}
		metrics[g] = append(metrics[g], m.ID)
	}
	var choices []string
	for _, g := range groups {
		choices = append(choices, literals(metrics[g])+` "\"" plan`+g.name())
	}
	rule(&b, "root", `"{" (`+literal(`"unsupported":"`)+" "+literals(reasons)+" "+literal(`"`)+
		" | "+literal(`"metric":"`)+" "+choice(choices...)+`) "}"`)
	by := map[bool]bool{}
	for _, g := range groups {
		c.groupRules(&b, g, where)
		if !by[g.dated] {
			by[g.dated] = true
			c.dimensionRules(&b, g.dated)
		}
	}
	order := func(of ...Order) string { return literal(`,"order":"`) + " " + literals(of) + " " + literal(`"`) }
	rule(&b, "compare", literal(`,"compare":"`)+" "+literals(compares)+" "+literal(`"`))
	rule(&b, "ranking", order(orders...))
	rule(&b, "order", order(OrderDesc, OrderAsc))
	rule(&b, "limit", literal(`,"limit":`)+` ([1-9] [0-9]? | "100")`)
	rule(&b, "share", literal(`,"as":"`+string(AsShare)+`"`))
	rule(&b, "running", literal(`,"as":"`+string(AsRunning)+`"`))
	for _, m := range c.Metrics {
		if !m.Point() {
			periodRules(&b)
			break
		}
	}
	return b.String()
}

// groupRules say what follows a metric of the group: one total, rows by one step of time, which can
// be summed up, or other rows.
func (c *Catalogue) groupRules(b *strings.Builder, g planGroup, where bool) {
	filters := ""
	if where {
		filters = "where? "
	}
	// members is everything from the period on: plain holds what may follow without a comparison, compared
	// what may follow one.
	members := func(plain, compared string) string {
		if g.point {
			return filters + literal(`,"period":"`+PeriodNow+`"`) + " " + plain
		}
		return filters + literal(`,"period":"`) + ` (period "\"" (compare ` + compared + " | " + orNothing(plain) + ") | " + literal(`all_time"`) + " " + plain + ")"
	}
	rows := "order? limit?"
	if g.additive {
		rows += " share?"
	}
	rest := []string{members(`""`, "")}
	if g.dated && c.hasTime() {
		series := rows
		if g.additive {
			series = "(" + rows + " | running)"
		}
		rest = append(rest, literal(`,"by":[`)+` step "]" `+members(series, "ranking? limit?"))
	}
	if slices.ContainsFunc(c.Dimensions, func(d Dimension) bool { return d.Time == "" && (g.dated || !d.Timed()) }) {
		by := "by"
		if !g.dated {
			by = "by-still"
		}
		rest = append(rest, literal(`,"by":[`)+" "+by+` "]" `+members(rows, "ranking? limit?"))
	}
	rule(b, "plan"+g.name(), strings.Join(rest, " | "))
}

func orNothing(body string) string {
	if body == "" {
		return `""`
	}
	return body
}

func (c *Catalogue) hasTime() bool {
	return slices.ContainsFunc(c.Dimensions, func(d Dimension) bool { return d.Time != "" })
}

// dimensionRules allow one dimension or two different ones, of which one at most is a step of time;
// one step alone is a rule of its own. Without dated rows there is neither step nor weekday.
func (c *Catalogue) dimensionRules(b *strings.Builder, dated bool) {
	var others, steps []string
	for i := range c.Dimensions {
		switch d := &c.Dimensions[i]; {
		case d.Time != "":
			steps = append(steps, literal(`"`+d.ID+`"`))
		case dated || !d.Timed():
			others = append(others, literal(`"`+d.ID+`"`))
		}
	}
	timed := dated && len(steps) > 0
	var by []string
	if timed {
		rule(b, "step", choice(steps...))
		if len(others) > 0 {
			rule(b, "thing", choice(others...))
			by = append(by, `step "," thing`)
		}
	}
	for i, first := range others {
		second := slices.Delete(slices.Clone(others), i, i+1)
		if timed {
			second = append(second, "step")
		}
		if len(second) > 0 {
			first += ` ("," ` + choice(second...) + ")?"
		}
		by = append(by, first)
	}
	if len(by) == 0 {
		return
	}
	name := "by"
	if !dated {
		name = "by-still"
	}
	rule(b, name, choice(by...))
}

// periodRules mirror ParsePeriod, all_time and now apart. What begins with a month's name is one rule with
// shared beginnings, so that few alternatives are open at any character.
func periodRules(b *strings.Builder) {
	var fixed []string
	for name, p := range namedPeriods {
		if !p.Unbounded() && !p.Now() {
			fixed = append(fixed, name)
		}
	}
	slices.Sort(fixed)
	months := func(days int) string {
		var names []string
		for i, name := range monthNames {
			if daysIn(2000, time.Month(i+1)) == days {
				names = append(names, name)
			}
		}
		return literals(names)
	}
	rule(b, "period", strings.Join([]string{
		literals(fixed),
		`"last_" n "_" ("days" | "weeks" | "months" | "years")`,
		`n "_" ("days" | "weeks" | "months" | "quarters" | "years") "_ago"`,
		"month-a tail-a", "month-b tail-b", "month-c tail-c",
		`"q" [1-4] ("_" year | "_last_year")?`,
		`weekday (".." (weekday | "today"))?`,
		`year (".." (year | "today"))?`,
	}, " | "))
	rule(b, "n", `[2-9] | [1-9] [0-9] | [12] [0-9] [0-9] | "3" [0-5] [0-9] | "36" [0-6]`)
	rule(b, "year", `"20" [0-9] [0-9]`)
	rule(b, "weekday", literals(weekdayNames))
	for _, m := range []struct {
		letter, days string
		length       int
	}{
		{"a", `[1-9] | [12] [0-9] | "3" [01]`, 31},
		{"b", `[1-9] | [12] [0-9] | "30"`, 30},
		{"c", `[1-9] | [12] [0-9]`, 29},
	} {
		rule(b, "month-"+m.letter, months(m.length))
		rule(b, "days-"+m.letter, m.days)
		rule(b, "tail-"+m.letter, `("_" days-`+m.letter+` ("_" year)? (".." (day | "today"))? | ("_" year)? (".." (month | "today"))? | "_last_year")`)
	}
	rule(b, "day", `(month-a "_" days-a | month-b "_" days-b | month-c "_" days-c) ("_" year)?`)
	rule(b, "month", `(month-a | month-b | month-c) ("_" year)?`)
}
