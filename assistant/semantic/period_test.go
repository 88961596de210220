package semantic_test

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/assistant/semantic/gbnftest"
)

// today of the tables is Monday 23 November 2026.
var monday = semantic.Date{Year: 2026, Month: 11, Day: 23}

func TestWindow(t *testing.T) {
	tests := []struct {
		period            string
		from, last, label string
		previous, yearAgo string // first and last day
		previousLabel     string
		partial           bool
	}{
		{"default", "2026-10-25", "2026-11-23", "in the last 30 days (25 October – 23 November 2026)", "2026-09-25 2026-10-24", "2025-10-25 2025-11-23", "from 25 September to 24 October 2026", false},
		{"today", "2026-11-23", "2026-11-23", "today (23 November 2026)", "2026-11-22 2026-11-22", "2025-11-23 2025-11-23", "on 22 November 2026", true},
		{"yesterday", "2026-11-22", "2026-11-22", "yesterday (22 November 2026)", "2026-11-21 2026-11-21", "2025-11-22 2025-11-22", "on 21 November 2026", false},
		{"this_week", "2026-11-23", "2026-11-23", "this week (23 November 2026)", "2026-11-16 2026-11-16", "2025-11-24 2025-11-24", "on Monday 16 November 2026", true},
		{"last_week", "2026-11-16", "2026-11-22", "last week (16–22 November 2026)", "2026-11-09 2026-11-15", "2025-11-17 2025-11-23", "in the week of 9 November 2026", false},
		{"this_month", "2026-11-01", "2026-11-23", "this month (1–23 November 2026)", "2026-10-01 2026-10-23", "2025-11-01 2025-11-23", "in the same days of October 2026 (1–23 October)", true},
		{"last_month", "2026-10-01", "2026-10-31", "last month (October 2026)", "2026-09-01 2026-09-30", "2025-10-01 2025-10-31", "in September 2026", false},
		{"this_quarter", "2026-10-01", "2026-11-23", "this quarter (1 October – 23 November 2026)", "2026-07-01 2026-08-23", "2025-10-01 2025-11-23", "in the same part of Q3 2026 (1 July – 23 August)", true},
		{"last_quarter", "2026-07-01", "2026-09-30", "last quarter (July – September 2026)", "2026-04-01 2026-06-30", "2025-07-01 2025-09-30", "in Q2 2026 (April – June)", false},
		{"this_year", "2026-01-01", "2026-11-23", "this year (1 January – 23 November 2026)", "2025-01-01 2025-11-23", "2025-01-01 2025-11-23", "in the same part of 2025 (1 January – 23 November)", true},
		{"last_year", "2025-01-01", "2025-12-31", "last year (2025)", "2024-01-01 2024-12-31", "2024-01-01 2024-12-31", "in 2024", false},
		{"last_7_days", "2026-11-17", "2026-11-23", "in the last 7 days (17–23 November 2026)", "2026-11-10 2026-11-16", "2025-11-17 2025-11-23", "from 10 to 16 November 2026", false},
		{"last_6_weeks", "2026-10-13", "2026-11-23", "in the last 6 weeks (13 October – 23 November 2026)", "2026-09-01 2026-10-12", "2025-10-14 2025-11-24", "from 1 September to 12 October 2026", false},
		{"last_3_months", "2026-08-24", "2026-11-23", "in the last 3 months (24 August – 23 November 2026)", "2026-05-24 2026-08-23", "2025-08-24 2025-11-23", "from 24 May to 23 August 2026", false},
		{"last_2_years", "2024-11-24", "2026-11-23", "in the last 2 years (24 November 2024 – 23 November 2026)", "2022-11-24 2024-11-23", "2023-11-24 2025-11-23", "from 24 November 2022 to 23 November 2024", false},
		{"3_days_ago", "2026-11-20", "2026-11-20", "3 days ago (20 November 2026)", "2026-11-19 2026-11-19", "2025-11-20 2025-11-20", "on 19 November 2026", false},
		{"2_weeks_ago", "2026-11-09", "2026-11-15", "2 weeks ago (9–15 November 2026)", "2026-11-02 2026-11-08", "2025-11-10 2025-11-16", "in the week of 2 November 2026", false},
		{"2_quarters_ago", "2026-04-01", "2026-06-30", "2 quarters ago (April – June 2026)", "2026-01-01 2026-03-31", "2025-04-01 2025-06-30", "in Q1 2026 (January – March)", false},
		{"last_weekend", "2026-11-21", "2026-11-22", "last weekend (21–22 November 2026)", "2026-11-14 2026-11-15", "2025-11-22 2025-11-23", "from 14 to 15 November 2026", false},
		{"this_weekend", "2026-11-21", "2026-11-22", "this weekend (21–22 November 2026)", "2026-11-14 2026-11-15", "2025-11-22 2025-11-23", "from 14 to 15 November 2026", false},
		{"saturday", "2026-11-21", "2026-11-21", "on Saturday 21 November 2026", "2026-11-14 2026-11-14", "2025-11-22 2025-11-22", "on Saturday 14 November 2026", false},
		{"monday", "2026-11-23", "2026-11-23", "on Monday 23 November 2026", "2026-11-16 2026-11-16", "2025-11-24 2025-11-24", "on Monday 16 November 2026", true},
		{"march", "2026-03-01", "2026-03-31", "in March 2026", "2026-02-01 2026-02-28", "2025-03-01 2025-03-31", "in February 2026", false},
		{"december", "2025-12-01", "2025-12-31", "in December 2025", "2025-11-01 2025-11-30", "2024-12-01 2024-12-31", "in November 2025", false},
		{"november", "2026-11-01", "2026-11-23", "in November 2026 (1–23 November)", "2026-10-01 2026-10-23", "2025-11-01 2025-11-23", "in the same days of October 2026 (1–23 October)", true},
		{"march_2025", "2025-03-01", "2025-03-31", "in March 2025", "2025-02-01 2025-02-28", "2024-03-01 2024-03-31", "in February 2025", false},
		{"november_last_year", "2025-11-01", "2025-11-30", "in November 2025", "2025-10-01 2025-10-31", "2024-11-01 2024-11-30", "in October 2025", false},
		{"q2", "2026-04-01", "2026-06-30", "in Q2 2026 (April – June)", "2026-01-01 2026-03-31", "2025-04-01 2025-06-30", "in Q1 2026 (January – March)", false},
		{"q4", "2026-10-01", "2026-11-23", "in Q4 2026 (1 October – 23 November)", "2026-07-01 2026-08-23", "2025-10-01 2025-11-23", "in the same part of Q3 2026 (1 July – 23 August)", true},
		{"2026", "2026-01-01", "2026-11-23", "in 2026 (1 January – 23 November)", "2025-01-01 2025-11-23", "2025-01-01 2025-11-23", "in the same part of 2025 (1 January – 23 November)", true},
		{"2027", "2027-01-01", "2027-12-31", "in 2027", "2026-01-01 2026-12-31", "2026-01-01 2026-12-31", "in 2026", false},
		{"march_3", "2026-03-03", "2026-03-03", "on 3 March 2026", "2026-03-02 2026-03-02", "2025-03-03 2025-03-03", "on 2 March 2026", false},
		{"december_24", "2025-12-24", "2025-12-24", "on 24 December 2025", "2025-12-23 2025-12-23", "2024-12-24 2024-12-24", "on 23 December 2025", false},
		{"february_29", "2024-02-29", "2024-02-29", "on 29 February 2024", "2024-02-28 2024-02-28", "2023-02-28 2023-02-28", "on 28 February 2024", false},
		{"february_29_2025", "2025-02-28", "2025-02-28", "on 28 February 2025", "2025-02-27 2025-02-27", "2024-02-28 2024-02-28", "on 27 February 2025", false},
		{"march_3..march_10", "2026-03-03", "2026-03-10", "from 3 to 10 March 2026", "2026-02-23 2026-03-02", "2025-03-03 2025-03-10", "from 23 February to 2 March 2026", false},
		{"november_20..november_30", "2025-11-20", "2025-11-30", "from 20 to 30 November 2025", "2025-11-09 2025-11-19", "2024-11-20 2024-11-30", "from 9 to 19 November 2025", false},
		{"november_20_2026..november_30_2026", "2026-11-20", "2026-11-23", "from 20 to 23 November 2026", "2026-11-09 2026-11-12", "2025-11-20 2025-11-23", "in the same days (9–12 November 2026)", true},
		{"january..march", "2026-01-01", "2026-03-31", "from January to March 2026", "2025-10-01 2025-12-31", "2025-01-01 2025-03-31", "in October – December 2025", false},
		{"november..february", "2025-11-01", "2026-02-28", "from November 2025 to February 2026", "2025-07-01 2025-10-31", "2024-11-01 2025-02-28", "in July – October 2025", false},
		{"june_2025..august_2025", "2025-06-01", "2025-08-31", "from June to August 2025", "2025-03-01 2025-05-31", "2024-06-01 2024-08-31", "in March – May 2025", false},
		{"november_2025..february", "2025-11-01", "2026-02-28", "from November 2025 to February 2026", "2025-07-01 2025-10-31", "2024-11-01 2025-02-28", "in July – October 2025", false},
		{"2023..2024", "2023-01-01", "2024-12-31", "from 2023 to 2024", "2021-01-01 2022-12-31", "2022-01-01 2023-12-31", "in 2021–2022", false},
		{"june..today", "2026-06-01", "2026-11-23", "since 1 June 2026", "2025-12-07 2026-05-31", "2025-06-01 2025-11-23", "from 7 December 2025 to 31 May 2026", false},
		{"friday..today", "2026-11-20", "2026-11-23", "since Friday 20 November 2026", "2026-11-13 2026-11-16", "2025-11-21 2025-11-24", "from 13 to 16 November 2026", false},
		{"tuesday..thursday", "2026-11-17", "2026-11-19", "from 17 to 19 November 2026", "2026-11-10 2026-11-12", "2025-11-18 2025-11-20", "from 10 to 12 November 2026", false},
	}
	for _, tt := range tests {
		p, err := semantic.ParsePeriod(tt.period)
		if err != nil {
			t.Error(err)
			continue
		}
		w := p.Window(monday, "")
		if w.From.String() != tt.from || w.Last().String() != tt.last || w.Label != tt.label || w.Partial != tt.partial {
			t.Errorf("%s: %s to %s %q partial %v", tt.period, w.From, w.Last(), w.Label, w.Partial)
		}
		previous, _ := w.Against(semantic.ComparePrevious)
		yearAgo, _ := w.Against(semantic.CompareYearAgo)
		if got := previous.From.String() + " " + previous.Last().String(); got != tt.previous || previous.Label != tt.previousLabel {
			t.Errorf("%s: previous %s %q, want %s %q", tt.period, got, previous.Label, tt.previous, tt.previousLabel)
		}
		if got := yearAgo.From.String() + " " + yearAgo.Last().String(); got != tt.yearAgo {
			t.Errorf("%s: a year ago %s, want %s", tt.period, got, tt.yearAgo)
		}
	}
}

func TestWindowAtMonthEnds(t *testing.T) {
	tests := []struct{ period, today, window, previous, yearAgo string }{
		{"this_month", "2026-03-31", "2026-03-01 2026-03-31", "2026-02-01 2026-02-28", "2025-03-01 2025-03-31"},
		{"this_month", "2028-02-29", "2028-02-01 2028-02-29", "2028-01-01 2028-01-29", "2027-02-01 2027-02-28"},
		{"today", "2028-02-29", "2028-02-29 2028-02-29", "2028-02-28 2028-02-28", "2027-02-28 2027-02-28"},
		{"last_3_months", "2026-05-31", "2026-03-01 2026-05-31", "2025-12-01 2026-02-28", "2025-03-01 2025-05-31"},
		{"last_month", "2028-03-31", "2028-02-01 2028-02-29", "2028-01-01 2028-01-31", "2027-02-01 2027-02-28"},
		{"this_weekend", "2026-11-21", "2026-11-21 2026-11-21", "2026-11-14 2026-11-14", "2025-11-22 2025-11-22"},
		{"last_weekend", "2026-11-21", "2026-11-14 2026-11-15", "2026-11-07 2026-11-08", "2025-11-15 2025-11-16"},
		{"this_weekend", "2026-11-22", "2026-11-21 2026-11-22", "2026-11-14 2026-11-15", "2025-11-22 2025-11-23"},
		{"last_week", "2027-01-01", "2026-12-21 2026-12-27", "2026-12-14 2026-12-20", "2025-12-22 2025-12-28"},
		{"february_29", "2028-02-28", "2024-02-29 2024-02-29", "2024-02-28 2024-02-28", "2023-02-28 2023-02-28"},
	}
	for _, tt := range tests {
		p, err := semantic.ParsePeriod(tt.period)
		if err != nil {
			t.Fatal(err)
		}
		today, err := semantic.ParseDate(tt.today)
		if err != nil {
			t.Fatal(err)
		}
		days := func(w semantic.Window) string { return w.From.String() + " " + w.Last().String() }
		w := p.Window(today, "")
		previous, _ := w.Against(semantic.ComparePrevious)
		yearAgo, _ := w.Against(semantic.CompareYearAgo)
		if got := []string{days(w), days(previous), days(yearAgo)}; got[0] != tt.window || got[1] != tt.previous || got[2] != tt.yearAgo {
			t.Errorf("%s on %s: %v", tt.period, tt.today, got)
		}
	}
}

func TestWindowOfWholeSteps(t *testing.T) {
	tests := []struct {
		period         string
		step           semantic.Grain
		from, previous string
		buckets        int
		label          string
	}{
		{"default", semantic.Week, "2026-09-07", "2026-06-15", 12, "in the last 12 weeks (7 September – 23 November 2026)"},
		{"default", semantic.Month, "2025-12-01", "2024-12-01", 12, "in the last 12 months (1 December 2025 – 23 November 2026)"},
		{"default", semantic.Quarter, "2026-01-01", "2025-01-01", 4, "since 1 January 2026"},
		{"default", semantic.Year, "2025-01-01", "2023-01-01", 2, "since 1 January 2025"},
		{"default", semantic.Day, "2026-10-25", "2026-09-25", 30, "in the last 30 days (25 October – 23 November 2026)"},
		{"last_3_months", semantic.Month, "2026-09-01", "2026-06-01", 3, "in the last 3 months (1 September – 23 November 2026)"},
		{"last_3_months", semantic.Day, "2026-08-24", "2026-05-24", 92, "in the last 3 months (24 August – 23 November 2026)"},
		{"last_2_weeks", semantic.Month, "2026-11-10", "2026-10-27", 1, "in the last 2 weeks (10–23 November 2026)"},
		{"last_30_days", semantic.Week, "2026-10-25", "2026-09-25", 6, "in the last 30 days (25 October – 23 November 2026)"},
		{"last_2_years", semantic.Year, "2025-01-01", "2023-01-01", 2, "in the last 2 years (1 January 2025 – 23 November 2026)"},
	}
	for _, tt := range tests {
		p, err := semantic.ParsePeriod(tt.period)
		if err != nil {
			t.Fatal(err)
		}
		w := p.Window(monday, tt.step)
		previous, _ := w.Against(semantic.ComparePrevious)
		keys, ok := w.Buckets(tt.step, 1000)
		if w.From.String() != tt.from || previous.From.String() != tt.previous || !ok || len(keys) != tt.buckets || w.Label != tt.label {
			t.Errorf("%s by %s: from %s, previous from %s, %d buckets, %q", tt.period, tt.step, w.From, previous.From, len(keys), w.Label)
		}
	}
}

func TestParsePeriodRefuses(t *testing.T) {
	for _, s := range []string{
		"", "Today", "next_month", "last_1_days", "last_367_days", "last_07_days", "1_days_ago", "last_3_quarters", "2_centuries_ago", "april_31",
		"february_30", "march_0", "1999", "2100", "q5", "q0", "march_last_month", "march_3_last_year", "q1..q2", "march..march_3", "today..march",
		"today..today", "monday..march", "march_last_year..today", "..", "march..", "..today", "a..b..c", "march_3_2025_1", "last__days", "last_9999999999_days",
	} {
		if p, err := semantic.ParsePeriod(s); err == nil {
			t.Errorf("ParsePeriod(%q) = %+v", s, p)
		}
	}
}

// periodGrammar allows every legal period: the plan grammar's own rule.
func periodGrammar(t testing.TB) *gbnftest.Grammar {
	t.Helper()
	text := semantic.PlanGrammar(semantic.Sales(), "")
	_, after, found := strings.Cut(text, "\nperiod ::= ")
	if !found {
		t.Fatal("the plan grammar has no rule period")
	}
	g, err := gbnftest.Parse("root ::= period | \"all_time\"\nperiod ::= " + after)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestEveryPeriodResolves draws legal periods and moments of this century, in zones with clock changes.
func TestEveryPeriodResolves(t *testing.T) {
	g := periodGrammar(t)
	zones := []string{"UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu"}
	steps := []string{"", "day", "week", "month", "quarter", "year"}
	rapid.Check(t, func(t *rapid.T) {
		period := g.Random(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0)), 20)
		start := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)
		now := start.Add(time.Duration(rapid.IntRange(0, 100*365*24*60).Draw(t, "minute")) * time.Minute)
		loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		p := semantic.Plan{Metric: "revenue", Period: period}
		if step := rapid.SampledFrom(steps).Draw(t, "step"); step != "" {
			p.By = []string{step}
		}
		if err := p.Validate(semantic.Sales()); err != nil {
			t.Fatal(err)
		}
		w, err := p.Place(semantic.Sales(), now, loc)
		if err != nil {
			t.Fatal(err)
		}
		today := semantic.DateOf(now.In(loc))
		if w.Label == "" || w.Empty() && !w.From.IsZero() {
			t.Fatalf("%s on %s: [%s, %s) %q", period, today, w.From, w.To, w.Label)
		}
		if !w.From.After(today) && w.To.After(today.AddDays(1)) {
			t.Fatalf("%s on %s reaches past today: [%s, %s)", period, today, w.From, w.To)
		}
		if contains := !w.From.After(today) && w.To.After(today); w.Partial && !contains {
			t.Fatalf("%s on %s is partial without today: [%s, %s)", period, today, w.From, w.To)
		}
		if w.From.IsZero() {
			return
		}
		for _, compare := range []semantic.Compare{semantic.ComparePrevious, semantic.CompareYearAgo} {
			against, ok := w.Against(compare)
			if !ok || against.Empty() || against.Label == "" || against.To.After(w.To) || !against.From.Before(w.From) {
				t.Fatalf("%s on %s: [%s, %s), %s [%s, %s) %q", period, today, w.From, w.To, compare, against.From, against.To, against.Label)
			}
			if a, b := w.From.Days(w.To), against.From.Days(against.To); a-b > 3*12 || b-a > 3*12 {
				if a < 20000 { // centuries differ by their leap days
					t.Fatalf("%s on %s: %d days held against %d", period, today, a, b)
				}
			}
		}
		// Whole stretches of days, weeks, months, quarters and years follow each other without a gap.
		previous, _ := w.Against(semantic.ComparePrevious)
		gapless := !w.Partial && p.By == nil && !strings.Contains(period, "weekend") && !strings.Contains(period, "day..") && !isWeekday(period)
		if gapless && previous.To != w.From && !strings.Contains(period, "february_29") {
			t.Fatalf("%s on %s: [%s, %s) does not follow [%s, %s)", period, today, w.From, w.To, previous.From, previous.To)
		}
		if previous.To.After(w.From) && !w.Partial {
			t.Fatalf("%s on %s: [%s, %s) overlaps [%s, %s)", period, today, previous.From, previous.To, w.From, w.To)
		}
	})
}

func isWeekday(s string) bool {
	return strings.HasSuffix(s, "day") && s != "today" && s != "yesterday" && !strings.Contains(s, "..")
}

// TestBucketKeys holds Go's first days of steps against their definitions.
func TestBucketKeys(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := semantic.Date{Year: 2000, Month: 1, Day: 1}.AddDays(rapid.IntRange(0, 40000).Draw(t, "day"))
		step := rapid.SampledFrom([]semantic.Grain{semantic.Day, semantic.Week, semantic.Month, semantic.Quarter, semantic.Year}).Draw(t, "step")
		start := step.Start(d)
		next := step.Add(start, 1)
		if start.After(d) || !d.Before(next) || step.Start(start) != start || step.Start(next) != next {
			t.Fatalf("%s of %s: [%s, %s)", step, d, start, next)
		}
		if step == semantic.Week && start.Weekday() != 0 {
			t.Fatalf("the week of %s starts on weekday %d", d, start.Weekday())
		}
	})
}
