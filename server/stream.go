package server

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
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

type asked struct {
	reply admission.Reply
	err   error
}

// stream answers with events. The question runs on its own; the first thing it says decides whether this is a
// stream at all.
func (s *Server) stream(c *fiber.Ctx, q admission.Question, ask func(context.Context, admission.Question) (admission.Reply, error), events eventQueue) error {
	ctx, cancel := context.WithTimeout(ilsai.WithRequestID(context.Background(), q.RequestID), s.QueryTimeout)
	working, done := make(chan limit.Decision, 1), make(chan asked, 1)
	q.Working = func(d limit.Decision) { working <- d }
	go func() {
		var a asked
		defer func() {
			if r := recover(); r != nil {
				s.logPanic(ctx, r)
				a = asked{err: ilsai.Errorf(ilsai.CodeInternal, "")}
			}
			done <- a
		}()
		a.reply, a.err = ask(ctx, q)
	}()
	select {
	case a := <-done:
		cancel()
		s.writeLimits(c, a.reply.Rate)
		if a.err != nil {
			return a.err
		}
		if a.reply.Replayed {
			c.Set("Idempotency-Replayed", "true")
		}
		setEventHeaders(c)
		return c.SendString(event("answer", a.reply.Body))
	case rate := <-working:
		s.writeLimits(c, rate)
	}
	setEventHeaders(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer cancel() // a client that has gone ends its question
		s.writeEvents(ctx, w, events, done)
	})
	return nil
}

func setEventHeaders(c *fiber.Ctx) {
	c.Set(fiber.HeaderContentType, eventStream)
	c.Set(fiber.HeaderCacheControl, "no-store")
	c.Set("X-Accel-Buffering", "no")
}

// writeEvents writes until the last event, or until the client has gone.
func (s *Server) writeEvents(ctx context.Context, w *bufio.Writer, events eventQueue, done <-chan asked) {
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
		case a := <-done:
			last = true
			text = pending(events)
			if a.err != nil {
				body, _ := s.problemOf(ctx, a.err)
				text += jsonEvent("error", body)
			} else {
				text += event("answer", a.reply.Body)
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
