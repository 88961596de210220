package server

import (
	"context"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// asking takes one question through the desk. How its reply leaves is the caller's: whole, or as events.
type asking func(ctx context.Context, q admission.Question) (admission.Reply, error)

func (s *Server) asking(work admission.Work, render admission.Render) asking {
	return func(ctx context.Context, q admission.Question) (admission.Reply, error) {
		reply, err := s.Desk.Ask(ctx, q, work, render)
		s.Prometheus.asked(q, reply, err, s.Now().Sub(q.Started))
		return reply, err
	}
}

// sendWhole asks and sends the reply in one piece.
func (s *Server) sendWhole(c *fiber.Ctx, q admission.Question, ask asking) error {
	ctx, cancel := context.WithTimeout(c.UserContext(), s.QueryTimeout)
	defer cancel()
	defer whileConnected(c, cancel)()
	reply, err := ask(ctx, q)
	s.writeLimits(c, reply.Rate)
	if err != nil {
		return err
	}
	markReplayed(c, reply)
	c.Set(fiber.HeaderContentType, reply.ContentType)
	return c.Status(reply.Status).Send(reply.Body)
}

func markReplayed(c *fiber.Ctx, reply admission.Reply) {
	if reply.Replayed {
		c.Set("Idempotency-Replayed", "true")
	}
}

// running is a question on its way through the desk, in a goroutine of its own. asked is set once over is closed;
// working has what the limiter said once the question is let in and needs an answer.
type running struct {
	asked

	over    chan struct{}
	working chan limit.Decision
	cancel  context.CancelFunc
	letGo   func() // of the connection
}

type asked struct {
	reply admission.Reply
	err   error
}

// begin asks in the background, for as long as a question may take and its client stays. Whoever begins ends it.
func (s *Server) begin(c *fiber.Ctx, q admission.Question, ask asking) (context.Context, *running) {
	ctx, cancel := context.WithTimeout(ilsai.WithRequestID(context.Background(), q.RequestID), s.QueryTimeout)
	run := &running{over: make(chan struct{}), working: make(chan limit.Decision, 1), cancel: cancel}
	run.letGo = whileConnected(c, cancel)
	q.Working = func(d limit.Decision) { run.working <- d }
	go func() {
		defer close(run.over)
		defer func() {
			if r := recover(); r != nil {
				s.logPanic(ctx, r)
				run.asked = asked{err: ilsai.Errorf(ilsai.CodeInternal, "")}
			}
		}()
		run.reply, run.err = ask(ctx, q)
	}()
	return ctx, run
}

// end withdraws a question that is not over, and waits until its row is written.
func (r *running) end() {
	r.letGo()
	r.cancel()
	<-r.over
}
