package server

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

const (
	bodyLimit    = 64 << 10
	headerLimit  = 16 << 10         // a token may have 8 KiB; what is longer is refused before it is read
	readTimeout  = 10 * time.Second // see Deps
	idleTimeout  = 60 * time.Second
	writeTimeout = 30 * time.Second
	// Connections beyond this are refused at accept, so that a flood costs file descriptors, not memory.
	maxConnections = 4096
)

// Asker answers one question of one shop.
type Asker interface {
	Ask(ctx context.Context, q assistant.Question) (assistant.Answer, error)
}

// Authenticator turns a bearer token into the tenant and user it stands for.
type Authenticator interface {
	Authenticate(ctx context.Context, token string) (tenancy.Principal, error)
}

// QuotaReader tells what a shop has used of its month; see tenancy.Ledger.
type QuotaReader interface {
	Quota(ctx context.Context, tenant ilsai.TenantID, month tenancy.Month) (tenancy.Quota, error)
}

// Check is one line of /readyz. Err nil means ready; its text may be shown, so it names no path.
type Check struct {
	Name   string
	Detail string
	Err    error
}

// Deps is what the handlers need. All fields are required but those that say what nil means.
type Deps struct {
	Asker     Asker
	Auth      Authenticator
	Desk      *admission.Desk
	Quota     QuotaReader
	Ready     func(ctx context.Context) []Check
	Log       *slog.Logger
	Now       func() time.Time
	ModelName string
	// DataVersion names the state of a tenant's data that an answer depends on; nil: answers up to 5 minutes old
	// are repeated whatever has changed.
	DataVersion func(tenant ilsai.TenantID, queryType tenancy.QueryType) string
	// QueryTimeout bounds one question from admission to answer.
	QueryTimeout time.Duration
	// ReadTimeout bounds the arrival of one request: a client that sends slower is cut. 0: 10 seconds.
	ReadTimeout time.Duration

	// Platform is the platform's own tenant, whose administrators see all others; "": nobody does.
	Platform ilsai.TenantID
	// Metrics are the figures of /api/admin/metrics and the days of /api/ai/usage; nil: neither is served.
	Metrics tenancy.MetricsStore
	// Tenants finds the shops that the platform's administrators ask about. Required with Metrics.
	Tenants tenancy.TenantFinder
	// Queue tells who waits for the model, for /api/admin/queue; nil: it is not served.
	Queue func() QueueState
	// Prometheus is served at /metrics, without a token; nil: it is not.
	Prometheus *Prometheus

	// Chat serves /v1/chat/completions and /v1/models under the name ChatName; nil: neither is served.
	Chat     ChatModel
	ChatName string

	// FilterChat replaces personal data in completions on their way out, also within a stream; false: only in those kept
	// for an idempotency key.
	FilterChat bool
	// Audit is told of refused questions for personal data; nil: they are only counted.
	Audit tenancy.AuditStore

	// Conversations and Feedback keep what users asked and thought of it; nil: their routes are not served.
	Conversations tenancy.ConversationStore
	Feedback      tenancy.FeedbackStore

	// Insights serves /api/ai/suggestions and /api/ai/insights; nil: neither is served.
	Insights Insights

	// Login signs in users of the control store; nil: only the ILS platform issues tokens.
	Login Login
	// Admin is the administration API; nil: it is not served.
	Admin *tenancy.Administration
	// Widget is the built assistant, served under /widget/; nil: it is not.
	Widget fs.FS
	// Demo is a dashboard for everybody, at /; nil: there is none.
	Demo *Demo
	// AllowedOrigins are those whose pages may call the API, as ParseOrigin writes them; none by default.
	AllowedOrigins []string
	// TrustedProxies may tell in X-Forwarded-For for whom they pass a request on; nil: nobody may.
	TrustedProxies []netip.Prefix
}

// Server serves the HTTP API. Serve and Shutdown may be called in any order, Shutdown more than once.
type Server struct {
	Deps
	log      *slog.Logger
	app      *fiber.App
	draining atomic.Bool

	listening sync.Mutex
	ln        net.Listener // nil until Serve

	started time.Time
	logins  *loginLimit
	refused refusalAudit
	ticker  func() <-chan time.Time // of pings in streams; nil: the clock's
}

// New builds the routes. It starts nothing. It panics when the files of Widget or Demo cannot be read: they are part of
// the program.
func New(d Deps) *Server {
	s := &Server{Deps: d, log: d.Log, started: d.Now(), logins: newLoginLimit(d.Now)}
	s.app = fiber.New(fiber.Config{
		AppName:               "ilsai",
		DisableStartupMessage: true,
		BodyLimit:             bodyLimit,
		ReadBufferSize:        headerLimit,
		ReadTimeout:           cmp.Or(d.ReadTimeout, readTimeout),
		WriteTimeout:          writeTimeout + d.QueryTimeout,
		IdleTimeout:           idleTimeout,
		Concurrency:           maxConnections,
		ErrorHandler:          s.writeError,
	})
	s.app.Use(s.observe, s.withRequestID, s.recoverPanic, s.shareWithOrigins)
	s.app.Get("/livez", s.livez)
	s.app.Get("/readyz", s.readyz)
	s.app.Get("/healthz", s.readyz)
	s.app.Post("/api/ai/query", s.authenticate, s.query)
	s.app.Get("/api/ai/usage", s.authenticate, s.accountUsage)
	s.app.Get("/api/ai/features", s.authenticate, s.features)
	if s.Conversations != nil {
		s.conversationRoutes()
	}
	if s.Feedback != nil {
		s.app.Post("/api/ai/feedback", noStore, s.authenticate, s.feedback)
	}
	if s.Insights != nil {
		s.app.Get("/api/ai/suggestions", noStore, s.authenticate, s.suggestions)
		s.app.Get("/api/ai/insights", noStore, s.authenticate, s.insights)
	}
	if s.Metrics != nil {
		s.app.Get("/api/admin/metrics/tenants/:id", noStore, s.authenticate, s.tenantMetrics)
		s.app.Get("/api/admin/metrics/platform", noStore, s.authenticate, s.platformMetrics)
	}
	if s.Queue != nil {
		s.app.Get("/api/admin/queue", noStore, s.authenticate, s.queueState)
	}
	if s.Chat != nil {
		s.openAIRoutes()
	}
	s.app.Post("/api/auth/login", noStore, s.login)
	if s.Admin != nil {
		s.adminRoutes()
	}
	if s.Prometheus != nil {
		s.app.Get("/metrics", s.Prometheus.exposition())
	}
	if err := s.pageRoutes(); err != nil {
		panic(err)
	}
	return s
}

// Serve answers on ln until Shutdown. It closes ln.
func (s *Server) Serve(ln net.Listener) error {
	s.listening.Lock()
	s.ln = ln
	s.listening.Unlock()
	if s.draining.Load() {
		if err := ln.Close(); !errors.Is(err, net.ErrClosed) { // by Shutdown, which may have come in between
			return err
		}
		return nil
	}
	return s.app.Listener(ln)
}

// Shutdown makes /readyz say 503, refuses new connections and waits for running requests until ctx ends.
func (s *Server) Shutdown(ctx context.Context) error {
	s.draining.Store(true)
	err := s.app.ShutdownWithContext(ctx)
	s.listening.Lock()
	defer s.listening.Unlock()
	if s.ln != nil {
		_ = s.ln.Close() // closed already, unless Serve had only begun: Fiber does not know of it then
	}
	return err
}

// App is the routed application, for tests that need no socket.
func (s *Server) App() *fiber.App { return s.app }

func (s *Server) withRequestID(c *fiber.Ctx) error {
	identify(c)
	return c.Next()
}

// identify gives a request its id. What Fiber refuses before any handler has none yet.
func identify(c *fiber.Ctx) {
	id := string([]byte(c.Get("X-Request-ID")))
	if !validRequestID(id) {
		id = uuid.Must(uuid.NewV7()).String()
	}
	c.Set("X-Request-ID", id)
	c.SetUserContext(ilsai.WithRequestID(context.Background(), id))
}

// validRequestID keeps a caller's id only if it can stand in a log line and a header as it is.
func validRequestID(s string) bool {
	if len(s) == 0 || len(s) > 64 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func (s *Server) logPanic(ctx context.Context, r any) {
	s.log.Error("panic in a handler", "request_id", ilsai.RequestID(ctx), "panic", r, "stack", string(debug.Stack()))
}

func (s *Server) recoverPanic(c *fiber.Ctx) (err error) {
	defer func() {
		if r := recover(); r != nil {
			s.logPanic(c.UserContext(), r)
			err = ilsai.Errorf(ilsai.CodeInternal, "")
		}
	}()
	return c.Next()
}
