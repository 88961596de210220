package server

import (
	"math"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

// QueueState is how the model is shared at one moment.
type QueueState struct {
	Waiting, Running int
	Window           time.Duration // what Served looks back on
	Tenants          []QueueTenant // those that wait first, the next to be served before the others
}

// QueueTenant is one shop's part of it. Costs are in tokens, a generated one counting twice.
type QueueTenant struct {
	ID               ilsai.TenantID
	Weight           float64 // its share relative to others'; 0: it neither waits nor runs
	Waiting, Running int
	VirtualTime      float64       // cost it received, divided by its weight: the lowest is next
	Served           float64       // cost it received within the window
	Position         int           // estimated number of generations that start before its next one
	ETA              time.Duration // estimated time until then; 0: unknown
}

type queueBody struct {
	Waiting       int          `json:"waiting"`
	Running       int          `json:"running"`
	WindowSeconds float64      `json:"window_seconds"`
	Served        float64      `json:"served_total"`
	Tenants       []queueShare `json:"tenants"`
}

type queueShare struct {
	TenantID    ilsai.TenantID `json:"tenant_id"`
	Waiting     int            `json:"waiting"`
	Running     int            `json:"running"`
	Weight      float64        `json:"weight"`
	VirtualTime float64        `json:"virtual_time"`
	Served      float64        `json:"served"`
	Share       float64        `json:"share"` // of all that was served within the window, 0 to 1
	Position    int            `json:"position"`
	ETAms       int64          `json:"eta_ms"`
}

// queueState is GET /api/admin/queue?limit=, for the platform's administrators: who waits for the model, and who got how
// much of it lately.
func (s *Server) queueState(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	if !tenancy.IsPlatformAdmin(p, s.Platform) {
		return forbidden()
	}
	limit, err := pageSize(c)
	if err != nil {
		return err
	}
	q := s.Queue()
	body := queueBody{Waiting: q.Waiting, Running: q.Running, WindowSeconds: q.Window.Seconds(), Tenants: []queueShare{}}
	for _, t := range q.Tenants {
		body.Served += t.Served
	}
	for _, t := range q.Tenants[:min(limit, len(q.Tenants))] {
		share := queueShare{TenantID: t.ID, Waiting: t.Waiting, Running: t.Running, Weight: t.Weight, VirtualTime: math.Round(t.VirtualTime), Served: t.Served,
			Position: t.Position, ETAms: t.ETA.Milliseconds()}
		if body.Served > 0 {
			share.Share = t.Served / body.Served
		}
		body.Tenants = append(body.Tenants, share)
	}
	return c.JSON(body)
}
