package store

import (
	"context"
	"time"

	"gorm.io/gorm"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const (
	maxConversations = 200
	maxMessagePage   = 1000
)

var _ tenancy.ConversationStore = (*Store)(nil)

type conversationRow struct {
	ID        string `gorm:"primaryKey"`
	TenantID  string
	UserID    string
	Title     string
	CreatedAt time.Time
	UpdatedAt time.Time `gorm:"autoUpdateTime:false"`
}

func (conversationRow) TableName() string { return "conversations" }

type messageRow struct {
	ID             int64 `gorm:"primaryKey"`
	ConversationID string
	Role           string
	Content        string
	RequestID      string
	CreatedAt      time.Time
}

func (messageRow) TableName() string { return "conversation_messages" }

// CreateConversation implements tenancy.ConversationStore.
func (s *Store) CreateConversation(ctx context.Context, c tenancy.Conversation) error {
	if err := c.Validate(); err != nil {
		return err
	}
	at := s.timeOr(c.CreatedAt)
	row := conversationRow{ID: c.ID, TenantID: string(c.TenantID), UserID: storable(string(c.UserID)), Title: storable(c.Title), CreatedAt: at, UpdatedAt: at}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	err := s.db.WithContext(ctx).Create(&row).Error
	switch {
	case isUnique(err):
		return ilsai.Wrap(ilsai.CodeConflict, err, "A conversation with this id exists already.")
	case isForeignKey(err):
		return noTenant(c.TenantID)
	default:
		return s.classify(err)
	}
}

// Conversations implements tenancy.ConversationStore.
func (s *Store) Conversations(ctx context.Context, tenant ilsai.TenantID, user tenancy.UserID, limit int) ([]tenancy.Conversation, error) {
	if limit < 1 || limit > maxConversations {
		limit = maxConversations
	}
	var rows []conversationRow
	err := s.db.WithContext(ctx).Where("tenant_id = ? AND user_id = ?", string(tenant), storable(string(user))).
		Order("updated_at DESC, id DESC").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.Conversation, len(rows))
	for i, r := range rows {
		out[i] = tenancy.Conversation{ID: r.ID, TenantID: ilsai.TenantID(r.TenantID), UserID: tenancy.UserID(r.UserID), Title: r.Title,
			CreatedAt: r.CreatedAt.UTC(), UpdatedAt: r.UpdatedAt.UTC()}
	}
	return out, nil
}

// AppendMessages implements tenancy.ConversationStore.
func (s *Store) AppendMessages(ctx context.Context, tenant ilsai.TenantID, user tenancy.UserID, conversation string, messages ...tenancy.Message) error {
	if len(messages) == 0 {
		return nil
	}
	rows := make([]messageRow, len(messages))
	last := time.Time{}
	for i, m := range messages {
		if err := m.Validate(); err != nil {
			return err
		}
		last = s.timeOr(m.CreatedAt)
		rows[i] = messageRow{ConversationID: conversation, Role: string(m.Role), Content: storable(m.Content), RequestID: storable(m.RequestID), CreatedAt: last}
	}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	return s.classify(s.db.WithContext(ctx).Transaction(func(tx *gorm.DB) error {
		res := owned(tx, tenant, user, conversation).UpdateColumn("updated_at", last) // also holds it until the messages are in
		if res.Error != nil {
			return res.Error
		}
		if res.RowsAffected == 0 {
			return noConversation()
		}
		return tx.Create(&rows).Error
	}))
}

// Messages implements tenancy.ConversationStore.
func (s *Store) Messages(ctx context.Context, tenant ilsai.TenantID, user tenancy.UserID, conversation string, after int64, limit int) ([]tenancy.Message, error) {
	if limit < 1 || limit > maxMessagePage {
		limit = maxMessagePage
	}
	db := s.db.WithContext(ctx)
	if err := s.checkOwned(db, tenant, user, conversation); err != nil {
		return nil, err
	}
	var rows []messageRow
	err := db.Where("conversation_id = ? AND id > ?", storable(conversation), after).Order("id").Limit(limit).Find(&rows).Error
	if err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.Message, len(rows))
	for i, r := range rows {
		out[i] = tenancy.Message{ID: r.ID, Role: tenancy.MessageRole(r.Role), Content: r.Content, RequestID: r.RequestID, CreatedAt: r.CreatedAt.UTC()}
	}
	return out, nil
}

// LastAnswer implements tenancy.ConversationStore.
func (s *Store) LastAnswer(ctx context.Context, tenant ilsai.TenantID, user tenancy.UserID, conversation string) (string, error) {
	db := s.db.WithContext(ctx)
	if err := s.checkOwned(db, tenant, user, conversation); err != nil {
		return "", err
	}
	var content []string
	err := db.Model(&messageRow{}).Where("conversation_id = ? AND role = ?", storable(conversation), string(tenancy.MessageFromAssistant)).
		Order("id DESC").Limit(1).Pluck("content", &content).Error
	if err != nil || len(content) == 0 {
		return "", s.classify(err)
	}
	return content[0], nil
}

// DeleteConversation implements tenancy.ConversationStore.
func (s *Store) DeleteConversation(ctx context.Context, tenant ilsai.TenantID, user tenancy.UserID, conversation string) error {
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	res := owned(s.db.WithContext(ctx), tenant, user, conversation).Delete(&conversationRow{}) // its messages go with it
	if res.Error == nil && res.RowsAffected == 0 {
		return noConversation()
	}
	return s.classify(res.Error)
}

func owned(db *gorm.DB, tenant ilsai.TenantID, user tenancy.UserID, conversation string) *gorm.DB {
	return db.Model(&conversationRow{}).Where("id = ? AND tenant_id = ? AND user_id = ?",
		storable(conversation), string(tenant), storable(string(user)))
}

func (s *Store) checkOwned(db *gorm.DB, tenant ilsai.TenantID, user tenancy.UserID, conversation string) error {
	var n int64
	if err := owned(db, tenant, user, conversation).Count(&n).Error; err != nil {
		return s.classify(err)
	}
	if n == 0 {
		return noConversation()
	}
	return nil
}

func noConversation() error {
	return ilsai.Errorf(ilsai.CodeNotFound, "There is no such conversation.")
}
