package engine

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/sched"
)

// ChatTopK bounds what one free-text row costs the step that all rows share: without it every candidate
// of a large vocabulary is sorted for every token. What is less likely than the 256th is never missed.
const ChatTopK = 256

// Message is one turn of a conversation.
type Message = llama.Message

// Chat is a conversation that the model is to continue in free text.
type Chat struct {
	RequestID string
	Scope     string  // opaque; a fair Source shares by it, and only within it is a prompt's beginning used again
	Weight    float64 // opaque hint for a Source
	Adapter   string  // as Generation.Adapter

	// Messages are at least one. Roles are "system", "user" and "assistant"; nothing in a content can become a
	// control token.
	Messages    []Message
	MaxTokens   int
	Temperature float32
	TopP        float32 // 0 or 1: no limit
	Seed        uint32
	Stop        []string
	Deadline    time.Time // zero: none but ctx's
	Private     bool      // later ones of the scope do not continue from it
}

// Chat starts a generation as Stream does, with the same errors.
func (e *Engine) Chat(ctx context.Context, c Chat) (*Stream, error) {
	size := 0
	for _, m := range c.Messages {
		size += len(m.Content)
	}
	if size > maxBytesPerToken*e.prompts.contextPerSeq {
		return nil, ilsai.Errorf(ilsai.CodeTooLarge, "messages of %d bytes are more than the model can read", size)
	}
	prompt, _, err := e.chats.render(c.Messages)
	if err != nil {
		return nil, err
	}
	room := max(1, e.prompts.contextPerSeq-len(prompt))
	return e.submit(ctx, sched.Request{
		ID: c.RequestID, Scope: c.Scope, Weight: c.Weight, Cost: float64(len(prompt) + 2*min(c.MaxTokens, room)),
		Prompt: prompt, Keep: !c.Private,
		Sampling: sched.Sampling{Temperature: c.Temperature, TopK: ChatTopK, TopP: c.TopP, Seed: c.Seed},
		Stop:     c.Stop, MaxTokens: c.MaxTokens, Deadline: c.Deadline,
	}, c.Adapter)
}
