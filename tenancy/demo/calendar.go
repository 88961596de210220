package demo

import "time"

// date is a calendar day without a time zone: days since 1970-01-01.
type date int

func dateOf(t time.Time) date {
	y, m, d := t.Date()
	return date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

func parseDate(s string) (date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, err
	}
	return dateOf(t), nil
}

func (d date) time() time.Time       { return time.Unix(int64(d)*86400, 0).UTC() }
func (d date) String() string        { return d.time().Format(time.DateOnly) }
func (d date) weekday() time.Weekday { return d.time().Weekday() }

const historyMonths = 18

// historyStart is the first day of the month eighteen months before today's.
func historyStart(today date) date {
	y, m, _ := today.time().Date()
	return dateOf(time.Date(y, m-historyMonths, 1, 0, 0, 0, 0, time.UTC))
}

// Share of an average day's orders, Sunday first.
var weekdayShare = [7]float64{0.62, 0.82, 0.84, 0.93, 1.02, 1.22, 1.72}

// Share of an average month's orders: quiet February, back to school, December.
var monthShare = [13]float64{0, 0.96, 0.86, 0.94, 0.99, 1.03, 1.07, 1.04, 1.06, 1.06, 0.97, 1.02, 1.30}

// Share of sunglasses among the baskets, relative to the year's average.
var sunShare = [13]float64{0, 0.35, 0.45, 0.75, 1.10, 1.55, 2.05, 2.20, 1.80, 0.95, 0.60, 0.45, 0.75}

// open reports whether a store trades on a day.
func (s store) open(d date) bool {
	_, m, day := d.time().Date()
	if m == time.December && day == 25 || m == time.January && day == 1 {
		return false
	}
	return !s.closedSunday || d.weekday() != time.Sunday
}

// saleWeek is the percentage off list prices that a campaign gives a category and segment on a day.
func saleWeek(d date, category, segment string) int {
	_, m, day := d.time().Date()
	switch {
	case m == time.January && day >= 8 && day <= 21 && (category == frames || category == sunglasses):
		return 20 // winter sales
	case m == time.March && day >= 15 && day <= 21 && category == lenses:
		return 15 // lens week
	case m == time.August && day >= 18 && (category == frames || category == lenses) && (segment == "Children" || segment == "Students"):
		return 15 // back to school
	case m == time.September && day >= 8 && day <= 21 && category == sunglasses:
		return 30 // end of season
	case m == time.November && day >= 22 && (category == frames || category == sunglasses || category == accessories):
		return 25 // Black Friday week
	default:
		return 0
	}
}

// saleTraffic is how much busier a campaign makes a day.
func saleTraffic(d date) float64 {
	_, m, day := d.time().Date()
	switch {
	case m == time.January && day >= 8 && day <= 21, m == time.September && day >= 8 && day <= 21:
		return 1.15
	case m == time.November && day >= 22:
		return 1.35
	default:
		return 1
	}
}
