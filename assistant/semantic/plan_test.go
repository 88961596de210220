package semantic_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/ils-platform/ilsai/assistant/semantic"
)

func mustPlan(t testing.TB, text string) semantic.Plan {
	t.Helper()
	p, err := semantic.ParsePlan([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func TestPlanCodec(t *testing.T) {
	full := `{"metric":"revenue","by":["product"],"where":[" frames"," ray-ban"],"period":"last_month","compare":"previous","order":"desc","limit":3}`
	p := mustPlan(t, full)
	if p.Where[0] != "frames" {
		t.Errorf("where[0] = %q, want the leading space gone", p.Where[0])
	}
	for _, text := range []string{full, `{"unsupported":"forecast"}`, `{"metric":"units","where":[" h&m <b>"],"period":"default"}`} {
		if got := mustPlan(t, text).String(); got != text {
			t.Errorf("canonical form\n got %s\nwant %s", got, text)
		}
		var q semantic.Plan
		if err := json.Unmarshal([]byte(text), &q); err != nil || !q.Equal(mustPlan(t, text)) {
			t.Errorf("json.Unmarshal(%s) = %+v, %v", text, q, err)
		}
	}
	for _, bad := range []string{``, `null x`, `{"metric":"revenue","period":"today"} {}`, `{"metrics":"revenue"}`, `{"by":"product"}`, `{"limit":"3"}`, `[`} {
		if p, err := semantic.ParsePlan([]byte(bad)); err == nil {
			t.Errorf("ParsePlan(%q) = %+v", bad, p)
		}
	}
}

func TestPlanEqual(t *testing.T) {
	same := [][2]string{
		{`{"metric":"revenue","where":[" frames"," ray-ban"],"period":"today"}`, `{"metric":"revenue","where":["Ray-Ban","frames "],"period":"today"}`},
		{`{"metric":"revenue","by":["product"],"period":"today","order":"desc"}`, `{"metric":"revenue","by":["product"],"period":"today","order":"desc","limit":5}`},
	}
	for _, pair := range same {
		if !mustPlan(t, pair[0]).Equal(mustPlan(t, pair[1])) {
			t.Errorf("%s\n%s should be equal", pair[0], pair[1])
		}
	}
	base := mustPlan(t, `{"metric":"revenue","by":["product"],"where":[" frames"],"period":"today","order":"desc","limit":3}`)
	for _, other := range []string{
		`{"metric":"units","by":["product"],"where":[" frames"],"period":"today","order":"desc","limit":3}`,
		`{"metric":"revenue","by":["brand"],"where":[" frames"],"period":"today","order":"desc","limit":3}`,
		`{"metric":"revenue","by":["product"],"period":"today","order":"desc","limit":3}`,
		`{"metric":"revenue","by":["product"],"where":[" frames"],"period":"default","order":"desc","limit":3}`,
		`{"metric":"revenue","by":["product"],"where":[" frames"],"period":"today","order":"asc","limit":3}`,
		`{"metric":"revenue","by":["product"],"where":[" frames"],"period":"today","order":"desc"}`,
		`{"unsupported":"cause"}`,
	} {
		if base.Equal(mustPlan(t, other)) {
			t.Errorf("%s should differ", other)
		}
	}
}

func TestValidate(t *testing.T) {
	tests := []struct{ plan, member string }{
		{`{"metric":"revenue","period":"default"}`, ""},
		{`{"metric":"revenue","by":["month","product"],"where":[" a b c d e"],"period":"all_time","order":"asc","limit":100}`, ""},
		{`{"metric":"revenue","by":["product"],"period":"today","limit":10}`, ""},
		{`{"unsupported":"off_topic"}`, ""},
		{`{"unsupported":"maybe"}`, "unsupported"},
		{`{"unsupported":"cause","metric":"revenue"}`, "unsupported"},
		{`{}`, "metric"},
		{`{"metric":"Revenue","period":"today"}`, "metric"},
		{`{"metric":"revenue","by":["product","brand","store"],"period":"today"}`, "by"},
		{`{"metric":"revenue","by":["product","product"],"period":"today"}`, "by"},
		{`{"metric":"revenue","by":["day","month"],"period":"today"}`, "by"},
		{`{"metric":"revenue","by":["planet"],"period":"today"}`, "by"},
		{`{"metric":"revenue","where":[" a"," b"," c"," d"," e"],"period":"today"}`, "where"},
		{`{"metric":"revenue","where":[" "],"period":"today"}`, "where"},
		{`{"metric":"revenue","where":[" a b c d e f"],"period":"today"}`, "where"},
		{`{"metric":"revenue","where":[" a\"b"],"period":"today"}`, "where"},
		{`{"metric":"revenue","where":[" a\nb"],"period":"today"}`, "where"},
		{`{"metric":"revenue"}`, "period"},
		{`{"metric":"revenue","period":"soon"}`, "period"},
		{`{"metric":"revenue","period":"today","compare":"next"}`, "compare"},
		{`{"metric":"revenue","period":"all_time","compare":"previous"}`, "compare"},
		{`{"metric":"revenue","period":"today","order":"desc"}`, "order"},
		{`{"metric":"revenue","period":"today","limit":3}`, "order"},
		{`{"metric":"revenue","by":["store"],"period":"today","order":"up"}`, "order"},
		{`{"metric":"revenue","by":["store"],"period":"today","order":"growth"}`, "order"},
		{`{"metric":"revenue","by":["store"],"period":"today","limit":101}`, "limit"},
		{`{"metric":"revenue","by":["store"],"period":"today","limit":-1}`, "limit"},
	}
	for _, tt := range tests {
		err := mustPlan(t, tt.plan).Validate(semantic.Sales())
		var wrong *semantic.PlanError
		switch {
		case tt.member == "" && err != nil:
			t.Errorf("%s: %v", tt.plan, err)
		case tt.member != "" && (!errors.As(err, &wrong) || wrong.Member != tt.member):
			t.Errorf("%s: error %v, want one about %s", tt.plan, err, tt.member)
		}
	}
}

func TestWords(t *testing.T) {
	filters := []semantic.Filter{{Dimension: "brand", Values: []string{"Ray-Ban", "Oakley"}}, {Dimension: "store", Values: []string{"A", "B", "C", "D"}}}
	tests := []struct {
		plan, want string
		filters    []semantic.Filter
	}{
		{`{"metric":"revenue","by":["product"],"period":"last_month","order":"desc","limit":3}`, "Revenue by product, last month, top 3", nil},
		{`{"metric":"units","where":[" frames"],"period":"default"}`, "Units sold for frames, last 30 days", nil},
		{`{"metric":"units","where":[" frames"],"period":"default"}`, "Units sold for Ray-Ban or Oakley and A, B or 2 more, last 30 days", filters},
		{`{"metric":"orders","by":["month","store"],"period":"default","compare":"year_ago"}`, "Orders by month and store, last 12 months, compared with a year earlier", nil},
		{`{"metric":"revenue","by":["segment"],"period":"q2_last_year","compare":"previous","order":"growth"}`, "Revenue by customer segment, Q2 last year, compared with the period before, fastest growing 5", nil},
		{`{"metric":"revenue","by":["day"],"period":"march_3..march_10","order":"asc","limit":1}`, "Revenue by day, 3 March to 10 March, bottom 1", nil},
		{`{"metric":"revenue","period":"monday..today"}`, "Revenue, since Monday", nil},
		{`{"unsupported":"off_topic"}`, "Not supported: off topic", nil},
	}
	for _, tt := range tests {
		if got := semantic.Words(semantic.Sales(), mustPlan(t, tt.plan), tt.filters); got != tt.want {
			t.Errorf("%s\n got %s\nwant %s", tt.plan, got, tt.want)
		}
	}
}
