package server

import (
	"context"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
)

// The OpenAI-compatible routes are for clients that bring their own conversation. The model answers in free text
// and sees no shop's data. Who may ask, how often, how it is shared and what is recorded are as for questions.
// What differs is in docs/decisions/0009-openai-api.md.

// ChatModel continues conversations.
type ChatModel interface {
	// Chat starts and does not wait. When ctx is done the generation ends within a step. Errors: ilsai.CodeTooLarge
	// when the model cannot hold the messages, CodeOverloaded, CodeUnavailable.
	Chat(ctx context.Context, c Chat) (ChatStream, error)
}

// ChatStream is an answer on its way. It keeps what was not read yet, so a slow reader holds nobody up.
type ChatStream interface {
	// Next is the text since the last call, whole runes; it waits for some. false: there will be none, or ctx is done.
	Next(ctx context.Context) (text string, ok bool)
	// Result waits for the end. With an error it is filled as far as the answer went. Errors: those of Chat, which a
	// model elsewhere gives late, CodeCanceled, CodeDeadline, CodeGenerationFailed.
	Result(ctx context.Context) (ChatCompletion, error)
}

// ChatMessage is one turn. Role is "system", "user" or "assistant".
type ChatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
}

// Chat is a conversation to be continued, with everything checked.
type Chat struct {
	RequestID string
	Scope     string  // the tenant
	Weight    float64 // of the tenant, while others wait

	Messages    []ChatMessage
	MaxTokens   int
	Temperature float32 // 0: always the likeliest token
	TopP        float32
	Seed        uint32
	Stop        []string
	Deadline    time.Time
	// Private: nothing of it is kept for later ones, not even the scope's own.
	Private bool
}

// ChatCompletion is what a conversation was continued with.
type ChatCompletion struct {
	Text      string
	Truncated bool // by MaxTokens or the model's context

	PromptTokens     int
	CachedTokens     int // of those, computed before
	CompletionTokens int
}

// modelAlias names whatever model is loaded, so that clients survive its replacement.
const modelAlias = "ilsai"

func (s *Server) openAIRoutes() {
	s.app.Post(openAIPrefix+"chat/completions", noStore, s.authenticate, s.chatCompletions)
	s.app.Get(openAIPrefix+"models", noStore, s.authenticate, s.listModels)
	s.app.Get(openAIPrefix+"models/:model", noStore, s.authenticate, s.retrieveModel)
}

// openAIModel is OpenAI's model object.
type openAIModel struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	Created int64  `json:"created"` // when it was loaded
	OwnedBy string `json:"owned_by"`
}

func (s *Server) openAIModel(id string) openAIModel {
	return openAIModel{ID: id, Object: "model", Created: s.started.Unix(), OwnedBy: "ilsai"}
}

func (s *Server) listModels(c *fiber.Ctx) error {
	models := []openAIModel{s.openAIModel(s.ChatName)}
	if s.ChatName != modelAlias {
		models = append(models, s.openAIModel(modelAlias))
	}
	return c.JSON(fiber.Map{"object": "list", "data": models})
}

func (s *Server) retrieveModel(c *fiber.Ctx) error {
	id, err := url.PathUnescape(c.Params("model"))
	if err == nil {
		err = s.knownModel(id)
	}
	if err != nil {
		return s.noModel()
	}
	return c.JSON(s.openAIModel(id))
}

func (s *Server) knownModel(id string) error {
	if id == s.ChatName || id == modelAlias {
		return nil
	}
	return s.noModel()
}

func (s *Server) noModel() error {
	return &openAIError{
		error: ilsai.Errorf(ilsai.CodeNotFound, "There is no such model. The one that is loaded is %q; %q names whichever is.", s.ChatName, modelAlias),
		param: "model", code: "model_not_found",
	}
}
