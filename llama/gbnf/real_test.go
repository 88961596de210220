package gbnf_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/llama/gbnf"
)

// walk goes through a text and wants everything that is forced on the way to be how it goes on.
func walk(t *testing.T, g *gbnf.Grammar, text string) (forcedBytes int) {
	t.Helper()
	m := g.Matcher()
	ahead := 0
	for i := range len(text) {
		forced, next := m.Forced(1 << 10)
		if !strings.HasPrefix(text[i:], string(forced)) {
			t.Fatalf("after %q %q is forced, and the text is %s", text[:i], forced, text)
		}
		if len(forced) == 0 && len(next.Ranges) == 0 {
			t.Fatalf("nothing may come after %q, and the text is %s", text[:i], text)
		}
		if ahead = max(ahead, i+len(forced)); ahead > i {
			forcedBytes++
		}
		if !m.Accept([]byte{text[i]}) {
			t.Fatalf("after %q %q is not allowed, and the text is %s", text[:i], text[i], text)
		}
	}
	if _, next := m.Forced(1); !next.End {
		t.Fatalf("%s does not end", text)
	}
	return forcedBytes
}

func TestPlansOfTheDevelopmentSet(t *testing.T) {
	b, err := os.ReadFile("../../assistant/testdata/questions/sales_dev.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Question string           `yaml:"q"`
		Plan     map[string]any   `yaml:"plan"`
		Also     []map[string]any `yaml:"also"`
	}
	if err := yaml.Unmarshal(b, &cases); err != nil {
		t.Fatal(err)
	}
	plans, forced, all := 0, 0, 0
	for _, c := range cases {
		g := parse(t, semantic.PlanGrammar(semantic.Sales(), c.Question))
		for _, members := range append(c.Also, c.Plan) {
			text := canonical(t, members)
			forced += walk(t, g, text)
			all += len(text)
			plans++
		}
	}
	if t.Logf("%d plans, %d of %d bytes forced", plans, forced, all); plans < 180 {
		t.Errorf("only %d plans", plans)
	}
}

func canonical(t *testing.T, members map[string]any) string {
	t.Helper()
	if period, ok := members["period"]; ok {
		members["period"] = fmt.Sprint(period) // a year alone is a number to YAML
	}
	if where, ok := members["where"].([]any); ok { // the language writes a space before each
		for i := range where {
			where[i] = " " + strings.TrimSpace(fmt.Sprint(where[i]))
		}
	}
	b, err := json.Marshal(members)
	if err != nil {
		t.Fatal(err)
	}
	p, err := semantic.ParsePlan(b)
	if err != nil {
		t.Fatal(err)
	}
	return p.Canonical().String()
}

func TestAnswers(t *testing.T) {
	shape := semantic.Shape{Columns: []string{"store", "revenue", "change_rate"}, Rows: 3, Series: true, TotalColumns: []string{"revenue"}, Compared: true, Filtered: true, Limit: 5}
	g := parse(t, semantic.AnswerGrammar(shape))
	for _, text := range []string{
		"{r1.store} leads {period} with {r1.revenue}; the total is {total.revenue}.",
		"The 5 best {filters} are at the top. It fell ({first.change_rate}) against {previous_period}.",
	} {
		if walk(t, g, text) == 0 {
			t.Errorf("nothing of %q is forced", text)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text := semantic.PlanGrammar(semantic.Sales(), "how much ray-ban did we sell in the airport store last month compared with march")
	for b.Loop() {
		if _, err := gbnf.Parse(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWalk is a whole plan, byte by byte with the question what is forced before each.
func BenchmarkWalk(b *testing.B) {
	g := parse(b, semantic.PlanGrammar(semantic.Sales(), "how much ray-ban did we sell"))
	const text = `{"metric":"revenue","by":["store"],"where":[" ray-ban"],"period":"last_month","compare":"previous","order":"growth","limit":10}`
	for b.Loop() {
		m := g.Matcher()
		for i := range len(text) {
			m.Forced(512)
			m.Accept([]byte{text[i]})
		}
	}
}
