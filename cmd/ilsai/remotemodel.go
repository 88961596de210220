package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"strings"
	"time"
	"unicode"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/remote"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy/fairq"
)

// checkTimeout bounds the question whether the server elsewhere is there.
const checkTimeout = 2 * time.Second

// remoteModel is a model of an OpenAI-compatible server elsewhere. It is described the catalogue, as a model that
// has never seen it: only the built-in one has.
type remoteModel struct {
	engine *remote.Engine
	model  string
}

// openRemoteModel asks the server nothing that has to be answered: it may come and go while this process runs.
func openRemoteModel(c *config, log *slog.Logger) (textModel, error) {
	key, err := readEngineKey(c.EngineKeyFile)
	if err != nil {
		return nil, err
	}
	m := remoteModel{model: c.EngineModel, engine: remote.New(remote.Options{
		URL: c.engineURL(), Key: key, Model: c.EngineModel, Concurrency: c.Slots, Queue: c.queueOptions(), FirstByte: c.QueryTimeout, Logger: log,
	})}
	if check := m.check(context.Background()); check.Err != nil {
		log.Warn("the model's server is not ready; questions are answered once it is", "engine", c.engineURL(), "model", c.EngineModel, "cause", check.Err)
	}
	return m, nil
}

// readEngineKey reads what the server elsewhere wants to see. No error shows anything of it.
func readEngineKey(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", ilsai.Wrap(ilsai.CodeInvalid, err, "the key of the model's server cannot be read from %s (engine_key_file)", file)
	}
	key := strings.TrimSpace(string(text))
	if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsGraphic(r) || unicode.IsSpace(r) }) {
		return "", ilsai.Errorf(ilsai.CodeInvalid, "%s must hold the key of the model's server and nothing else: one line, no spaces", file)
	}
	return key, nil
}

func (m remoteModel) name() string     { return m.model }
func (m remoteModel) chatName() string { return m.model }
func (m remoteModel) profile() string  { return assistant.ProfileInstruct }
func (m remoteModel) Close() error     { return m.engine.Close() }

func (m remoteModel) queue(time.Time) fairq.Snapshot { return m.engine.Queue() }

func (m remoteModel) check(ctx context.Context) server.Check {
	ctx, cancel := context.WithTimeout(ctx, checkTimeout)
	defer cancel()
	check := server.Check{Name: "model", Detail: m.model + " (of a server elsewhere)"}
	if err := m.engine.Check(ctx); err != nil {
		check.Err = errors.New(ilsai.ErrorMessage(err))
	}
	return check
}

// Generate implements assistant.Generator. The server is given the JSON Schema where there is one; a grammar it
// would not understand.
func (m remoteModel) Generate(ctx context.Context, g assistant.Generation) (assistant.Completion, error) {
	r := remote.Request{
		Scope: g.Scope, Weight: g.Weight, PublicSystem: g.SystemPublic && g.System != "", MaxTokens: g.MaxTokens, Deadline: g.Deadline,
	}
	if g.System != "" {
		r.Messages = append(r.Messages, remote.Message{Role: "system", Content: g.System})
	}
	r.Messages = append(r.Messages, remote.Message{Role: "user", Content: g.User})
	if g.Schema != nil {
		r.Schema = g.Schema()
	}
	st, err := m.engine.Start(ctx, r)
	if err != nil {
		return assistant.Completion{}, queueError(err)
	}
	if g.Waiting != nil {
		tellPlace(st, g.Waiting)
	}
	// Not ctx: a request that is cancelled ends at once, and says what it used.
	c, err := st.Result(context.WithoutCancel(ctx))
	return assistant.Completion{ // with an error, as far as it went
		Text: c.Text, Truncated: c.Truncated, PromptTokens: c.PromptTokens, CachedTokens: c.CachedTokens, CompletionTokens: c.CompletionTokens,
		Position: c.Position, Queued: c.Queued, Prefill: c.Prefill, Decode: c.Decode,
	}, err
}

// Chat implements server.ChatModel.
func (m remoteModel) Chat(ctx context.Context, c server.Chat) (server.ChatStream, error) {
	messages := make([]remote.Message, len(c.Messages))
	for i, message := range c.Messages {
		messages[i] = remote.Message(message)
	}
	st, err := m.engine.Start(ctx, remote.Request{
		Scope: c.Scope, Weight: c.Weight, Messages: messages, MaxTokens: c.MaxTokens,
		Temperature: c.Temperature, TopP: c.TopP, Seed: c.Seed, Stop: c.Stop, Deadline: c.Deadline,
	})
	if err != nil {
		return nil, queueError(err)
	}
	return remoteChat{st}, nil
}

type remoteChat struct{ *remote.Stream }

// Result implements server.ChatStream.
func (s remoteChat) Result(ctx context.Context) (server.ChatCompletion, error) {
	c, err := s.Stream.Result(ctx)
	return server.ChatCompletion{
		Text: c.Text, Truncated: c.Truncated,
		PromptTokens: c.PromptTokens, CachedTokens: c.CachedTokens, CompletionTokens: c.CompletionTokens,
	}, err
}
