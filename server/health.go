package server

import (
	"context"
	"time"

	"github.com/gofiber/fiber/v2"
)

// readyTimeout bounds all checks together: an orchestrator's probe must not hang on a sick database.
const readyTimeout = 2 * time.Second

type checkState struct {
	Name   string `json:"name"`
	Ready  bool   `json:"ready"`
	Detail string `json:"detail,omitempty"`
}

type readyState struct {
	Ready  bool         `json:"ready"`
	Checks []checkState `json:"checks,omitempty"`
}

// livez says that the process answers, nothing more.
func (s *Server) livez(c *fiber.Ctx) error { return c.JSON(fiber.Map{"alive": true}) }

// readyz says whether questions can be answered now; ?verbose lists the checks.
func (s *Server) readyz(c *fiber.Ctx) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), readyTimeout)
	defer cancel()
	state := readyState{Ready: true}
	checks := s.Ready(ctx)
	if s.draining.Load() {
		checks = append(checks, Check{Name: "server", Err: errDraining})
	}
	_, verbose := c.Queries()["verbose"]
	for _, check := range checks {
		one := checkState{Name: check.Name, Ready: check.Err == nil, Detail: check.Detail}
		if check.Err != nil {
			state.Ready = false
			one.Detail = check.Err.Error()
		}
		if verbose || check.Err != nil {
			state.Checks = append(state.Checks, one)
		}
	}
	if !state.Ready {
		c.Status(fiber.StatusServiceUnavailable)
	}
	return c.JSON(state)
}

type stateError string

func (e stateError) Error() string { return string(e) }

const errDraining = stateError("stopping: running questions are being finished")
