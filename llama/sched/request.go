package sched

import (
	"time"
	"unicode/utf8"

	"github.com/ils-platform/ilsai"
)

// Sampling says how tokens are chosen. The Backend checks the values.
type Sampling struct {
	Temperature float32 // 0: always the likeliest token
	TopK        int     // 0: no limit
	TopP        float32 // 0 or 1: no limit
	MinP        float32 // 0: no limit
	Seed        uint32
}

// Request is one generation. It must not be changed after Submit.
type Request struct {
	ID    string // for logs; the scheduler does not look at it
	Scope string // opaque to the scheduler; a Source may share fairly by it
	// Weight and Cost are hints for a Source, opaque to the scheduler.
	Weight float64
	Cost   float64

	// Adapter is what the tokens are computed with: an id of the Backend's, above 0 and else opaque to the
	// scheduler; 0: the model alone.
	Adapter int

	Prompt []Token
	// PublicPrefix is how many leading tokens of Prompt are the same for everybody and contain
	// nothing of anybody. They may be computed once for many requests. It is the submitter's word
	// that nothing private is among them.
	PublicPrefix int
	// Keep lets later requests of the same Scope and Adapter continue from this one's prompt and answer.
	Keep      bool
	Grammar   string
	Guide     Guide // nil: every token is sampled
	Sampling  Sampling
	Stop      []string  // generation ends before the first of these, which is not delivered
	MaxTokens int       // at least 1; cut to what the context has room for
	Deadline  time.Time // zero: none
}

// Bounds of Request.Stop.
const (
	maxStops      = 16
	maxStopLength = 256 // bytes
)

func (r *Request) validate(shape Shape) error {
	switch {
	case len(r.Prompt) == 0:
		return ilsai.Errorf(ilsai.CodeInvalid, "the prompt is empty")
	case len(r.Prompt) >= shape.perSequence():
		return ilsai.Errorf(ilsai.CodeTooLarge, "the prompt has %d tokens, the model holds %d with the answer", len(r.Prompt), shape.perSequence())
	case r.MaxTokens < 1:
		return ilsai.Errorf(ilsai.CodeInvalid, "max_tokens is %d, it must be at least 1", r.MaxTokens)
	case r.PublicPrefix < 0 || r.PublicPrefix > len(r.Prompt):
		return ilsai.Errorf(ilsai.CodeInvalid, "a public prefix of %d tokens in a prompt of %d", r.PublicPrefix, len(r.Prompt))
	case len(r.Stop) > maxStops:
		return ilsai.Errorf(ilsai.CodeInvalid, "%d stop strings, at most %d are allowed", len(r.Stop), maxStops)
	}
	for _, t := range r.Prompt {
		if t < 0 || int(t) >= shape.Vocab {
			return ilsai.Errorf(ilsai.CodeInvalid, "token %d is not in a vocabulary of %d", t, shape.Vocab)
		}
	}
	for _, stop := range r.Stop {
		if stop == "" || len(stop) > maxStopLength || !utf8.ValidString(stop) {
			return ilsai.Errorf(ilsai.CodeInvalid, "a stop string has 1 to %d bytes of UTF-8", maxStopLength)
		}
	}
	return nil
}

// Finish says why a generation ended.
type Finish string

const (
	FinishEOS      Finish = "eos"      // the model ended it
	FinishStop     Finish = "stop"     // a stop string came up
	FinishLength   Finish = "length"   // MaxTokens, or the context is full
	FinishCancel   Finish = "cancel"   // by the caller, or by Stop
	FinishDeadline Finish = "deadline" // Deadline passed
	FinishError    Finish = "error"    // the model's step failed
)

// Result is what a generation came to. After FinishCancel, FinishDeadline and FinishError it holds
// what there was until then.
type Result struct {
	Text             string  // valid UTF-8, without the stop string
	Tokens           []Token // without the one that ends the generation
	Finish           Finish
	PromptTokens     int
	CachedTokens     int // of those, taken from a public prefix or a kept request when it started first
	CompletionTokens int // with the one that ends the generation; forced text counts as sampled text does
	ForcedTokens     int // of those, put there by the Guide; the others took a sampled step each
	Steps            int // batches it took part in
	PutBack          int // times it had to leave its slot because a step found the KV cache full

	Position int           // generations estimated to start before it when it was submitted
	Queued   time.Duration // from Submit to a slot
	Prefill  time.Duration // from the slot to the first token
	Decode   time.Duration // from the first token to the end
}
