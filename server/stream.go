package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// An answer as server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html):
//
//	event: progress   {"stage":"queued","position":3,"eta_ms":1500}, {"stage":"reading","plan_words":"…"}, …
//	                  any number, also none; advice only
//	event: answer     the very JSON that a client without events gets
//	event: error      the problem document, when something fails after the stream has begun
//
// The answer, or the error, is the last event. No event before it holds a cell, because the answer is not
// recorded until then. So a stream may carry an idempotency key like any other request: what is stored is
// the answer, a replay is its event with the same bytes, and a stream that was cut has stored all or nothing.
// What is refused is refused with its own status, before a stream begins.
const eventStream = "text/event-stream"

// pingEvery keeps proxies from closing a stream in which nothing happens; a client that has gone shows in it.
const pingEvery = 15 * time.Second

func wantsEvents(c *fiber.Ctx) bool {
	return strings.Contains(strings.ToLower(c.Get(fiber.HeaderAccept)), eventStream)
}

// eventQueue carries progress from the work to the stream. The work never waits for it: what does not fit is dropped.
type eventQueue chan assistant.Progress

func newEventQueue() eventQueue { return make(eventQueue, 8) }

func (q eventQueue) progress(p assistant.Progress) {
	select {
	case q <- p:
	default:
	}
}

// stream answers with events, once the question is let in and needs an answer; before that it has a status.
func (s *Server) stream(c *fiber.Ctx, q admission.Question, ask asking, events eventQueue) error {
	ctx, run := s.begin(c, q, ask)
	var rate limit.Decision
	select {
	case rate = <-run.working:
	case <-run.over:
		select {
		case rate = <-run.working: // it was both at once
		default:
			run.end()
			s.writeLimits(c, run.reply.Rate)
			if run.err != nil {
				return run.err
			}
			markReplayed(c, run.reply)
			setEventHeaders(c)
			return c.SendString(event("answer", run.reply.Body))
		}
	}
	s.writeLimits(c, rate)
	setEventHeaders(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer run.end() // a client that has gone ends its question
		s.writeEvents(ctx, w, events, run)
	})
	return nil
}

func setEventHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentType, eventStream)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Accel-Buffering", "no")
}

// writeEvents writes until the last event, or until the client has gone.
func (s *Server) writeEvents(ctx context.Context, w *bufio.Writer, events eventQueue, run *running) {
	pings, stop := s.pings()
	defer stop()
	for {
		var text string
		last := false
		select {
		case p := <-events:
			text = jsonEvent("progress", p)
		case <-pings:
			text = ": ping\n\n"
		case <-run.over:
			last = true
			text = pending(events)
			if run.err != nil {
				body, _ := s.problemOf(ctx, run.err)
				text += jsonEvent("error", body)
			} else {
				text += event("answer", run.reply.Body)
			}
		}
		if _, err := w.WriteString(text); err != nil || w.Flush() != nil || last {
			return
		}
	}
}

// pending is the progress that was told before the last event.
func pending(events eventQueue) (text string) {
	for {
		select {
		case p := <-events:
			text += jsonEvent("progress", p)
		default:
			return text
		}
	}
}

// event is one event. JSON has no line breaks of its own, so its data is one line.
func event(name string, data []byte) string {
	return fmt.Sprintf("event: %s\ndata: %s\n\n", name, data)
}

func jsonEvent(name string, v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return "" // unreachable: plain structs always encode
	}
	return event(name, data)
}

// pings ticks in the server's own time, which tests replace.
func (s *Server) pings() (ticks <-chan time.Time, stop func()) {
	if s.ticker != nil {
		return s.ticker(), func() {}
	}
	t := time.NewTicker(pingEvery)
	return t.C, t.Stop
}
