package semantic_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

// schemaOf compiles a question's schema with a library that knows nothing of ours.
func schemaOf(t testing.TB, question string) *jsonschema.Schema {
	t.Helper()
	text := semantic.PlanSchema(semantic.Sales(), question)
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%q: %v\n%s", question, err, text)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("plan.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("plan.json")
	if err != nil {
		t.Fatalf("%q: %v\n%s", question, err, text)
	}
	return s
}

func validates(t testing.TB, s *jsonschema.Schema, plan string) bool {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(plan))
	if err != nil {
		t.Fatalf("%s: %v", plan, err)
	}
	return s.Validate(doc) == nil
}

// TestSchemaAllowsWhatTheGrammarAllows: a server that follows the schema can write every plan, and what the
// grammar's player writes is read back, also when it was indented on the way.
func TestSchemaAllowsWhatTheGrammarAllows(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for _, question := range oddQuestions {
		g, s := grammarOf(t, question), schemaOf(t, question)
		for range cases(400) {
			text := g.Random(r, 60+r.IntN(200))
			if !validates(t, s, text) {
				t.Fatalf("%.60q: the schema refuses %s", question, text)
			}
			var indented bytes.Buffer
			if err := json.Indent(&indented, []byte(text), "\t", "  "); err != nil {
				t.Fatal(err)
			}
			p, err := semantic.ReadPlan(semantic.Sales(), question, indented.Bytes())
			if err != nil || p.String() != text {
				t.Fatalf("%.60q: %s came back as %s, %v", question, text, p, err)
			}
		}
	}
}

// TestReadPlanAllowsWhatTheGrammarAllows plays a server that follows the schema and nothing else: members at
// random. What ReadPlan lets through, the grammar allows.
func TestReadPlanAllowsWhatTheGrammarAllows(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	const question = "top 3 ray-ban frames at St. Mary's last march, jamie's or not"
	g, s := grammarOf(t, question), schemaOf(t, question)
	pick := func(of ...string) string { return of[r.IntN(len(of))] }
	through, caught := 0, 0
	for range cases(20000) {
		var members []string
		add := func(share float64, name, value string) {
			if r.Float64() < share {
				members = append(members, `"`+name+`":`+value)
			}
		}
		quoted := func(of ...string) string { return `"` + pick(of...) + `"` }
		list := func(most int, of ...string) string {
			var items []string
			for range 1 + r.IntN(most) {
				items = append(items, quoted(of...))
			}
			return "[" + strings.Join(items, ",") + "]"
		}
		add(0.98, "metric", quoted("revenue", "units", "returns"))
		add(0.5, "by", list(2, "product", "store", "month", "day"))
		add(0.4, "where", list(4, " ray-ban", " frames", " st. mary's", " jamie", " top 3 ray-ban frames at"))
		add(0.98, "period", quoted("today", "all_time", "february_30", "june_31", "march_3..march_10", "march_3..april", "march..april_3", "monday..today", "2025..2026",
			"q2_last_year", "last_7_days", "366_days_ago", "march_last_year", "march_2025..today", "march_3_2025"))
		add(0.4, "compare", quoted("previous", "year_ago"))
		add(0.4, "order", quoted("desc", "asc", "growth", "decline"))
		add(0.3, "limit", pick("1", "5", "99", "100"))
		add(0.3, "as", quoted("share", "running"))
		add(0.02, "unsupported", quoted("forecast", "cause"))
		text := "{" + strings.Join(members, ",") + "}"
		p, err := semantic.ReadPlan(semantic.Sales(), question, []byte(text))
		switch {
		case err == nil && (!g.Allows(p.String()) || !validates(t, s, text)):
			t.Fatalf("ReadPlan let %s through", text)
		case err != nil && g.Allows(text):
			t.Fatalf("the grammar allows %s: %v", text, err)
		case err != nil && validates(t, s, text):
			caught++
		case err == nil:
			through++
		}
	}
	t.Logf("%d let through, %d caught that the schema allows", through, caught)
	if through < 100 || caught < 100 {
		t.Error("too few to say anything")
	}
}

func TestReadPlanRefuses(t *testing.T) {
	const question = "How did ray-ban do at Downtown last month?"
	for _, text := range []string{
		``, `{`, `null`, `[]`, `"today"`, "{\"metric\":\"revenue\",\"period\":\"today\"}\n{}", `{"metric":"revenue","period":"today"} it is`, "```json\n{\"metric\":\"revenue\",\"period\":\"today\"}\n```",
		`{"metric":"salaries","period":"today"}`, `{"metric":"revenue","by":["patient"],"period":"today"}`, `{"metric":"revenue","period":"today","sql":"DROP TABLE"}`,
		`{"metric":"revenue","period":"christmas"}`, `{"metric":"revenue","period":"today","limit":1000000000000}`, `{"metric":"revenue","period":"today","limit":-1}`,
		`{"metric":"revenue","where":[" oakley"],"period":"today"}`, `{"metric":"revenue","where":[" airport"],"period":"today"}`,
		`{"metric":"revenue","where":[" ray"],"period":"today"}`, `{"metric":"revenue","where":[""],"period":"today"}`, `{"metric":"revenue","where":[" downtown' OR 1=1"],"period":"today"}`,
		"{\"metric\":\"revenue\",\"where\":[\" down\xfftown\"],\"period\":\"today\"}", `{"metric":"revenue","where":[" ray-ban do at downtown last month"],"period":"today"}`,
		`{"unsupported":"tired"}`, `{"unsupported":"cause","metric":"revenue","period":"today"}`, `{}`,
	} {
		if p, err := semantic.ReadPlan(semantic.Sales(), question, []byte(text)); err == nil {
			t.Errorf("%s was read as %s", text, p)
		}
	}
	for text, want := range map[string]string{
		"{ \"period\" : \"last_month\",\n \"where\" : [ \"Ray-Ban\",\" Downtown \" ], \"metric\" : \"revenue\" }\n": `{"metric":"revenue","where":[" ray-ban"," downtown"],"period":"last_month"}`,
		`{"metric":"revenue","by":[],"where":null,"period":"today"}`:                                                `{"metric":"revenue","period":"today"}`,
	} {
		if p, err := semantic.ReadPlan(semantic.Sales(), question, []byte(text)); err != nil || p.String() != want {
			t.Errorf("%s was read as %s, %v", text, p, err)
		}
	}
}

// TestSchemaAllowsEveryPeriod of plan-language.md, and bounds its own size.
func TestSchemaAllowsEveryPeriod(t *testing.T) {
	doc, err := os.ReadFile("../../docs/plan-language.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(doc), "## Periods")
	s, seen := schemaOf(t, "?"), 0
	for _, word := range strings.Split(table, "`") {
		if _, err := semantic.ParsePeriod(word); err == nil {
			seen++
			if !validates(t, s, `{"metric":"revenue","period":"`+word+`"}`) {
				t.Errorf("the schema lacks %s", word)
			}
		}
	}
	if seen < 40 {
		t.Errorf("only %d periods of plan-language.md are understood", seen)
	}
	longest := 0
	for _, q := range append(oddQuestions, manyWords(400)) {
		longest = max(longest, len(semantic.PlanSchema(semantic.Sales(), q)))
	}
	t.Logf("schema of a short question %d bytes, of the longest %d", len(semantic.PlanSchema(semantic.Sales(), "What were our top 3 products this month?")), longest)
	if longest > 32_000 {
		t.Errorf("the longest schema has %d bytes", longest)
	}
}
