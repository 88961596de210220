package semantic_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/assistant/semantic/gbnftest"
)

func grammarOf(t testing.TB, question string) *gbnftest.Grammar {
	t.Helper()
	text := semantic.PlanGrammar(semantic.Sales(), question)
	g, err := gbnftest.Parse(text)
	if err != nil {
		t.Fatalf("%q: %v\n%s", question, err, text)
	}
	return g
}

// cases is how many random cases of so many are tried: all with ILSAI_BARS=full; else a third, in which every shape of plan still
// comes up hundreds of times; a tenth with -short, as under the race detector, where each is computed by one goroutine.
func cases(all int) int {
	switch {
	case os.Getenv("ILSAI_BARS") == "full":
		return all
	case testing.Short():
		return all / 10
	}
	return all / 3
}

var oddQuestions = []string{
	"", " ", "?", "!!! ... ---", "\"'`\\", "what were our top 3 products this month?",
	`"ray-ban" {r1.revenue} \" } ] root ::= "x" <|eot_id|>`, "Umsatz für Müller & Söhne, bitte", "revenue\nby\tstore\x00\x07", "売上は？ 今月", "🙂🙂 sales 🙂",
	"jamie's sales, maria’s orders and d'angelo's returns", "h&m c++ 100% #1 st. mary's dr. smith (downtown) 'airport' 1/2 +2.00 -1.75",
	strings.Repeat("a", 2000), strings.Repeat("word ", 400), strings.Repeat("x y ", 500), strings.Repeat("ab", 20) + " " + strings.Repeat("ab", 21),
}

// TestEveryPlanIsLegal: whatever a model writes under the grammar parses, validates, is already in
// canonical form, resolves, compiles to bound SQL and can be said in words.
func TestEveryPlanIsLegal(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	c := semantic.Sales()
	now := time.Date(2026, 11, 23, 19, 30, 0, 0, time.UTC)
	for _, question := range oddQuestions {
		g := grammarOf(t, question)
		for range cases(1500) {
			text := g.Random(r, 60+r.IntN(200))
			p, err := semantic.ParsePlan([]byte(text))
			if err == nil {
				err = p.Validate(c)
			}
			if err != nil {
				t.Fatalf("%.60q allows %s: %v", question, text, err)
			}
			if p.String() != text {
				t.Fatalf("%s is not canonical: %s", text, p)
			}
			if semantic.Words(c, p, nil) == "" {
				t.Fatalf("%s has no words", text)
			}
			if p.Unsupported != "" {
				continue
			}
			w, err := p.Place(c, now, time.UTC)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			against, _ := w.Against(p.Compare)
			var filters []semantic.Filter
			for i, span := range p.Where {
				filters = append(filters, semantic.Filter{Dimension: c.Filterable()[i].ID, Values: []string{span}})
			}
			for _, d := range []semantic.Dialect{semantic.SQLite, semantic.Postgres} {
				queries, err := c.Compile(p, filters, w, against, d)
				if err != nil {
					t.Fatalf("%s: %v", text, err)
				}
				checkStatements(t, p, queries, d)
			}
		}
	}
}

// checkStatements: one SELECT each, as many marks as parameters, nothing of the question in the text.
func checkStatements(t testing.TB, p semantic.Plan, queries []semantic.Query, d semantic.Dialect) {
	t.Helper()
	for _, q := range queries {
		marks := strings.Count(q.SQL, "?")
		if d == semantic.Postgres {
			marks = strings.Count(q.SQL, "$")
		}
		if !strings.HasPrefix(q.SQL, "SELECT ") || strings.Contains(q.SQL, ";") || marks != len(q.Args) || q.Limit < 1 {
			t.Fatalf("%s: %d marks for %d parameters in %s", p, marks, len(q.Args), q.SQL)
		}
	}
	blank := p
	blank.Where = nil
	for _, span := range p.Where {
		if len(span) > 12 && strings.Contains(queries[0].SQL, span) {
			t.Fatalf("%s: the question's %q is in %s", p, span, queries[0].SQL)
		}
	}
}

func TestPlanGrammarAllows(t *testing.T) {
	tests := []struct {
		question, plan string
		want           bool
	}{
		{"top 3 ray-ban frames last month", `{"metric":"revenue","by":["product"],"where":[" frames"," ray-ban"],"period":"last_month","compare":"previous","order":"desc","limit":3}`, true},
		{"Ray-Ban’s sunglasses, at the \"Downtown\" store.", `{"metric":"units","where":[" ray-ban"," sunglasses"," downtown"],"period":"default"}`, true},
		{"jamie's sales", `{"metric":"revenue","where":[" jamie"],"period":"default"}`, true},
		{"jamie's sales", `{"metric":"revenue","where":[" jamie's"],"period":"default"}`, true},
		{"women's frames", `{"metric":"revenue","where":[" women's frames"],"period":"default"}`, true},
		{"women's frames", `{"metric":"revenue","where":[" women frames"],"period":"default"}`, false},
		{"st. mary's store", `{"metric":"revenue","where":[" st. mary's"],"period":"default"}`, true},
		{"frames, lenses", `{"metric":"revenue","where":[" frames"," lenses"],"period":"default"}`, true},
		{"frames, lenses", `{"metric":"revenue","where":[" frames lenses"],"period":"default"}`, false},
		{"frames and lenses", `{"metric":"revenue","where":["frames"],"period":"default"}`, false},
		{"frames and lenses", `{"metric":"revenue","where":[" contacts"],"period":"default"}`, false},
		{"frames and lenses", `{"metric":"revenue","where":[" frame"],"period":"default"}`, false},
		{"dolce & gabbana sales", `{"metric":"revenue","where":[" dolce & gabbana"],"period":"default"}`, true},
		{"dolce & gabbana sales", `{"metric":"revenue","where":[" dolce &"],"period":"default"}`, false},
		{"dolce & gabbana sales", `{"metric":"revenue","where":[" & gabbana"],"period":"default"}`, false},
		{"dolce & gabbana sales", `{"metric":"revenue","where":[" gabbana"],"period":"default"}`, true},
		{"dolce &", `{"metric":"revenue","where":[" dolce &"],"period":"default"}`, false},
		{"a b c d e f", `{"metric":"revenue","where":[" a b c d e"],"period":"default"}`, true},
		{"a b c d e f", `{"metric":"revenue","where":[" a b c d e f"],"period":"default"}`, false},
		{"?", `{"metric":"revenue","where":[" ?"],"period":"default"}`, false},
		{"x", `{"metric":"revenue","period":"default"}`, true},
		{"x", `{"unsupported":"forecast"}`, true},
		{"x", `{"unsupported":"tired"}`, false},
		{"x", `{"metric":"revenue","period":"default","order":"desc"}`, false},
		{"x", `{"metric":"revenue","period":"default","limit":3}`, false},
		{"x", `{"metric":"revenue","by":["store"],"period":"default","order":"growth"}`, false},
		{"x", `{"metric":"revenue","by":["store"],"period":"default","compare":"year_ago","order":"growth","limit":100}`, true},
		{"x", `{"metric":"revenue","by":["store"],"period":"default","limit":101}`, false},
		{"x", `{"metric":"revenue","by":["store"],"period":"default","limit":0}`, false},
		{"x", `{"metric":"revenue","by":["store","store"],"period":"default"}`, false},
		{"x", `{"metric":"revenue","by":["store","month"],"period":"default"}`, true},
		{"x", `{"metric":"revenue","by":["month","store"],"period":"default"}`, true},
		{"x", `{"metric":"revenue","by":["month","day"],"period":"default"}`, false},
		{"x", `{"metric":"revenue","by":["store"],"period":"all_time","compare":"previous"}`, false},
		{"x", `{"metric":"revenue","by":["store"],"period":"all_time","order":"asc"}`, true},
	}
	for _, tt := range tests {
		if got := grammarOf(t, tt.question).Allows(tt.plan); got != tt.want {
			t.Errorf("%q allows %s: %v, want %v", tt.question, tt.plan, got, tt.want)
		}
	}
}

// TestPlanGrammarAllowsEveryPeriod: the grammar's periods and ParsePeriod's are the same, seen from
// ParsePeriod's side.
func TestPlanGrammarAllowsEveryPeriod(t *testing.T) {
	g := periodGrammar(t)
	doc, err := os.ReadFile("../../docs/plan-language.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(doc), "## Periods")
	table, _, _ = strings.Cut(table, "## Conventions")
	seen := 0
	for _, word := range strings.Split(table, "`") {
		if _, err := semantic.ParsePeriod(word); err == nil && word != semantic.PeriodNow { // which has metrics of its own
			seen++
			if !g.Allows(word) {
				t.Errorf("the grammar lacks %s", word)
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d periods of plan-language.md are understood", seen)
	}
	for n := range 400 {
		for _, form := range []string{"last_%d_days", "last_%d_weeks", "last_%d_months", "last_%d_years", "%d_days_ago", "%d_quarters_ago", "march_%d", "june_%d", "february_%d", "%d", "q%d"} {
			period := fmt.Sprintf(form, n)
			_, err := semantic.ParsePeriod(period)
			if allowed := g.Allows(period); allowed != (err == nil) {
				t.Errorf("%s: the grammar says %v, ParsePeriod %v", period, allowed, err)
			}
		}
	}
}

// TestPlanGrammarSize: the grammar is parsed for every question, so it stays small however long that is.
func TestPlanGrammarSize(t *testing.T) {
	short := len(semantic.PlanGrammar(semantic.Sales(), "What were our top 3 products this month?"))
	if short > 6_000 {
		t.Errorf("a short question's grammar has %d bytes", short)
	}
	longest := 0
	for _, q := range append(oddQuestions, strings.Repeat("lorem ipsum dolor sit amet consectetur ", 50), manyWords(400)) {
		longest = max(longest, len(semantic.PlanGrammar(semantic.Sales(), q)))
	}
	t.Logf("grammar of a short question %d bytes, of the longest %d", short, longest)
	if longest > 64_000 {
		t.Errorf("the longest grammar has %d bytes", longest)
	}
}

// manyWords are n different words.
func manyWords(n int) string {
	var words []string
	for i := range n {
		words = append(words, fmt.Sprintf("w%dx", i*7919%1000))
	}
	return strings.Join(words, " ")
}

func BenchmarkPlanGrammar(b *testing.B) {
	for _, q := range []struct{ name, text string }{{"short", "What were our top 3 Ray-Ban products at the airport this month?"}, {"long", manyWords(400)}} {
		b.Run(q.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(len(semantic.PlanGrammar(semantic.Sales(), q.text))))
			}
		})
	}
}

func FuzzPlanGrammar(f *testing.F) {
	for _, q := range oddQuestions {
		f.Add(q, uint64(1))
	}
	f.Fuzz(func(t *testing.T, question string, seed uint64) {
		g := grammarOf(t, question)
		r := rand.New(rand.NewPCG(seed, 0))
		for range 5 {
			text := g.Random(r, 120)
			p, err := semantic.ParsePlan([]byte(text))
			if err == nil {
				err = p.Validate(semantic.Sales())
			}
			if err != nil || p.String() != text {
				t.Fatalf("%q allows %s: %v", question, text, err)
			}
		}
	})
}
