package semantic_test

import (
	"database/sql"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// randomPatients fills a patients database with so few people that most cells are small.
func randomPatients(t testing.TB, r *rand.Rand, people int) *sql.DB {
	t.Helper()
	db := emptyDatabase(t, "patients")
	exec := func(q string, args ...any) {
		t.Helper()
		if _, err := db.Exec(q, args...); err != nil {
			t.Fatalf("%s: %v", q, err)
		}
	}
	exec("BEGIN")
	for i, s := range []string{"Downtown", "Airport", "Mall"} {
		exec("INSERT INTO stores VALUES (?, ?, '')", i, s)
	}
	diagnoses := []string{"Myopia", "Myopia", "Myopia", "Presbyopia", "Presbyopia", "Cataract", "Glaucoma", "Amblyopia"}
	lenses := []string{"Single vision", "Single vision", "Progressive", "Bifocal", "None"}
	visit := 0
	for i := range people {
		first := monday.AddDays(-r.IntN(400))
		store := r.IntN(5) % 3
		exec("INSERT INTO patients VALUES (?, ?, ?, ?, ?, ?)", i, 1940+r.IntN(75), []string{"Blue", "Blue", "Blue", "Red", "None"}[r.IntN(5)], store, first.String(), "2026-0"+string(rune('1'+r.IntN(9)))+"-01")
		for range 1 + r.IntN(3) {
			day := first.AddDays(r.IntN(200))
			if day.String() > monday.String() || visit%3 == 0 {
				day = first
			}
			exec("INSERT INTO visits VALUES (?, ?, ?, ?, ?, ?, ?)", visit, i, store, day.String(), diagnoses[r.IntN(len(diagnoses))], lenses[r.IntN(len(lenses))], 25*(r.IntN(60)-30))
			visit++
		}
	}
	exec("COMMIT")
	return db
}

// told is an answer of the patients catalogue with what lies behind it.
type told struct {
	plan    semantic.Plan
	table   *semantic.Table
	results map[semantic.Purpose][][]any
}

func tell(t testing.TB, db *sql.DB, p semantic.Plan) told {
	t.Helper()
	c := semantic.Patients()
	w, err := p.Place(c, time.Date(monday.Year, monday.Month, monday.Day, 12, 0, 0, 0, time.UTC), time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	against, _ := w.Against(p.Compare)
	queries, err := c.Compile(p, nil, w, against, semantic.SQLite)
	if err != nil {
		t.Fatal(err)
	}
	results := map[semantic.Purpose][][]any{}
	s := &shop{db: db}
	for _, q := range queries {
		results[q.Purpose] = s.query(t, q)
	}
	table, err := c.Tabulate(p, w, against, results)
	if err != nil {
		t.Fatal(err)
	}
	return told{p, table, results}
}

// randomTelling is a plan of counts, in the shapes in which one figure may follow from others.
func randomTelling(r *rand.Rand) semantic.Plan {
	c := semantic.Patients()
	pick := func(all ...string) string { return all[r.IntN(len(all))] }
	p := semantic.Plan{Metric: pick("visits", "new_patients", "patients", "patients_on_file", "recall_due"), Period: pick("this_year", "last_12_months", "last_quarter", "last_6_months")}
	if c.Metric(p.Metric).Point() {
		p.Period = "now"
	}
	dims := []string{"store", "diagnosis", "age_band", "insurance_plan", "lens_type"}
	p.By = []string{dims[r.IntN(5)]}
	switch r.IntN(4) {
	case 0:
		if second := dims[r.IntN(5)]; second != p.By[0] {
			p.By = append(p.By, second)
		}
	case 1:
		if p.Period != "now" {
			p.By = []string{"month"}
		}
	}
	switch {
	case r.IntN(3) == 0 && p.Period != "now":
		p.Compare = semantic.Compare(pick("previous", "year_ago"))
	case p.RunningTotal(c) && r.IntN(2) == 0:
		p.As = semantic.AsRunning
	case c.Metric(p.Metric).HasTotal() && r.IntN(3) == 0:
		p.As = semantic.AsShare
	}
	if r.IntN(3) == 0 && p.As != semantic.AsRunning {
		p.Order = semantic.Order(pick("asc", "desc"))
		p.Limit = 1 + r.IntN(12)
	}
	return p
}

// TestNoSmallCellCanBeSolved is bar 6.4: of 500 random answers about few people, each made of queries that overlap (a
// window and the one before, groups and their total, steps and their sum), no hidden count follows from what is shown.
func TestNoSmallCellCanBeSolved(t *testing.T) {
	t.Parallel()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	hidden, shown, solvable := 0, 0, 0
	for range 10 {
		db := randomPatients(t, r, 60+r.IntN(600))
		for range 50 {
			a := tell(t, db, randomTelling(r))
			s := newSystem()
			s.tell(t, a)
			hidden += len(s.hidden)
			shown += s.equations()
			for _, x := range s.hidden {
				if s.solves(x) {
					solvable++
					t.Errorf("%s: the cell %v can be computed from the answer:\n%v\n%v", a.plan, x, a.table.Rows, a.table.Total)
				}
			}
		}
	}
	t.Logf("500 answers, %d figures shown, %d cells hidden, %d of them solvable", shown, hidden, solvable)
	if hidden < 500 {
		t.Errorf("only %d cells were hidden: the test looks at nothing", hidden)
	}
}

// TestWhatSeveralAnswersTell measures what no answer can prevent alone: a table by two keys, with the tables by each of
// them and the total from three more answers. It states the figure that docs/privacy.md gives, and holds that a hidden
// cell of a table by one key does not follow from the total of another answer.
func TestWhatSeveralAnswersTell(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	hidden, solvable := 0, 0
	for range 5 {
		db := randomPatients(t, r, 150+r.IntN(500))
		for _, by := range [][]string{{"store", "diagnosis"}, {"store", "insurance_plan"}, {"diagnosis", "lens_type"}, {"age_band", "store"}} {
			s := newSystem()
			two := tell(t, db, semantic.Plan{Metric: "visits", Period: "last_12_months", By: by})
			s.tell(t, two)
			for k, id := range by {
				one := tell(t, db, semantic.Plan{Metric: "visits", Period: "last_12_months", By: []string{id}})
				for _, row := range one.table.Rows {
					if v, ok := asFloat(row[1]); ok {
						s.sum(v, func(key []any) bool { return key[k] == row[0] })
					}
				}
				alone := newSystem()
				alone.tell(t, one)
				whole := tell(t, db, semantic.Plan{Metric: "visits", Period: "last_12_months"})
				if v, ok := asFloat(whole.table.Rows[0][0]); ok {
					alone.sum(v, func([]any) bool { return true })
					s.sum(v, func([]any) bool { return true })
				}
				for _, x := range alone.hidden {
					if len(one.table.Rows) > 1 && alone.solves(x) {
						t.Errorf("by %s: the cell %v follows from the total of another answer: %v", id, x, one.table.Rows)
					}
				}
			}
			hidden += len(s.hidden)
			for _, x := range s.hidden {
				if s.solves(x) {
					solvable++
				}
			}
		}
	}
	t.Logf("%d cells hidden in tables by two keys; %d follow from four answers together", hidden, solvable)
}

func TestSuppressedCellsSaySo(t *testing.T) {
	for s, want := range map[semantic.Suppressed][2]string{{Below: 11}: {"fewer than 11", `"<11"`}, {}: {"not shown", `"not shown"`}} {
		if data, err := s.MarshalJSON(); s.String() != want[0] || err != nil || string(data) != want[1] {
			t.Errorf("%+v reads %q, %s", s, s, data)
		}
	}
}

// system is what an answer tells of the counts behind its cells: linear equations.
type system struct {
	index  map[string]int
	keys   [][]any
	rows   [][]float64
	hidden []string
}

func newSystem() *system { return &system{index: map[string]int{}} }

func (s *system) unknown(side string, key []any) int {
	name := side
	for _, k := range key {
		name += "|" + asText(k)
	}
	n, ok := s.index[name]
	if !ok {
		n = len(s.keys)
		s.index[name], s.keys = n, append(s.keys, key)
		if side != "now" {
			s.keys[n] = nil
		}
	}
	return n
}

func asText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	return "?"
}

func (s *system) add(terms map[int]float64) {
	row := make([]float64, len(s.keys))
	for i, f := range terms {
		row[i] = f
	}
	s.rows = append(s.rows, row)
}

func (s *system) equations() int { return len(s.rows) }

// sum adds that the cells whose keys fit add up to something known.
func (s *system) sum(_ float64, fits func(key []any) bool) {
	terms := map[int]float64{}
	for i, key := range s.keys {
		if key != nil && fits(key) {
			terms[i] = 1
		}
	}
	s.add(terms)
}

// tell adds every figure of an answer. Groups that are not shown are unknowns too.
func (s *system) tell(t testing.TB, a told) {
	t.Helper()
	n := len(a.plan.By)
	for _, row := range a.results[semantic.ForRows] {
		s.unknown("now", row[:n:n])
	}
	for i, row := range a.table.Rows {
		key := row[:n:n]
		now := s.unknown("now", key)
		s.cell(t, a, row[n], a.table.Support[i].Current, now)
		if a.plan.Compare != "" {
			before := s.unknown("before", key)
			s.cell(t, a, row[n+1], a.table.Support[i].Previous, before)
			if _, ok := asFloat(row[n+2]); ok {
				s.add(map[int]float64{now: 1, before: -1})
			}
			if rate, ok := asFloat(row[n+3]); ok {
				s.add(map[int]float64{now: 1, before: -(1 + rate/100)})
			}
		}
		if v, ok := asFloat(row[len(row)-1]); ok && a.plan.As == semantic.AsRunning {
			terms := map[int]float64{}
			for _, earlier := range a.table.Rows[:i+1] {
				terms[s.unknown("now", earlier[:n:n])] = 1
			}
			_ = v
			s.add(terms)
		}
		if v, ok := asFloat(row[len(row)-1]); ok && a.plan.As == semantic.AsShare && v > 0 {
			if a.table.Total == nil {
				t.Errorf("%s: a share is shown beside hidden cells", a.plan)
			}
		}
	}
	if a.table.Total != nil {
		s.sum(0, func([]any) bool { return true })
	}
}

// cell adds one cell: it is known, or hidden. What counts a few people must not be shown.
func (s *system) cell(t testing.TB, a told, cell any, people int64, x int) {
	t.Helper()
	if _, ok := cell.(semantic.Suppressed); ok {
		for name, i := range s.index {
			if i == x {
				s.hidden = append(s.hidden, name)
			}
		}
		return
	}
	v, ok := asFloat(cell)
	if !ok {
		return
	}
	if v > 0 && v < 11 || people > 0 && people < 11 {
		t.Errorf("%s: %v is shown, of %d people", a.plan, v, people)
	}
	s.add(map[int]float64{x: 1})
}

// solves says whether the unknown has one value only: adding it as an equation does not raise the rank.
func (s *system) solves(name string) bool {
	n := len(s.keys)
	rows := make([][]float64, 0, len(s.rows)+1)
	for _, r := range s.rows {
		rows = append(rows, append(slices.Clone(r), make([]float64, n-len(r))...))
	}
	unit := make([]float64, n)
	unit[s.index[name]] = 1
	return rank(rows) == rank(append(rows, unit))
}

func rank(all [][]float64) int {
	rows := make([][]float64, len(all))
	for i := range all {
		rows[i] = slices.Clone(all[i])
	}
	r := 0
	for col := 0; len(rows) > 0 && col < len(rows[0]) && r < len(rows); col++ {
		best := r
		for i := r; i < len(rows); i++ {
			if math.Abs(rows[i][col]) > math.Abs(rows[best][col]) {
				best = i
			}
		}
		if math.Abs(rows[best][col]) < 1e-9 {
			continue
		}
		rows[r], rows[best] = rows[best], rows[r]
		for i := r + 1; i < len(rows); i++ {
			if f := rows[i][col] / rows[r][col]; f != 0 {
				for j := col; j < len(rows[i]); j++ {
					rows[i][j] -= f * rows[r][j]
				}
			}
		}
		r++
	}
	return r
}
