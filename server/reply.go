package server

import (
	"encoding/json"
	"time"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// A reply is an answer's core, which another question may get from the cache, and a tail of its own:
// what it cost, how long it took, which request it was.

// answerCore leaves the tail's members out of an answer's JSON: a shallower field hides the embedded one, and is omitted when nil.
type answerCore struct {
	assistant.Answer
	TokensUsed *struct{} `json:"tokens_used,omitempty"`
	Usage      *struct{} `json:"usage,omitempty"`
	Timing     *struct{} `json:"timing,omitempty"`
}

// newOutcome splits an answer into the core that all who ask get, and what it took.
func newOutcome(a assistant.Answer) (admission.Outcome, error) {
	core, err := json.Marshal(answerCore{Answer: a})
	if err != nil {
		return admission.Outcome{}, err
	}
	timing, err := json.Marshal(a.Timing)
	o := spent(a)
	o.Answer, o.Detail = core, timing
	return o, err
}

// spent is what the making of an answer took, also when nothing came of it.
func spent(a assistant.Answer) admission.Outcome {
	return admission.Outcome{Kind: tenancy.QueryType(a.QueryType), PromptTokens: a.Usage.Prompt, CachedTokens: a.Usage.Cached, CompletionTokens: a.Usage.Completion}
}

type replyTail struct {
	TokensUsed int             `json:"tokens_used"` // billed for this reply: none from the cache
	Usage      assistant.Usage `json:"usage"`
	Timing     any             `json:"timing"`
	RequestID  string          `json:"request_id"`
	FromCache  bool            `json:"from_cache"`
}

// newReply makes one JSON object of a core and a tail.
func newReply(o admission.Outcome, requestID string, fromCache bool, took time.Duration) []byte {
	t := replyTail{
		TokensUsed: o.PromptTokens + o.CompletionTokens, RequestID: requestID, FromCache: fromCache,
		Usage: assistant.Usage{Prompt: o.PromptTokens, Cached: o.CachedTokens, Completion: o.CompletionTokens}, Timing: json.RawMessage(o.Detail),
	}
	if fromCache {
		t.Timing = assistant.Timing{TotalMS: float64(took.Microseconds()) / 1000}
	}
	tail, err := json.Marshal(t)
	if err != nil || len(o.Answer) < 2 {
		return nil // unreachable: numbers and plain strings always encode, a core is an object
	}
	out := make([]byte, 0, len(o.Answer)+len(tail))
	out = append(out, o.Answer[:len(o.Answer)-1]...)
	out = append(out, ',')
	return append(out, tail[1:]...)
}
