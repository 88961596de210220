package assistant_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
)

var update = flag.Bool("update", false, "write golden files")

func golden(t testing.TB, name, got string) {
	t.Helper()
	path := "testdata/" + name
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (run with -update and read the difference); got:\n%s", name, got)
	}
}

// quietShop has five orders: small enough to check every figure by hand.
func quietShop(t testing.TB) *sql.DB {
	db := openShop(t)
	sell(t, db,
		line{1, "2026-11-02", 1, 1, 1, 1, 2, 0},    // 320.00
		line{1, "2026-11-02", 1, 1, 1, 4, 1, 1000}, // 290.00
		line{2, "2026-11-20", 2, 2, 2, 2, 1, 0},    // 140.00
		line{3, "2026-10-20", 2, 2, 2, 2, 3, 0},    // 420.00
		line{4, "2026-10-31", 3, 3, 3, 1, 9, 0},    // 1,440.00
		line{5, "2026-08-05", 1, 1, 2, 3, 1, 500},  // 175.00
	)
	return db
}

func TestAskJSON(t *testing.T) {
	s := &script{
		plan:   `{"metric":"revenue","by":["product"],"where":[" airport"],"period":"default","compare":"previous","order":"desc","limit":3}`,
		answer: "{period}, {r1.product} leads {filters} with {r1.revenue} ({r1.change_rate}); the top 3 make {total.revenue}, against {total.previous} {previous_period}.",
	}
	a, _ := asker(t, quietShop(t), s)
	got := ask(t, a, "  What were our top 3 products\n at the AIRPORT?")
	data, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "answer.json", string(data)+"\n")
	checkCitations(t, got)

	var back assistant.Answer
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	again, err := json.MarshalIndent(back, "", "  ")
	if err != nil || string(again) != string(data) {
		t.Errorf("an answer does not survive its own JSON: %v\n%s", err, again)
	}

	plan, answer := s.seen[0], s.seen[1]
	if got, want := plan.System+"|"+plan.User, "plan sales|what were our top 3 products at the airport?"; got != want {
		t.Errorf("plan prompt %q, want %q", got, want)
	}
	if got, want := answer.System+"|"+answer.User, "answer sales|what were our top 3 products at the airport?\n"+
		"metric=revenue by=product period=default filters=1 compare=previous order=desc rows=2 change=unknown"; got != want {
		t.Errorf("answer prompt %q, want %q", got, want)
	}
	if plan.RequestID != "req-1" || plan.Scope != string(shopOne) || !plan.SystemPublic || plan.MaxTokens == 0 {
		t.Errorf("generation %+v", plan)
	}
}

// checkCitations: each citation is where it says, and shows a cell that exists.
func checkCitations(t testing.TB, a assistant.Answer) {
	t.Helper()
	text := []rune(a.Answer)
	for _, c := range a.Citations {
		if c.Start < 0 || c.End > len(text) || string(text[c.Start:c.End]) != c.Text {
			t.Errorf("citation %+v is not at its place in %q", c, a.Answer)
			continue
		}
		column := -1
		for i, d := range a.Data.Columns {
			if d.ID == c.Column {
				column = i
			}
		}
		switch {
		case column < 0:
			t.Errorf("citation %+v is of no column", c)
		case c.Row > 0 && !reflect.DeepEqual(a.Data.Rows[c.Row-1][column], c.Value):
			t.Errorf("citation %+v shows another cell than %v", c, a.Data.Rows[c.Row-1][column])
		case strings.HasPrefix(c.Ref, "total.") && !reflect.DeepEqual(a.Data.Total[column], c.Value):
			t.Errorf("citation %+v shows another total than %v", c, a.Data.Total[column])
		}
	}
}

func TestAskFigures(t *testing.T) {
	s := &script{}
	a, _ := asker(t, quietShop(t), s)
	tests := []struct{ plan, sentence, want string }{
		{`{"metric":"revenue","period":"this_month"}`, "Revenue so far {period} is {r1.revenue}.", "Revenue so far this month (1–23 November 2026) is $750.00."},
		{`{"metric":"revenue","period":"last_month","compare":"previous"}`, "{period} brought {r1.revenue}, {previous_period} {r1.previous}: {r1.change} ({r1.change_rate}).",
			"Last month (October 2026) brought $1,860.00, in September 2026 $0.00: $1,860.00 (n/a)."},
		{`{"metric":"revenue","period":"this_month","compare":"previous"}`, "Revenue went to {r1.revenue} ({r1.change_rate}), by {r1.change}.", "Revenue went to $750.00 (+78.6%), by $330.00."},
		{`{"metric":"units","by":["brand"],"period":"default","order":"desc"}`, "{r1.brand} sold {r1.units}, {r2.brand} {r2.units}; in all {total.units} {period}.",
			"Ray-Ban sold 11, Essilor 1; in all 13 in the last 30 days (25 October – 23 November 2026)."},
		{`{"metric":"average_order_value","by":["store"],"period":"this_month"}`, "{r1.store} has {r1.average_order_value}.", "Downtown has $610.00."},
		{`{"metric":"margin_rate","period":"this_month","compare":"previous"}`, "Margin is {r1.margin_rate}, {r1.change}.", "Margin is 57.3%, 0.2 points."},
		{`{"metric":"revenue","by":["month"],"period":"last_4_months"}`, "From {first.revenue} in {first.month} to {last.revenue} in {last.month}, best {max.month}, worst {min.month}.",
			"From $175.00 in August 2026 to $1,860.00 in October 2026, best October 2026, worst September 2026."},
		{`{"metric":"orders","by":["week"],"period":"last_month"}`, "{max.orders} in the {max.week}.", "1 in the week of 19 October."},
		{`{"metric":"orders","by":["quarter"],"period":"this_year"}`, "{max.quarter} had {max.orders}.", "Q4 2026 had 4."},
		{`{"metric":"orders","by":["day"],"period":"this_month","order":"desc","limit":1}`, "{r1.day} had {r1.orders}.", "2 November 2026 had 1."},
		{`{"metric":"revenue","by":["weekday"],"period":"all_time","order":"desc","limit":2}`, "{r1.weekday} is best with {r1.revenue} {period}.", "Saturday is best with $1,440.00 since records began."},
		{`{"metric":"revenue","by":["staff"],"where":[" jamie"],"period":"all_time"}`, "{r1.staff} took {r1.revenue} {filters}.", "Jamie Reyes took $785.00 for Jamie Reyes."},
		{`{"metric":"revenue","by":["segment"],"period":"default","compare":"previous","order":"growth"}`, "{r1.segment} grew by {r1.change_rate}.", "Seniors grew by -66.7%."},
	}
	for _, tt := range tests {
		s.plan, s.answer = tt.plan, tt.sentence
		got := ask(t, a, "How did jamie do with frames?")
		if got.Answer != tt.want || !got.Phrased {
			t.Errorf("%s\n got %s (%v)\nwant %s", tt.plan, got.Answer, got.PhrasingErr, tt.want)
		}
		checkCitations(t, got)
	}
}

func TestAskUnsupported(t *testing.T) {
	for _, reason := range []string{"off_topic", "not_in_data", "forecast", "cause"} {
		s := &script{plan: `{"unsupported":"` + reason + `"}`}
		a, source := asker(t, quietShop(t), s)
		got := ask(t, a, "Will it rain?")
		data, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(got.Answer, "I can't answer that yet. ") || len(got.Suggestions) != 3 || got.Reason != reason ||
			!strings.Contains(string(data), `"plan":"unsupported"`) || !strings.Contains(string(data), `"rows":[]`) || !strings.Contains(string(data), `"citations":[]`) {
			t.Errorf("%s: %s", reason, data)
		}
		for _, suggestion := range got.Suggestions {
			if !strings.Contains(got.Answer, suggestion) {
				t.Errorf("%s: %q is not in %q", reason, suggestion, got.Answer)
			}
		}
		if len(s.seen) != 1 || source.opened != 1 || got.TokensUsed != 50 { // the shop's names are read once
			t.Errorf("%s: %d generations, %d snapshots, %d tokens", reason, len(s.seen), source.opened, got.TokensUsed)
		}
		if again := ask(t, a, "Will it rain?"); !reflect.DeepEqual(again.Suggestions, got.Suggestions) {
			t.Errorf("the same question got other suggestions: %q, %q", got.Suggestions, again.Suggestions)
		}
		if source.opened != 1 {
			t.Errorf("%s: the shop's names were read %d times", reason, source.opened)
		}
	}
	s := &script{plan: `{"unsupported":"cause"}`}
	a, _ := asker(t, quietShop(t), s)
	first := map[string]bool{}
	for i := range 100 {
		first[ask(t, a, fmt.Sprintf("why %d", i)).Suggestions[0]] = true
	}
	if len(first) < 5 {
		t.Errorf("a hundred questions saw only %d first suggestions", len(first))
	}
}

// halfAPlan is what is left of a plan that was cut off after so many tokens.
func halfAPlan(tokens int) assistant.Completion {
	c := completion(`{"metric":"revenue","where":[" oak`, tokens)
	c.Truncated = true
	return c
}

// A question that the model cannot read, or whose plan is cut off because it names too much, is unsupported and no failure.
func TestAskTooLong(t *testing.T) {
	s := &script{}
	a, _ := asker(t, quietShop(t), s)
	unread := func(assistant.Generation) (assistant.Completion, error) {
		return assistant.Completion{}, ilsai.Errorf(ilsai.CodeTooLarge, "the prompt has 9 tokens")
	}
	for name, c := range map[string]struct {
		write       func(assistant.Generation) (assistant.Completion, error)
		kind        string
		suggestions int
	}{
		"to read":                  {unread, "sales", 3},
		"to tell its kind":         {unread, "", 0},
		"for the tokens of a plan": {func(g assistant.Generation) (assistant.Completion, error) { return halfAPlan(g.MaxTokens), nil }, "sales", 3},
		"for the context":          {func(assistant.Generation) (assistant.Completion, error) { return halfAPlan(9), nil }, "sales", 3},
	} {
		s.planFunc = c.write
		q := question(t, "oakley today")
		q.QueryType = c.kind
		q.Allow = func(kind string) error { t.Errorf("%s: taken for a question about %s", name, kind); return nil }
		got, err := a.Ask(t.Context(), q)
		if err != nil || got.QueryType != c.kind || got.Plan.Plan != nil || got.Reason != "too_long" || len(got.Suggestions) != c.suggestions || got.Data.Rows == nil ||
			len(got.Data.Rows) != 0 || !strings.Contains(got.Answer, "longer than I can read") {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

// Half a plan is a failure where the question is not at fault: the asker had few tokens left, or the model stopped by itself.
func TestAskHalfAPlan(t *testing.T) {
	s := &script{}
	a, _ := asker(t, quietShop(t), s)
	whole := halfAPlan(20)
	whole.Truncated = false
	for name, c := range map[string]assistant.Completion{"few tokens": halfAPlan(30), "ended": whole} {
		s.planFunc = func(assistant.Generation) (assistant.Completion, error) { return c, nil }
		q := question(t, "oakley today")
		q.MaxTokens = 30
		if got, err := a.Ask(t.Context(), q); ilsai.ErrorCode(err) != ilsai.CodeGenerationFailed || got.Usage.Completion != c.CompletionTokens {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestAskUnknownValue(t *testing.T) {
	s := &script{plan: `{"metric":"revenue","where":[" oakkleys frame"],"period":"last_month"}`, answer: "Revenue was {r1.revenue}."}
	a, source := asker(t, quietShop(t), s)
	got := ask(t, a, "oakkleys frame revenue last month")
	if got.Unknown == nil || got.Unknown.Asked != "oakkleys frame" || len(got.Data.Rows) != 0 || len(got.Citations) != 0 || got.Plan.Plan == nil ||
		!strings.Contains(got.Answer, "“oakkleys frame”") || strings.Contains(got.Answer, "$") || len(s.seen) != 1 {
		t.Errorf("%+v", got)
	}
	s.plan = `{"metric":"revenue","where":[" varilks"],"period":"last_month"}`
	if got := ask(t, a, "varilks revenue last month"); !strings.Contains(got.Answer, "Varilux Comfort") {
		t.Errorf("no nearest value in %q", got.Answer)
	}
	if source.open != 0 {
		t.Errorf("%d snapshots are still open", source.open)
	}
}

func TestAskNothingRecorded(t *testing.T) {
	s := &script{}
	a, _ := asker(t, quietShop(t), s)
	tests := []struct{ plan, sentence, want, facts string }{
		{`{"metric":"revenue","by":["product"],"period":"yesterday"}`, "Nothing is recorded {period}.", "Nothing is recorded yesterday (22 November 2026).", "metric=revenue by=product period=named rows=0"},
		{`{"metric":"average_order_value","period":"yesterday"}`, "There were no orders {period}.", "There were no orders yesterday (22 November 2026).", "metric=average_order_value period=named rows=1 value=none"},
		{`{"metric":"revenue","period":"yesterday"}`, "Revenue {period} was {r1.revenue}.", "Revenue yesterday (22 November 2026) was $0.00.", "metric=revenue period=named rows=1 value=zero"},
		// that there was none is the figure zero in words
		{`{"metric":"units","period":"yesterday"}`, "No units were sold {period}.", "No units were sold yesterday (22 November 2026).", "metric=units period=named rows=1 value=zero"},
		{`{"metric":"units","period":"yesterday"}`, "Units did well {period}.", "Units sold yesterday (22 November 2026): 0.", "metric=units period=named rows=1 value=zero"},
		// a cell that does not exist cannot be named: the plain statement takes over
		{`{"metric":"average_order_value","period":"yesterday"}`, "It was {r1.average_order_value}.", "Nothing is recorded yesterday (22 November 2026).", "metric=average_order_value period=named rows=1 value=none"},
	}
	for _, tt := range tests {
		s.plan, s.answer, s.seen = tt.plan, tt.sentence, nil
		got := ask(t, a, "how about yesterday")
		_, facts, _ := strings.Cut(s.seen[1].User, "\n")
		if got.Answer != tt.want || facts != tt.facts {
			t.Errorf("%s\n got %s (%s)\nwant %s (%s)", tt.plan, got.Answer, facts, tt.want, tt.facts)
		}
	}
}

// No figure is given for a time that is not in the shop's records, and one that is in part says so.
func TestAskBeyondTheRecords(t *testing.T) {
	s := &script{answer: "Revenue {period} was {r1.revenue}."}
	a, source := asker(t, quietShop(t), s)
	const notice = "The records begin on 5 August 2026: nothing before that day is in these figures."
	tests := []struct{ plan, want, notice string }{
		{`{"metric":"revenue","period":"2025"}`, "Nothing is recorded in 2025: the records begin on 5 August 2026.", ""},
		{`{"metric":"revenue","by":["product"],"period":"2025","order":"desc","limit":3}`, "Nothing is recorded in 2025: the records begin on 5 August 2026.", ""},
		{`{"metric":"revenue","period":"2027"}`, "Nothing is recorded in 2027 yet: it is still to come.", ""},
		{`{"metric":"revenue","period":"august"}`, "Revenue in August 2026 was $175.00.", notice},
		{`{"metric":"revenue","period":"september","compare":"year_ago"}`, "Revenue in September 2026 was $0.00.", notice},
		{`{"metric":"revenue","period":"september","compare":"previous"}`, "Revenue in September 2026 was $0.00.", notice},
		{`{"metric":"revenue","period":"october","compare":"previous"}`, "Revenue in October 2026 was $1,860.00.", ""},
		{`{"metric":"revenue","period":"all_time"}`, "Revenue since records began was $2,785.00.", ""},
	}
	for _, tt := range tests {
		s.plan = tt.plan
		got := ask(t, a, "how was it")
		if got.Answer != tt.want || got.Notice != tt.notice {
			t.Errorf("%s\n got %s (%s)\nwant %s (%s)", tt.plan, got.Answer, got.Notice, tt.want, tt.notice)
		}
		if strings.HasPrefix(got.Answer, "Nothing") && (len(got.Data.Rows) > 0 || got.Data.Total != nil) {
			t.Errorf("%s shows rows: %v, %v", tt.plan, got.Data.Rows, got.Data.Total)
		}
	}
	if source.open != 0 {
		t.Errorf("%d snapshots are still open", source.open)
	}
}

func TestAskFallsBackToCells(t *testing.T) {
	s := &script{}
	a, _ := asker(t, quietShop(t), s)
	plans := []struct{ plan, want string }{
		{`{"metric":"revenue","period":"last_month","compare":"previous"}`,
			"Revenue last month (October 2026): $1,860.00 (before: $0.00, change n/a). Compared with the figures in September 2026."},
		{`{"metric":"revenue","by":["product"],"where":[" airport"],"period":"default","order":"desc"}`,
			"Revenue by product for Airport North or Airport South in the last 30 days (25 October – 23 November 2026): Ray-Ban Aviator $1,440.00 and Oakley Holbrook $140.00; in total $1,580.00."},
		{`{"metric":"revenue","by":["month"],"period":"this_year"}`,
			"Revenue by month so far this year (1 January – 23 November 2026): from $0.00 in January 2026 to $1,860.00 in October 2026; highest $1,860.00 in October 2026, lowest $0.00 in January 2026; in total $2,785.00."},
		{`{"metric":"units","by":["month"],"period":"last_quarter"}`, "Units sold by month last quarter (July – September 2026): July 2026 0, August 2026 1 and September 2026 0; in total 1."},
		{`{"metric":"revenue","by":["brand"],"period":"yesterday"}`, "Nothing is recorded yesterday (22 November 2026)."},
	}
	sentences := map[string]string{
		"empty": "", "blank": "  \n", "no reference": "Revenue did well.", "only a phrase": "Revenue did well {period}.", "cut off": "Revenue was {r1.revenue} and then",
		"cut in a reference": "Revenue was {r1.rev", "too long": strings.Repeat("Revenue was {r1.revenue} and ", 20) + "more.", "digits": "Revenue was {r1.revenue} or 99.",
		"number word": "Revenue was {r1.revenue}, about two thousand.", "foreign digits": "Revenue was {r1.revenue} or ٣.", "unknown row": "Revenue was {r99.revenue}.",
		"unknown column": "Revenue was {r1.password}.", "nested": "Revenue was {{r1.revenue}}.", "stray brace": "Revenue } was {r1.revenue}.", "scaled": "Revenue was {r1.revenue} million.",
		"joined": "Revenue was {r1.revenue}{r1.revenue}.", "minus": "Revenue was - {r1.revenue}.", "per cent": "Revenue was {r1.revenue} %.", "line break": "Revenue was\n{r1.revenue}.",
		"grouped": "Revenue was {r1.revenue},{r1.revenue}.", "glued": "Revenue was x{r1.revenue}.", "leading zero": "Revenue was {r01.revenue}.", "plus": "Revenue was {r+1.revenue}.",
	}
	for _, p := range plans {
		for name, sentence := range sentences {
			if p.plan == plans[4].plan && !strings.Contains(sentence, "{r") && sentence != "" && strings.TrimSpace(sentence) != "" {
				continue // with no rows a sentence needs no cell
			}
			s.plan, s.answer = p.plan, sentence
			got := ask(t, a, "How did the airport do?")
			if got.Phrased || got.PhrasingErr == nil || got.Answer != p.want {
				t.Errorf("%s, %s: phrased %v\n got %s\nwant %s", p.plan, name, got.Phrased, got.Answer, p.want)
			}
			checkCitations(t, got)
		}
	}
}

// What the rows contradict is not shown, however well it reads.
func TestAskNeverContradictsItsRows(t *testing.T) {
	s := &script{}
	a, _ := asker(t, quietShop(t), s)
	tests := []struct{ plan, kept, dropped string }{
		{`{"metric":"revenue","period":"this_month","compare":"previous"}`, "Revenue is up so far: {r1.revenue}.", "Revenue is down so far: {r1.revenue}."},
		{`{"metric":"revenue","by":["product"],"where":[" airport"],"period":"default","order":"desc"}`, "{r1.product} sold the most, {r1.revenue}.", "{r2.product} sold the most, {r2.revenue}."},
		{`{"metric":"revenue","by":["product"],"where":[" airport"],"period":"default","order":"desc"}`, "The two products made {total.revenue} in total.", "In total {r1.revenue} was made."},
		{`{"metric":"revenue","by":["month"],"period":"this_year"}`, "Revenue rose from {first.revenue} to {last.revenue}.", "Revenue fell from {first.revenue} to {last.revenue}."},
		{`{"metric":"revenue","period":"last_month"}`, "Revenue was {r1.revenue} {period}.", "Revenue is {r1.revenue} so far {period}."},
	}
	for _, tt := range tests {
		s.plan, s.answer = tt.plan, tt.kept
		if got := ask(t, a, "How did the airport do?"); !got.Phrased {
			t.Errorf("%s: %q is true, and not shown: %v", tt.plan, tt.kept, got.PhrasingErr)
		}
		s.answer = tt.dropped
		if got := ask(t, a, "How did the airport do?"); got.Phrased || got.PhrasingErr == nil || len(got.Contradictions()) > 0 {
			t.Errorf("%s: %q is not true, and came out as %q: %v", tt.plan, tt.dropped, got.Answer, got.Contradictions())
		}
	}
}

func TestAskErrors(t *testing.T) {
	s := &script{plan: `{"metric":"revenue","where":[" oakley"],"period":"today"}`, answer: "It is {r1.revenue}."}
	a, source := asker(t, quietShop(t), s)
	boom := errors.New("boom")
	failing := func(err error) func(assistant.Generation) (assistant.Completion, error) {
		return func(assistant.Generation) (assistant.Completion, error) { return assistant.Completion{}, err }
	}
	tests := []struct {
		name string
		set  func(*assistant.Question) context.Context
		want ilsai.Code
	}{
		{"empty", func(q *assistant.Question) context.Context { q.Text = ""; return nil }, ilsai.CodeInvalid},
		{"blank", func(q *assistant.Question) context.Context { q.Text = " \n\t\x00"; return nil }, ilsai.CodeInvalid},
		{"too long", func(q *assistant.Question) context.Context { q.Text = strings.Repeat("é", 2001); return nil }, ilsai.CodeInvalid},
		{"just fits", func(q *assistant.Question) context.Context {
			q.Text = "oakley " + strings.Repeat("é", 1993)
			return nil
		}, ""},
		{"not UTF-8", func(q *assistant.Question) context.Context { q.Text = "sales \xff"; return nil }, ilsai.CodeInvalid},
		{"unknown type", func(q *assistant.Question) context.Context { q.QueryType = "astrology"; return nil }, ilsai.CodeInvalid},
		{"unknown tenant", func(q *assistant.Question) context.Context { q.Tenant.ID = "nobody"; return nil }, ilsai.CodeNotFound},
		{"unknown time zone", func(q *assistant.Question) context.Context { q.Tenant.TimeZone = "Mars/Olympus"; return nil }, ilsai.CodeInternal},
		{"database away", func(*assistant.Question) context.Context { source.err = boom; return nil }, ilsai.CodeUnavailable},
		{"database away, said so", func(*assistant.Question) context.Context {
			source.err = ilsai.Errorf(ilsai.CodeOverloaded, "no")
			return nil
		}, ilsai.CodeOverloaded},
		{"model fails", func(*assistant.Question) context.Context { s.planFunc = failing(boom); return nil }, ilsai.CodeGenerationFailed},
		{"queue full", func(*assistant.Question) context.Context {
			s.planFunc = failing(ilsai.Errorf(ilsai.CodeOverloaded, "full"))
			return nil
		}, ilsai.CodeOverloaded},
		{"plan cut off", func(*assistant.Question) context.Context {
			s.planFunc = func(assistant.Generation) (assistant.Completion, error) { return completion(`{"metric":"reve`, 5), nil }
			return nil
		}, ilsai.CodeGenerationFailed},
		{"plan of no catalogue", func(*assistant.Question) context.Context {
			s.planFunc = func(assistant.Generation) (assistant.Completion, error) {
				return completion(`{"metric":"secrets","period":"today"}`, 5), nil
			}
			return nil
		}, ilsai.CodeGenerationFailed},
		{"deadline in the plan", func(*assistant.Question) context.Context { s.planFunc = failing(context.DeadlineExceeded); return nil }, ilsai.CodeDeadline},
		{"canceled before rows", func(*assistant.Question) context.Context {
			ctx, cancel := context.WithCancel(context.Background())
			cancel()
			return ctx
		}, ilsai.CodeCanceled},
		{"deadline in the answer", func(*assistant.Question) context.Context {
			s.answerFunc = failing(ilsai.Errorf(ilsai.CodeDeadline, "late"))
			return nil
		}, ilsai.CodeDeadline},
		{"deadline passed", func(*assistant.Question) context.Context {
			ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
			t.Cleanup(cancel)
			return ctx
		}, ilsai.CodeDeadline},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			source.err, s.planFunc, s.answerFunc = nil, nil, nil
			q := question(t, "oakley today")
			ctx := tt.set(&q)
			if ctx == nil {
				ctx = context.Background()
			}
			_, err := a.Ask(ctx, q)
			if got := ilsai.ErrorCode(err); got != tt.want {
				t.Errorf("code %q (%v), want %q", got, err, tt.want)
			}
			if err != nil && strings.Contains(ilsai.ErrorMessage(err), "boom") {
				t.Errorf("the cause leaks: %s", ilsai.ErrorMessage(err))
			}
		})
	}
	if source.open != 0 {
		t.Errorf("%d snapshots are still open", source.open)
	}
}

// TestAskAnswerFailure: the rows are there, so a second generation that fails costs the sentence alone.
func TestAskAnswerFailure(t *testing.T) {
	boom := ilsai.Errorf(ilsai.CodeGenerationFailed, "step failed")
	s := &script{plan: `{"metric":"revenue","period":"last_month"}`, answerFunc: func(assistant.Generation) (assistant.Completion, error) {
		return assistant.Completion{}, boom
	}}
	a, _ := asker(t, quietShop(t), s)
	got := ask(t, a, "revenue last month")
	if got.Phrased || !errors.Is(got.PhrasingErr, boom) || got.Answer != "Revenue last month (October 2026): $1,860.00." {
		t.Errorf("%+v", got)
	}
}

func TestAskBudget(t *testing.T) {
	s := &script{plan: `{"metric":"revenue","period":"last_month"}`, answer: "It was {r1.revenue}."}
	a, _ := asker(t, quietShop(t), s)
	tests := []struct{ budget, plan, answer int }{{0, 192, 256}, {300, 192, 256}, {100, 100, 70}, {1000, 192, 256}, {40, 40, 0}}
	for _, tt := range tests {
		s.seen = nil
		q := question(t, "revenue last month")
		q.MaxTokens = tt.budget
		got, err := a.Ask(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		answer := 0
		if len(s.seen) > 1 {
			answer = s.seen[1].MaxTokens
		}
		if s.seen[0].MaxTokens != tt.plan || answer != tt.answer || got.Phrased != (tt.answer > 0) {
			t.Errorf("budget %d: plan %d, answer %d, phrased %v", tt.budget, s.seen[0].MaxTokens, answer, got.Phrased)
		}
		if got.TokensUsed != got.Usage.Prompt+got.Usage.Completion || got.TokensUsed == 0 {
			t.Errorf("budget %d: %d tokens used, %+v", tt.budget, got.TokensUsed, got.Usage)
		}
	}
}

// TestAskHoldsNoSnapshotWhileGenerating, nor a generation while reading.
func TestAskHoldsNoSnapshotWhileGenerating(t *testing.T) {
	s := &script{plan: `{"metric":"revenue","where":[" oakley"],"period":"last_month","compare":"previous"}`, answer: "It was {r1.revenue}."}
	a, source := asker(t, quietShop(t), s)
	s.before = func() {
		source.mu.Lock()
		defer source.mu.Unlock()
		if source.open != 0 {
			t.Errorf("%d snapshots are open during a generation", source.open)
		}
	}
	for i, want := range []int{2, 3} { // the shop's names, then a snapshot a question
		if got := ask(t, a, "oakley revenue last month"); !got.Phrased || source.opened != want {
			t.Errorf("phrased %v, %d snapshots after question %d, want %d", got.Phrased, source.opened, i+1, want)
		}
	}
}

// TestAskTimeZone: today is the shop's day, not the server's.
func TestAskTimeZone(t *testing.T) {
	s := &script{plan: `{"metric":"revenue","period":"today"}`, answer: "{period} it is {r1.revenue}."}
	a, _ := asker(t, quietShop(t), s)
	for zone, want := range map[string]string{"America/New_York": "Today (23 November 2026)", "Pacific/Auckland": "Today (24 November 2026)", "": "Today (23 November 2026)"} {
		q := question(t, "today")
		q.Tenant.TimeZone = zone
		got, err := a.Ask(context.Background(), q)
		if err != nil || !strings.HasPrefix(got.Answer, want) {
			t.Errorf("%s: %q, %v", zone, got.Answer, err)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	generator, source := &script{}, &shops{}
	for name, o := range map[string]assistant.Options{
		"nothing":         {},
		"unknown profile": {Generator: generator, Data: source, Catalogues: salesOnly(), Profile: "chatty"},
		"two of a domain": {Generator: generator, Data: source, Catalogues: append(salesOnly(), salesOnly()...)},
	} {
		if _, err := assistant.New(o); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
}
