package tenancy

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/ils-platform/ilsai"
)

// Conversation is a user's questions and answers that belong together.
type Conversation struct {
	ID        string // UUID
	TenantID  ilsai.TenantID
	UserID    UserID
	Title     string
	CreatedAt time.Time // UTC, whole milliseconds; set by the store when zero
	UpdatedAt time.Time // of the last message
}

// MessageRole says who wrote a message.
type MessageRole string

const (
	MessageFromUser      MessageRole = "user"
	MessageFromAssistant MessageRole = "assistant"
)

// Message is one turn of a conversation.
type Message struct {
	ID        int64 // given by the store, ascending
	Role      MessageRole
	Content   string
	RequestID string
	CreatedAt time.Time // UTC, whole milliseconds; set by the store when zero
}

const (
	maxTitleBytes   = 512
	maxMessageBytes = 256 << 10
)

// Validate reports the first field that cannot be stored, as ilsai.CodeInvalid.
func (c Conversation) Validate() error {
	if _, err := ilsai.ParseTenantID(string(c.TenantID)); err != nil {
		return err
	}
	id, err := uuid.Parse(c.ID)
	if err != nil || id.String() != c.ID {
		return ilsai.Wrap(ilsai.CodeInvalid, err, "the id of a conversation is a UUID in lower case")
	}
	if c.UserID == "" || len(c.Title) > maxTitleBytes {
		return ilsai.Errorf(ilsai.CodeInvalid, "a conversation has a user and a title of at most %d bytes", maxTitleBytes)
	}
	return nil
}

// Validate reports the first field that cannot be stored, as ilsai.CodeInvalid.
func (m Message) Validate() error {
	if m.Role != MessageFromUser && m.Role != MessageFromAssistant {
		return ilsai.Errorf(ilsai.CodeInvalid, "a message is from the user or the assistant")
	}
	if len(m.Content) > maxMessageBytes || len(m.RequestID) > maxRequestIDBytes {
		return ilsai.Errorf(ilsai.CodeInvalid, "a message holds at most %d bytes", maxMessageBytes)
	}
	return nil
}

// ConversationStore keeps conversations. Every method takes tenant and user: what is not theirs does
// not exist for them (CodeNotFound). Implementations are safe for concurrent use; the general errors
// of TenantStore apply.
type ConversationStore interface {
	// CreateConversation stores an empty conversation. Errors: CodeInvalid, CodeConflict when the id is
	// taken, CodeNotFound for an unknown tenant.
	CreateConversation(ctx context.Context, c Conversation) error

	// Conversations lists a user's conversations, the last used first, at most limit (1 to 200; other
	// values mean 200).
	Conversations(ctx context.Context, tenant ilsai.TenantID, user UserID, limit int) ([]Conversation, error)

	// AppendMessages adds turns to a conversation, all or none.
	AppendMessages(ctx context.Context, tenant ilsai.TenantID, user UserID, conversation string, messages ...Message) error

	// Messages lists the turns with id > after, oldest first, at most limit (1 to 1000; other values mean 1000).
	Messages(ctx context.Context, tenant ilsai.TenantID, user UserID, conversation string, after int64, limit int) ([]Message, error)

	// LastAnswer is the content of the assistant's latest turn, "" when there is none yet.
	LastAnswer(ctx context.Context, tenant ilsai.TenantID, user UserID, conversation string) (string, error)

	// DeleteConversation removes a conversation and its messages.
	DeleteConversation(ctx context.Context, tenant ilsai.TenantID, user UserID, conversation string) error
}
