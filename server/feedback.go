package server

import (
	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai/assistant/privacy"
	"github.com/ils-platform/ilsai/tenancy"
)

// feedback is POST /api/ai/feedback {"request_id": …, "thumbs": "up" or "down", "comment": …}: a user's verdict
// on an answer, in place of an earlier one.
func (s *Server) feedback(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	f := tenancy.Feedback{TenantID: p.Tenant.ID, UserID: p.UserID, CreatedAt: s.Now()}
	if err := readBody(c, members{"request_id": &f.RequestID, "thumbs": &f.Thumbs, "comment": &f.Comment}); err != nil {
		return err
	}
	f.Comment = privacy.Redact(f.Comment)
	if err := s.Feedback.SaveFeedback(c.UserContext(), f); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}
