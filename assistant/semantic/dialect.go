package semantic

import (
	"strconv"
	"strings"
)

// Dialect is the SQL engine a statement is written for.
type Dialect string

// The engines a shop's data can live in.
const (
	SQLite   Dialect = "sqlite"
	Postgres Dialect = "postgres"
)

// placeholder is the n-th parameter of a statement, from 1.
func (d Dialect) placeholder(n int) string {
	if d == Postgres {
		return "$" + strconv.Itoa(n)
	}
	return "?"
}

// bucket is the expression for the first day of the step that holds date, as YYYY-MM-DD text.
func (d Dialect) bucket(step Grain, date string) string {
	if d == Postgres {
		return "to_char(date_trunc('" + string(step) + "', CAST(" + date + " AS DATE)), 'YYYY-MM-DD')"
	}
	expression := map[Grain]string{
		Day:     "date(@)",
		Week:    "date(@, 'weekday 0', '-6 days')", // on to Sunday, then back to its Monday
		Month:   "strftime('%Y-%m-01', @)",
		Quarter: "strftime('%Y-', @) || substr('0' || ((CAST(strftime('%m', @) AS INTEGER) - 1) / 3 * 3 + 1), -2) || '-01'",
		Year:    "strftime('%Y-01-01', @)",
	}[step]
	return strings.ReplaceAll(expression, "@", date)
}

// figure gives an expression the type its unit is read as: PostgreSQL would return a sum of integers as
// a decimal.
func (d Dialect) figure(u Unit, expression string) string {
	switch {
	case d != Postgres:
		return expression
	case u.Whole():
		return "CAST(" + expression + " AS BIGINT)"
	}
	return "CAST(" + expression + " AS DOUBLE PRECISION)"
}
