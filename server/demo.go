package server

import (
	"context"
	"io/fs"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
)

// Demo is the dashboard around the widget and what it needs beside the API. It lets anybody in as any of its
// users: only a demo, whose shops are invented, may have it.
type Demo struct {
	// Pages are the built files, nil when the program was compiled without them.
	Pages fs.FS
	Users []DemoUser
	// SignIn gives a session of one of Users.
	SignIn func(ctx context.Context, tenant ilsai.TenantID) (tenancy.Session, error)
	// Figures are what the dashboard itself shows on a page, without the model. Nil: it shows none.
	Figures func(ctx context.Context, t tenancy.Tenant, page string) ([]DemoFigure, error)
}

// DemoUser is whom a visitor may be.
type DemoUser struct {
	TenantID ilsai.TenantID `json:"tenant_id"`
	Shop     string         `json:"shop"`
	User     string         `json:"user"`
	Tier     tenancy.Tier   `json:"tier"`
	Place    string         `json:"place"`
	Platform bool           `json:"platform"` // administers all shops
}

// DemoFigure is one table of a page, as in an answer.
type DemoFigure struct {
	Title  string            `json:"title"`
	Period *assistant.Period `json:"period,omitempty"`
	Chart  string            `json:"chart"`
	Data   assistant.Data    `json:"data"`
}

// notBuilt is shown at / in place of the dashboard.
const notBuilt = `<!doctype html><html lang="en"><meta charset="utf-8"><title>ilsai</title>
<h1>The dashboard is not part of this program</h1>
<p>It was compiled without the built pages. Run <code>make run</code> once npm is installed (on Debian it installs it): it builds the pages and the program anew.
<p>The API answers all the same: <code>POST /api/ai/query</code>.</html>`

func (s *Server) demoRoutes() error {
	d := s.Demo
	s.app.Get("/api/demo", noStore, func(c *fiber.Ctx) error { return c.JSON(fiber.Map{"users": d.Users}) })
	s.app.Post("/api/demo/session", noStore, s.demoSession)
	if d.Figures != nil {
		s.app.Get("/api/demo/figures", noStore, s.authenticate, s.demoFigures)
	}
	if d.Pages == nil {
		s.app.Get("/", func(c *fiber.Ctx) error {
			c.Set(fiber.HeaderContentSecurityPolicy, policyOfPages)
			c.Set(fiber.HeaderContentType, fiber.MIMETextHTMLCharsetUTF8)
			return c.SendString(notBuilt)
		})
		return nil
	}
	all, err := loadAssets(d.Pages, ".")
	if err != nil {
		return err
	}
	s.app.Get("/", func(c *fiber.Ctx) error { return sendAsset(c, all["/index.html"]) })
	s.app.Get("/assets/*", func(c *fiber.Ctx) error {
		a, ok := all[c.Path()]
		if !ok {
			return fiber.ErrNotFound
		}
		return sendAsset(c, a)
	})
	return nil
}

// demoSession is POST /api/demo/session {"tenant": …}.
func (s *Server) demoSession(c *fiber.Ctx) error {
	var tenant string
	if err := readBody(c, members{"tenant": &tenant}); err != nil {
		return err
	}
	id := ilsai.TenantID(strings.Clone(tenant))
	for _, u := range s.Demo.Users {
		if u.TenantID != id {
			continue
		}
		session, err := s.Demo.SignIn(c.UserContext(), id)
		if err != nil {
			return err
		}
		return c.JSON(newSessionState(session))
	}
	return ilsai.Errorf(ilsai.CodeNotFound, "The demo has no such shop.")
}

func (s *Server) demoFigures(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	page := strings.Clone(c.Query("page"))
	if q, err := tenancy.ParseQueryType(page); err != nil {
		return err
	} else if err := tenancy.Allow(p.Tier, q); err != nil {
		return err
	}
	figures, err := s.Demo.Figures(c.UserContext(), p.Tenant, page)
	if err != nil {
		return err
	}
	return c.JSON(list{Items: append([]DemoFigure{}, figures...)})
}
