package semantic

// Against is the window a comparison holds w against: the one just before it, or the same one a year
// earlier. A partial window is held against the same elapsed part: 1–23 November against 1–23
// October. ok is false for all time, which has nothing before it.
//
// Weeks, weekends and weekdays move by whole weeks (a year is then 364 days), so that Saturdays meet
// Saturdays; months, quarters and years move by months, clipped at a month's end; any other stretch
// moves by its own length in days.
func (w Window) Against(c Compare) (_ Window, ok bool) {
	if w.From.IsZero() || c == "" {
		return Window{}, false
	}
	from, to := w.From, w.To
	switch unit := w.shape.unit; {
	case unit == Week && c == CompareYearAgo:
		from, to = from.AddDays(-364), to.AddDays(-364)
	case unit == Week:
		from, to = from.AddDays(-7*w.shape.n), to.AddDays(-7*w.shape.n)
	case c == CompareYearAgo:
		from, to = w.back(12)
	case unit == Day:
		from, to = from.AddDays(-w.shape.n), to.AddDays(-w.shape.n)
	default:
		from, to = w.back(w.shape.months())
	}
	against := Window{From: from, To: to, shape: w.shape, today: w.today, Partial: w.Partial}
	against.Label = against.comparisonLabel()
	return against, true
}

// back moves both ends by months. Whole months stay whole; otherwise the last day moves, so that
// what had elapsed of the one month is what is taken of the other.
func (w Window) back(months int) (Date, Date) {
	from := w.From.AddMonths(-months)
	if w.whole() {
		return from, w.To.AddMonths(-months)
	}
	return from, w.Last().AddMonths(-months).AddDays(1)
}

// whole says whether the window is made of whole months.
func (w Window) whole() bool { return w.From.Day == 1 && w.To.Day == 1 && !w.Partial }

// Buckets lists the keys of the window's steps in order, at most limit of them; ok is false when
// there are more, or when the window has no beginning.
func (w Window) Buckets(step Grain, limit int) (keys []Date, ok bool) {
	if w.From.IsZero() {
		return nil, false
	}
	for key := step.Start(w.From); key.Before(w.To); key = step.Add(key, 1) {
		if len(keys) == limit {
			return nil, false
		}
		keys = append(keys, key)
	}
	return keys, true
}

// Unfinished says whether the bucket that starts at key reaches beyond today, so that what it holds
// is not comparable with the buckets before it.
func (w Window) Unfinished(step Grain, key Date) bool {
	return w.today.Before(step.Add(key, 1)) && !w.today.Before(key)
}
