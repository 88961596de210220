package server

import (
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// platformDays is what platform-wide metrics look back on when nothing else is asked for.
const platformDays = 30

// tenantMetrics is GET /api/admin/metrics/tenants/:id?from=&to=, for the shop's own administrator and
// the platform's. Without a span it is the current month of the shop.
func (s *Server) tenantMetrics(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	id := ilsai.TenantID(strings.Clone(c.Params("id")))
	if !tenancy.MayAdminister(p, id, s.Platform) {
		return forbidden() // before anything is looked up: who may not see a shop does not learn whether it exists
	}
	tenant, err := s.tenant(c, p, id)
	if err != nil {
		return err
	}
	zone, err := tenant.Location()
	if err != nil {
		return ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	now := s.Now().In(zone)
	from, to, err := span(c, zone, firstOfMonth(now, 0), firstOfMonth(now, 1))
	if err != nil {
		return err
	}
	m, err := s.Metrics.TenantMetrics(c.UserContext(), id, from, to)
	if err != nil {
		return err
	}
	return c.JSON(tenancy.TenantMetrics{TenantID: id, Metrics: m})
}

// platformMetrics is GET /api/admin/metrics/platform?from=&to=, for the platform's administrators. Dates
// are UTC's; without a span it is the last 30 days.
func (s *Server) platformMetrics(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	if !tenancy.IsPlatformAdmin(p, s.Platform) {
		return forbidden()
	}
	now := s.Now().UTC()
	from, to, err := span(c, time.UTC, now.AddDate(0, 0, -platformDays), now)
	if err != nil {
		return err
	}
	m, err := s.Metrics.PlatformMetrics(c.UserContext(), from, to)
	if err != nil {
		return err
	}
	return c.JSON(m)
}

func (s *Server) tenant(c *fiber.Ctx, p tenancy.Principal, id ilsai.TenantID) (tenancy.Tenant, error) {
	if id == p.Tenant.ID {
		return p.Tenant, nil
	}
	if _, err := ilsai.ParseTenantID(string(id)); err != nil {
		return tenancy.Tenant{}, err
	}
	return s.Tenants.Tenant(c.UserContext(), id)
}

func forbidden() error {
	return ilsai.Errorf(ilsai.CodeForbidden, "Your role does not allow this. Ask an administrator of your shop or of the platform.")
}

// span reads from and to, each a date, which is the beginning of that day in a zone, or an RFC 3339 time.
// It is half-open: to itself is not part of it. What is missing is that of the default span.
func span(c *fiber.Ctx, zone *time.Location, from, to time.Time) (time.Time, time.Time, error) {
	for name, bound := range map[string]*time.Time{"from": &from, "to": &to} {
		text := strings.ReplaceAll(c.Query(name), " ", "+") // a zone's plus sign, when the client did not escape it
		if text == "" {
			continue
		}
		at, err := parseBound(strings.Clone(text), zone)
		if err != nil {
			return from, to, ilsai.Wrap(ilsai.CodeInvalid, err, "%s is a date such as 2026-11-03, or a time such as 2026-11-03T14:30:00Z.", name)
		}
		*bound = at
	}
	if !from.Before(to) {
		return from, to, ilsai.Errorf(ilsai.CodeInvalid, "from is earlier than to: the time of to itself is not part of what is summed up.")
	}
	return from, to, nil
}

func parseBound(text string, zone *time.Location) (time.Time, error) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return startOfDay(day.Year(), day.Month(), day.Day(), zone), nil
	}
	return time.Parse(time.RFC3339, text)
}

// firstOfMonth is when the month begins that is some months after now's, in now's zone.
func firstOfMonth(now time.Time, months int) time.Time {
	return startOfDay(now.Year(), now.Month()+time.Month(months), 1, now.Location())
}

// startOfDay is the first instant of a day. That is not midnight where clocks are moved at midnight:
// there time.Date may give an instant of the day before.
func startOfDay(year int, month time.Month, day int, zone *time.Location) time.Time {
	begin, noon := time.Date(year, month, day, 0, 0, 0, 0, zone), time.Date(year, month, day, 12, 0, 0, 0, zone)
	for begin.Day() != noon.Day() {
		begin = begin.Add(15 * time.Minute)
	}
	return begin
}
