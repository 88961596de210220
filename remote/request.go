package remote

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"time"

	"github.com/ils-platform/ilsai"
)

// Message is one turn of a conversation. Role is "system", "user" or "assistant".
type Message struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Request is one generation.
type Request struct {
	Scope  string  // opaque; the queue shares by it
	Weight float64 // share of the scope while others wait, 0 is 1

	Messages []Message
	// PublicSystem says that the first message is the same for everybody, so the server may use what it computed of
	// it for all. Otherwise, and of the other messages, it may only within the scope.
	PublicSystem bool
	Schema       []byte // JSON Schema the text is to follow; nil: free text
	MaxTokens    int
	Temperature  float32 // 0: always the likeliest token
	TopP         float32 // 0 or 1: no limit
	Seed         uint32
	Stop         []string
	Deadline     time.Time // zero: none but the context's
}

// wire is the body of POST /chat/completions.
type wire struct {
	Model         string          `json:"model"`
	Messages      []Message       `json:"messages"`
	MaxTokens     int             `json:"max_tokens"`
	Temperature   float32         `json:"temperature"`
	TopP          float32         `json:"top_p,omitempty"`
	Seed          uint32          `json:"seed,omitempty"`
	Stop          []string        `json:"stop,omitempty"`
	Stream        bool            `json:"stream"`
	StreamOptions streamOptions   `json:"stream_options"`
	Format        *responseFormat `json:"response_format,omitempty"`
	// CacheSalt is vLLM's: prefixes are shared among requests with the same salt only.
	CacheSalt string `json:"cache_salt,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// responseFormat has no strict: OpenAI's strict mode refuses optional members, and the others need none to constrain.
type responseFormat struct {
	Type   string     `json:"type"`
	Schema jsonSchema `json:"json_schema"`
}

type jsonSchema struct {
	Name   string          `json:"name"`
	Schema json.RawMessage `json:"schema"`
}

func (e *Engine) body(r Request) ([]byte, error) {
	w := wire{
		Model: e.o.Model, Messages: r.Messages, MaxTokens: r.MaxTokens, Temperature: r.Temperature, TopP: r.TopP, Seed: r.Seed, Stop: r.Stop,
		Stream: true, StreamOptions: streamOptions{IncludeUsage: true},
	}
	if r.Schema != nil {
		w.Format = &responseFormat{Type: "json_schema", Schema: jsonSchema{Name: "plan", Schema: r.Schema}}
	}
	if r.PublicSystem && len(r.Messages) > 1 {
		w.Messages = e.separated(r)
	} else {
		w.CacheSalt = e.alias(r.Scope)
	}
	body, err := json.Marshal(w)
	return body, ilsai.Wrap(ilsai.CodeInternal, err, "the request cannot be written")
}

// refDigits of an alias are enough to tell scopes apart, and few tokens.
const refDigits = 12

// separated lets everything after the public message begin with what no other scope's does. A server that keeps
// beginnings of prompts then finds none of another scope, salted or not: not even the time that an answer takes
// tells one scope what another has asked.
func (e *Engine) separated(r Request) []Message {
	messages := slices.Clone(r.Messages)
	messages[1].Content = "(ref " + e.alias(r.Scope)[:refDigits] + ")\n" + messages[1].Content
	return messages
}

// alias names a scope to the server, for the life of this Engine, without telling it the scope.
func (e *Engine) alias(scope string) string {
	h := hmac.New(sha256.New, e.salt[:])
	h.Write([]byte(scope))
	return hex.EncodeToString(h.Sum(nil))
}
