package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

type fixedLimits map[ilsai.TenantID]tenancy.LimitsOverride

func (f fixedLimits) Limits(_ context.Context, id ilsai.TenantID) (tenancy.LimitsOverride, error) {
	return f[id], nil
}

type fixedQuota tenancy.Quota

func (q fixedQuota) Quota(context.Context, ilsai.TenantID, tenancy.Month) (tenancy.Quota, error) {
	return tenancy.Quota(q), nil
}

func TestUsage(t *testing.T) {
	t.Parallel()
	f := &figures{days: []tenancy.DayUsage{{Queries: 9, Cached: 4, Tokens: 600, Failed: 1}, {}, {Queries: 2, Tokens: 150}}}
	b := setup(t, withMetrics(f), func(d *server.Deps, _ *admission.Options) { d.Quota = fixedQuota{Used: 1599, Reserved: 2} })
	r := b.do("GET", "/api/ai/usage", token(t, "pro", tenancy.TierProfessional, now), "")
	if r.status != 200 {
		t.Fatalf("got %d: %s", r.status, r.body)
	}
	golden(t, "usage.json", r.body)
	asked := strings.Fields(fmt.Sprint(f.asked))
	if len(asked) != 2+19 || asked[2] != "2026-11-01T00:00:00Z" || asked[20] != "2026-11-19T00:00:00Z]" {
		t.Errorf("asked for %v, want the days of the month up to today", asked)
	}
}

func TestUsageAgainstItsLimit(t *testing.T) {
	t.Parallel()
	limit := func(n int) tenancy.LimitsOverride { return tenancy.LimitsOverride{QueriesPerMonth: &n} }
	for _, c := range []struct {
		name     string
		tier     tenancy.Tier
		override tenancy.LimitsOverride
		used     int
		want     string // used limit remaining percentage warning upgrade
	}{
		{"four fifths", tenancy.TierProfessional, tenancy.LimitsOverride{}, 1600, "1600 2000 400 80 false "},
		{"one more", tenancy.TierProfessional, tenancy.LimitsOverride{}, 1601, "1601 2000 399 80.1 true enterprise"},
		{"all", tenancy.TierBasic, tenancy.LimitsOverride{}, 500, "500 500 0 100 true professional"},
		{"more than all", tenancy.TierBasic, tenancy.LimitsOverride{}, 505, "505 500 0 101 true professional"},
		{"no limit", tenancy.TierEnterprise, tenancy.LimitsOverride{}, 99_999, "99999 -1 -1 0 false "},
		{"agreed more", tenancy.TierBasic, limit(10_000), 505, "505 10000 9495 5.1 false "},
		{"agreed more, just above", tenancy.TierBasic, limit(10_000), 8001, "8001 10000 1999 80 true professional"},
		{"agreed a limit", tenancy.TierEnterprise, limit(100), 81, "81 100 19 81 true "},
		{"agreed no limit", tenancy.TierBasic, limit(tenancy.Unlimited), 505, "505 -1 -1 0 false "},
		{"agreed nothing", tenancy.TierBasic, limit(0), 0, "0 0 0 100 true professional"},
	} {
		id := map[tenancy.Tier]string{tenancy.TierBasic: "basic", tenancy.TierProfessional: "pro", tenancy.TierEnterprise: "ent"}[c.tier]
		b := setup(t, func(d *server.Deps, o *admission.Options) {
			d.Quota, o.Limits = fixedQuota{Used: c.used}, fixedLimits{ilsai.TenantID(id): c.override}
		})
		r := b.do("GET", "/api/ai/usage", token(t, id, c.tier, now), "")
		var got struct {
			Used, Limit, Remaining int
			Percentage             float64
			WarningAt              int `json:"warning_at"`
			Warning                bool
			Upgrade                string
			PerDay                 []any `json:"per_day"`
		}
		if err := json.Unmarshal(r.body, &got); err != nil {
			t.Fatalf("%s: %v: %s", c.name, err, r.body)
		}
		text := fmt.Sprintf("%d %d %d %v %v %s", got.Used, got.Limit, got.Remaining, got.Percentage, got.Warning, got.Upgrade)
		if text != c.want || got.WarningAt != 80 || got.PerDay != nil {
			t.Errorf("%s: got %s (%s), want %s", c.name, text, r.body, c.want)
		}
	}
}

// What was agreed for a shop is what its questions are answered with and what its features show.
func TestAgreedLimitsCount(t *testing.T) {
	t.Parallel()
	tokens, minute, none := 77, 2, tenancy.Unlimited
	b := setup(t, func(_ *server.Deps, o *admission.Options) {
		o.Limits = fixedLimits{"pro": {MaxTokensPerQuery: &tokens, QueriesPerMinute: &minute}, "ent": {QueriesPerMinute: &none}}
	})
	var seen []int
	b.asker.reply = func(q assistant.Question) (assistant.Answer, error) {
		seen = append(seen, q.MaxTokens)
		return assistant.Answer{}, nil
	}
	for i, want := range []int{200, 200, 429} {
		if r := b.do("POST", "/api/ai/query", token(t, "pro", tenancy.TierProfessional, now), ask(fmt.Sprint("q", i), "sales")); r.status != want {
			t.Errorf("question %d: got %d, want %d: %s", i, r.status, want, r.body)
		}
	}
	r := b.do("POST", "/api/ai/query", token(t, "ent", tenancy.TierEnterprise, now), ask("q", "sales"))
	if _, sent := r.header["Ratelimit"]; r.status != 200 || sent {
		t.Errorf("no limit: got %d %v", r.status, r.header)
	}
	if fmt.Sprint(seen) != "[77 77 1000]" {
		t.Errorf("answered with at most %v tokens", seen)
	}
	r = b.do("GET", "/api/ai/features", token(t, "pro", tenancy.TierProfessional, now), "")
	var features struct {
		Plan struct{ Limits tenancy.Limits }
	}
	if err := json.Unmarshal(r.body, &features); err != nil || features.Plan.Limits != (tenancy.Limits{QueriesPerMonth: 2000, QueriesPerMinute: 2, MaxTokensPerQuery: 77}) {
		t.Errorf("features %s, %v", r.body, err)
	}
}

// A generation that fails is not billed, and its tokens are in its row.
func TestFailedGenerationRecordsItsTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.asker.reply = func(assistant.Question) (assistant.Answer, error) {
		return assistant.Answer{Usage: assistant.Usage{Prompt: 40, Cached: 30, Completion: 7}}, ilsai.Errorf(ilsai.CodeGenerationFailed, "broken")
	}
	r := b.do("POST", "/api/ai/query", token(t, "pro", tenancy.TierProfessional, now), ask("q", "sales"))
	rows := b.usage.Rows()
	if r.status != 503 || len(rows) != 1 {
		t.Fatalf("got %d and %d rows", r.status, len(rows))
	}
	if row := rows[0]; row.TokensUsed != 0 || row.PromptTokens != 40 || row.CachedTokens != 30 || row.CompletionTokens != 7 || row.Success {
		t.Errorf("row %+v", row)
	}
}

// The days of a month are the shop's own, also where clocks are moved at midnight.
func TestUsageDaysInTheShopsZone(t *testing.T) {
	t.Parallel()
	for zone, want := range map[string]string{
		// Beirut's 29 March 2026 begins at 1:00, which is 22:00 UTC the day before, as its midnight would have.
		"Asia/Beirut":  "2026-03-27T22:00:00Z 2026-03-28T22:00:00Z 2026-03-29T21:00:00Z",
		"Asia/Kolkata": "2026-03-27T18:30:00Z 2026-03-28T18:30:00Z 2026-03-29T18:30:00Z",
	} {
		f := &figures{}
		at := time.Date(2026, 3, 29, 12, 0, 0, 0, time.UTC)
		b := setup(t, withMetrics(f), func(d *server.Deps, _ *admission.Options) { d.Now = func() time.Time { return at } })
		shop := b.tenants["pro"]
		shop.TimeZone = zone
		b.tenants["pro"] = shop
		if r := b.do("GET", "/api/ai/usage", token(t, "pro", tenancy.TierProfessional, now), ""); r.status != 200 {
			t.Fatalf("got %d: %s", r.status, r.body)
		}
		bounds := strings.Fields(f.asked[0])
		if got := strings.Join(bounds[len(bounds)-3:], " "); got != want {
			t.Errorf("%s: got %s, want %s", zone, got, want)
		}
	}
}
