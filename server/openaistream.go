package server

import (
	"bufio"
	"context"
	"encoding/json"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// A completion as server-sent events in OpenAI's form: chunks, then [DONE].
//
// Text is sent as it is generated, before its row is durable: that is what a client of this API streams for. What
// says that it is complete, finish_reason and [DONE], is sent after. With an idempotency key the text waits for the
// row as well, so that a retry gets the text that was shown: the stored completion, whatever form it was asked in.

// streamChat answers with chunks. Until the model has accepted the conversation, a failure has its own status.
func (s *Server) streamChat(c *fiber.Ctx, q admission.Question, ask asking, started <-chan ChatStream, out chunks) error {
	ctx, run := s.begin(c, q, ask)
	var answer ChatStream
	select {
	case answer = <-started:
	case <-run.over:
		select {
		case answer = <-started: // it was both at once
		default:
			run.end()
			return s.sendChunks(c, run.asked, out)
		}
	}
	s.writeLimits(c, <-run.working) // told before the work began
	if q.Key != "" {
		answer = nil
	}
	setEventHeaders(c)
	c.Context().SetBodyStreamWriter(func(w *bufio.Writer) {
		defer run.end() // a client that has gone ends its generation
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
	markReplayed(c, a.reply)
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
