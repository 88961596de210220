package semantic

import "time"

// Window is a period placed on the calendar: the days from From up to, not including, To, in the
// shop's own time zone. A zero From has no beginning.
type Window struct {
	From, To Date
	Label    string // reads after a verb or noun: "this month (1–23 November 2026)"
	Partial  bool   // contains today and would go on after it
	Default  bool   // the question named no period

	shape shape
	today Date
}

// shape is the step in which a window's neighbours are counted: a month is followed by a month of
// another length, a weekend by the one a week later, and any other stretch by one of as many days.
type shape struct {
	unit Grain
	n    int
}

// Last is the last day inside.
func (w Window) Last() Date { return w.To.AddDays(-1) }

// Empty says whether the window holds no day.
func (w Window) Empty() bool { return !w.From.Before(w.To) }

// Place resolves the plan's period at the given moment in the shop's location. The plan must be valid.
//
// A calendar unit that contains today ends today and is partial; "last N" units always end today and
// are whole. Rows that step in weeks or more begin at a whole step, so that the last 12 months by
// month are 12 buckets and not the tail of a thirteenth.
func (p Plan) Place(c *Catalogue, now time.Time, loc *time.Location) (Window, error) {
	period, err := ParsePeriod(p.Period)
	if err != nil {
		return Window{}, err
	}
	return period.Window(DateOf(now.In(loc)), p.TimeGrain(c)), nil
}

// Window places the period on the calendar as seen from today; step is the grain of the rows, or "".
func (p Period) Window(today Date, step Grain) Window {
	named := p.kind != periodDefault
	if !named {
		p = defaultPeriod(step)
	}
	w := p.window(today, step)
	w.Default, w.today = !named, today
	if tomorrow := today.AddDays(1); p.calendar() && !w.From.After(today) && tomorrow.Before(w.To) {
		w.To, w.Partial = tomorrow, true
	} else if p.calendar() && w.To == tomorrow {
		w.Partial = true // its last day is not over
	}
	w.Label = p.label(w)
	return w
}

// defaultPeriod is what a question gets that names none: long enough to see a trend in steps of
// weeks or months, else the last 30 days.
func defaultPeriod(step Grain) Period {
	switch step {
	case Month, Quarter, Year:
		return Period{kind: periodRolling, unit: Month, n: 12}
	case Week:
		return Period{kind: periodRolling, unit: Week, n: 12}
	}
	return Period{kind: periodRolling, unit: Day, n: 30}
}

// calendar says whether the period is a stretch with ends of its own, which today can cut short.
func (p Period) calendar() bool {
	return p.kind != periodNow && p.kind != periodRolling && p.kind != periodSince && p.kind != periodAllTime
}

func (p Period) window(today Date, step Grain) Window {
	switch p.kind {
	case periodAllTime:
		return Window{To: today.AddDays(1)}
	case periodNow:
		return Window{From: today, To: today.AddDays(1), shape: shape{Day, 1}}
	case periodThis, periodLast, periodAgo:
		back := map[periodKind]int{periodThis: 0, periodLast: 1, periodAgo: p.n}[p.kind]
		from := p.unit.Add(p.unit.Start(today), -back)
		return Window{From: from, To: p.unit.Add(from, 1), shape: shape{p.unit, 1}}
	case periodThisWeekend, periodLastWeekend:
		// From Monday to Friday "this weekend" has not begun; a question about figures means the last one.
		saturday := Week.Start(today).AddDays(5)
		inside := !today.Before(saturday)
		if !inside || p.kind == periodLastWeekend {
			saturday = saturday.AddDays(-7)
		}
		return Window{From: saturday, To: saturday.AddDays(2), shape: shape{Week, 1}}
	case periodRolling:
		return p.rolling(today, step)
	case periodSince:
		w := p.a.window(today)
		if w.From.After(today) { // since a day to come: nothing yet
			return w
		}
		w.To = today.AddDays(1)
		if p.a.kind != pointWeekday {
			w.shape = shape{Day, w.From.Days(w.To)}
		}
		return w
	case periodBetween:
		return between(p.a, p.b, today)
	}
	return p.a.window(today)
}

func (p Period) rolling(today Date, step Grain) Window {
	tomorrow := today.AddDays(1)
	w := Window{To: tomorrow, shape: shape{p.unit, p.n}}
	if p.unit == Day || p.unit == Week {
		w.From = p.unit.Add(tomorrow, -p.n)
	} else {
		w.From = p.unit.Add(today, -p.n).AddDays(1)
	}
	if !p.alignsTo(step) || step.Start(w.From) == w.From {
		return w
	}
	w.From = step.Add(step.Start(w.From), 1)
	if current := step.Start(today); !w.From.Before(current) { // one bucket is no series: take the whole one before it as well
		w.From = step.Add(current, -1)
	}
	w.shape = shape{step, position(step, w, step.Start(today)) + 1}
	return w
}

// alignsTo says whether the period is counted in a unit that rows of this step divide.
func (p Period) alignsTo(step Grain) bool {
	switch p.unit {
	case Week:
		return step == Week
	case Month, Year:
		return step != "" && step != Day
	}
	return false
}

// between takes the most recent Y that has begun and the X before it; an X with a year of its own
// decides where Y is looked for. Ends in the wrong order are swapped.
func between(a, b point, today Date) Window {
	var x, y Window
	switch {
	case a.year > 0 && b.year == 0:
		x = a.window(today)
		b.year = a.year
		y = b.window(today)
		if y.From.Before(x.From) {
			b.year++
			y = b.window(today)
		}
	default:
		y = b.window(today)
		x = a.window(y.From)
	}
	if y.From.Before(x.From) {
		x, y = y, x
	}
	w := Window{From: x.From, To: y.To}
	switch a.kind {
	case pointMonth, pointYear:
		w.shape = shape{Month, (y.From.Year-x.From.Year)*12 + int(y.From.Month-x.From.Month) + x.shape.months()}
	case pointWeekday:
		w.shape = shape{Week, 1}
	default:
		w.shape = shape{Day, w.From.Days(w.To)}
	}
	return w
}

func (s shape) months() int {
	switch s.unit {
	case Quarter:
		return 3 * s.n
	case Year:
		return 12 * s.n
	}
	return s.n
}

// window places a point at the latest occurrence that has begun by the given day.
func (p point) window(by Date) Window {
	if p.kind == pointWeekday {
		day := by.AddDays(-((by.Weekday() - p.n + 7) % 7))
		return Window{From: day, To: day.AddDays(1), shape: shape{Week, 1}}
	}
	switch {
	case p.year > 0:
		return p.in(p.year)
	case p.lastYear:
		return p.in(by.Year - 1)
	}
	year := by.Year
	if p.in(year).From.After(by) {
		year--
	}
	for p.kind == pointDay && p.n > daysIn(year, p.month) { // 29 February: the latest leap year
		year--
	}
	return p.in(year)
}

// in places a point in a year. 29 February of a common year is its 28th.
func (p point) in(year int) Window {
	switch p.kind {
	case pointDay:
		day := Date{year, p.month, min(p.n, daysIn(year, p.month))}
		return Window{From: day, To: day.AddDays(1), shape: shape{Day, 1}}
	case pointMonth:
		from := Date{year, p.month, 1}
		return Window{From: from, To: from.AddMonths(1), shape: shape{Month, 1}}
	case pointQuarter:
		from := Date{year, time.Month(3*p.n - 2), 1}
		return Window{From: from, To: from.AddMonths(3), shape: shape{Quarter, 1}}
	}
	from := Date{year, time.January, 1}
	return Window{From: from, To: from.AddMonths(12), shape: shape{Year, 1}}
}

// After orders dates.
func (d Date) After(e Date) bool { return e.Before(d) }
