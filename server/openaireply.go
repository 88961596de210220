package server

import (
	"encoding/json"
	"fmt"

	"github.com/ils-platform/ilsai/tenancy/admission"
)

const (
	finishStop   = "stop"
	finishLength = "length"
)

func finishReason(c ChatCompletion) string {
	if c.Truncated {
		return finishLength
	}
	return finishStop
}

// completionHead is the same in a completion and in all chunks of its stream.
type completionHead struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"`
	Model   string `json:"model"`
}

// completion is OpenAI's chat.completion object. Members that are always null are those its clients' types require.
type completion struct {
	completionHead

	Choices []completionChoice `json:"choices"`
	Usage   completionUsage    `json:"usage"`
}

type completionChoice struct {
	Index        int               `json:"index"`
	Message      completionMessage `json:"message"`
	Logprobs     *struct{}         `json:"logprobs"`
	FinishReason string            `json:"finish_reason"`
}

type completionMessage struct {
	ChatMessage

	Refusal *struct{} `json:"refusal"`
}

type completionUsage struct {
	PromptTokens     int           `json:"prompt_tokens"`
	CompletionTokens int           `json:"completion_tokens"`
	TotalTokens      int           `json:"total_tokens"`
	PromptDetails    promptDetails `json:"prompt_tokens_details"`
}

type promptDetails struct {
	CachedTokens int `json:"cached_tokens"`
}

func newCompletion(head completionHead, o admission.Outcome) []byte {
	head.Object = "chat.completion"
	body, err := json.Marshal(completion{
		completionHead: head,
		Choices: []completionChoice{{
			Message: completionMessage{ChatMessage: ChatMessage{Role: "assistant", Content: string(o.Answer)}}, FinishReason: string(o.Detail),
		}},
		Usage: completionUsage{
			PromptTokens: o.PromptTokens, CompletionTokens: o.CompletionTokens, TotalTokens: o.PromptTokens + o.CompletionTokens,
			PromptDetails: promptDetails{o.CachedTokens},
		},
	})
	if err != nil {
		return nil // unreachable: numbers and plain strings always encode
	}
	return body
}

// chunk is OpenAI's chat.completion.chunk object. Usage is absent unless the client asked for it.
type chunk struct {
	completionHead

	Choices []chunkChoice   `json:"choices"`
	Usage   json.RawMessage `json:"usage,omitempty"`
}

type chunkChoice struct {
	Index        int     `json:"index"`
	Delta        delta   `json:"delta"`
	FinishReason *string `json:"finish_reason"`
}

type delta struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
}

const doneChunk = "data: [DONE]\n\n"

// chunks writes the events of one stream.
type chunks struct {
	completionHead

	includeUsage bool
}

// begin is the first event.
func (c chunks) begin() string {
	empty := ""
	return c.choice(delta{Role: "assistant", Content: &empty}, nil)
}

func (c chunks) content(text string) string { return c.choice(delta{Content: &text}, nil) }

// end is what follows the text: why it ended, the usage if it was asked for, and the mark of a stream that is whole.
func (c chunks) end(done completion) (text string) {
	for _, choice := range done.Choices {
		text += c.choice(delta{}, &choice.FinishReason)
	}
	if c.includeUsage {
		usage, err := json.Marshal(done.Usage)
		if err != nil {
			return text // unreachable: numbers always encode
		}
		text += c.event([]chunkChoice{}, usage)
	}
	return text + doneChunk
}

func (c chunks) choice(d delta, finish *string) string {
	var usage json.RawMessage
	if c.includeUsage {
		usage = json.RawMessage("null")
	}
	return c.event([]chunkChoice{{Delta: d, FinishReason: finish}}, usage)
}

func (c chunks) event(choices []chunkChoice, usage json.RawMessage) string {
	head := c.completionHead
	head.Object = "chat.completion.chunk"
	return dataEvent(chunk{completionHead: head, Choices: choices, Usage: usage})
}

// dataEvent is an event without a name. JSON has no line breaks of its own, so its data is one line.
func dataEvent(v any) string {
	data, err := json.Marshal(v)
	if err != nil {
		return "" // unreachable: plain structs always encode
	}
	return fmt.Sprintf("data: %s\n\n", data)
}
