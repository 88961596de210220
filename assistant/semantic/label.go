package semantic

import (
	"fmt"
	"strings"
)

// label reads after a verb or a noun without a preposition, and always states the dates.
func (p Period) label(w Window) string {
	dates := " (" + w.Dates() + ")"
	switch p.kind {
	case periodAllTime:
		return "since records began"
	case periodNow:
		return "now" + dates
	case periodThis, periodLast:
		for name, q := range namedPeriods {
			if q == p {
				return strings.ReplaceAll(name, "_", " ") + dates
			}
		}
	case periodThisWeekend:
		return "this weekend" + dates
	case periodLastWeekend:
		return "last weekend" + dates
	case periodRolling:
		if w.From.Days(w.To) > w.unaligned(p).Days(w.To) || p.unit.Add(w.From, p.n-1).After(w.Last()) {
			return "since " + DayName(w.From) // whole buckets made it longer or clearly shorter than its name
		}
		return fmt.Sprintf("in the last %d %ss%s", p.n, p.unit, dates)
	case periodAgo:
		return fmt.Sprintf("%d %ss ago%s", p.n, p.unit, dates)
	case periodSince:
		return "since " + weekdayPrefix(p.a, w.From) + DayName(w.From)
	case periodBetween:
		return "from " + w.ends(" to ")
	}
	in := pointPreposition[p.a.kind]
	switch whole := p.a.in(w.From.Year); {
	case p.a.kind == pointQuarter:
		return in + quarterName(w.From) + " (" + yearless(w) + ")"
	case w.Partial && p.a.kind != pointDay && p.a.kind != pointWeekday:
		return in + whole.Dates() + " (" + yearless(w) + ")"
	}
	return in + weekdayPrefix(p.a, w.From) + w.Dates()
}

// unaligned is where a rolling period begins when no rows move its beginning.
func (w Window) unaligned(p Period) Date { return p.rolling(w.today, "").From }

func weekdayPrefix(p point, d Date) string {
	if p.kind != pointWeekday {
		return ""
	}
	return WeekdayName(d.Weekday()) + " "
}

// comparisonLabel is the label of a window that a comparison made: nobody named it, so it is told by
// its dates.
func (w Window) comparisonLabel() string {
	switch {
	case w.Last() == w.From && w.shape.unit == Week:
		return "on " + WeekdayName(w.From.Weekday()) + " " + DayName(w.From)
	case w.Last() == w.From:
		return "on " + DayName(w.From)
	case w.Partial:
		whole := Window{From: w.From, To: w.shape.unit.Add(w.shape.unit.Start(w.From), w.shape.n)}
		if w.shape.unit == Week || w.shape.unit == Day || !whole.whole() {
			return "in the same days (" + w.Dates() + ")"
		}
		switch w.shape {
		case shape{Month, 1}:
			return fmt.Sprintf("in the same days of %s (%s)", whole.Dates(), yearless(w))
		case shape{Quarter, 1}:
			return fmt.Sprintf("in the same part of %s (%s)", quarterName(w.From), yearless(w))
		}
		return fmt.Sprintf("in the same part of %s (%s)", whole.Dates(), yearless(w))
	case w.shape == shape{Quarter, 1} && w.whole():
		return "in " + quarterName(w.From) + " (" + yearless(w) + ")"
	case w.whole():
		return "in " + w.Dates()
	case w.shape == (shape{Week, 1}) && w.From.Days(w.To) == 7:
		return "in the week of " + DayName(w.From)
	}
	return "from " + w.ends(" to ")
}

func yearless(w Window) string {
	dates := w.Dates()
	if w.From.Year != w.Last().Year {
		return dates
	}
	return strings.TrimSuffix(dates, fmt.Sprintf(" %d", w.From.Year))
}

// Dates reads "1–23 November 2026", "25 October – 23 November 2026", and for whole months and years
// "March 2026", "July – September 2026", "2025".
func (w Window) Dates() string { return w.ends("–") }

func (w Window) ends(dash string) string {
	from, last := w.From, w.Last()
	wide := dash
	if dash == "–" {
		wide = " – "
	}
	if from == last {
		return DayName(from)
	}
	if w.From.Day == 1 && w.To.Day == 1 {
		switch {
		case from.Month == 1 && last.Month == 12 && from.Year == last.Year:
			return fmt.Sprint(from.Year)
		case from.Month == 1 && last.Month == 12:
			return fmt.Sprint(from.Year) + dash + fmt.Sprint(last.Year)
		case from.Month == last.Month && from.Year == last.Year:
			return MonthName(from)
		case from.Year == last.Year:
			return from.Month.String() + wide + MonthName(last)
		}
		return MonthName(from) + wide + MonthName(last)
	}
	switch {
	case from.Month == last.Month && from.Year == last.Year:
		return fmt.Sprint(from.Day) + dash + DayName(last)
	case from.Year == last.Year:
		return fmt.Sprintf("%d %s", from.Day, from.Month) + wide + DayName(last)
	}
	return DayName(from) + wide + DayName(last)
}

// DayName reads "21 November 2026".
func DayName(d Date) string { return fmt.Sprintf("%d %s %d", d.Day, d.Month, d.Year) }

func quarterName(d Date) string { return fmt.Sprintf("Q%d %d", (int(d.Month)+2)/3, d.Year) }

// MonthName reads "November 2026".
func MonthName(d Date) string { return fmt.Sprintf("%s %d", d.Month, d.Year) }

// WeekdayName is the English name of a weekday key, 0 for Monday; "" for any other number.
func WeekdayName(key int) string {
	if key < 0 || key >= len(weekdayNames) {
		return ""
	}
	return strings.ToUpper(weekdayNames[key][:1]) + weekdayNames[key][1:]
}

var pointPreposition = map[pointKind]string{pointDay: "on ", pointWeekday: "on ", pointMonth: "in ", pointQuarter: "in ", pointYear: "in "}
