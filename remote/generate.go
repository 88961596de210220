package remote

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Bounds of trying again.
const (
	maxAttempts  = 4
	firstBackoff = 250 * time.Millisecond // doubled each time, and a random part of it waited
	maxPatience  = 10 * time.Second       // with a server that asks for more time than that, nobody waits
)

// maxMessage is how much of a refusal is read.
const maxMessage = 4 << 10

// generate sends a request until it is answered or there is no point. over, if not nil, is to be called last: it
// makes the connection fit for the next request.
func (e *Engine) generate(s *Stream) (r Result, over func(), err error) {
	sent := e.o.Now()
	a := &attempt{engine: e, stream: s}
	for n := 1; ; n++ {
		if s.ctx.Err() != nil {
			err = endedError(context.Cause(s.ctx))
			break
		}
		if over, err = a.do(); err == nil {
			break
		}
		if s.ctx.Err() != nil {
			err = endedError(context.Cause(s.ctx))
			break
		}
		after, again := mayTryAgain(err)
		if !again || n == maxAttempts || after > maxPatience || !e.wait(s, max(after, rand.N(firstBackoff<<(n-1)))) {
			err = coded(err)
			break
		}
		e.o.Logger.Debug("asking the model's server again", "attempt", n+1, "cause", err)
	}
	now := e.o.Now()
	r = Result{Truncated: a.truncated, Queued: sent.Sub(s.submitted), Prefill: now.Sub(sent)}
	if !a.first.IsZero() {
		r.Prefill, r.Decode = a.first.Sub(sent), now.Sub(a.first)
	}
	if a.accepted {
		r.Usage = a.usage.checked(s.request, s.said())
		if r.Estimated && err == nil {
			e.o.Logger.Warn("the model's server gave no usage that can be true; it was estimated", "prompt", r.PromptTokens, "completion", r.CompletionTokens)
		}
	}
	return r, over, err
}

// wait waits before the next attempt. false: there would be no time for one.
func (e *Engine) wait(s *Stream, d time.Duration) bool {
	if t := s.request.Deadline; !t.IsZero() && e.o.Now().Add(d).After(t) {
		return false
	}
	over := make(chan struct{})
	defer e.o.After(d, func() { close(over) })()
	select {
	case <-over:
		return true
	case <-s.ctx.Done():
		return true // generate says why it ended
	}
}

// attempt is one request to the server, and what is known of its answer.
type attempt struct {
	engine *Engine
	stream *Stream

	accepted  bool      // the server has begun to answer
	first     time.Time // text
	usage     *wireUsage
	finished  bool
	truncated bool
}

// do sends and reads. With an error, the text until then has been delivered, and nothing of it comes again.
func (a *attempt) do() (over func(), err error) {
	s, e := a.stream, a.engine
	ctx, cancel := context.WithCancelCause(context.Background())
	wanted := context.AfterFunc(s.ctx, func() { cancel(context.Cause(s.ctx)) })
	w := &watch{after: e.o.After, cancel: cancel}
	w.set(e.o.FirstByte, ErrSilent)
	var body io.ReadCloser
	defer func() {
		wanted()
		w.stop()
		if over == nil {
			if body != nil {
				body.Close()
			}
			cancel(nil)
		}
	}()
	resp, err := e.send(ctx, http.MethodPost, "/chat/completions", s.body) //nolint:bodyclose // closed above, or by drain
	if err != nil {
		return nil, causeOr(ctx, err)
	}
	body = resp.Body
	if err := refusal(resp); err != nil {
		return nil, causeOr(ctx, err)
	}
	if t, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type")); t != "text/event-stream" {
		return nil, fmt.Errorf("%w: its type is %q", ErrMalformed, t)
	}
	a.accepted = true
	if whole, err := a.read(io.LimitReader(resp.Body, maxStream(s.request)), w); err != nil {
		return nil, causeOr(ctx, err)
	} else if !whole {
		return nil, nil // there may be more to come: the connection is of no use
	}
	return func() { e.drain(body, cancel) }, nil
}

// drainTime is how long a server may take to end an answer that is complete.
const drainTime = time.Second

// drain reads the end of an answer, so that its connection can be used again.
func (e *Engine) drain(body io.ReadCloser, cancel context.CancelCauseFunc) {
	stop := e.o.After(drainTime, func() { cancel(nil) })
	closing := context.AfterFunc(e.ctx, func() { cancel(nil) })
	_, _ = io.CopyN(io.Discard, body, maxMessage)
	body.Close()
	closing()
	stop()
	cancel(nil)
}

// maxStream bounds what is read of one answer, in bytes, chunks of one character included.
func maxStream(r Request) int64 { return 1<<20 + int64(r.MaxTokens)*(8<<10) }

// chunk is a chat.completion.chunk, or an error in the place of one.
type chunk struct {
	Object  string          `json:"object"`
	Message string          `json:"message"` // of an error
	Error   json.RawMessage `json:"error"`
	Choices []struct {
		Index int `json:"index"`
		Delta struct {
			Content string `json:"content"`
		} `json:"delta"`
		FinishReason string `json:"finish_reason"`
	} `json:"choices"`
	Usage *wireUsage `json:"usage"`
}

// read delivers the text of a stream. whole: the stream has said that it is over.
func (a *attempt) read(body io.Reader, w *watch) (whole bool, err error) {
	limit := a.stream.request.MaxTokens * mostBytesPerToken
	for events := newEventReader(body); ; {
		data, err := events.next()
		if err != nil {
			if a.finished { // its text is complete; all it may lack is the usage
				return false, nil
			}
			if errors.Is(err, ErrMalformed) {
				return false, err
			}
			return false, fmt.Errorf("%w: %w", ErrBroken, err)
		}
		w.set(a.engine.o.Idle, ErrStalled)
		if string(data) == "[DONE]" {
			return true, nil
		}
		var c chunk
		if err := json.Unmarshal(data, &c); err != nil {
			return false, fmt.Errorf("%w: %w", ErrMalformed, err)
		}
		if err := c.failure(); err != nil {
			return false, err
		}
		if c.Usage != nil {
			a.usage = c.Usage
		}
		for _, choice := range c.Choices {
			if choice.Index != 0 || a.finished {
				continue
			}
			if text := choice.Delta.Content; text != "" {
				if a.first.IsZero() {
					a.first = a.engine.o.Now()
				}
				if a.stream.deliver(text) > limit {
					a.truncated = true // it goes on beyond what was asked for
					return false, nil
				}
			}
			if err := a.finish(choice.FinishReason); err != nil {
				return false, err
			}
		}
	}
}

func (a *attempt) finish(reason string) error {
	switch reason {
	case "":
		return nil
	case "stop", "eos":
	case "length":
		a.truncated = true
	default:
		return fmt.Errorf("%w: it ended with %.40q", ErrBroken, reason)
	}
	a.finished = true
	return nil
}

// failure is the error that stands in the place of a chunk, as vLLM and llama-server send it.
func (c *chunk) failure() error {
	if len(c.Error) == 0 && c.Object != "error" || string(c.Error) == "null" {
		return nil
	}
	return fmt.Errorf("%w: %.200s%.200s", ErrBroken, c.Error, c.Message)
}

// send sends one request to the server.
func (e *Engine) send(ctx context.Context, method, path string, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, e.o.URL+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if e.o.Key != "" {
		req.Header.Set("Authorization", "Bearer "+e.o.Key)
	}
	return e.client.Do(req)
}

// refusal is a *StatusError unless the server says 200.
func refusal(resp *http.Response) error {
	if resp.StatusCode == http.StatusOK {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxMessage))
	if err != nil && len(text) == 0 {
		text = []byte(err.Error())
	}
	e := &StatusError{Status: resp.StatusCode, Message: strings.TrimSpace(strings.ToValidUTF8(string(text), "\ufffd"))}
	if n, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && n > 0 {
		e.RetryAfter = time.Duration(min(n, 3600)) * time.Second
	}
	return e
}

// causeOr prefers why a request was given up over what came of that.
func causeOr(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// watch cancels a request when the server does nothing for too long.
type watch struct {
	after  func(time.Duration, func()) func() bool
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	stopped func() bool
}

// set begins anew: without another set or stop within d, the request is cancelled.
func (w *watch) set(d time.Duration, cause error) {
	w.stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = w.after(d, func() { w.cancel(cause) })
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped != nil {
		w.stopped()
	}
}
