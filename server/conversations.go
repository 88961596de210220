package server

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"
	"github.com/google/uuid"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/privacy"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// A conversation is what one user of one shop asked and was answered, kept for the widget's history and for
// questions that go on from the last one ("and the month before?"). A question joins it by conversation_id. It
// is history, not billing: a turn that cannot be stored is logged, and its answer is given all the same.

func (s *Server) conversationRoutes() {
	s.app.Get("/api/ai/conversations", noStore, s.authenticate, s.listConversations)
	s.app.Post("/api/ai/conversations", noStore, s.authenticate, s.createConversation)
	s.app.Get("/api/ai/conversations/:id", noStore, s.authenticate, s.showConversation)
	s.app.Delete("/api/ai/conversations/:id", noStore, s.authenticate, s.deleteConversation)
}

type conversationState struct {
	ID        string    `json:"id"`
	Title     string    `json:"title"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"` // of the last turn
}

func newConversationState(c tenancy.Conversation) conversationState {
	return conversationState{ID: c.ID, Title: c.Title, CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt}
}

// turn is a message as the API shows it: a question's text, or an answer as it was given.
type turn struct {
	ID        int64               `json:"id"`
	Role      tenancy.MessageRole `json:"role"`
	Question  string              `json:"question,omitempty"`
	Answer    json.RawMessage     `json:"answer,omitempty"`
	RequestID string              `json:"request_id"`
	CreatedAt time.Time           `json:"created_at"`
}

func newTurn(m tenancy.Message) turn {
	t := turn{ID: m.ID, Role: m.Role, RequestID: m.RequestID, CreatedAt: m.CreatedAt}
	if m.Role == tenancy.MessageFromUser {
		t.Question = m.Content
	} else {
		t.Answer = json.RawMessage(m.Content)
	}
	return t
}

const defaultConversations = 50

// listConversations is GET /api/ai/conversations?limit=, the last used first.
func (s *Server) listConversations(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	limit, err := wholeNumber(c, "limit", defaultConversations, 1, 200)
	if err != nil {
		return err
	}
	all, err := s.Conversations.Conversations(c.UserContext(), p.Tenant.ID, p.UserID, limit)
	if err != nil {
		return err
	}
	states := make([]conversationState, len(all))
	for i := range all {
		states[i] = newConversationState(all[i])
	}
	return c.JSON(list{Items: states})
}

// createConversation is POST /api/ai/conversations with an optional title.
func (s *Server) createConversation(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	title := ""
	if len(c.Request().Body()) > 0 {
		if err := readBody(c, members{"title": &title}); err != nil {
			return err
		}
	}
	at := s.Now().UTC().Truncate(time.Millisecond)
	talk := tenancy.Conversation{ID: uuid.Must(uuid.NewV7()).String(), TenantID: p.Tenant.ID, UserID: p.UserID,
		Title: privacy.Redact(strings.Join(strings.Fields(title), " ")), CreatedAt: at, UpdatedAt: at}
	if err := s.Conversations.CreateConversation(c.UserContext(), talk); err != nil {
		return err
	}
	return c.Status(fiber.StatusCreated).JSON(newConversationState(talk))
}

// showConversation is GET /api/ai/conversations/{id}?after=&limit=, its turns with the oldest first.
func (s *Server) showConversation(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	limit, err := pageSize(c)
	if err != nil {
		return err
	}
	after, err := strconv.ParseInt(c.Query("after", "0"), 10, 64)
	if err != nil || after < 0 {
		return ilsai.Errorf(ilsai.CodeInvalid, "after is the next_after of the page before.")
	}
	messages, err := s.Conversations.Messages(c.UserContext(), p.Tenant.ID, p.UserID, strings.Clone(c.Params("id")), after, limit)
	if err != nil {
		return err
	}
	turns := make([]turn, len(messages))
	for i := range messages {
		turns[i] = newTurn(messages[i])
	}
	return c.JSON(newList(turns, limit, func(t turn) any { return t.ID }))
}

func (s *Server) deleteConversation(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	if err := s.Conversations.DeleteConversation(c.UserContext(), p.Tenant.ID, p.UserID, strings.Clone(c.Params("id"))); err != nil {
		return err
	}
	return c.SendStatus(fiber.StatusNoContent)
}

// previousPlan is what the conversation's last answer was made from, with its query type; nil when that was no plan, or
// one of another type than asked for (tenancy.QueryAuto asks for any). Errors: ilsai.CodeNotFound for a conversation that
// is not this user's.
func (s *Server) previousPlan(ctx context.Context, p tenancy.Principal, queryType tenancy.QueryType, conversation string) (*semantic.Plan, tenancy.QueryType, error) {
	if conversation == "" {
		return nil, "", nil
	}
	if s.Conversations == nil {
		return nil, "", ilsai.Errorf(ilsai.CodeNotFound, "Conversations are not kept here. Ask without conversation_id.")
	}
	last, err := s.Conversations.LastAnswer(ctx, p.Tenant.ID, p.UserID, conversation)
	if err != nil || last == "" {
		return nil, "", err
	}
	var answer struct {
		QueryType tenancy.QueryType `json:"query_type"`
		Plan      assistant.Outcome `json:"plan"`
	}
	// An answer of another kind, or of an older version, is nothing to go on from.
	readable := json.Unmarshal([]byte(last), &answer) == nil
	if !readable || answer.QueryType != queryType && queryType != tenancy.QueryAuto {
		return nil, "", nil
	}
	return answer.Plan.Plan, answer.QueryType, nil
}

// remembering appends what was asked and answered to a conversation, once per answer: a replay adds nothing.
func (s *Server) remembering(p tenancy.Principal, conversation, question string, ask asking) asking {
	if conversation == "" {
		return ask
	}
	return func(ctx context.Context, q admission.Question) (admission.Reply, error) {
		reply, err := ask(ctx, q)
		if err != nil || reply.Replayed {
			return reply, err
		}
		at := s.Now()
		missed := s.Conversations.AppendMessages(context.WithoutCancel(ctx), p.Tenant.ID, p.UserID, conversation,
			tenancy.Message{Role: tenancy.MessageFromUser, Content: question, RequestID: q.RequestID, CreatedAt: at},
			tenancy.Message{Role: tenancy.MessageFromAssistant, Content: string(bytes.TrimSpace(reply.Body)), RequestID: q.RequestID, CreatedAt: at})
		if missed != nil { // deleted meanwhile, or the store is away; the answer is recorded and paid for
			s.log.Warn("a turn of a conversation was not stored", "request_id", q.RequestID, "tenant", p.Tenant.ID, "error", missed)
		}
		return reply, nil
	}
}
