package insight

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

var wednesday = time.Date(2026, 11, 18, 15, 0, 0, 0, time.UTC)

// shops is data that answers every query by its SQL: who sells what, this month and last.
type shops struct {
	mu     sync.Mutex
	opened map[ilsai.TenantID]int
	sold   map[ilsai.TenantID]map[string][2]int64 // by brand, as key: this month, last month
	people int64                                  // behind each row of a protected catalogue
	since  string                                 // the first day that anything is recorded for; "": nobody asks
	err    error
	hold   chan struct{}
}

func (s *shops) Snapshot(_ context.Context, tenant ilsai.TenantID, _ string) (assistant.Snapshot, error) {
	if s.hold != nil {
		<-s.hold
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if s.sold[tenant] == nil {
		return nil, ilsai.Errorf(ilsai.CodeNotFound, "no data")
	}
	s.opened[tenant]++
	return snapshot{s, s.sold[tenant]}, nil
}

type snapshot struct {
	shops *shops
	sold  map[string][2]int64
}

func (snapshot) Dialect() semantic.Dialect { return semantic.SQLite }
func (snapshot) Close() error              { return nil }

func (s snapshot) Query(_ context.Context, sql string, args []any, _ int) ([]string, [][]any, error) {
	if strings.HasPrefix(sql, "SELECT brand") {
		var rows [][]any
		for brand := range s.sold {
			rows = append(rows, []any{brand})
		}
		return nil, rows, nil
	}
	if strings.HasPrefix(sql, "SELECT MIN") && s.shops.since != "" {
		return nil, [][]any{{s.shops.since}}, nil
	}
	month := 0
	if len(args) > 0 && fmt.Sprint(args[0]) < "2026-11" {
		month = 1
	}
	behind := func(row ...any) []any {
		if strings.Contains(sql, "person") {
			return append(row, s.shops.people)
		}
		return row
	}
	var rows [][]any
	var sum int64
	for brand, n := range s.sold {
		sum += n[month]
		rows = append(rows, behind(brand, n[month]))
	}
	if !strings.Contains(sql, "GROUP BY") {
		return nil, [][]any{behind(sum)}, nil
	}
	return nil, rows, nil
}

const catalogueText = `
domain: %s
version: 1
title: Sales
%sfact: {from: sales f, date: f.day}
metrics:
  - {id: revenue, label: Revenue, unit: %s, empty: zero, sql: SUM(f.cents), about: what was sold, words: [revenue, takings]}
dimensions:
  - {id: brand, label: Brand, plural: brands, sql: f.brand, values: SELECT brand FROM sales, words: [brand]}
suggestions: [What did we sell?, What sold best?, Is there more?]
suggestion_plans:
  - {question: What did we sell?, plan: '{"metric":"revenue","period":"this_month"}'}
  - {question: What sold best?, plan: '{"metric":"revenue","by":["brand"],"period":"this_month","order":"desc"}'}
watch:
  - {metric: revenue, by: [brand]}
`

func catalogue(t *testing.T, domain, protection, unit string) *semantic.Catalogue {
	t.Helper()
	c, err := semantic.Parse(domain, []byte(fmt.Sprintf(catalogueText, domain, protection, unit)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func service(t *testing.T, s *shops, change ...func(*Options)) *Service {
	t.Helper()
	s.opened = map[ilsai.TenantID]int{}
	o := Options{Data: s, Catalogues: []*semantic.Catalogue{catalogue(t, "sales", "", "money")}, Now: func() time.Time { return wednesday }, Patience: time.Hour}
	for _, c := range change {
		c(&o)
	}
	service, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { service.Close() })
	return service
}

func shop(id ilsai.TenantID, domains ...string) Shop {
	if domains == nil {
		domains = []string{"sales"}
	}
	return Shop{Tenant: assistant.Tenant{ID: id, Currency: "USD"}, Domains: domains}
}

func said(t *testing.T, s *Service, shop Shop, text string) []string {
	t.Helper()
	all, err := s.Search(t.Context(), shop, text)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, in := range all {
		out = append(out, in.Text)
	}
	return out
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWhatIsNoteworthy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		unit string
		sold map[string][2]int64
		at   time.Time
		want []string
	}{
		{"the whole first, then what moves it most", "money", map[string][2]int64{"A": {5000, 10000}, "B": {12000, 10000}, "C": {1900, 2000}}, wednesday, []string{
			"A: revenue 50.0% under the same days of last month ($50.00 against $100.00)",
			"Revenue 14.1% under the same days of last month ($189.00 against $220.00)",
			"B: revenue 20.0% above the same days of last month ($120.00 against $100.00)",
		}},
		{"too little", "money", map[string][2]int64{"A": {10900, 10000}, "B": {100, 10}}, wednesday, nil},
		{"new things have no rate", "money", map[string][2]int64{"A": {5000, 0}, "B": {10000, 10000}}, wednesday, []string{"Revenue 50.0% above the same days of last month ($150.00 against $100.00)"}},
		{"gone", "money", map[string][2]int64{"A": {0, 500}, "B": {10000, 10000}}, wednesday, []string{"A: revenue 100.0% under the same days of last month ($0.00 against $5.00)"}},
		{"counts move by chance", "count", map[string][2]int64{"A": {9, 14}, "B": {16, 11}, "C": {5, 20}}, wednesday, []string{
			"C: revenue 75.0% under the same days of last month (5 against 20)"}},
		{"nothing at all", "money", map[string][2]int64{"A": {0, 0}}, wednesday, nil},
		{"a name that is empty", "money", map[string][2]int64{"": {0, 10000}, "B": {19500, 10000}}, wednesday, []string{"B: revenue 95.0% above the same days of last month ($195.00 against $100.00)"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := service(t, &shops{sold: map[ilsai.TenantID]map[string][2]int64{"a": tt.sold}}, func(o *Options) {
				o.Catalogues = []*semantic.Catalogue{catalogue(t, "sales", "", tt.unit)}
				o.Now = func() time.Time { return tt.at }
			})
			got := said(t, s, shop("a"), "")
			if tt.unit == "count" { // both move the whole by as much
				got = sortedLike(got, tt.want)
			}
			same(t, got, tt.want...)
		})
	}
}

func sortedLike(got, want []string) (out []string) {
	for _, w := range want {
		for _, g := range got {
			if g == w {
				out = append(out, g)
			}
		}
	}
	if len(out) != len(got) {
		return got
	}
	return out
}

// TestBeginningOfAMonth is too early for this month: the last one is held against its own.
func TestBeginningOfAMonth(t *testing.T) {
	t.Parallel()
	s := service(t, &shops{sold: map[ilsai.TenantID]map[string][2]int64{"a": {"A": {5000, 10000}}}}, func(o *Options) {
		o.Now = func() time.Time { return time.Date(2026, 12, 3, 12, 0, 0, 0, time.UTC) }
	})
	if got := said(t, s, shop("a"), ""); len(got) == 0 || !strings.Contains(got[0], "last month 50.0% under the month before") {
		t.Errorf("%q", got)
	}
}

// A month that was recorded in part is held against nothing.
func TestRecordsThatBegin(t *testing.T) {
	t.Parallel()
	s := &shops{sold: map[ilsai.TenantID]map[string][2]int64{"a": {"A": {5000, 10000}}}, since: "2026-10-01"}
	if got := said(t, service(t, s), shop("a"), ""); len(got) == 0 || !strings.Contains(got[0], "50.0% under") {
		t.Errorf("%q", got)
	}
	s.since = "2026-10-02"
	for _, text := range said(t, service(t, s), shop("a"), "") {
		if strings.Contains(text, "%") {
			t.Errorf("records begin on the 2nd, and still %q", text)
		}
	}
}

// TestSmallCells: where one figure of a protected catalogue is hidden, none of its table is told, and none of its
// values is ever found.
func TestSmallCells(t *testing.T) {
	t.Parallel()
	for people, want := range map[int64]int{5: 0, 50: 3} {
		s := service(t, &shops{people: people, sold: map[ilsai.TenantID]map[string][2]int64{"a": {"A": {50, 100}, "B": {250, 100}}}}, func(o *Options) {
			o.Catalogues = []*semantic.Catalogue{catalogue(t, "patients", "support: COUNT(DISTINCT f.person)\nminimum: 11\n", "count")}
		})
		if got := said(t, s, shop("a", "patients"), ""); len(got) != want {
			t.Errorf("with %d people behind each figure: %q", people, got)
		}
		suggestions, err := s.Suggestions(t.Context(), shop("a", "patients"))
		if err != nil || (len(suggestions) == 0) != (want == 0) {
			t.Errorf("with %d people: %v, %v", people, suggestions, err)
		}
		for _, text := range said(t, s, shop("a", "patients"), "a") {
			if strings.Contains(text, "(brand)") {
				t.Errorf("a search finds %q", text)
			}
		}
	}
}

// TestOwnShopAlone: what one shop has is never another's, and a domain that is not named is not told of.
func TestOwnShopAlone(t *testing.T) {
	t.Parallel()
	data := &shops{sold: map[ilsai.TenantID]map[string][2]int64{"a": {"Alpine secret": {1, 100000}}, "b": {"Bergamo secret": {1, 100000}}}}
	s := service(t, data)
	for range 2 {
		for id, own := range map[ilsai.TenantID]string{"a": "Alpine secret", "b": "Bergamo secret"} {
			same(t, said(t, s, shop(id), "secret"), own+": revenue 100.0% under the same days of last month ($0.01 against $1,000.00)", own+" (brand)")
			same(t, said(t, s, shop(id, "inventory"), "secret"))
			same(t, said(t, s, shop(id, "inventory"), ""))
		}
	}
	if data.opened["a"] != 1 || data.opened["b"] != 1 {
		t.Errorf("read %v times", data.opened)
	}
	if suggestions, err := s.Suggestions(t.Context(), shop("nobody")); err != nil || len(suggestions) != 0 {
		t.Errorf("a shop without data: %v, %v", suggestions, err)
	}
}

// TestReadAnew when the data, the day or five minutes have passed, and not before.
func TestReadAnew(t *testing.T) {
	t.Parallel()
	data := &shops{sold: map[ilsai.TenantID]map[string][2]int64{"a": {"A": {50, 100}}}}
	version, now := "1", wednesday
	s := service(t, data, func(o *Options) {
		o.DataVersion = func(ilsai.TenantID, string) string { return version }
		o.Now = func() time.Time { return now }
	})
	for i, step := range []struct {
		change func()
		reads  int
	}{
		{func() {}, 1}, {func() {}, 1}, {func() { version = "2" }, 2}, {func() { now = now.Add(4 * time.Minute) }, 2},
		{func() { now = now.Add(time.Minute) }, 3}, {func() { now = now.Add(24 * time.Hour) }, 4},
	} {
		step.change()
		if _, err := s.Suggestions(t.Context(), shop("a")); err != nil || data.opened["a"] != step.reads {
			t.Errorf("step %d: read %d times, want %d; %v", i, data.opened["a"], step.reads, err)
		}
	}
}

// TestSuggestsWhatHasAnAnswer leaves out what would be nothing.
func TestSuggestsWhatHasAnAnswer(t *testing.T) {
	t.Parallel()
	s := service(t, &shops{sold: map[ilsai.TenantID]map[string][2]int64{"busy": {"A": {5, 0}}, "idle": {"A": {0, 0}}}}, func(o *Options) { o.Library = library{} })
	for id, want := range map[ilsai.TenantID]int{"busy": 3, "idle": 0} {
		if all, err := s.Suggestions(t.Context(), shop(id)); err != nil || len(all) != want {
			t.Errorf("%s: %v, %v", id, all, err)
		}
	}
	all, err := s.Suggestions(t.Context(), shop("busy", "ophthalmic", "sales"))
	if err != nil || len(all) != 3+len(optics) || all[0].QueryType != "ophthalmic" || all[1].QueryType != "sales" || all[2].QueryType != "ophthalmic" {
		t.Errorf("%v, %v: the domains take turns", all, err)
	}
}

type library struct{ err error }

func (l library) Find(_ context.Context, text string) ([]Passage, error) {
	return []Passage{{"coatings-ar", "About " + text}}, l.err
}

// TestPassages are found for those who have the feature, after the shop's own.
func TestPassages(t *testing.T) {
	t.Parallel()
	s := service(t, &shops{sold: map[ilsai.TenantID]map[string][2]int64{"a": {"Coatly": {5, 5}}}}, func(o *Options) { o.Library = library{} })
	same(t, said(t, s, shop("a", "sales", "ophthalmic"), "coat"), "Coatly (brand)", "About coat")
	same(t, said(t, s, shop("a"), "coat"), "Coatly (brand)")
	broken := service(t, &shops{sold: map[ilsai.TenantID]map[string][2]int64{}}, func(o *Options) { o.Library = library{errors.New("broken")} })
	if _, err := broken.Search(t.Context(), shop("a", "ophthalmic"), "coat"); err == nil {
		t.Error("a broken library is not told of")
	}
}

// TestImpatience: a search does not wait for slow data, and one that has left ends at once.
func TestImpatience(t *testing.T) {
	t.Parallel()
	data := &shops{hold: make(chan struct{}), sold: map[ilsai.TenantID]map[string][2]int64{"a": {"Alpine": {5, 5}}}}
	s := service(t, data, func(o *Options) { o.Patience = time.Nanosecond })
	same(t, said(t, s, shop("a"), "revenue"), "Revenue: what was sold")
	ctx, leave := context.WithCancel(t.Context())
	leave()
	if _, err := s.Search(ctx, shop("a"), "alpine"); err != nil {
		t.Error(err)
	}
	close(data.hold)
	s.work.Wait()
	same(t, said(t, s, shop("a"), "alpine"), "Alpine (brand)")
}

// TestBrokenData is an error where it is waited for, and less to find where it is not.
func TestBrokenData(t *testing.T) {
	t.Parallel()
	s := service(t, &shops{err: ilsai.Errorf(ilsai.CodeUnavailable, "away")})
	if _, err := s.Suggestions(t.Context(), shop("a")); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Error(err)
	}
	if _, err := s.Search(t.Context(), shop("a"), ""); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Error(err)
	}
	same(t, said(t, s, shop("a"), "takings"), "Revenue: what was sold")
}

func TestWordsThatMatch(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query, candidate string
		found            bool
	}{
		{"ray", "Ray-Ban", true}, {"ray-b", "Ray-Ban", true}, {"RAYBAN", "Ray-Ban", false}, {"ban", "Ray-Ban", true}, {"r", "Ray-Ban", false},
		{"frames", "Frame", true}, {"frame", "Frames", true}, {"lens", "Contact lenses", true}, {"sales of ray-ban at the airport store", "Ray-Ban", true},
		{"airport store sales", "Airport", true}, {"zoë", "Zoë Frames", true}, {"zo", "Zoë Frames", true}, {"an", "Ray-Ban", false}, {"", "Ray-Ban", false}, {"!!", "Ray-Ban", false},
	} {
		if got := overlap(words(tt.query), words(tt.candidate)) >= enough; got != tt.found {
			t.Errorf("%q in %q: %v", tt.query, tt.candidate, got)
		}
	}
}
