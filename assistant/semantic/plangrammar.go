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

func (c *Catalogue) planRules(where bool) string {
	var b strings.Builder
	filters := ""
	if where {
		filters = "where? "
		rule(&b, "where", literal(`,"where":[`)+` span ("," span ("," span ("," span)?)?)? "]"`)
		rule(&b, "span", literal(`" `)+" spans "+literal(`"`))
	}
	compare := literal(`,"compare":"`) + " " + literals(compares) + " " + literal(`"`)
	order := func(of ...Order) string { return literal(`,"order":"`) + " " + literals(of) + " " + literal(`"`) }

	var metrics []string
	for _, m := range c.Metrics {
		metrics = append(metrics, m.ID)
	}
	rule(&b, "root", `"{" (`+literal(`"unsupported":"`)+" "+literals(reasons)+" "+literal(`"`)+
		" | "+literal(`"metric":"`)+" "+literals(metrics)+" "+literal(`"`)+` (total | rows)) "}"`)
	rule(&b, "total", filters+literal(`,"period":"`)+` (period "\"" compare? | `+literal(`all_time"`)+")")
	rule(&b, "rows", literal(`,"by":[`)+" by "+literal(`]`)+" "+filters+literal(`,"period":"`)+
		` (period "\"" (compare ranking? | order)? | `+literal(`all_time"`)+" order?) limit?")
	rule(&b, "compare", compare)
	rule(&b, "ranking", order(orders...))
	rule(&b, "order", order(OrderDesc, OrderAsc))
	rule(&b, "limit", literal(`,"limit":`)+` ([1-9] [0-9]? | "100")`)
	c.dimensionRules(&b)
	periodRules(&b)
	return b.String()
}

// dimensionRules allow one dimension or two different ones, of which one at most is a time dimension.
func (c *Catalogue) dimensionRules(b *strings.Builder) {
	var times, others, quotedTimes []string
	for _, d := range c.Dimensions {
		if d.Time != "" {
			times = append(times, d.ID)
			quotedTimes = append(quotedTimes, literal(`"`+d.ID+`"`))
		} else {
			others = append(others, d.ID)
		}
	}
	var by []string
	if len(times) > 0 {
		rule(b, "step", choice(quotedTimes...))
		second := ""
		if len(others) > 0 {
			second = ` ("," thing)?`
			var things []string
			for _, id := range others {
				things = append(things, literal(`"`+id+`"`))
			}
			rule(b, "thing", choice(things...))
		}
		by = append(by, "step"+second)
	}
	for _, id := range others {
		var second []string
		for _, other := range others {
			if other != id {
				second = append(second, literal(`"`+other+`"`))
			}
		}
		if len(times) > 0 {
			second = append(second, "step")
		}
		first := literal(`"` + id + `"`)
		if len(second) > 0 {
			first += ` ("," ` + choice(second...) + ")?"
		}
		by = append(by, first)
	}
	rule(b, "by", choice(by...))
}

// periodRules mirror ParsePeriod, all_time apart. What begins with a month's name is one rule with
// shared beginnings, so that few alternatives are open at any character.
func periodRules(b *strings.Builder) {
	var fixed []string
	for name, p := range namedPeriods {
		if !p.Unbounded() {
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
