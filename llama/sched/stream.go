package sched

import (
	"context"
	"sync"
	"sync/atomic"
	"time"
)

// Stream is the client's end of a generation. The text that was delivered and not yet read is kept
// in memory; it is bounded by the request's token limit. Next is for one goroutine; the other
// methods may be called from any.
type Stream struct {
	cancelled atomic.Bool
	onCancel  func() // called once, by the first Cancel
	place     func() (int, time.Duration, bool)
	position  atomic.Int32 // when it was submitted

	mu      sync.Mutex
	text    []byte // all text delivered so far
	read    int    // of text, given to Next
	ended   bool
	waiting bool          // Next is waiting for notify
	notify  chan struct{} // holds one signal
	result  Result
	err     error
	done    chan struct{}
}

func newStream(onCancel func(), capacity int) *Stream {
	return &Stream{onCancel: onCancel, text: make([]byte, 0, capacity), notify: make(chan struct{}, 1), done: make(chan struct{})}
}

// Next returns the text delivered since the last call, waiting if there is none. Pieces are whole
// runes and never empty. false means that no text will follow, or that ctx is done.
func (s *Stream) Next(ctx context.Context) (piece string, ok bool) {
	for {
		s.mu.Lock()
		if s.read < len(s.text) {
			piece = string(s.text[s.read:])
			s.read = len(s.text)
			s.mu.Unlock()
			return piece, true
		}
		if s.ended {
			s.mu.Unlock()
			return "", false
		}
		s.waiting = true
		s.mu.Unlock()
		select {
		case <-s.notify:
		case <-ctx.Done():
			return "", false
		}
	}
}

// Result waits for the end and returns what the generation came to. The error has the code
// ilsai.CodeCanceled, CodeDeadline, CodeGenerationFailed or CodeUnavailable; the Result is filled
// as far as it goes even then. If ctx is done first, its error is returned and the generation goes on.
func (s *Stream) Result(ctx context.Context) (Result, error) {
	select {
	case <-s.done:
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	return s.result, s.err
}

// Place estimates how many generations start before this one and how long that takes. waiting is false when it
// has started, and with a Source that does not know. For whoever called Submit.
func (s *Stream) Place() (position int, eta time.Duration, waiting bool) {
	if s.place == nil {
		return 0, 0, false
	}
	return s.place()
}

// Done is closed when the generation has ended.
func (s *Stream) Done() <-chan struct{} { return s.done }

// Cancel ends the generation and frees its slot at the next step. It does not wait. After the end
// it does nothing.
func (s *Stream) Cancel() {
	if !s.cancelled.Swap(true) {
		s.onCancel()
	}
}

// append is the loop's: it copies, and it signals only a reader that waits.
func (s *Stream) append(a *assembler, last bool) {
	s.mu.Lock()
	before := len(s.text)
	s.text = a.take(s.text, last)
	s.signalLocked(len(s.text) > before)
	s.mu.Unlock()
}

func (s *Stream) end(r Result, err error) {
	s.mu.Lock()
	r.Text, r.Position = string(s.text), int(s.position.Load())
	s.result, s.err, s.ended = r, err, true
	s.signalLocked(true)
	s.mu.Unlock()
	close(s.done)
}

func (s *Stream) signalLocked(news bool) {
	if news && s.waiting {
		s.waiting = false
		select {
		case s.notify <- struct{}{}:
		default:
		}
	}
}
