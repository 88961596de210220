package remote

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai/tenancy/fairq"
)

// Result is what a request came to. With an error it holds what there was until then.
type Result struct {
	Text      string // valid UTF-8
	Truncated bool   // by MaxTokens or the model's context
	Usage

	Position int           // requests estimated to start before it when it was started
	Queued   time.Duration // until it was sent
	Prefill  time.Duration // from then to the first text, with what trying again took
	Decode   time.Duration // from the first text to the end
}

// Stream is the caller's end of a request. What was delivered and not yet read is kept; it is bounded by the
// request's MaxTokens. Next is for one goroutine, the other methods for any.
type Stream struct {
	engine    *Engine
	item      fairq.Item[*Stream]
	request   Request
	body      []byte
	submitted time.Time
	position  atomic.Int32

	ctx    context.Context // ends when nobody wants the answer any more
	cancel context.CancelCauseFunc
	forget func() // gives back what the request holds

	mu     sync.Mutex
	text   strings.Builder
	read   int
	news   chan struct{} // holds one signal
	result Result
	err    error
	done   chan struct{}
}

func (e *Engine) newStream(ctx context.Context, r Request, body []byte) *Stream {
	s := &Stream{engine: e, request: r, body: body, submitted: e.o.Now(), news: make(chan struct{}, 1), done: make(chan struct{})}
	s.item = fairq.Item[*Stream]{Value: s, Tenant: r.Scope, Weight: r.Weight, Cost: estimated(r, "").most(r), Deadline: r.Deadline}
	s.ctx, s.cancel = context.WithCancelCause(ctx)
	forget := []func() bool{
		context.AfterFunc(s.ctx, func() { e.leave(s) }),
		context.AfterFunc(e.ctx, func() { s.cancel(errStopping) }),
	}
	if !r.Deadline.IsZero() {
		forget = append(forget, e.o.After(r.Deadline.Sub(s.submitted), func() { s.cancel(context.DeadlineExceeded) }))
	}
	s.forget = func() {
		for _, f := range forget {
			f()
		}
		s.cancel(nil)
	}
	return s
}

// Next returns the text since the last call, waiting if there is none. false: none will follow, or ctx is done.
func (s *Stream) Next(ctx context.Context) (text string, ok bool) {
	for {
		s.mu.Lock()
		text, s.read = s.text.String()[s.read:], s.text.Len()
		s.mu.Unlock()
		if text != "" {
			return text, true
		}
		select {
		case <-s.news:
		case <-s.done:
			s.mu.Lock()
			defer s.mu.Unlock()
			text, s.read = s.text.String()[s.read:], s.text.Len()
			return text, text != ""
		case <-ctx.Done():
			return "", false
		}
	}
}

// Result waits for the end. If ctx is done first, its error is returned and the request goes on. Errors:
// ilsai.CodeCanceled, CodeDeadline, CodeOverloaded, CodeTooLarge, CodeUnavailable when nothing was generated, and
// CodeGenerationFailed; the cause is a *StatusError, ErrSilent, ErrStalled, ErrBroken or ErrMalformed where it is one.
func (s *Stream) Result(ctx context.Context) (Result, error) {
	select {
	case <-s.done:
		return s.result, s.err
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
}

// Place estimates how many requests start before this one and how long that takes. waiting is false once it is sent.
func (s *Stream) Place() (position int, eta time.Duration, waiting bool) {
	p := s.engine.queue.Place(&s.item)
	return p.Position, p.ETA, p.Waiting
}

// Done is closed at the end.
func (s *Stream) Done() <-chan struct{} { return s.done }

// Cancel ends the request. It does not wait. After the end it does nothing.
func (s *Stream) Cancel() { s.cancel(context.Canceled) }

// deliver appends text and tells how much there is.
func (s *Stream) deliver(text string) (bytes int) {
	s.mu.Lock()
	s.text.WriteString(text)
	bytes = s.text.Len()
	s.mu.Unlock()
	select {
	case s.news <- struct{}{}:
	default:
	}
	return bytes
}

func (s *Stream) said() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *Stream) end(r Result, err error) {
	r.Text, r.Position = s.said(), int(s.position.Load())
	s.result, s.err = r, err
	close(s.done)
}
