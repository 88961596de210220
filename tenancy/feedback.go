package tenancy

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
)

// Thumbs is a user's verdict on an answer.
type Thumbs string

const (
	ThumbsUp   Thumbs = "up"
	ThumbsDown Thumbs = "down"
)

// Feedback is what a user thinks of one answer.
type Feedback struct {
	ID        int64 // given by the store, ascending
	TenantID  ilsai.TenantID
	UserID    UserID
	RequestID string // of the answer
	Thumbs    Thumbs
	Comment   string    // may be ""
	CreatedAt time.Time // UTC, whole milliseconds; set by the store when zero
}

const (
	maxCommentBytes   = 4 << 10
	maxRequestIDBytes = 128
)

// Validate reports the first field that cannot be stored, as ilsai.CodeInvalid.
func (f Feedback) Validate() error {
	if _, err := ilsai.ParseTenantID(string(f.TenantID)); err != nil {
		return err
	}
	switch {
	case f.UserID == "":
		return ilsai.Errorf(ilsai.CodeInvalid, "feedback needs a user")
	case f.RequestID == "" || len(f.RequestID) > maxRequestIDBytes:
		return ilsai.Errorf(ilsai.CodeInvalid, "feedback names the request id of an answer")
	case f.Thumbs != ThumbsUp && f.Thumbs != ThumbsDown:
		return ilsai.Errorf(ilsai.CodeInvalid, "thumbs are up or down")
	case len(f.Comment) > maxCommentBytes:
		return ilsai.Errorf(ilsai.CodeInvalid, "a comment holds at most %d bytes", maxCommentBytes)
	}
	return nil
}

// FeedbackStore keeps feedback. Implementations are safe for concurrent use; the general errors of
// TenantStore apply.
type FeedbackStore interface {
	// SaveFeedback stores a user's verdict on an answer, in place of an earlier one. Errors: CodeInvalid
	// (see Feedback.Validate), CodeNotFound for an unknown tenant.
	SaveFeedback(ctx context.Context, f Feedback) error

	// Feedback lists a tenant's feedback with id > after, by ascending id, at most limit (1 to 1000;
	// other values mean 1000). A changed verdict keeps its id. The caller owns the slice.
	Feedback(ctx context.Context, tenant ilsai.TenantID, after int64, limit int) ([]Feedback, error)
}
