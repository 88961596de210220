package server

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/gofiber/fiber/v2/middleware/adaptor"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/ils-platform/ilsai"
)

// unknownRoute is the route of every address without one, so that a client cannot make series.
const unknownRoute = "unknown"

// exposition is GET /metrics. It asks for no token: whoever enables it says who can reach it.
func (p *Prometheus) exposition() fiber.Handler {
	return adaptor.HTTPHandler(promhttp.HandlerFor(p.registry, promhttp.HandlerOpts{}))
}

// observe counts and times every request. It is outermost, and has errors written here because their
// status is not known before.
func (s *Server) observe(c *fiber.Ctx) error {
	if s.Prometheus == nil {
		return c.Next()
	}
	began := s.Now()
	err := c.Next()
	route := routeOf(c, err)
	if err != nil {
		err = s.writeProblem(c, err)
	}
	s.Prometheus.request(route, methodOf(c), c.Response().StatusCode(), s.Now().Sub(began))
	return err
}

func (p *Prometheus) request(route, method string, status int, took time.Duration) {
	p.requests.WithLabelValues(route, method, strconv.Itoa(status)).Inc()
	p.requestDuration.WithLabelValues(route, method).Observe(took.Seconds())
}

// routeOf is the pattern that matched. Fiber leaves the one of the last middleware where none did, and
// says so with an error of its own.
func routeOf(c *fiber.Ctx, err error) string {
	var router *fiber.Error
	if errors.As(err, &router) && ilsai.ErrorCode(err) == ilsai.CodeInternal {
		return unknownRoute
	}
	return c.Route().Path
}

// methodOf is the request's method as a string of ours: Fiber's is reused with the request.
func methodOf(c *fiber.Ctx) string {
	if i := slices.Index(fiber.DefaultMethods, c.Method()); i >= 0 {
		return fiber.DefaultMethods[i]
	}
	return "other"
}

// code is an error's code as a label.
func code(err error) string { return string(ilsai.ErrorCode(err)) }
