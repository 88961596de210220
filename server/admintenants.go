package server

import (
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// tenantState is a tenant as the administration API shows it.
type tenantState struct {
	ID        ilsai.TenantID         `json:"id"`
	Code      string                 `json:"code"`
	Name      string                 `json:"name"`
	Tier      tenancy.Tier           `json:"tier"`
	Status    tenancy.Status         `json:"status"`
	TimeZone  string                 `json:"time_zone"`
	Currency  string                 `json:"currency"`
	CreatedAt time.Time              `json:"created_at"`
	Limits    tenancy.LimitsOverride `json:"limits"`           // what differs from the tier's
	Effective tenancy.Limits         `json:"effective_limits"` // the tier's with those
	PurgeAt   time.Time              `json:"purge_at,omitzero"`
	PurgedAt  time.Time              `json:"purged_at,omitzero"`
}

func newTenantState(r tenancy.TenantRecord) tenantState {
	return tenantState{
		ID: r.ID, Code: r.Code, Name: r.Name, Tier: r.Tier, Status: r.Status, TimeZone: r.TimeZone, Currency: r.Currency, CreatedAt: r.CreatedAt,
		Limits: r.Limits, Effective: r.Limits.Apply(tenancy.PlanOf(r.Tier).Limits), PurgeAt: r.PurgeAt, PurgedAt: r.PurgedAt,
	}
}

func writeTenant(c *fiber.Ctx, r tenancy.TenantRecord, err error) error {
	if err != nil {
		return err
	}
	return c.JSON(newTenantState(r))
}

// listTenants is GET /api/admin/tenants?after=&limit=, where after is a tenant's id.
func (s *Server) listTenants(c *fiber.Ctx) error {
	limit, err := pageSize(c)
	if err != nil {
		return err
	}
	records, err := s.Admin.Tenants(c.UserContext(), s.actor(c), ilsai.TenantID(strings.Clone(c.Query("after"))), limit)
	if err != nil {
		return err
	}
	states := make([]tenantState, len(records))
	for i, r := range records {
		states[i] = newTenantState(r)
	}
	return c.JSON(newList(states, limit, func(t tenantState) any { return t.ID }))
}

func (s *Server) showTenant(c *fiber.Ctx) error {
	r, err := s.Admin.Tenant(c.UserContext(), s.actor(c), tenantParam(c))
	return writeTenant(c, r, err)
}

func (s *Server) createTenant(c *fiber.Ctx) error {
	var t tenancy.Tenant
	var limits limitsMember
	err := readBody(c, members{
		"id": (*string)(&t.ID), "code": &t.Code, "name": &t.Name, "tier": (*string)(&t.Tier), "status": (*string)(&t.Status),
		"time_zone": &t.TimeZone, "currency": &t.Currency, "limits": &limits,
	})
	if err != nil {
		return err
	}
	r, err := s.Admin.CreateTenant(c.UserContext(), s.actor(c), t, limits.value)
	if err != nil {
		return err
	}
	c.Set(fiber.HeaderLocation, "/api/admin/tenants/"+string(r.ID))
	return writeTenant(c.Status(fiber.StatusCreated), r, nil)
}

// changeTenant is PATCH /api/admin/tenants/:id: what is not named stays. limits are replaced as a whole;
// null takes them all away.
func (s *Server) changeTenant(c *fiber.Ctx) error {
	var change tenancy.TenantChange
	var limits limitsMember
	err := readBody(c, members{
		"name": &change.Name, "tier": &change.Tier, "status": &change.Status, "time_zone": &change.TimeZone, "currency": &change.Currency, "limits": &limits,
	})
	if err != nil {
		return err
	}
	if limits.set {
		change.Limits = &limits.value
	}
	r, err := s.Admin.ChangeTenant(c.UserContext(), s.actor(c), tenantParam(c), change)
	return writeTenant(c, r, err)
}

func (s *Server) deleteTenant(c *fiber.Ctx) error {
	days, err := wholeNumber(c, "grace_days", tenancy.DefaultGraceDays, 0, tenancy.MaxGraceDays)
	if err != nil {
		return err
	}
	r, err := s.Admin.DeleteTenant(c.UserContext(), s.actor(c), tenantParam(c), days)
	return writeTenant(c, r, err)
}

func (s *Server) restoreTenant(c *fiber.Ctx) error {
	r, err := s.Admin.RestoreTenant(c.UserContext(), s.actor(c), tenantParam(c))
	return writeTenant(c, r, err)
}

func (s *Server) listSubscriptions(c *fiber.Ctx) error {
	all, err := s.Admin.Subscriptions(c.UserContext(), s.actor(c), tenantParam(c))
	if err != nil {
		return err
	}
	return c.JSON(newList(all, 0, nil))
}

// limitsMember tells limits that were not named from null, which takes them away.
type limitsMember struct {
	set   bool
	value tenancy.LimitsOverride
}

func (m *limitsMember) UnmarshalJSON(b []byte) error {
	*m = limitsMember{set: true}
	if string(b) == "null" {
		return nil
	}
	return readMembers(json.RawMessage(b), members{
		"queries_per_month": &m.value.QueriesPerMonth, "queries_per_minute": &m.value.QueriesPerMinute, "max_tokens_per_query": &m.value.MaxTokensPerQuery,
	})
}

// userPath is where a user of a tenant is.
func userPath(tenant ilsai.TenantID, user tenancy.UserID) string {
	return "/api/admin/tenants/" + string(tenant) + "/users/" + url.PathEscape(string(user))
}
