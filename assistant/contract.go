package assistant

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// Generator runs the model. Implementations queue, batch and bill as they see fit; they are called
// from many goroutines. An error carries an ilsai code where one is known (timeout, canceled,
// overloaded, generation_failed).
type Generator interface {
	Generate(ctx context.Context, g Generation) (Completion, error)
}

// Generation is one constrained completion. What comes back is checked again, so a Generator that cannot hold
// the model to Grammar may hold it to Schema, or to nothing.
type Generation struct {
	RequestID string
	// Scope is the opaque key under which a prefix of this prompt may be kept: one tenant's, never shared.
	Scope string
	// System and User are the two messages of the chat; the caller renders them with the model's template
	// and must treat User as text, in which no special token exists.
	System       string
	SystemPublic bool // System holds nothing of any tenant, so all may share its prefix
	User         string
	Grammar      string        // GBNF; decoding is greedy
	Schema       func() []byte // JSON Schema of all that Grammar allows, and a little more; nil: the text is no JSON
	MaxTokens    int           // of the completion
	Weight       float64       // the tenant's share of the model while others wait, 0 is 1
	// Waiting, if not nil, is told now and then where the generation stands while it waits: how many are
	// estimated to start before it, and in how long it starts (0: not known).
	Waiting  func(position int, eta time.Duration)
	Deadline time.Time // zero: none beyond the context's
}

// Completion is what a Generation came to. A text that was cut off is no error.
type Completion struct {
	Text             string
	Truncated        bool // cut off: by MaxTokens, or by the end of the model's context
	PromptTokens     int  // cached ones included
	CachedTokens     int
	CompletionTokens int
	ForcedTokens     int // of those, without a step of the model: the grammar left no choice
	Position         int // how many were to start before it when it was asked for
	Queued           time.Duration
	Prefill          time.Duration
	Decode           time.Duration
}

// DataSource opens a tenant's own data of one domain. A tenant without data there is an error with
// ilsai.CodeNotFound; data that is away for now is one with ilsai.CodeUnavailable.
type DataSource interface {
	Snapshot(ctx context.Context, tenant ilsai.TenantID, domain string) (Snapshot, error)
}

// Snapshot reads one state of one tenant's data. It is used by one goroutine and closed once.
type Snapshot interface {
	Dialect() semantic.Dialect
	// Query runs one SELECT and returns at most limit rows, whose cells are int64, float64, string or nil.
	Query(ctx context.Context, sql string, args []any, limit int) (columns []string, rows [][]any, err error)
	Close() error
}

// TableLister is a Snapshot that knows what tables there are, so that rollups of them can be read.
type TableLister interface {
	HasTable(name string) bool
}

// Tenant is what an answer must know of the shop it is for.
type Tenant struct {
	ID       ilsai.TenantID
	Name     string
	TimeZone string // IANA name, such as America/New_York; "" is UTC
	Currency string // ISO 4217, such as USD
}

// Question is one question of one user of one tenant.
type Question struct {
	Tenant    Tenant
	UserID    string
	Text      string // 1 to MaxQuestionRunes characters of valid UTF-8
	QueryType string // the domain asked about, such as "sales"; "": the model says which
	// Allow is asked about the domain that the model named, before anything is read. nil: every one may be answered.
	Allow func(queryType string) error
	// PreviousType is the domain of Previous; it is read where QueryType is missing.
	PreviousType string
	// Previous is the plan of the answer that the question may go on from ("and the month before?"), of the same
	// QueryType where that is given; nil: there is none.
	Previous *semantic.Plan
	// OwnProducts: products of the shop may be recommended from its sales (its tier has them).
	OwnProducts bool
	MaxTokens   int // completion tokens both generations may use together; 0 is DefaultMaxTokens
	RequestID   string
	Weight      float64 // the tenant's share of the model while others wait, 0 is 1
	// Progress, if not nil, is told of each stage when it begins. It must not wait for anything.
	Progress func(Progress)
}

// Stage is what is being done about a question.
type Stage string

const (
	StageQueued  Stage = "queued"  // the model is busy with others' questions
	StageReading Stage = "reading" // the question is understood, the shop's data is read
	StageWriting Stage = "writing" // the rows are there, the sentence is written
)

// Progress is how far a question has come. It holds no cell: what is not yet recorded is not shown.
type Progress struct {
	Stage     Stage   `json:"stage"`
	PlanWords string  `json:"plan_words,omitempty"`
	Period    *Period `json:"period,omitempty"`
	Position  int     `json:"position,omitempty"` // of StageQueued: questions estimated to come first
	ETAMS     int     `json:"eta_ms,omitempty"`   // of StageQueued: estimated milliseconds until the model begins; 0 is not known
}

// Bounds of a question.
const (
	MaxQuestionRunes = 2000
	DefaultMaxTokens = 300
)
