package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
)

// planned is a Generator that plans what it is told and leaves the sentence to the assistant's plain statement.
type planned struct{ plan string }

func (p *planned) Generate(_ context.Context, g assistant.Generation) (assistant.Completion, error) {
	if strings.HasPrefix(g.System, "plan ") {
		return assistant.Completion{Text: p.plan, CompletionTokens: 20}, nil
	}
	return assistant.Completion{Text: "", CompletionTokens: 1}, nil
}

// raw is one row of what a metric is computed from, read past the catalogue.
type raw struct {
	key    map[string]string
	number map[string]float64
	person string
}

// measured is a metric as this test computes it, in Go.
type measured struct {
	rows  []raw
	where func(raw) bool       // nil: all
	value func(rows []raw) any // nil: nothing to compute it from
	stem  string               // of the question
	from  string               // the plan's period; "": now
}

func sum(of func(raw) float64) func([]raw) any {
	return func(rows []raw) any {
		total := 0.0
		for _, r := range rows {
			total += of(r)
		}
		return total
	}
}

func field(name string) func(raw) float64 { return func(r raw) float64 { return r.number[name] } }

func countRows(rows []raw) any { return float64(len(rows)) }

func people(rows []raw) any {
	seen := map[string]bool{}
	for _, r := range rows {
		seen[r.person] = true
	}
	return float64(len(seen))
}

func ratio(a, b func([]raw) any, times float64) func([]raw) any {
	return func(rows []raw) any {
		if d := b(rows).(float64); d != 0 {
			return times * a(rows).(float64) / d
		}
		return nil
	}
}

// domainQuery runs SQL of the test's own on one of the shop's databases.
func (s *shops) domainQuery(t testing.TB, tenant, domain, sql string) [][]any {
	t.Helper()
	snap, err := s.data.Snapshot(context.Background(), ilsai.TenantID(tenant), domain)
	if err != nil {
		t.Fatal(err)
	}
	defer snap.Close()
	_, rows, err := snap.Query(context.Background(), sql, nil, 100_000)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

// The clock of the test stands at Wednesday 18 November 2026.
const (
	figuresToday = "2026-11-18"
	twelveWeeks  = "2026-08-27" // the first of 84 days that end today
	halfYear     = "2026-05-23" // the first of 180
)

func stockRows(t testing.TB, s *shops, tenant string) []raw {
	t.Helper()
	type place struct{ store, product int64 }
	sold, lately := map[place]float64{}, map[place]float64{}
	later, during, soldLastMonth := map[place]float64{}, map[place]float64{}, map[place]float64{}
	for _, m := range s.domainQuery(t, tenant, "inventory", "SELECT business_date, store_id, product_id, kind, quantity FROM stock_movements WHERE business_date >= '2026-05-01'") {
		at := place{m[1].(int64), m[2].(int64)}
		day, kind, n := m[0].(string), m[3].(string), float64(m[4].(int64))
		trade := kind == "sale" || kind == "return"
		if trade && day >= twelveWeeks {
			sold[at] -= n
		}
		if kind == "sale" && day >= halfYear {
			lately[at]++
		}
		switch {
		case day >= "2026-11-01":
			later[at] += n
		case day >= "2026-10-01":
			during[at] += n
			if trade {
				soldLastMonth[at] -= n
			}
		}
	}
	var out []raw
	for _, l := range s.domainQuery(t, tenant, "inventory", `SELECT l.store_id, l.product_id, s.name, p.name, p.category, p.brand, u.name, l.on_hand, l.on_order, l.reorder_point,
		p.cost_cents, p.price_cents, p.pack_size, p.lead_time_days, p.discontinued FROM stock_levels l, stores s, products p, suppliers u
		WHERE s.id = l.store_id AND p.id = l.product_id AND u.id = p.supplier_id`) {
		at := place{l[0].(int64), l[1].(int64)}
		n := func(i int) float64 { return float64(l[i].(int64)) }
		r := raw{key: map[string]string{"store": l[2].(string), "product": l[3].(string), "category": l[4].(string), "brand": l[5].(string), "supplier": l[6].(string)}}
		hand, order, point, cost, price, pack, lead := n(7), n(8), n(9), n(10), n(11), n(12), n(13)
		demand := max(0, sold[at])
		level := max(point, math.Ceil(demand*lead/84))
		suggested := 0.0
		if l[14].(int64) == 0 && hand+order <= level {
			suggested = math.Ceil((level+math.Ceil(demand/3)-hand-order)/pack) * pack
		}
		r.number = map[string]float64{"hand": hand, "order": order, "point": point, "value": hand * cost, "retail": hand * price, "demand": demand, "lately": lately[at],
			"suggested": suggested, "spend": suggested * cost, "gone": n(14), "sold": soldLastMonth[at] * cost, "stock": (2*(hand-later[at]) - during[at]) * cost}
		out = append(out, r)
	}
	return out
}

func inventoryMetrics(t testing.TB, s *shops, tenant string) map[string]measured {
	stock := stockRows(t, s, tenant)
	var moves []raw
	for _, m := range s.domainQuery(t, tenant, "inventory", `SELECT m.business_date, m.kind, m.quantity, s.name, p.name, p.category, p.brand, u.name
		FROM stock_movements m, stores s, products p, suppliers u WHERE s.id = m.store_id AND p.id = m.product_id AND u.id = p.supplier_id AND m.business_date LIKE '2026-10-%'`) {
		r := raw{key: map[string]string{"store": m[3].(string), "product": m[4].(string), "category": m[5].(string), "brand": m[6].(string), "supplier": m[7].(string)}}
		n, kind := float64(m[2].(int64)), m[1].(string)
		r.number = map[string]float64{"n": n}
		r.person = kind
		moves = append(moves, r)
	}
	kinds := func(sign float64, kinds ...string) func([]raw) any {
		return sum(func(r raw) float64 {
			if slices.Contains(kinds, r.person) {
				return sign * r.number["n"]
			}
			return 0
		})
	}
	kept := func(f func(raw) bool) func(raw) bool {
		return func(r raw) bool { return r.number["gone"] == 0 && f(r) }
	}
	dead := func(r raw) bool { return r.number["hand"] > 0 && r.number["lately"] == 0 }
	reorder := func(r raw) bool { return r.number["suggested"] > 0 }
	return map[string]measured{
		"on_hand":       {rows: stock, value: sum(field("hand")), stem: "How many units do we have"},
		"stock_value":   {rows: stock, value: sum(field("value")), stem: "What is our stock worth"},
		"retail_value":  {rows: stock, value: sum(field("retail")), stem: "What would our stock sell for"},
		"on_order":      {rows: stock, value: sum(field("order")), stem: "What is on order"},
		"days_of_cover": {rows: stock, value: ratio(sum(field("hand")), sum(field("demand")), 84), stem: "How many days of cover do we have"},
		"low_stock":     {rows: stock, where: kept(func(r raw) bool { return r.number["hand"] <= r.number["point"] }), value: countRows, stem: "What is low in stock"},
		"out_of_stock":  {rows: stock, where: kept(func(r raw) bool { return r.number["hand"] == 0 }), value: countRows, stem: "What is sold out"},
		"overstock": {rows: stock, where: func(r raw) bool {
			return r.number["hand"] > r.number["point"] && r.number["hand"]*84 > r.number["demand"]*182
		}, value: countRows, stem: "Where do we have too much"},
		"dead_stock":       {rows: stock, where: dead, value: countRows, stem: "What does not sell"},
		"dead_stock_value": {rows: stock, where: dead, value: sum(field("value")), stem: "How much money lies in dead stock"},
		"reorder":          {rows: stock, where: reorder, value: sum(field("suggested")), stem: "What should we reorder"},
		"reorder_cost":     {rows: stock, where: reorder, value: sum(field("spend")), stem: "What will the reorder cost"},
		"turnover":         {rows: stock, value: ratio(sum(field("sold")), sum(field("stock")), 2), stem: "How often did the stock turn last month", from: "last_month"},
		"units_sold":       {rows: moves, value: kinds(-1, "sale", "return"), stem: "How many units went out last month", from: "last_month"},
		"received":         {rows: moves, value: kinds(1, "receipt"), stem: "How many units came in last month", from: "last_month"},
		"shrinkage":        {rows: moves, value: kinds(-1, "adjustment"), stem: "How many units were lost last month", from: "last_month"},
	}
}

func ageBand(age int64) string {
	for _, b := range []struct {
		below int64
		name  string
	}{{13, "Under 13"}, {18, "13-17"}, {30, "18-29"}, {40, "30-39"}, {50, "40-49"}, {60, "50-59"}, {70, "60-69"}, {80, "70-79"}} {
		if age < b.below {
			return b.name
		}
	}
	return "80 and over"
}

func refraction(sphere any) string {
	s, ok := sphere.(int64)
	switch {
	case !ok:
		return "Not measured"
	case s <= -600:
		return "High minus"
	case s <= -300:
		return "Medium minus"
	case s <= -50:
		return "Low minus"
	case s < 50:
		return "Plano"
	case s <= 200:
		return "Low plus"
	case s <= 500:
		return "Medium plus"
	}
	return "High plus"
}

func patientMetrics(t testing.TB, s *shops, tenant string) map[string]measured {
	stores := map[int64]string{}
	for _, r := range s.domainQuery(t, tenant, "patients_anon", "SELECT id, name FROM stores") {
		stores[r[0].(int64)] = r[1].(string)
	}
	none := func(value, other string) string {
		if value == "None" {
			return other
		}
		return value
	}
	files, last := map[int64][]any{}, map[int64][]any{}
	for _, r := range s.domainQuery(t, tenant, "patients_anon", "SELECT id, birth_year, insurance_plan, store_id, first_visit, recall_due FROM patients") {
		files[r[0].(int64)] = r
	}
	var visits []raw
	make1 := func(v, file []any, year, store int64) raw {
		return raw{person: fmt.Sprint(file[0]), key: map[string]string{"diagnosis": v[2].(string), "lens_type": none(v[3].(string), "No lenses"), "refraction": refraction(v[4]),
			"insurance_plan": none(file[2].(string), "Self-pay"), "store": stores[store], "age_band": ageBand(year - file[1].(int64))},
			number: map[string]float64{"age": float64(year - file[1].(int64))}}
	}
	for _, v := range s.domainQuery(t, tenant, "patients_anon", "SELECT patient_id, business_date, diagnosis, lens_type, sphere_hundredths, store_id FROM visits ORDER BY business_date, id") {
		file := files[v[0].(int64)]
		last[v[0].(int64)] = v
		if day := v[1].(string); strings.HasPrefix(day, "2026-10-") {
			r := make1(v, file, 2026, v[5].(int64))
			if file[4].(string) == day {
				r.number["new"] = 1
			}
			visits = append(visits, r)
		}
	}
	var onFile []raw
	for id, file := range files {
		r := make1(last[id], file, 2026, file[3].(int64))
		if due, ok := file[5].(string); ok && due <= figuresToday {
			r.number["due"] = 1
			if due < "2026-11-01" {
				r.number["overdue"] = 1
			}
		}
		onFile = append(onFile, r)
	}
	is := func(name string, n float64) func(raw) bool { return func(r raw) bool { return r.number[name] == n } }
	return map[string]measured{
		"visits":             {rows: visits, value: countRows, stem: "How many visits did we have last month", from: "last_month"},
		"patients":           {rows: visits, value: people, stem: "How many patients did we see last month", from: "last_month"},
		"new_patients":       {rows: visits, where: is("new", 1), value: people, stem: "How many new patients came last month", from: "last_month"},
		"returning_patients": {rows: visits, where: is("new", 0), value: people, stem: "How many patients came back last month", from: "last_month"},
		"visits_per_patient": {rows: visits, value: ratio(countRows, people, 1), stem: "How often did patients come last month", from: "last_month"},
		"patients_on_file":   {rows: onFile, value: people, stem: "How many patients do we have"},
		"average_age":        {rows: onFile, value: ratio(sum(field("age")), countRows, 1), stem: "How old are our patients on average"},
		"recall_due":         {rows: onFile, where: is("due", 1), value: people, stem: "How many patients are due for recall"},
		"recall_overdue":     {rows: onFile, where: is("overdue", 1), value: people, stem: "How many patients are overdue for recall"},
	}
}

// TestFiguresOfDomains asks every metric of inventory and patients over everything and by every dimension, and holds rows,
// totals, sentence and citations to figures computed in Go from the raw rows, past the catalogue.
func TestFiguresOfDomains(t *testing.T) {
	t.Parallel()
	s := demoShops(t)
	g := &planned{}
	a, err := assistant.New(assistant.Options{Generator: g, Data: dataSource{&app{data: s.data}}, Catalogues: semantic.Shipped(), Now: func() time.Time { return testNow }, Model: "planned"})
	if err != nil {
		t.Fatal(err)
	}
	asked, hidden := 0, 0
	ask := func(c *semantic.Catalogue, tenant, text string, p semantic.Plan) assistant.Answer {
		t.Helper()
		g.plan = p.String()
		got, err := a.Ask(context.Background(), question(s.tenants[tenant], tenancy.QueryType(c.Domain), text))
		if err != nil || got.Plan.Plan == nil {
			t.Fatalf("%q %s: %v", text, p, err)
		}
		asked++
		if len(got.Data.Rows) > 0 {
			checkCitations(t, got)
			if got.Data.Suppressed { // what is said about that states the smallest number of people
				got.Answer, _, _ = strings.Cut(got.Answer, " Figures of fewer than 11 people")
			}
			checkText(t, got)
		}
		return got
	}
	for _, domain := range []struct {
		c       *semantic.Catalogue
		tenant  string
		metrics map[string]measured
	}{{semantic.Inventory(), shop2, inventoryMetrics(t, s, shop2)}, {semantic.Patients(), shop3, patientMetrics(t, s, shop3)}} {
		for _, m := range domain.c.Metrics {
			ref, known := domain.metrics[m.ID]
			if !known {
				t.Errorf("nothing computes %s past the catalogue", m.ID)
				continue
			}
			period := ref.from
			if period == "" {
				period = semantic.PeriodNow
			}
			for _, by := range []string{"", "product", "category", "brand", "supplier", "store", "age_band", "diagnosis", "lens_type", "refraction", "insurance_plan"} {
				d := domain.c.Dimension(by)
				if by != "" && (d == nil || d.Timed()) {
					continue
				}
				p := semantic.Plan{Metric: m.ID, Period: period}
				text := ref.stem + "?"
				if by != "" {
					p.By, text = []string{by}, ref.stem+" by "+strings.ToLower(d.Label)+"?"
				}
				hidden += compareFigures(t, ask(domain.c, domain.tenant, text, p), by, ref, domain.c.Protected(), text)
			}
		}
	}
	for _, c := range guidePlans {
		catalogue := map[string]*semantic.Catalogue{"sales": semantic.Sales(), "inventory": semantic.Inventory()}[c.domain]
		p, err := semantic.ParsePlan([]byte(c.plan))
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(catalogue, shop2, c.question, p); len(got.Data.Rows) == 0 || got.Data.Columns[0].ID != c.first {
			t.Errorf("%q: %d rows, %+v", c.question, len(got.Data.Rows), got.Data.Columns)
		}
	}
	t.Logf("%d questions, %d small cells hidden", asked, hidden)
	if asked < 150 || hidden == 0 {
		t.Errorf("%d questions with %d small cells: too few to prove anything", asked, hidden)
	}
}

// guidePlans are the guide's own suggestions with the plan that answers each.
var guidePlans = []struct{ domain, question, plan, first string }{
	{"sales", "What were our top 3 products this month?", `{"metric":"revenue","by":["product"],"period":"this_month","order":"desc","limit":3}`, "product"},
	{"sales", "Show revenue trend for the last quarter", `{"metric":"revenue","by":["month"],"period":"last_quarter"}`, "month"},
	{"sales", "Which customer segment is growing fastest?", `{"metric":"revenue","by":["segment"],"period":"default","compare":"previous","order":"growth","limit":1}`, "segment"},
	{"sales", "What were our top products last month?", `{"metric":"revenue","by":["product"],"period":"last_month","order":"desc"}`, "product"},
	{"inventory", "Which items are low in stock?", `{"metric":"low_stock","by":["product"],"period":"now"}`, "product"},
	{"inventory", "What should I reorder this week?", `{"metric":"reorder","by":["product"],"period":"now"}`, "product"},
	{"inventory", "Show items with highest turnover", `{"metric":"turnover","by":["product"],"period":"default","order":"desc"}`, "product"},
}

// compareFigures holds an answer to the reference and returns how many small cells it rightly hides.
func compareFigures(t *testing.T, a assistant.Answer, by string, ref measured, protected bool, text string) (hidden int) {
	t.Helper()
	groups := map[string][]raw{}
	for _, r := range ref.rows {
		if ref.where == nil || ref.where(r) {
			groups[r.key[by]] = append(groups[r.key[by]], r)
		}
	}
	if by == "" && len(groups) == 0 {
		groups[""] = nil
	}
	if len(a.Data.Rows) != len(groups) || a.Data.Truncated {
		t.Errorf("%q: %d rows, want %d", text, len(a.Data.Rows), len(groups))
		return 0
	}
	value, before := 0, math.Inf(1)
	if by != "" {
		value = 1
	}
	for _, row := range a.Data.Rows {
		key := ""
		if by != "" {
			key, _ = row[0].(string)
		}
		rows, there := groups[key]
		got, isNumber := number(row[value])
		want := ref.value(rows)
		small := protected && people(rows).(float64) > 0 && people(rows).(float64) < 11
		switch {
		case !there:
			t.Errorf("%q: a row for %q", text, key)
		case small && isNumber:
			t.Errorf("%q: %q shows %v of fewer than 11 people", text, key, row[value])
		case small:
			hidden++
		case !isNumber && want != nil && (!protected || !a.Data.Suppressed):
			t.Errorf("%q: %q shows %v, want %v", text, key, row[value], want)
		case isNumber && (want == nil || math.Abs(got-want.(float64)) > 1e-6):
			t.Errorf("%q: %q is %v, want %v", text, key, got, want)
		case isNumber && got > before+1e-9:
			t.Errorf("%q: %q stands below less", text, key)
		}
		if isNumber {
			before = got
		}
	}
	if a.Data.Total != nil && value == 1 {
		var all []raw
		for _, rows := range groups {
			all = append(all, rows...)
		}
		if got, ok := number(a.Data.Total[value]); ok && math.Abs(got-ref.value(all).(float64)) > 1e-6 {
			t.Errorf("%q: in total %v, want %v", text, got, ref.value(all))
		}
	}
	return hidden
}

// checkCitations holds each citation to the cell it names, and its text to that cell written out by this test.
func checkCitations(t *testing.T, a assistant.Answer) {
	t.Helper()
	for _, c := range a.Citations {
		i := slices.IndexFunc(a.Data.Columns, func(x semantic.Column) bool { return x.ID == c.Column })
		if i < 0 {
			t.Errorf("citation of %q, which is no column", c.Column)
			continue
		}
		if c.Row > 0 && a.Data.Rows[c.Row-1][i] != c.Value {
			t.Errorf("citation %s is %v, the cell %v", c.Ref, c.Value, a.Data.Rows[c.Row-1][i])
		}
		n, isNumber := number(c.Value)
		if !isNumber || c.Column == "change_rate" {
			continue
		}
		digits := strings.NewReplacer(",", "", "$", "", "£", "", "€", "", "%", "", " days", "", " years", "", " times", "", " points", "").Replace(c.Text)
		unit, precision := a.Data.Columns[i].Unit, 1
		switch unit {
		case "money":
			n, precision = n/100, 2
		case "count":
			precision = 0
		case "days":
			if !strings.Contains(digits, ".") {
				precision = 0
			}
		}
		if want := fmt.Sprintf("%.*f", precision, n); digits != want {
			t.Errorf("%s: %v in %s reads %q, want %s", c.Ref, c.Value, unit, c.Text, want)
		}
	}
	if _, err := json.Marshal(a); err != nil {
		t.Error(err)
	}
}
