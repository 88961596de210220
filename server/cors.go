package server

import (
	"net/url"
	"slices"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
)

// Pages of other origins may call the API only if the operator lists them. A token is all that counts: no cookie is
// ever read, so none is allowed.
const (
	corsMethods = "GET, POST, DELETE"
	corsHeaders = "Authorization, Content-Type, Accept, X-Idempotency-Key, Idempotency-Key"
	corsExposed = "RateLimit, RateLimit-Policy, Retry-After, X-Request-ID, Idempotency-Replayed"
	corsSeconds = "600"
)

// ParseOrigin reads an origin as browsers send it: https://dashboard.example, with a port that is not the usual one.
// Errors: ilsai.CodeInvalid.
func ParseOrigin(text string) (string, error) {
	u, err := url.Parse(text)
	bare := err == nil && u.User == nil && strings.Trim(u.Path, "/") == "" && u.RawQuery == "" && u.Fragment == ""
	if !bare || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || strings.Contains(u.Host, "*") {
		return "", ilsai.Errorf(ilsai.CodeInvalid, "%q is no origin; it must be like https://dashboard.example", text)
	}
	host := strings.ToLower(u.Host)
	if u.Scheme == "https" {
		host = strings.TrimSuffix(host, ":443")
	} else {
		host = strings.TrimSuffix(host, ":80")
	}
	return u.Scheme + "://" + host, nil
}

// shareWithOrigins lets the pages of the listed origins read replies, and answers their browsers' preflights.
func (s *Server) shareWithOrigins(c *fiber.Ctx) error {
	origin := c.Get(fiber.HeaderOrigin)
	if len(s.AllowedOrigins) == 0 || !shared(c.Path()) {
		return c.Next()
	}
	c.Vary(fiber.HeaderOrigin)
	if !slices.Contains(s.AllowedOrigins, origin) {
		return c.Next() // without the header, the page's browser keeps the reply from it
	}
	c.Set(fiber.HeaderAccessControlAllowOrigin, strings.Clone(origin))
	if c.Method() != fiber.MethodOptions || c.Get(fiber.HeaderAccessControlRequestMethod) == "" {
		c.Set(fiber.HeaderAccessControlExposeHeaders, corsExposed)
		return c.Next()
	}
	c.Set(fiber.HeaderAccessControlAllowMethods, corsMethods)
	c.Set(fiber.HeaderAccessControlAllowHeaders, corsHeaders)
	c.Set(fiber.HeaderAccessControlMaxAge, corsSeconds)
	return c.SendStatus(fiber.StatusNoContent)
}

// shared are the routes that a page with the widget needs; administration is not among them.
func shared(path string) bool {
	return strings.HasPrefix(path, "/api/ai/") || strings.HasPrefix(path, "/widget/")
}
