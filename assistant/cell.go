package assistant

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// cellFormat writes cells as people read them.
type cellFormat struct {
	currency string
	year     int // of the question: a week in another year says so
}

const noFigure = "n/a"

// text is a cell of the given column: $12,345.67, 1,204, 41.3%, +12.5% (change_rate), 12.5 days, 2.4 times, November 2026,
// fewer than 11.
func (f cellFormat) text(c semantic.Column, cell any) string {
	switch v := cell.(type) {
	case nil:
		return noFigure
	case string:
		return f.key(c.Unit, v)
	case int64:
		if c.Unit == string(semantic.Money) {
			return f.money(v)
		}
		if c.Unit == string(semantic.Count) {
			return grouped(v)
		}
		return f.decimal(c, float64(v))
	case float64:
		return f.decimal(c, v)
	}
	return fmt.Sprint(cell)
}

func (f cellFormat) decimal(c semantic.Column, v float64) string {
	v = math.Round(v*10) / 10
	text := strconv.FormatFloat(math.Abs(v), 'f', 1, 64)
	whole, fraction, _ := strings.Cut(text, ".")
	if n, err := strconv.ParseInt(whole, 10, 64); err == nil {
		text = grouped(n) + "." + fraction
	}
	switch {
	case v < 0:
		text = "-" + text
	case v > 0 && c.ID == columnChangeRate:
		text = "+" + text
	}
	switch word := unitWords[c.Unit]; {
	case word == "":
		return text + "%"
	case fraction == "0" && c.Unit == string(semantic.Days):
		return grouped(int64(v)) + word
	default:
		return text + word
	}
}

// unitWords follow figures that are no percentage. Days are often whole.
var unitWords = map[string]string{"points": " points", string(semantic.Days): " days", string(semantic.Years): " years", string(semantic.Ratio): " times"}

// columnChangeRate is always printed with its sign.
const columnChangeRate = "change_rate"

var currencySigns = map[string]string{"USD": "$", "EUR": "€", "GBP": "£"}

func (f cellFormat) money(cents int64) string {
	sign := ""
	amount := uint64(cents)
	if cents < 0 {
		sign, amount = "-", -amount
	}
	unit, known := currencySigns[f.currency]
	if !known && f.currency != "" {
		unit = f.currency + " "
	}
	return fmt.Sprintf("%s%s%s.%02d", sign, unit, groupedDigits(strconv.FormatUint(amount/100, 10)), amount%100)
}

// grouped writes thousands separators.
func grouped(n int64) string {
	if n < 0 {
		return "-" + groupedDigits(strconv.FormatUint(-uint64(n), 10))
	}
	return groupedDigits(strconv.FormatInt(n, 10))
}

func groupedDigits(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// key writes a key of a dimension; text stands verbatim.
func (f cellFormat) key(unit, key string) string {
	d, err := semantic.ParseDate(key)
	if err != nil {
		if key == "" {
			return "(none)"
		}
		return key
	}
	switch semantic.Grain(unit) {
	case semantic.Day:
		return semantic.DayName(d)
	case semantic.Week:
		if d.Year == f.year {
			return fmt.Sprintf("week of %d %s", d.Day, d.Month)
		}
		return "week of " + semantic.DayName(d)
	case semantic.Month:
		return semantic.MonthName(d)
	case semantic.Quarter:
		return fmt.Sprintf("Q%d %d", (int(d.Month)+2)/3, d.Year)
	case semantic.Year:
		return strconv.Itoa(d.Year)
	}
	return key
}
