package server_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/insight"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// told keeps what it was asked.
type told struct {
	asked []string
	err   error
}

func (i *told) Suggestions(_ context.Context, shop insight.Shop) ([]insight.Suggestion, error) {
	i.asked = append(i.asked, fmt.Sprint(shop.ID, shop.Domains))
	return []insight.Suggestion{{Question: "What sold best?", QueryType: "sales"}}, i.err
}

func (i *told) Search(_ context.Context, shop insight.Shop, text string) ([]insight.Insight, error) {
	i.asked = append(i.asked, fmt.Sprint(shop.ID, shop.Domains, text))
	return []insight.Insight{{Kind: insight.KindValue, Text: "Ray-Ban (brand)", Question: "What was the revenue of Ray-Ban this month?", QueryType: "sales", Metric: "revenue", Dimension: "brand", Value: "Ray-Ban"}}, i.err
}

func setupInsights(t *testing.T, i *told) *bench {
	t.Helper()
	return setup(t, func(d *server.Deps, _ *admission.Options) { d.Insights = i })
}

func TestInsights(t *testing.T) {
	t.Parallel()
	i := &told{}
	b := setupInsights(t, i)
	bearer := token(t, "pro", tenancy.TierProfessional, now)
	r := b.do("GET", "/api/ai/suggestions?context=sales", bearer, "")
	if want := `{"suggestions":[{"question":"What sold best?","query_type":"sales"}]}`; r.status != 200 || string(r.body) != want || r.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %s", r.status, r.header, r.body)
	}
	r = b.do("GET", "/api/ai/insights?context=sales&q="+url.QueryEscape("ray-bän & co"), bearer, "")
	if want := `{"insights":[{"kind":"value","text":"Ray-Ban (brand)","question":"What was the revenue of Ray-Ban this month?","query_type":"sales","metric":"revenue","dimension":"brand","value":"Ray-Ban"}]}`; r.status != 200 || string(r.body) != want {
		t.Errorf("%d %s", r.status, r.body)
	}
	if got := fmt.Sprint(i.asked); got != "[pro[sales] pro[sales]ray-bän & co]" {
		t.Errorf("asked %s", got)
	}
	if rows := b.usage.Rows(); len(rows) != 0 {
		t.Errorf("%d usage rows: nothing was generated", len(rows))
	}
}

// TestInsightsFollowTheSubscription: a page that is not part of it is refused, one of no kind is told of all that is.
func TestInsightsFollowTheSubscription(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		tenant, context string
		tier            tenancy.Tier
		status          int
		want            string
	}{
		{"basic", "sales", tenancy.TierBasic, 403, ""},
		{"basic", "patients", tenancy.TierBasic, 403, ""},
		{"basic", "dashboard", tenancy.TierBasic, 200, "basic[ophthalmic]"},
		{"basic", "", tenancy.TierBasic, 200, "basic[ophthalmic]"},
		{"pro", "patients", tenancy.TierProfessional, 403, ""},
		{"pro", "inventory", tenancy.TierProfessional, 200, "pro[inventory]"},
		{"pro", "chat", tenancy.TierProfessional, 200, "pro[ophthalmic sales inventory]"},
		{"ent", "patients", tenancy.TierEnterprise, 200, "ent[patients]"},
		{"ent", "", tenancy.TierEnterprise, 200, "ent[ophthalmic sales inventory patients]"},
	} {
		for _, path := range []string{"suggestions", "insights"} {
			i := &told{}
			b := setupInsights(t, i)
			r := b.do("GET", "/api/ai/"+path+"?context="+c.context, token(t, c.tenant, c.tier, now), "")
			if got := strings.Join(i.asked, " "); r.status != c.status || got != c.want {
				t.Errorf("%s as %s at %q: %d, asked %q; want %d, %q: %s", path, c.tenant, c.context, r.status, got, c.status, c.want, r.body)
			}
			if r := b.do("GET", "/api/ai/"+path, "", ""); r.status != 401 {
				t.Errorf("%s without a token: %d", path, r.status)
			}
		}
	}
}

func TestInsightsRefuse(t *testing.T) {
	t.Parallel()
	i := &told{}
	b := setupInsights(t, i)
	bearer := token(t, "ent", tenancy.TierEnterprise, now)
	for path, want := range map[string]int{
		"/api/ai/insights?q=" + strings.Repeat("%C3%A4", 200): 200, "/api/ai/insights?q=" + strings.Repeat("%C3%A4", 201): 400, "/api/ai/insights?q=%ff": 400,
		"/api/ai/insights?context=patients&q=anna@example.com": 403, "/api/ai/insights?context=patients&q=phone+numbers": 403, "/api/ai/insights?context=patients&q=myopia": 200,
	} {
		if r := b.do("GET", path, bearer, ""); r.status != want {
			t.Errorf("%.60s: got %d, want %d: %s", path, r.status, want, r.body)
		}
	}
	i.err = ilsai.Errorf(ilsai.CodeUnavailable, "The shop's data is away.")
	for _, path := range []string{"suggestions", "insights"} {
		if r := b.do("GET", "/api/ai/"+path, bearer, ""); r.status != 503 {
			t.Errorf("%s of data that is away: %d %s", path, r.status, r.body)
		}
	}
	if r := setup(t).do("GET", "/api/ai/insights", bearer, ""); r.status != 404 {
		t.Errorf("a server without insights: %d", r.status)
	}
}

// TestInsightsHaveARateOfTheirOwn: four for each question a minute, and they take none away from the questions.
func TestInsightsHaveARateOfTheirOwn(t *testing.T) {
	t.Parallel()
	b := setupInsights(t, &told{})
	bearer := token(t, "basic", tenancy.TierBasic, now)
	most := 4 * tenancy.PlanOf(tenancy.TierBasic).Limits.QueriesPerMinute
	for n := range most + 1 {
		path := []string{"/api/ai/insights?q=lens", "/api/ai/suggestions"}[n%2]
		r := b.do("GET", path, bearer, "")
		if want := map[bool]int{true: 200, false: 429}[n < most]; r.status != want || r.header.Get("RateLimit") == "" {
			t.Fatalf("request %d: got %d, want %d: %s", n+1, r.status, want, r.body)
		}
	}
	if r := b.do("POST", "/api/ai/query", bearer, ask("What is an aspheric lens?", "ophthalmic")); r.status != 200 {
		t.Errorf("a question after that: %d %s", r.status, r.body)
	}
	if r := b.do("GET", "/api/ai/suggestions", token(t, "pro", tenancy.TierProfessional, now), ""); r.status != 200 {
		t.Errorf("another shop: %d", r.status)
	}
}
