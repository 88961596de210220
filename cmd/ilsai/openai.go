package main

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/server"
)

// chatName is a model as clients know it: where its file lies is the operator's business.
func chatName(model string) string { return strings.TrimSuffix(filepath.Base(model), ".gguf") }

// chatModel lets the server's OpenAI-compatible routes speak to the engine without knowing it.
type chatModel struct {
	engine   *engine.Engine
	adapters *shopAdapters
}

// Chat implements server.ChatModel.
func (m chatModel) Chat(ctx context.Context, c server.Chat) (server.ChatStream, error) {
	messages := make([]engine.Message, len(c.Messages))
	for i, message := range c.Messages {
		messages[i] = engine.Message(message)
	}
	st, err := m.engine.Chat(ctx, engine.Chat{
		RequestID: c.RequestID, Scope: c.Scope, Weight: c.Weight, Messages: messages, MaxTokens: c.MaxTokens,
		Temperature: c.Temperature, TopP: c.TopP, Seed: c.Seed, Stop: c.Stop, Deadline: c.Deadline, Private: c.Private,
		Adapter: m.adapters.of(ilsai.TenantID(c.Scope)),
	})
	if err != nil {
		return nil, err
	}
	return chatStream{st}, nil
}

type chatStream struct{ *engine.Stream }

// Result implements server.ChatStream.
func (s chatStream) Result(ctx context.Context) (server.ChatCompletion, error) {
	c, err := s.Stream.Result(ctx)
	return server.ChatCompletion{
		Text: c.Text, Truncated: c.Finish == sched.FinishLength,
		PromptTokens: c.PromptTokens, CachedTokens: c.CachedTokens, CompletionTokens: c.CompletionTokens,
	}, err
}
