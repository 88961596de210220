package semantic

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// Period is a period as a plan writes it, parsed but not yet placed on a calendar: "last_month",
// "march_3..march_10", "default". Window does the placing.
type Period struct {
	kind periodKind
	unit Grain // named, rolling, ago
	n    int   // rolling, ago: how many units, 2 to 366
	a, b point // point: a; between: a to b; since: a
}

type periodKind int

const (
	periodDefault periodKind = iota
	periodAllTime
	periodNow  // not a period: how things stand
	periodThis // the unit that contains today
	periodLast // the one before it
	periodThisWeekend
	periodLastWeekend
	periodRolling // the last n units, today included
	periodAgo     // the whole unit n units back
	periodPoint
	periodBetween
	periodSince
)

// point is a stretch of the calendar that has a name: a day, a month, a weekday, a quarter, a year.
// A zero year means the most recent one that has begun.
type point struct {
	kind     pointKind
	year     int
	lastYear bool // "… last year"
	month    time.Month
	n        int // day of the month, quarter (1 to 4), or weekday (0 is Monday)
}

type pointKind int

const (
	pointNone pointKind = iota
	pointDay
	pointMonth
	pointWeekday
	pointQuarter
	pointYear
)

// Bounds of the numbers in a period.
const (
	minUnits, maxUnits = 2, 366
	minYear, maxYear   = 2000, 2099
)

var (
	monthNames   = []string{"january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
	weekdayNames = []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}

	namedPeriods = map[string]Period{
		"default":      {kind: periodDefault},
		"all_time":     {kind: periodAllTime},
		PeriodNow:      {kind: periodNow},
		"today":        {kind: periodThis, unit: Day},
		"yesterday":    {kind: periodLast, unit: Day},
		"this_week":    {kind: periodThis, unit: Week},
		"last_week":    {kind: periodLast, unit: Week},
		"this_month":   {kind: periodThis, unit: Month},
		"last_month":   {kind: periodLast, unit: Month},
		"this_quarter": {kind: periodThis, unit: Quarter},
		"last_quarter": {kind: periodLast, unit: Quarter},
		"this_year":    {kind: periodThis, unit: Year},
		"last_year":    {kind: periodLast, unit: Year},
		"this_weekend": {kind: periodThisWeekend},
		"last_weekend": {kind: periodLastWeekend},
	}
	rollingUnits = map[string]Grain{"days": Day, "weeks": Week, "months": Month, "years": Year}
	agoUnits     = map[string]Grain{"days": Day, "weeks": Week, "months": Month, "quarters": Quarter, "years": Year}
)

// PeriodNow is the period of metrics that tell how things stand.
const PeriodNow = "now"

// Now says whether the period is PeriodNow.
func (p Period) Now() bool { return p.kind == periodNow }

// Unbounded says whether the period has no beginning.
func (p Period) Unbounded() bool { return p.kind == periodAllTime }

// ParsePeriod reads the period of a plan. Its error is a *PlanError.
func ParsePeriod(s string) (Period, error) {
	if p, ok := parsePeriod(s); ok {
		return p, nil
	}
	if s == "" {
		return Period{}, &PlanError{Member: "period", Reason: "is missing"}
	}
	return Period{}, &PlanError{Member: "period", Reason: strconv.Quote(s) + " is not known"}
}

func parsePeriod(s string) (Period, bool) {
	if p, ok := namedPeriods[s]; ok {
		return p, true
	}
	if from, to, ok := strings.Cut(s, ".."); ok {
		return parseSpan(from, to)
	}
	w := strings.Split(s, "_")
	if len(w) == 3 && w[0] == "last" && rollingUnits[w[2]] != "" {
		n, ok := parseNumber(w[1], minUnits, maxUnits)
		return Period{kind: periodRolling, unit: rollingUnits[w[2]], n: n}, ok
	}
	if len(w) == 3 && w[2] == "ago" && agoUnits[w[1]] != "" {
		n, ok := parseNumber(w[0], minUnits, maxUnits)
		return Period{kind: periodAgo, unit: agoUnits[w[1]], n: n}, ok
	}
	a, ok := parsePoint(w)
	return Period{kind: periodPoint, a: a}, ok
}

// parseSpan reads X..Y: two days, months, years or weekdays, or one of them up to today.
func parseSpan(from, to string) (Period, bool) {
	a, ok := parsePoint(strings.Split(from, "_"))
	if !ok || a.kind == pointQuarter || a.lastYear {
		return Period{}, false
	}
	if to == "today" {
		return Period{kind: periodSince, a: a}, true
	}
	b, ok := parsePoint(strings.Split(to, "_"))
	return Period{kind: periodBetween, a: a, b: b}, ok && b.kind == a.kind && !b.lastYear
}

func parsePoint(w []string) (point, bool) {
	head, tail := w[0], w[1:]
	if year, ok := parseNumber(head, minYear, maxYear); ok {
		return point{kind: pointYear, year: year}, len(tail) == 0
	}
	if i := slices.Index(weekdayNames, head); i >= 0 {
		return point{kind: pointWeekday, n: i}, len(tail) == 0
	}
	var p point
	if len(head) == 2 && head[0] == 'q' && head[1] >= '1' && head[1] <= '4' {
		p = point{kind: pointQuarter, n: int(head[1] - '0')}
	} else if i := slices.Index(monthNames, head); i >= 0 {
		p = point{kind: pointMonth, month: time.Month(i + 1)}
		if len(tail) > 0 {
			// 2000 is a leap year: the longest each month can be
			if day, ok := parseNumber(tail[0], 1, daysIn(2000, p.month)); ok {
				p.kind, p.n = pointDay, day
				tail = tail[1:]
			}
		}
	} else {
		return point{}, false
	}
	switch {
	case len(tail) == 0:
		return p, true
	case len(tail) == 1:
		year, ok := parseNumber(tail[0], minYear, maxYear)
		p.year = year
		return p, ok
	case len(tail) == 2 && tail[0] == "last" && tail[1] == "year" && p.kind != pointDay:
		p.lastYear = true
		return p, true
	}
	return point{}, false
}

// parseNumber reads a decimal number without sign or leading zero.
func parseNumber(s string, lo, hi int) (int, bool) {
	if s == "" || s[0] < '1' || s[0] > '9' || len(s) > 4 {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= lo && n <= hi
}
