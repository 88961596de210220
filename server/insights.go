package server

import (
	"context"
	"strings"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/insight"
	"github.com/ils-platform/ilsai/tenancy"
)

// Insights tells what a shop may want to know before anybody asks. Nothing is generated, so nothing is billed.
type Insights interface {
	Suggestions(ctx context.Context, shop insight.Shop) ([]insight.Suggestion, error)
	Search(ctx context.Context, shop insight.Shop, text string) ([]insight.Insight, error)
}

// suggestions is GET /api/ai/suggestions?context=: questions that fit a page and have an answer now.
func (s *Server) suggestions(c *fiber.Ctx) error {
	shop, err := s.told(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), s.QueryTimeout)
	defer cancel()
	all, err := s.Insights.Suggestions(ctx, shop)
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{"suggestions": all})
}

// insights is GET /api/ai/insights?q=&context=: what a search may mean; without q, what has changed. The term goes
// into no log and no row.
func (s *Server) insights(c *fiber.Ctx) error {
	text := strings.Clone(c.Query("q"))
	switch {
	case !utf8.ValidString(text):
		return ilsai.Errorf(ilsai.CodeInvalid, "The search term q is not valid UTF-8.")
	case utf8.RuneCountInString(text) > insight.MaxQueryRunes:
		return ilsai.Errorf(ilsai.CodeInvalid, "The search term q has more than %d characters.", insight.MaxQueryRunes)
	}
	shop, err := s.told(c)
	if err != nil {
		return err
	}
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	if len(shop.Domains) == 1 {
		if err := s.refusePersonal(c.UserContext(), p, tenancy.QueryType(shop.Domains[0]), text); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithTimeout(c.UserContext(), s.QueryTimeout)
	defer cancel()
	all, err := s.Insights.Search(ctx, shop, text)
	if err != nil {
		return err
	}
	return c.JSON(fiber.Map{"insights": all})
}

// told is the shop that asks, and of what it may be told: of the page's query type if it is one, which its
// subscription must have, else of all that it has.
func (s *Server) told(c *fiber.Ctx) (insight.Shop, error) {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	shop := insight.Shop{Tenant: assistant.Tenant{ID: p.Tenant.ID, Name: p.Tenant.Name, TimeZone: p.Tenant.TimeZone, Currency: p.Tenant.Currency}}
	page := c.Query("context")
	for _, q := range tenancy.QueryTypes() {
		err := tenancy.Allow(p.Tier, q)
		if page == string(q) {
			if err != nil {
				return shop, err
			}
			shop.Domains = []string{string(q)}
			break
		}
		if err == nil {
			shop.Domains = append(shop.Domains, string(q))
		}
	}
	rate, err := s.Desk.Lookup(c.UserContext(), p)
	s.writeLimits(c, rate)
	return shop, err
}
