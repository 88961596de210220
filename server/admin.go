package server

import (
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// adminRoutes is the administration API. Who may do what is tenancy.Administration's to say.
func (s *Server) adminRoutes() {
	for _, r := range []struct {
		method, path string
		handle       fiber.Handler
	}{
		{fiber.MethodGet, "/tenants", s.listTenants},
		{fiber.MethodPost, "/tenants", s.createTenant},
		{fiber.MethodGet, "/tenants/:id", s.showTenant},
		{fiber.MethodPatch, "/tenants/:id", s.changeTenant},
		{fiber.MethodDelete, "/tenants/:id", s.deleteTenant},
		{fiber.MethodPost, "/tenants/:id/restore", s.restoreTenant},
		{fiber.MethodGet, "/tenants/:id/subscriptions", s.listSubscriptions},
		{fiber.MethodGet, "/tenants/:id/users", s.listUsers},
		{fiber.MethodPost, "/tenants/:id/users", s.createUser},
		{fiber.MethodPatch, "/tenants/:id/users/:user", s.changeUser},
		{fiber.MethodPost, "/tenants/:id/users/:user/password", s.setPassword},
		{fiber.MethodGet, "/tenants/:id/audit", s.listTenantAudit},
		{fiber.MethodGet, "/tenants/:id/usage", s.listUsage},
		{fiber.MethodGet, "/audit", s.listAudit},
	} {
		s.app.Add(r.method, "/api/admin"+r.path, noStore, s.authenticate, r.handle)
	}
}

// noStore keeps what a reply says out of every cache.
func noStore(c *fiber.Ctx) error {
	c.Set(fiber.HeaderCacheControl, "no-store")
	return c.Next()
}

func (s *Server) actor(c *fiber.Ctx) tenancy.Actor {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	return tenancy.UserActor(p, s.Platform)
}

// tenantParam is the path's tenant. It is not parsed: what cannot be an id is no tenant, and nobody's.
func tenantParam(c *fiber.Ctx) ilsai.TenantID { return ilsai.TenantID(strings.Clone(c.Params("id"))) }

// list is the body of every list. NextAfter is what to send as after for the next page; null at the end.
type list struct {
	Items     any `json:"items"`
	NextAfter any `json:"next_after"`
}

// newList shows a whole list, or a full page of one that goes on after the key of its last item.
func newList[T any](items []T, limit int, key func(T) any) list {
	l := list{Items: items}
	if items == nil {
		l.Items = []T{}
	}
	if limit > 0 && len(items) == limit {
		l.NextAfter = key(items[len(items)-1])
	}
	return l
}

const (
	defaultPage = 100
	maxPage     = 1000
)

// pageSize reads limit.
func pageSize(c *fiber.Ctx) (int, error) {
	return wholeNumber(c, "limit", defaultPage, 1, maxPage)
}

// newPage reads from, to, after and limit. Dates are UTC's.
func newPage(c *fiber.Ctx) (p tenancy.Page, err error) {
	if p.Limit, err = pageSize(c); err != nil {
		return p, err
	}
	if text := c.Query("after"); text != "" {
		if p.After, err = strconv.ParseInt(text, 10, 64); err != nil || p.After < 0 {
			return p, ilsai.Errorf(ilsai.CodeInvalid, "after is the next_after of the page before.")
		}
	}
	p.From, p.To, err = bounds(c)
	return p, err
}

func wholeNumber(c *fiber.Ctx, name string, otherwise, least, most int) (int, error) {
	text := c.Query(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, ilsai.Errorf(ilsai.CodeInvalid, "%s is a whole number from %d to %d.", name, least, most)
	}
	return n, nil
}
