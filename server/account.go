package server

import (
	"math"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// warnAbove is the share of the month's queries, in per cent, above which the dashboard warns.
const warnAbove = 80

// usageState is GET /api/ai/usage: what the widget's bar shows.
type usageState struct {
	TenantID   ilsai.TenantID `json:"tenant_id"`
	Tier       tenancy.Tier   `json:"tier"`
	Month      tenancy.Month  `json:"month"`
	Used       int            `json:"used"`
	Limit      int            `json:"limit"` // -1: unlimited
	Percentage float64        `json:"percentage"`
	Warning    bool           `json:"warning"`
	Upgrade    string         `json:"upgrade,omitempty"` // the tier to propose
	ResetsAt   time.Time      `json:"resets_at"`         // in the shop's time zone
}

// accountUsage says how much of the month is used. Reservations count: they are queries being answered now.
func (s *Server) accountUsage(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	zone, err := p.Tenant.Location()
	if err != nil {
		return ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	now := s.Now().In(zone)
	month := tenancy.MonthOf(now, zone)
	quota, err := s.Quota.Quota(c.UserContext(), p.Tenant.ID, month)
	if err != nil {
		return err
	}
	limit := tenancy.PlanOf(p.Tier).Limits.QueriesPerMonth
	state := usageState{
		TenantID: p.Tenant.ID, Tier: p.Tier, Month: month, Used: quota.Used + quota.Reserved, Limit: limit,
		ResetsAt: time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, zone),
	}
	if limit > 0 {
		state.Percentage = math.Round(1000*float64(state.Used)/float64(limit)) / 10
	}
	if state.Percentage > warnAbove {
		state.Warning = true
		state.Upgrade = string(nextTier(p.Tier))
	}
	return c.JSON(state)
}

func nextTier(t tenancy.Tier) tenancy.Tier {
	plans := tenancy.Plans()
	for i := range plans[:len(plans)-1] {
		if plans[i].Tier == t {
			return plans[i+1].Tier
		}
	}
	return ""
}

// feature is one query type for one shop.
type feature struct {
	Available    bool         `json:"available"`
	RequiredTier tenancy.Tier `json:"required_tier"`
	Message      string       `json:"message,omitempty"` // why not, for people
}

// features says which query types the subscription includes, and which tier has the others.
func (s *Server) features(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	all := map[tenancy.QueryType]feature{}
	for _, q := range tenancy.QueryTypes() {
		lowest, _ := tenancy.LowestTier(q)
		f := feature{Available: true, RequiredTier: lowest}
		if err := tenancy.Allow(p.Tier, q); err != nil {
			f.Available, f.Message = false, ilsai.ErrorMessage(err)
		}
		all[q] = f
	}
	plan := tenancy.PlanOf(p.Tier)
	return c.JSON(fiber.Map{"tier": p.Tier, "features": all, "plan": plan})
}
