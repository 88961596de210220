package store

import (
	"context"
	"time"

	"gorm.io/gorm/clause"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

const maxFeedbackPage = 1000

var _ tenancy.FeedbackStore = (*Store)(nil)

type feedbackRow struct {
	ID        int64 `gorm:"primaryKey"`
	TenantID  string
	UserID    string
	RequestID string
	Thumbs    string
	Comment   string
	CreatedAt time.Time
}

func (feedbackRow) TableName() string { return "feedback" }

// SaveFeedback implements tenancy.FeedbackStore.
func (s *Store) SaveFeedback(ctx context.Context, f tenancy.Feedback) error {
	if err := f.Validate(); err != nil {
		return err
	}
	row := feedbackRow{TenantID: string(f.TenantID), UserID: storable(string(f.UserID)), RequestID: storable(f.RequestID),
		Thumbs: string(f.Thumbs), Comment: storable(f.Comment), CreatedAt: s.timeOr(f.CreatedAt)}
	if err := s.beginWrite(ctx); err != nil {
		return err
	}
	defer s.endWrite()
	err := s.db.WithContext(ctx).Clauses(clause.OnConflict{
		Columns:   []clause.Column{{Name: "tenant_id"}, {Name: "user_id"}, {Name: "request_id"}},
		DoUpdates: clause.AssignmentColumns([]string{"thumbs", "comment"}),
	}).Create(&row).Error
	if isForeignKey(err) {
		return noTenant(f.TenantID)
	}
	return s.classify(err)
}

// Feedback implements tenancy.FeedbackStore.
func (s *Store) Feedback(ctx context.Context, tenant ilsai.TenantID, after int64, limit int) ([]tenancy.Feedback, error) {
	if limit < 1 || limit > maxFeedbackPage {
		limit = maxFeedbackPage
	}
	var rows []feedbackRow
	if err := s.db.WithContext(ctx).Where("tenant_id = ? AND id > ?", string(tenant), after).Order("id").Limit(limit).Find(&rows).Error; err != nil {
		return nil, s.classify(err)
	}
	out := make([]tenancy.Feedback, len(rows))
	for i, r := range rows {
		out[i] = tenancy.Feedback{ID: r.ID, TenantID: ilsai.TenantID(r.TenantID), UserID: tenancy.UserID(r.UserID), RequestID: r.RequestID,
			Thumbs: tenancy.Thumbs(r.Thumbs), Comment: r.Comment, CreatedAt: r.CreatedAt.UTC()}
	}
	return out, nil
}

// timeOr is at, or now when at is zero, as the store keeps times.
func (s *Store) timeOr(at time.Time) time.Time {
	if at.IsZero() {
		at = s.now()
	}
	return at.UTC().Truncate(time.Millisecond)
}
