package tenancy_test

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// The objects of the subscriber usage guide, member for member.
var guidePlans = map[tenancy.Tier]string{
	tenancy.TierBasic: `{"ai_features":{"ophthalmic_knowledge":true,"sales_queries":false,"inventory_queries":false,"patient_analytics":false},
		"limits":{"queries_per_month":500,"queries_per_minute":30,"max_tokens_per_query":300},
		"support":{"response_time":"48 hours","channels":["email"]}}`,
	tenancy.TierProfessional: `{"ai_features":{"ophthalmic_knowledge":true,"sales_queries":true,"inventory_queries":true,"patient_analytics":false},
		"limits":{"queries_per_month":2000,"queries_per_minute":60,"max_tokens_per_query":500},
		"support":{"response_time":"24 hours","channels":["email","chat"]}}`,
	tenancy.TierEnterprise: `{"ai_features":{"ophthalmic_knowledge":true,"sales_queries":true,"inventory_queries":true,"patient_analytics":true},
		"limits":{"queries_per_month":-1,"queries_per_minute":120,"max_tokens_per_query":1000},
		"support":{"response_time":"4 hours","channels":["email","chat","phone"],"dedicated_account_manager":true}}`,
}

func TestPlansMarshalAsInTheGuide(t *testing.T) {
	t.Parallel()
	for tier, text := range guidePlans {
		got, err := json.Marshal(tenancy.PlanOf(tier))
		if err != nil {
			t.Fatal(err)
		}
		want := strings.NewReplacer("\n", "", "\t", "").Replace(text)
		if string(got) != want {
			t.Errorf("%s:\ngot  %s\nwant %s", tier, got, want)
		}
	}
}

func TestPlanPrices(t *testing.T) {
	t.Parallel()
	want := map[tenancy.Tier]int{tenancy.TierBasic: 4900, tenancy.TierProfessional: 14900, tenancy.TierEnterprise: 39900}
	for tier, cents := range want {
		if got := tenancy.PlanOf(tier).PriceUSDCents; got != cents {
			t.Errorf("%s: got %d, want %d", tier, got, cents)
		}
	}
}

func TestPlansAreCopies(t *testing.T) {
	t.Parallel()
	p := tenancy.PlanOf(tenancy.TierBasic)
	p.Support.Channels[0] = "fax"
	if got := tenancy.PlanOf(tenancy.TierBasic).Support.Channels[0]; got != "email" {
		t.Errorf("a caller changed the table: got %q, want email", got)
	}
}

func TestUnknownTierIncludesNothing(t *testing.T) {
	t.Parallel()
	for _, tier := range []tenancy.Tier{"", "gold", "Basic", "enterprise "} {
		if p := tenancy.PlanOf(tier); p.Limits != (tenancy.Limits{}) || p.Features != (tenancy.Features{}) {
			t.Errorf("%q: got %+v, want nothing", tier, p)
		}
		if _, err := tenancy.ParseTier(string(tier)); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("ParseTier(%q): got %v, want %s", tier, err, ilsai.CodeInvalid)
		}
	}
}

func TestStricterTier(t *testing.T) {
	t.Parallel()
	const b, p, e = tenancy.TierBasic, tenancy.TierProfessional, tenancy.TierEnterprise
	for _, c := range []struct{ a, b, want tenancy.Tier }{
		{b, b, b}, {b, p, b}, {b, e, b}, {p, p, p}, {p, e, p}, {e, e, e}, {e, "gold", "gold"}, {b, "", ""},
	} {
		if got := tenancy.StricterTier(c.a, c.b); got != c.want {
			t.Errorf("StricterTier(%q, %q): got %q, want %q", c.a, c.b, got, c.want)
		}
		if got := tenancy.StricterTier(c.b, c.a); got != c.want {
			t.Errorf("StricterTier(%q, %q): got %q, want %q", c.b, c.a, got, c.want)
		}
	}
}

func TestAllow(t *testing.T) {
	t.Parallel()
	const b, p, e = tenancy.TierBasic, tenancy.TierProfessional, tenancy.TierEnterprise
	for _, c := range []struct {
		tier  tenancy.Tier
		query tenancy.QueryType
		needs string // "" when allowed
	}{
		{b, tenancy.QueryOphthalmic, ""}, {p, tenancy.QueryOphthalmic, ""}, {e, tenancy.QueryOphthalmic, ""},
		{b, tenancy.QuerySales, "Professional"}, {p, tenancy.QuerySales, ""}, {e, tenancy.QuerySales, ""},
		{b, tenancy.QueryInventory, "Professional"}, {p, tenancy.QueryInventory, ""}, {e, tenancy.QueryInventory, ""},
		{b, tenancy.QueryPatients, "Enterprise"}, {p, tenancy.QueryPatients, "Enterprise"}, {e, tenancy.QueryPatients, ""},
		{"gold", tenancy.QueryOphthalmic, "Basic"},
	} {
		err := tenancy.Allow(c.tier, c.query)
		if c.needs == "" {
			if err != nil {
				t.Errorf("Allow(%s, %s): got %v, want nil", c.tier, c.query, err)
			}
			continue
		}
		if ilsai.ErrorCode(err) != ilsai.CodeFeatureDisabled || !strings.Contains(ilsai.ErrorMessage(err), "part of the "+c.needs+" tier") {
			t.Errorf("Allow(%s, %s): got %v, want %s naming %s", c.tier, c.query, err, ilsai.CodeFeatureDisabled, c.needs)
		}
	}
	if err := tenancy.Allow(e, "weather"); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
		t.Errorf("unknown kind: got %v, want %s", err, ilsai.CodeInvalid)
	}
}

// A stricter tier never allows what a laxer one refuses.
func TestStricterTierAllowsLess(t *testing.T) {
	t.Parallel()
	tiers := rapid.SampledFrom([]tenancy.Tier{tenancy.TierBasic, tenancy.TierProfessional, tenancy.TierEnterprise, "", "gold"})
	rapid.Check(t, func(t *rapid.T) {
		a, b := tiers.Draw(t, "a"), tiers.Draw(t, "b")
		q := rapid.SampledFrom(tenancy.QueryTypes()).Draw(t, "query type")
		strict := tenancy.Allow(tenancy.StricterTier(a, b), q) == nil
		both := tenancy.Allow(a, q) == nil && tenancy.Allow(b, q) == nil
		if strict != both {
			t.Fatalf("stricter of %q and %q allows %s: %v, want %v", a, b, q, strict, both)
		}
	})
}
