package remote

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/ils-platform/ilsai/tenancy/fairq"
)

// Options say where the server is and how much may be asked of it. URL and Model are required.
type Options struct {
	URL   string // up to and with the version, such as http://10.0.0.7:8000/v1
	Key   string // sent as a bearer token; "": none is sent
	Model string // the name to ask for

	Concurrency int           // requests at the server at once; 16
	Queue       fairq.Options // of those that wait for that

	Connect   time.Duration // to be connected; 5 s
	FirstByte time.Duration // from a request to the first event of its answer; 20 s
	Idle      time.Duration // between two events; 10 s

	Transport http.RoundTripper // nil: one of its own
	Now       func() time.Time  // nil: time.Now
	// After calls f in another goroutine after d, unless it is stopped before. nil: time.AfterFunc.
	After  func(d time.Duration, f func()) (stop func() bool)
	Logger *slog.Logger // nil: quiet
}

// Engine is a server elsewhere, seen as a model. It is safe for concurrent use.
type Engine struct {
	o      Options
	client *http.Client
	queue  *fairq.Queue[*Stream]
	salt   [32]byte // keys what scopes are called at the server

	ctx  context.Context // ends when the Engine is closed
	stop context.CancelCauseFunc
	jobs sync.WaitGroup // started and not over

	mu     sync.Mutex
	free   int
	closed bool
}

// New makes an Engine. It asks the server nothing.
func New(o Options) *Engine {
	set := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	set(&o.Connect, 5*time.Second)
	set(&o.FirstByte, 20*time.Second)
	set(&o.Idle, 10*time.Second)
	if o.Concurrency == 0 {
		o.Concurrency = 16
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.After == nil {
		o.After = func(d time.Duration, f func()) func() bool { return time.AfterFunc(d, f).Stop }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Transport == nil {
		o.Transport = &http.Transport{
			Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: o.Connect}).DialContext, TLSHandshakeTimeout: o.Connect,
			ForceAttemptHTTP2: true, MaxIdleConnsPerHost: o.Concurrency, DisableCompression: true,
			IdleConnTimeout: 3 * time.Second, // below the 5 s after which uvicorn and cpp-httplib close
		}
	}
	o.URL = strings.TrimSuffix(o.URL, "/")
	e := &Engine{
		o: o, queue: fairq.New[*Stream](o.Queue), free: o.Concurrency,
		client: &http.Client{Transport: o.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }},
	}
	_, _ = rand.Read(e.salt[:]) // never fails
	e.ctx, e.stop = context.WithCancelCause(context.Background())
	return e
}

// Start lets a request wait for its turn. When ctx is done the generation is cancelled, and so is its request to
// the server. Errors: fairq.ErrFull, fairq.ErrTenantFull, or ilsai.CodeUnavailable when the Engine is closed.
func (e *Engine) Start(ctx context.Context, r Request) (*Stream, error) {
	body, err := e.body(r)
	if err != nil {
		return nil, err
	}
	s := e.newStream(ctx, r, body)
	e.mu.Lock()
	if e.closed {
		e.mu.Unlock()
		s.forget()
		return nil, endedError(errStopping)
	}
	e.jobs.Add(1)
	e.mu.Unlock()
	if err := e.queue.Put(&s.item); err != nil {
		s.forget()
		e.jobs.Done()
		return nil, err
	}
	s.position.Store(int32(e.queue.Place(&s.item).Position))
	if s.ctx.Err() != nil {
		e.leave(s) // it was done before it was in the queue
	}
	e.pull()
	return s, nil
}

// leave ends a request that still waits.
func (e *Engine) leave(s *Stream) {
	if e.queue.Remove(&s.item) {
		s.end(Result{Queued: e.o.Now().Sub(s.submitted)}, endedError(context.Cause(s.ctx)))
		s.forget()
		e.jobs.Done()
	}
}

// pull starts what may start.
func (e *Engine) pull() {
	e.mu.Lock()
	defer e.mu.Unlock()
	for e.free > 0 {
		i := e.queue.Take(e.o.Now())
		if i == nil {
			return
		}
		e.free--
		go e.run(i.Value)
	}
}

// run takes one request to its end, and lets the next one begin.
func (e *Engine) run(s *Stream) {
	defer e.jobs.Done()
	r, over, err := e.generate(s)
	e.queue.Finish(&s.item, r.cost(), e.o.Now())
	e.mu.Lock()
	e.free++
	e.mu.Unlock()
	e.pull()
	s.end(r, err)
	s.forget()
	if over != nil {
		over()
	}
}

// Stats is a snapshot for people and metrics.
type Stats struct{ Waiting, Running int }

// Stats counts.
func (e *Engine) Stats() Stats {
	q := e.queue.Stats()
	return Stats{Waiting: q.Waiting, Running: q.Running}
}

// Queue tells who waits and runs, and who was served lately.
func (e *Engine) Queue() fairq.Snapshot { return e.queue.Snapshot(e.o.Now()) }

// Close cancels what waits or runs and waits for its end. Calling it again does nothing.
func (e *Engine) Close() error {
	e.mu.Lock()
	e.closed = true
	e.mu.Unlock()
	e.stop(errStopping)
	e.jobs.Wait()
	e.client.CloseIdleConnections()
	return nil
}

var errStopping = errors.New("the process is stopping")
