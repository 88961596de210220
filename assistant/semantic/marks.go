package semantic

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// The marks a catalogue's SQL may hold. Each becomes a bound parameter, a day as YYYY-MM-DD: the first
// day of the plan's period, the day after its last, the shop's today and the first day of its month, and
// N days before today. So what day it is, and how one counts back from it, is the same in both engines.
var markForm = regexp.MustCompile(`\{([^{}]*)\}`)

var agoForm = regexp.MustCompile(`^today-([1-9][0-9]{0,3})$`)

// beginning stands for {from} where a period has none.
const beginning = "0001-01-01"

// checkMarks refuses marks that do not exist, and those of a period where there is none.
func checkMarks(s SQL, period bool) error {
	for _, sql := range []string{s.SQLite, s.Postgres} {
		for _, mark := range markForm.FindAllStringSubmatch(sql, -1) {
			switch name := mark[1]; {
			case name == "today", name == "month", agoForm.MatchString(name):
			case (name == "from" || name == "to") && period:
			default:
				return fmt.Errorf("the mark {%s} is not known here: {from} and {to} of a period, {today}, {today-90}, {month}", name)
			}
		}
		if strings.ContainsAny(markForm.ReplaceAllString(sql, ""), "{}?$") {
			return fmt.Errorf("a brace, ? or $ in %q", sql)
		}
	}
	return nil
}

// day is what a mark stands for in the window of a plan.
func (w Window) day(mark string) string {
	switch mark {
	case "from":
		if w.From.IsZero() {
			return beginning
		}
		return w.From.String()
	case "to":
		return w.To.String()
	case "month":
		return Month.Start(w.today).String()
	}
	if ago := agoForm.FindStringSubmatch(mark); ago != nil {
		n, err := strconv.Atoi(ago[1])
		if err == nil {
			return w.today.AddDays(-n).String()
		}
	}
	return w.today.String()
}
