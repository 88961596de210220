package server

import (
	"context"
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
	Limit      int            `json:"limit"`     // -1: unlimited
	Remaining  int            `json:"remaining"` // -1: unlimited
	Percentage float64        `json:"percentage"`
	WarningAt  int            `json:"warning_at"` // the percentage above which Warning is set
	Warning    bool           `json:"warning"`
	Upgrade    string         `json:"upgrade,omitempty"` // the tier to propose
	ResetsAt   time.Time      `json:"resets_at"`         // in the shop's time zone

	// PerDay has every day of the month up to today. It counts all questions, Used only those that cost one.
	PerDay []tenancy.DayUsage `json:"per_day,omitempty"`
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
	limits, err := s.Desk.Limits(c.UserContext(), p)
	if err != nil {
		return err
	}
	quota, err := s.Quota.Quota(c.UserContext(), p.Tenant.ID, month)
	if err != nil {
		return err
	}
	state := usageState{
		TenantID: p.Tenant.ID, Tier: p.Tier, Month: month, Used: quota.Used + quota.Reserved, WarningAt: warnAbove, ResetsAt: firstOfMonth(now, 1),
	}
	state.measure(limits.QueriesPerMonth)
	if state.PerDay, err = s.perDay(c.UserContext(), p.Tenant.ID, now); err != nil {
		return err
	}
	return c.JSON(state)
}

// measure compares what is used with the month's limit.
func (u *usageState) measure(limit int) {
	u.Limit, u.Remaining = limit, tenancy.Unlimited
	if limit == tenancy.Unlimited {
		return
	}
	u.Remaining, u.Percentage = max(limit-u.Used, 0), 100
	if limit > 0 {
		u.Percentage = math.Round(1000*float64(u.Used)/float64(limit)) / 10
	}
	if u.Warning = 100*u.Used > warnAbove*limit || limit == 0; u.Warning {
		u.Upgrade = string(nextTier(u.Tier))
	}
}

// perDay sums up the days of now's month up to now's, in its zone; nil without metrics.
func (s *Server) perDay(ctx context.Context, tenant ilsai.TenantID, now time.Time) ([]tenancy.DayUsage, error) {
	if s.Metrics == nil {
		return nil, nil
	}
	bounds := make([]time.Time, now.Day()+1)
	for i := range bounds {
		bounds[i] = startOfDay(now.Year(), now.Month(), 1+i, now.Location())
	}
	days, err := s.Metrics.UsageByDay(ctx, tenant, bounds)
	for i := range days {
		days[i].Date = time.Date(now.Year(), now.Month(), 1+i, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
	}
	return days, err
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
	var err error
	if plan.Limits, err = s.Desk.Limits(c.UserContext(), p); err != nil {
		return err
	}
	return c.JSON(fiber.Map{"tier": p.Tier, "features": all, "plan": plan})
}
