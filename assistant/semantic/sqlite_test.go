package semantic_test

import (
	"database/sql"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// sale is one line as the reference computation sees it.
type sale struct {
	order, customer                             int
	date                                        semantic.Date
	key                                         map[string]string // product, category, brand, segment, store, staff
	quantity, gross, discount, cost, back, paid int64
}

// shop is a random shop: the same lines in SQLite and in memory.
type shop struct {
	db    *sql.DB
	lines []sale
}

var products = []struct{ name, category, brand string }{
	{"Aviator", "Sunglasses", "Ray-Ban"}, {"Holbrook", "Sunglasses", "Oakley"}, {"Clubmaster", "Frames", "Ray-Ban"}, {"Comfort", "Lenses", "Essilor"}, {"Oasys", "Contact lenses", "Acuvue"},
}

func randomShop(t testing.TB, r *rand.Rand, days, lines int) *shop {
	t.Helper()
	db, err := sql.Open("sqlite3", ":memory:")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { db.Close() })
	exec := func(q string, args ...any) {
		t.Helper()
		if _, err := db.Exec(q, args...); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	exec(semantic.SalesSchemaSQLite)
	segments, stores, staff := []string{"Children", "Seniors"}, []string{"Downtown", "Airport", "Mall"}, []string{"Jamie Reyes", "Maria Lopez"}
	for i, p := range products {
		exec("INSERT INTO products VALUES (?, ?, ?, ?, ?, 0, 0)", i, p.name, p.name, p.category, p.brand)
	}
	for i := range 6 {
		exec("INSERT INTO customers VALUES (?, ?)", i, segments[i%2])
	}
	for i, s := range stores {
		exec("INSERT INTO stores VALUES (?, ?, '')", i, s)
	}
	for i, s := range staff {
		exec("INSERT INTO staff VALUES (?, ?, 0)", i, s)
	}
	out := &shop{db: db}
	exec("BEGIN")
	for range lines {
		p, c, st, e := r.IntN(len(products)), r.IntN(6), r.IntN(3), r.IntN(2)
		l := sale{order: r.IntN(lines/2 + 1), customer: c, date: monday.AddDays(-r.IntN(days)), key: map[string]string{
			"product": products[p].name, "category": products[p].category, "brand": products[p].brand,
			"segment": segments[c%2], "store": stores[st], "staff": staff[e],
		}}
		if r.IntN(10) == 0 {
			l.back, l.paid = 1, int64(r.IntN(20000))
		} else {
			l.quantity = 1 + int64(r.IntN(3))
			l.gross = l.quantity * int64(1000+r.IntN(20000))
			l.discount = int64(r.IntN(1000))
			l.cost = l.gross / 2
		}
		exec(`INSERT INTO sale_lines (order_id, business_date, store_id, staff_id, customer_id, product_id, quantity, gross_cents, discount_cents, net_cents, cost_cents, returned_quantity, refund_cents)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			l.order, l.date.String(), st, e, c, p, l.quantity, l.gross, l.discount, l.gross-l.discount, l.cost, l.back, l.paid)
		out.lines = append(out.lines, l)
	}
	exec("COMMIT")
	return out
}

// run executes a plan as the assistant would.
func (s *shop) run(t testing.TB, p semantic.Plan, filters []semantic.Filter, w, against semantic.Window) *semantic.Table {
	t.Helper()
	c := semantic.Sales()
	queries, err := c.Compile(p, filters, w, against, semantic.SQLite)
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	results := map[semantic.Purpose][][]any{}
	for _, q := range queries {
		results[q.Purpose] = s.query(t, q)
	}
	table, err := c.Tabulate(p, w, against, results)
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	return table
}

func (s *shop) query(t testing.TB, q semantic.Query) [][]any {
	t.Helper()
	rows, err := s.db.Query(q.SQL, q.Args...)
	if err != nil {
		t.Fatalf("%s: %v", q.SQL, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var out [][]any
	for rows.Next() {
		row, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		out = append(out, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// key is a line's key for a dimension, as a table shows it.
func (l sale) dimension(id string) string {
	switch id {
	case "weekday":
		return semantic.WeekdayName(l.date.Weekday())
	case "day", "week", "month", "quarter", "year":
		return semantic.Grain(id).Start(l.date).String()
	}
	return l.key[id]
}

// measure computes a metric over lines without SQL; nil where there is nothing to compute it from.
func measure(metric string, lines []sale) any {
	var net, gross, discount, cost, quantity, back, paid int64
	orders, customers := map[int]bool{}, map[int]bool{}
	for _, l := range lines {
		net, gross, discount, cost = net+l.gross-l.discount, gross+l.gross, discount+l.discount, cost+l.cost
		quantity, back, paid = quantity+l.quantity, back+l.back, paid+l.paid
		if l.quantity > 0 {
			orders[l.order], customers[l.customer] = true, true
		}
	}
	share := func(a, b int64) any {
		if b == 0 {
			return nil
		}
		return 100 * float64(a) / float64(b)
	}
	switch metric {
	case "revenue":
		return net
	case "units":
		return quantity
	case "orders":
		return int64(len(orders))
	case "customers":
		return int64(len(customers))
	case "average_order_value":
		if len(orders) == 0 {
			return nil
		}
		return int64(math.Round(float64(net) / float64(len(orders))))
	case "gross_margin":
		return net - cost
	case "margin_rate":
		return share(net-cost, net)
	case "discount":
		return discount
	case "discount_rate":
		return share(discount, gross)
	case "returns":
		return back
	case "refunds":
		return paid
	case "return_rate":
		return share(back, quantity)
	}
	panic("no reference computation for " + metric)
}

// pick is the lines of a window that pass the filters.
func (s *shop) pick(w semantic.Window, filters []semantic.Filter) []sale {
	var out []sale
	for _, l := range s.lines {
		in := !l.date.Before(w.From) && l.date.Before(w.To)
		for _, f := range filters {
			in = in && slices.Contains(f.Values, l.key[f.Dimension])
		}
		if in {
			out = append(out, l)
		}
	}
	return out
}

func near(a, b any) bool {
	x, okX := a.(float64)
	y, okY := b.(float64)
	if okX && okY {
		return math.Abs(x-y) <= 1e-9*math.Max(1, math.Abs(x))
	}
	return a == b
}

// TestRowsAgainstReference runs random legal plans on SQLite and computes every cell again from the
// lines, without SQL.
func TestRowsAgainstReference(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	c := semantic.Sales()
	g := grammarOf(t, "")
	s := randomShop(t, r, 500, 1500)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for range cases(3000) {
		p, err := semantic.ParsePlan([]byte(g.Random(r, 150)))
		if err != nil {
			t.Fatal(err)
		}
		if p.Unsupported != "" {
			continue
		}
		w, err := p.Place(c, now, time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		against, _ := w.Against(p.Compare)
		var filters []semantic.Filter
		if r.IntN(3) == 0 {
			filters = append(filters, semantic.Filter{Dimension: "brand", Values: []string{"Ray-Ban", "Oakley"}}, semantic.Filter{Dimension: "store", Values: []string{"Mall"}})
		}
		table := s.run(t, p, filters, w, against)
		groups, before := map[string][]sale{}, map[string][]sale{}
		key := func(l sale) string {
			var parts []string
			for _, id := range p.By {
				parts = append(parts, l.dimension(id))
			}
			return strings.Join(parts, "|")
		}
		for _, l := range s.pick(w, filters) {
			groups[key(l)] = append(groups[key(l)], l)
		}
		if p.Compare != "" {
			for _, l := range s.pick(against, filters) {
				before[key(l)] = append(before[key(l)], l)
			}
		}
		width := len(p.By)
		zero := c.Metric(p.Metric).Empty == semantic.EmptyZero
		for _, row := range table.Rows {
			var parts []string
			for _, cell := range row[:width] {
				parts = append(parts, fmt.Sprint(cell))
			}
			k := strings.Join(parts, "|")
			if want := measure(p.Metric, groups[k]); !near(row[width], want) {
				t.Fatalf("%s %v: row %v, want %v", p, filters, row, want)
			}
			if p.Compare != "" && p.TimeGrain(c) == "" {
				if want := measure(p.Metric, before[k]); !near(row[width+1], want) {
					t.Fatalf("%s: previous of %v, want %v", p, row, want)
				}
			}
		}
		if p.TimeGrain(c) == "" && width > 0 {
			all := map[string]bool{}
			for k := range groups {
				all[k] = true
			}
			if zero {
				for k := range before {
					all[k] = true
				}
			}
			if table.RowCount != len(all) || len(table.Rows) != min(len(all), p.RowLimit()) {
				t.Fatalf("%s: %d groups, %d shown; the lines have %d", p, table.RowCount, len(table.Rows), len(all))
			}
		}
		if width == 0 && len(table.Rows) != 1 {
			t.Fatalf("%s: a total has %d rows", p, len(table.Rows))
		}
		if table.Total != nil {
			if want := measure(p.Metric, s.pick(w, filters)); !near(table.Total[width], want) {
				t.Fatalf("%s: total %v, want %v", p, table.Total, want)
			}
		}
		checkOrder(t, p, c, table)
	}
}

// checkOrder: ranked rows do not get better from one to the next, series run in time.
func checkOrder(t testing.TB, p semantic.Plan, c *semantic.Catalogue, table *semantic.Table) {
	t.Helper()
	value := len(p.By)
	if p.Order.ByChange() {
		value += 3
	}
	for i := 1; i < len(table.Rows); i++ {
		a, b := table.Rows[i-1], table.Rows[i]
		if p.Series(c) && p.Order == "" {
			if a[0].(string) >= b[0].(string) {
				t.Fatalf("%s: %v before %v", p, a, b)
			}
			continue
		}
		if p.TimeGrain(c) != "" && p.Order == "" || len(p.By) == 0 {
			continue
		}
		x, okX := asFloat(a[value])
		y, okY := asFloat(b[value])
		up := p.Order == semantic.OrderAsc || p.Order == semantic.OrderDecline
		if okY && (!okX || up && x > y || !up && x < y) {
			t.Fatalf("%s: %v before %v", p, a, b)
		}
	}
}

func asFloat(cell any) (float64, bool) {
	switch v := cell.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// TestBucketsAgainstSQLite: the engine's keys of steps are Go's.
func TestBucketsAgainstSQLite(t *testing.T) {
	s := randomShop(t, rand.New(rand.NewPCG(1, 1)), 3000, 1500)
	for _, step := range []semantic.Grain{semantic.Day, semantic.Week, semantic.Month, semantic.Quarter, semantic.Year} {
		p := semantic.Plan{Metric: "orders", By: []string{string(step)}, Period: "all_time"}
		w, err := p.Place(semantic.Sales(), time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC), time.UTC)
		if err != nil {
			t.Fatal(err)
		}
		queries, err := semantic.Sales().Compile(p, nil, w, semantic.Window{}, semantic.SQLite)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]bool{}
		for _, l := range s.lines {
			want[step.Start(l.date).String()] = true
		}
		got := s.query(t, queries[0])
		for _, row := range got {
			if !want[row[0].(string)] {
				t.Errorf("%s: SQLite has the key %v", step, row[0])
			}
		}
		if len(got) != len(want) {
			t.Errorf("%s: %d keys, want %d", step, len(got), len(want))
		}
	}
}
