package server

import (
	"bufio"
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// A completion as server-sent events in OpenAI's form: chunks, then [DONE].
//
// Text is sent as it is generated, before its row is durable: that is what a client of this API streams for. What
// says that it is complete, finish_reason and [DONE], is sent after. With an idempotency key the text waits for the
// row as well, so that a retry gets the text that was shown: the stored completion, whatever form it was asked in.

// running is a request on its way through the desk, in a goroutine of its own. asked is set once over is closed.
type running struct {
	asked

	over chan struct{}
}

// streamChat answers with chunks. Until the model has accepted the conversation, a failure has its own status.
func (s *Server) streamChat(c *fiber.Ctx, q admission.Question, ask func(context.Context, admission.Question) (admission.Reply, error),
	started <-chan ChatStream, out chunks,
) error {
	ctx, cancel := context.WithTimeout(ilsai.WithRequestID(context.Background(), q.RequestID), s.QueryTimeout)
	working, run := make(chan limit.Decision, 1), &running{over: make(chan struct{})}
	q.Working = func(d limit.Decision) { working <- d }
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
	var answer ChatStream
	select {
	case answer = <-started:
	case <-run.over:
		select {
		case answer = <-started: // it was both at once
		default:
			cancel()
			return s.sendChunks(c, run.asked, out)
		}
	}
	s.writeLimits(c, <-working) // told before the work began
	if q.Key != "" {
		answer = nil
	}
	setEventHeaders(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer func() {
			cancel()   // a client that has gone ends its generation
			<-run.over // and its row is written
		}()
		s.writeChunks(ctx, w, out, answer, run)
	})
	return nil
}

// sendChunks answers without generating: with a stored completion, or an error.
func (s *Server) sendChunks(c *fiber.Ctx, a asked, out chunks) error {
	s.writeLimits(c, a.reply.Rate)
	if a.err != nil {
		return a.err
	}
	if a.reply.Replayed {
		c.Set("Idempotency-Replayed", "true")
	}
	var stored completion
	if err := json.Unmarshal(a.reply.Body, &stored); err != nil {
		return ilsai.Wrap(ilsai.CodeInternal, err, "")
	}
	out.completionHead = stored.completionHead
	setEventHeaders(c)
	return c.SendString(out.begin() + out.whole(stored))
}

// whole is all that follows the first event.
func (c chunks) whole(done completion) (text string) {
	for _, choice := range done.Choices {
		if choice.Message.Content != "" {
			text += c.content(choice.Message.Content)
		}
	}
	return text + c.end(done)
}

// writeChunks writes until the end, or until the client has gone. Without an answer to read, the text is the reply's.
func (s *Server) writeChunks(ctx context.Context, w *bufio.Writer, out chunks, answer ChatStream, run *running) {
	pings, stop := s.pings()
	defer stop()
	deltas, over := textOf(ctx, answer), run.over
	if answer != nil {
		over = nil // until all text is written
	}
	for text, last := out.begin(), false; ; {
		if _, err := w.WriteString(text); err != nil || w.Flush() != nil || last {
			return
		}
		select {
		case piece, more := <-deltas:
			if !more {
				text, deltas, over = "", nil, run.over
				continue
			}
			text = out.content(piece)
		case <-pings:
			text = ": ping\n\n"
		case <-over:
			text, last = s.lastChunks(ctx, out, run.asked, answer == nil), true
		}
	}
}

func (s *Server) lastChunks(ctx context.Context, out chunks, a asked, whole bool) string {
	var done completion
	if a.err == nil {
		a.err = json.Unmarshal(a.reply.Body, &done)
	}
	switch {
	case a.err != nil:
		p, row := s.problemOf(ctx, a.err)
		body, _ := openAIErrorOf(p, row, a.err)
		return dataEvent(body)
	case whole:
		return out.whole(done)
	default:
		return out.end(done)
	}
}

// textOf is an answer's text as it comes, closed at its end or when ctx is done. A nil answer has none.
func textOf(ctx context.Context, answer ChatStream) <-chan string {
	if answer == nil {
		return nil
	}
	pieces := make(chan string)
	go func() {
		defer close(pieces)
		for {
			piece, ok := answer.Next(ctx)
			if !ok {
				return
			}
			select {
			case pieces <- piece:
			case <-ctx.Done():
				return
			}
		}
	}()
	return pieces
}
