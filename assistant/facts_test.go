package assistant_test

import (
	"database/sql"
	"strings"
	"testing"
)

// series sells quantities of one product on the first days of the given months.
func series(t testing.TB, months map[string]int) *sql.DB {
	db := openShop(t)
	order := 0
	for month, quantity := range months {
		order++
		sell(t, db, line{order, month + "-01", 1, 1, 1, 1, quantity, 0})
	}
	return db
}

func TestFacts(t *testing.T) {
	quiet := quietShop(t)
	tied := openShop(t)
	sell(t, tied, line{1, "2026-11-02", 1, 1, 1, 1, 2, 0}, line{2, "2026-11-02", 1, 1, 1, 2, 2, 0}, line{3, "2026-11-02", 1, 1, 1, 3, 1, 0})
	byMonth := `{"metric":"units","by":["month"],"period":"last_4_months"}`
	tests := []struct {
		name string
		db   *sql.DB
		plan string
		want string
	}{
		{"total", quiet, `{"metric":"revenue","period":"this_month"}`, "metric=revenue period=named partial=yes rows=1"},
		{"default", quiet, `{"metric":"revenue","period":"default"}`, "metric=revenue period=default rows=1"},
		{"up", quiet, `{"metric":"revenue","period":"this_month","compare":"previous"}`, "metric=revenue period=named partial=yes compare=previous rows=1 change=up"},
		{"from nothing", quiet, `{"metric":"revenue","period":"last_month","compare":"year_ago"}`, "metric=revenue period=named compare=year_ago rows=1 change=unknown"},
		{"zero", quiet, `{"metric":"revenue","period":"yesterday","compare":"previous"}`, "metric=revenue period=named compare=previous rows=1 value=zero change=unknown"},
		{"flat", series(t, map[string]int{"2026-09": 3, "2026-10": 3}), `{"metric":"units","period":"last_month","compare":"previous"}`, "metric=units period=named compare=previous rows=1 change=flat"},
		{"two dimensions", quiet, `{"metric":"revenue","by":["store","brand"],"period":"this_month"}`, "metric=revenue by=store,brand period=named partial=yes rows=3"},
		{"tie", tied, `{"metric":"units","by":["product"],"period":"this_month","order":"desc"}`, "metric=units by=product period=named partial=yes order=desc rows=3 tie=yes"},
		{"no tie without order", tied, `{"metric":"units","by":["product"],"period":"this_month"}`, "metric=units by=product period=named partial=yes rows=3"},
		{"filters", quiet, `{"metric":"units","where":[" oakley"," airport"],"period":"this_month"}`, "metric=units period=named partial=yes filters=2 rows=1"},
		{"no rows", quiet, `{"metric":"units","by":["product"],"period":"yesterday"}`, "metric=units by=product period=named rows=0"},
		{"rising, last month unfinished", series(t, map[string]int{"2026-08": 2, "2026-09": 4, "2026-10": 6, "2026-11": 1}), byMonth, "metric=units by=month period=named rows=4 trend=up"},
		{"falling", series(t, map[string]int{"2026-08": 6, "2026-09": 4, "2026-10": 2, "2026-11": 9}), byMonth, "metric=units by=month period=named rows=4 trend=down"},
		{"flat series", series(t, map[string]int{"2026-08": 3, "2026-09": 3, "2026-10": 3, "2026-11": 1}), byMonth, "metric=units by=month period=named rows=4 trend=flat"},
		{"up and down again", series(t, map[string]int{"2026-08": 3, "2026-09": 30, "2026-10": 4, "2026-11": 1}), byMonth, "metric=units by=month period=named rows=4 trend=mixed"},
		{"ranked months have no trend", series(t, map[string]int{"2026-08": 3, "2026-09": 9}), `{"metric":"units","by":["month"],"period":"last_4_months","order":"desc","limit":1}`,
			"metric=units by=month period=named order=desc rows=1"},
		{"a long series", series(t, map[string]int{"2026-01": 1, "2026-05": 5}), `{"metric":"units","by":["month"],"period":"this_year"}`, "metric=units by=month period=named partial=yes rows=many trend=down"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &script{plan: tt.plan}
			a, _ := asker(t, tt.db, s)
			ask(t, a, "oakley at the airport")
			_, facts, _ := strings.Cut(s.seen[len(s.seen)-1].User, "\n")
			if facts != tt.want {
				t.Errorf("facts %s\nwant  %s", facts, tt.want)
			}
		})
	}
}
