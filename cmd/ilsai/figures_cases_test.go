package main

// figureCases pairs questions with SQL written by hand against the demo schema, not through the catalogue. The clock of
// the test stands at Wednesday 18 November 2026, so the dates are literals.
//
// Each query gives the expected rows in order: the keys (if any), then the figure. A "time" case
// lists only buckets that have rows; the answer may add empty ones.
var figureCases = []struct {
	tenant, question, sql string
	guide                 bool // the guide's own question: must be right
}{
	{shop2, "What were our top 3 products this month?", topProducts("2026-11-01", "2026-11-19", 3), true},
	{shop3, "What were our top 3 products this month?", topProducts("2026-11-01", "2026-11-19", 3), true},
	{shop2, "What were our top 5 products last month?", topProducts("2026-10-01", "2026-11-01", 5), false},
	{shop2, "What were our top selling products?", topProducts("2026-10-20", "2026-11-19", 5), true},
	{shop3, "What were our top products last month?", topProducts("2026-10-01", "2026-11-01", 5), true},
	{shop2, "Show revenue trend for the last quarter", byMonth("2026-07-01", "2026-10-01"), true},
	{shop3, "Show revenue trend for the last quarter", byMonth("2026-07-01", "2026-10-01"), true},
	{shop2, "Which customer segment is growing fastest?", growing("segment", "2026-10-20", "2026-11-19", "2026-09-20", "2026-10-20"), true},
	{shop3, "Which customer segment is growing fastest?", growing("segment", "2026-10-20", "2026-11-19", "2026-09-20", "2026-10-20"), true},
	{shop2, "What was our revenue yesterday?", total("SUM(net_cents)", "2026-11-17", "2026-11-18"), false},
	{shop2, "What was our revenue last week?", total("SUM(net_cents)", "2026-11-09", "2026-11-16"), false},
	{shop2, "What was our revenue last month?", total("SUM(net_cents)", "2026-10-01", "2026-11-01"), false},
	{shop3, "What was our revenue this year?", total("SUM(net_cents)", "2026-01-01", "2026-11-19"), false},
	{shop3, "What was our revenue in March?", total("SUM(net_cents)", "2026-03-01", "2026-04-01"), false},
	{shop2, "What was our revenue in Q2?", total("SUM(net_cents)", "2026-04-01", "2026-07-01"), false},
	{shop2, "What was our revenue in the last 7 days?", total("SUM(net_cents)", "2026-11-12", "2026-11-19"), false},
	{shop2, "How many units did we sell last month?", total("SUM(quantity)", "2026-10-01", "2026-11-01"), false},
	{shop3, "How many orders did we have last week?", total(orders, "2026-11-09", "2026-11-16"), false},
	{shop2, "How many orders did we have yesterday?", total(orders, "2026-11-17", "2026-11-18"), false},
	{shop3, "How many customers did we have last month?", total("COUNT(DISTINCT CASE WHEN quantity > 0 THEN customer_id END)", "2026-10-01", "2026-11-01"), false},
	{shop2, "What was our average order value last month?", total("CAST(ROUND(1.0 * SUM(net_cents) / "+orders+") AS INTEGER)", "2026-10-01", "2026-11-01"), false},
	{shop3, "What was our gross margin last month?", total("SUM(net_cents) - SUM(cost_cents)", "2026-10-01", "2026-11-01"), false},
	{shop2, "How much did we give in discounts last month?", total("SUM(discount_cents)", "2026-10-01", "2026-11-01"), false},
	{shop3, "How many returns did we have last month?", total("SUM(returned_quantity)", "2026-10-01", "2026-11-01"), false},
	{shop3, "How much did we refund last month?", total("SUM(refund_cents)", "2026-10-01", "2026-11-01"), false},
	{shop2, "What was our return rate last month?", total("100.0 * SUM(returned_quantity) / SUM(quantity)", "2026-10-01", "2026-11-01"), false},
	{shop2, "What was our margin rate last month?", total("100.0 * (SUM(net_cents) - SUM(cost_cents)) / SUM(net_cents)", "2026-10-01", "2026-11-01"), false},
	{shop2, "Show revenue by category last month", by("category", "SUM(net_cents)", "2026-10-01", "2026-11-01", 0), false},
	{shop3, "Show revenue by store last month", by("store", "SUM(net_cents)", "2026-10-01", "2026-11-01", 0), false},
	{shop2, "Show revenue by brand this month", by("brand", "SUM(net_cents)", "2026-11-01", "2026-11-19", 0), false},
	{shop2, "Show units by category last week", by("category", "SUM(quantity)", "2026-11-09", "2026-11-16", 0), false},
	{shop3, "Show orders by store last week", by("store", orders, "2026-11-09", "2026-11-16", 0), false},
	{shop3, "Show gross margin by category last month", by("category", "SUM(f.net_cents - f.cost_cents)", "2026-10-01", "2026-11-01", 0), false},
	{shop2, "Show revenue by customer segment last month", by("segment", "SUM(net_cents)", "2026-10-01", "2026-11-01", 0), false},
	{shop3, "Top 3 brands this year", by("brand", "SUM(net_cents)", "2026-01-01", "2026-11-19", 3), false},
	{shop3, "Which store sold the most last month?", by("store", "SUM(net_cents)", "2026-10-01", "2026-11-01", 1), false},
	{shop2, "Which brand sold the most last month?", by("brand", "SUM(net_cents)", "2026-10-01", "2026-11-01", 1), false},
	{shop3, "Who sold the most last month?", by("staff", "SUM(net_cents)", "2026-10-01", "2026-11-01", 1), false},
	{shop2, "What are the top 5 staff members this month?", by("staff", "SUM(net_cents)", "2026-11-01", "2026-11-19", 5), false},
	{shop2, "Show monthly revenue this year", byMonth("2026-01-01", "2026-11-19"), false},
	{shop3, "Show daily revenue last week", byDay("2026-11-09", "2026-11-16"), false},
	{shop2, "What was our revenue from frames last month?", where("SUM(f.net_cents)", "p.category = 'Frames'", "2026-10-01", "2026-11-01"), false},
	{shop3, "What was our revenue from Ray-Ban last month?", where("SUM(f.net_cents)", "p.brand = 'Ray-Ban'", "2026-10-01", "2026-11-01"), false},
	{shop2, "How many sunglasses did we sell last month?", where("SUM(f.quantity)", "p.category = 'Sunglasses'", "2026-10-01", "2026-11-01"), false},
	{shop3, "How many Oakley units did we sell this year?", where("SUM(f.quantity)", "p.brand = 'Oakley'", "2026-01-01", "2026-11-19"), false},
	{shop2, "Compare revenue this month with last month", versus("2026-11-01", "2026-11-19", "2026-10-01", "2026-10-19"), false},
	{shop3, "Compare revenue last month with the month before", versus("2026-10-01", "2026-11-01", "2026-09-01", "2026-10-01"), false},
	{shop2, "How does last month's revenue compare to the same month last year?", versus("2026-10-01", "2026-11-01", "2025-10-01", "2025-11-01"), false},
}

const (
	shop2  = "optical-shop-2"
	shop3  = "optical-shop-3"
	orders = "COUNT(DISTINCT CASE WHEN quantity > 0 THEN order_id END)"
)

func between(from, to string) string {
	return " business_date >= '" + from + "' AND business_date < '" + to + "'"
}

func total(figure, from, to string) string {
	return "SELECT " + figure + " FROM sale_lines WHERE" + between(from, to)
}

func topProducts(from, to string, n int) string { return by("product", "SUM(net_cents)", from, to, n) }

// by ranks the groups of one column, highest first, ties by name.
func by(dimension, figure, from, to string, limit int) string {
	sql := "SELECT " + columnOf[dimension] + " AS k, " + figure + " AS v FROM sale_lines f" +
		" LEFT JOIN products p ON p.id = f.product_id LEFT JOIN customers c ON c.id = f.customer_id" +
		" LEFT JOIN stores s ON s.id = f.store_id LEFT JOIN staff e ON e.id = f.staff_id WHERE" + between(from, to) + " GROUP BY k ORDER BY v DESC, k"
	if limit > 0 {
		sql += " LIMIT " + string(rune('0'+limit))
	}
	return sql
}

var columnOf = map[string]string{"product": "p.name", "category": "p.category", "brand": "p.brand", "segment": "c.segment", "store": "s.name", "staff": "e.name"}

func byMonth(from, to string) string {
	return "SELECT substr(business_date, 1, 7) || '-01' AS k, SUM(net_cents) FROM sale_lines WHERE" + between(from, to) + " GROUP BY k ORDER BY k"
}

func byDay(from, to string) string {
	return "SELECT business_date AS k, SUM(net_cents) FROM sale_lines WHERE" + between(from, to) + " GROUP BY k ORDER BY k"
}

func where(figure, condition, from, to string) string {
	return "SELECT " + figure + " FROM sale_lines f, products p WHERE p.id = f.product_id AND " + condition + " AND" + between(from, to)
}

// growing gives the group whose revenue grew most in per cent, and its two figures.
func growing(dimension, from, to, before, until string) string {
	return "SELECT k, a, b FROM (SELECT " + columnOf[dimension] + " AS k" +
		", SUM(CASE WHEN" + between(from, to) + " THEN net_cents ELSE 0 END) AS a" +
		", SUM(CASE WHEN" + between(before, until) + " THEN net_cents ELSE 0 END) AS b" +
		" FROM sale_lines f LEFT JOIN products p ON p.id = f.product_id LEFT JOIN customers c ON c.id = f.customer_id GROUP BY k)" +
		" WHERE b > 0 ORDER BY 1.0 * (a - b) / b DESC LIMIT 1"
}

func versus(from, to, before, until string) string {
	return "SELECT (SELECT SUM(net_cents) FROM sale_lines WHERE" + between(from, to) + "), (SELECT SUM(net_cents) FROM sale_lines WHERE" + between(before, until) + ")"
}
