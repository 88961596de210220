package tenancy

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/ils-platform/ilsai"
)

// Tier names a subscription tier, in the spelling of tokens, JSON and the database.
type Tier string

const (
	TierBasic        Tier = "basic"
	TierProfessional Tier = "professional"
	TierEnterprise   Tier = "enterprise"
)

// Unlimited is the value of a limit that never refuses.
const Unlimited = -1

// Plan is everything a tier promises. Its JSON is the object the subscriber usage guide shows for
// that tier; the tier's name and price stand beside it there, so they are not part of it.
type Plan struct {
	Tier          Tier     `json:"-"`
	PriceUSDCents int      `json:"-"` // per month
	Share         float64  `json:"-"` // of the model, relative to other tiers', while shops wait for it
	Adapter       bool     `json:"-"` // whether a shop may have a change of its own to the model, see Adapter
	Features      Features `json:"ai_features"`
	Limits        Limits   `json:"limits"`
	Support       Support  `json:"support"`
}

// Features says which kinds of question a tier may ask.
type Features struct {
	OphthalmicKnowledge bool `json:"ophthalmic_knowledge"`
	SalesQueries        bool `json:"sales_queries"`
	InventoryQueries    bool `json:"inventory_queries"`
	PatientAnalytics    bool `json:"patient_analytics"`
}

// Limits bounds what a tenant may use. Unlimited (-1) means no bound.
type Limits struct {
	QueriesPerMonth   int `json:"queries_per_month"`    // a calendar month in the tenant's time zone
	QueriesPerMinute  int `json:"queries_per_minute"`   // in every window of 60 s
	MaxTokensPerQuery int `json:"max_tokens_per_query"` // generated tokens of one answer
}

// Support is what the tier's customers may expect from people.
type Support struct {
	ResponseTime            string   `json:"response_time"`
	Channels                []string `json:"channels"`
	DedicatedAccountManager bool     `json:"dedicated_account_manager,omitempty"`
}

// plans is the one table of tiers, lowest first. Source: docs of the platform, "Subscription Tiers
// and Features". Every limit, gate and price in the system is read from here.
var plans = []Plan{
	{
		Tier: TierBasic, PriceUSDCents: 49_00, Share: 1,
		Features: Features{OphthalmicKnowledge: true},
		Limits:   Limits{QueriesPerMonth: 500, QueriesPerMinute: 30, MaxTokensPerQuery: 300},
		Support:  Support{ResponseTime: "48 hours", Channels: []string{"email"}},
	},
	{
		Tier: TierProfessional, PriceUSDCents: 149_00, Share: 2,
		Features: Features{OphthalmicKnowledge: true, SalesQueries: true, InventoryQueries: true},
		Limits:   Limits{QueriesPerMonth: 2000, QueriesPerMinute: 60, MaxTokensPerQuery: 500},
		Support:  Support{ResponseTime: "24 hours", Channels: []string{"email", "chat"}},
	},
	{
		Tier: TierEnterprise, PriceUSDCents: 399_00, Share: 4, Adapter: true,
		Features: Features{OphthalmicKnowledge: true, SalesQueries: true, InventoryQueries: true, PatientAnalytics: true},
		Limits:   Limits{QueriesPerMonth: Unlimited, QueriesPerMinute: 120, MaxTokensPerQuery: 1000},
		Support: Support{ResponseTime: "4 hours", Channels: []string{"email", "chat", "phone"},
			DedicatedAccountManager: true},
	},
}

// Plans lists every tier's plan, lowest tier first. The caller owns the copy.
func Plans() []Plan {
	out := slices.Clone(plans)
	for i := range out {
		out[i].Support.Channels = slices.Clone(out[i].Support.Channels)
	}
	return out
}

// PlanOf is the plan of a tier. An unknown tier gets the zero Plan, which includes nothing and
// admits nothing: a mistake in stored data must never open a feature.
func PlanOf(t Tier) Plan {
	if i := t.rank(); i >= 0 {
		return Plans()[i]
	}
	return Plan{}
}

// ParseTier accepts exactly the three names; anything else is ilsai.CodeInvalid.
func ParseTier(s string) (Tier, error) {
	if t := Tier(s); t.Valid() {
		return t, nil
	}
	return "", &ilsai.Error{Code: ilsai.CodeInvalid, Message: "a tier is one of basic, professional and enterprise",
		Err: fmt.Errorf("tier %q", s)}
}

// Valid reports whether t is one of the three tiers.
func (t Tier) Valid() bool { return t.rank() >= 0 }

// Title is the tier's name for people: "Professional".
func (t Tier) Title() string {
	switch t {
	case TierBasic:
		return "Basic"
	case TierProfessional:
		return "Professional"
	case TierEnterprise:
		return "Enterprise"
	default:
		return "Unknown"
	}
}

// StricterTier is the lower of two tiers: a token issued before a downgrade must not outlive it,
// and an upgrade not yet in the database must not be claimed by a token. An unknown tier is lower
// than any, and includes nothing.
func StricterTier(a, b Tier) Tier {
	if a.rank() < b.rank() {
		return a
	}
	return b
}

func (t Tier) rank() int {
	return slices.IndexFunc(plans, func(p Plan) bool { return p.Tier == t })
}

// UnmarshalJSON refuses a tier that does not exist.
func (t *Tier) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("tier: %w", err)
	}
	parsed, err := ParseTier(s)
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}
