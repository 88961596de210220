package semantic

import (
	"fmt"
	"time"
)

// Date is a civil date: a day on a calendar, with no time and no zone, so that no change of clocks
// can shift it. The zero Date is no date.
type Date struct {
	Year  int
	Month time.Month
	Day   int
}

// DateOf is the date t falls on in its own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

func (d Date) utc() time.Time { return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC) }

// IsZero says whether d is no date.
func (d Date) IsZero() bool { return d == Date{} }

// String is YYYY-MM-DD.
func (d Date) String() string { return fmt.Sprintf("%04d-%02d-%02d", d.Year, d.Month, d.Day) }

// MarshalText writes YYYY-MM-DD, and nothing for no date.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = Date{}
		return nil
	}
	p, err := ParseDate(string(b))
	if err == nil {
		*d = p
	}
	return err
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q is not YYYY-MM-DD", s)
	}
	return DateOf(t), nil
}

// Before orders dates.
func (d Date) Before(e Date) bool { return d.utc().Before(e.utc()) }

// AddDays moves by n days, backwards when n is negative.
func (d Date) AddDays(n int) Date { return DateOf(d.utc().AddDate(0, 0, n)) }

// AddMonths moves by n months; a day the month does not have becomes its last one, so 31 March less
// one month is 28 or 29 February.
func (d Date) AddMonths(n int) Date {
	first := DateOf(time.Date(d.Year, d.Month+time.Month(n), 1, 0, 0, 0, 0, time.UTC))
	first.Day = min(d.Day, daysIn(first.Year, first.Month))
	return first
}

// Days is the number of days from d to e.
func (d Date) Days(e Date) int {
	return int((e.utc().Unix() - d.utc().Unix()) / (24 * 60 * 60))
}

// Weekday counts from Monday (0) to Sunday (6).
func (d Date) Weekday() int { return (int(d.utc().Weekday()) + 6) % 7 }

func daysIn(year int, m time.Month) int {
	return time.Date(year, m+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

// Grain is a step of time.
type Grain string

// The steps, finest first.
const (
	Day     Grain = "day"
	Week    Grain = "week" // Monday to Sunday
	Month   Grain = "month"
	Quarter Grain = "quarter"
	Year    Grain = "year"
)

var grains = []Grain{Day, Week, Month, Quarter, Year}

// Start is the first day of the step that holds d: the key of its bucket.
func (g Grain) Start(d Date) Date {
	switch g {
	case Week:
		return d.AddDays(-d.Weekday())
	case Month:
		d.Day = 1
	case Quarter:
		d.Month, d.Day = (d.Month-1)/3*3+1, 1
	case Year:
		d.Month, d.Day = time.January, 1
	}
	return d
}

// Add moves a date by n steps.
func (g Grain) Add(d Date, n int) Date {
	switch g {
	case Week:
		return d.AddDays(7 * n)
	case Month:
		return d.AddMonths(n)
	case Quarter:
		return d.AddMonths(3 * n)
	case Year:
		return d.AddMonths(12 * n)
	}
	return d.AddDays(n)
}
