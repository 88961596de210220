package store_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

func conversation(n int, tenant ilsai.TenantID, user tenancy.UserID) tenancy.Conversation {
	at := storetest.Start.Add(time.Duration(n) * time.Hour)
	return tenancy.Conversation{ID: fmt.Sprintf("00000000-0000-7000-8000-%012d", n), TenantID: tenant, UserID: user,
		Title: fmt.Sprint("Sales ", n), CreatedAt: at, UpdatedAt: at}
}

func TestConversations(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		fill(t, s, 0) // the tenants
		mine, other := conversation(1, "abc123", "1"), conversation(2, "abc123", "1")
		for _, c := range []tenancy.Conversation{mine, other, conversation(3, "abc123", "2"), conversation(4, "xyz789", "1")} {
			if err := s.CreateConversation(t.Context(), c); err != nil {
				t.Fatal(err)
			}
		}
		checkCode(t, "same id", s.CreateConversation(t.Context(), mine), ilsai.CodeConflict)
		checkCode(t, "unknown tenant", s.CreateConversation(t.Context(), conversation(5, "nobody", "1")), ilsai.CodeNotFound)
		checkCode(t, "bad id", s.CreateConversation(t.Context(), tenancy.Conversation{ID: "x", TenantID: "abc123", UserID: "1"}), ilsai.CodeInvalid)
		later := storetest.Start.Add(9 * time.Hour)
		turns := []tenancy.Message{{Role: tenancy.MessageFromUser, Content: "How much? \x00é", RequestID: "r1", CreatedAt: later},
			{Role: tenancy.MessageFromAssistant, Content: strings.Repeat("a", 1000), RequestID: "r1", CreatedAt: later}}
		if err := s.AppendMessages(t.Context(), "abc123", "1", mine.ID, turns...); err != nil {
			t.Fatal(err)
		}
		checkCode(t, "bad role", s.AppendMessages(t.Context(), "abc123", "1", mine.ID, turns[0], tenancy.Message{Role: "system"}), ilsai.CodeInvalid)
		mine.UpdatedAt = later
		got, err := s.Conversations(t.Context(), "abc123", "1", 0)
		if err != nil || len(got) != 2 || got[0] != mine || got[1] != other {
			t.Errorf("got %+v, %v, want the last used first", got, err)
		}
		messages, err := s.Messages(t.Context(), "abc123", "1", mine.ID, 0, 0)
		if err != nil || len(messages) != 2 || messages[0].Content != "How much? \uFFFDé" || messages[1].Role != tenancy.MessageFromAssistant || messages[1].CreatedAt != later {
			t.Errorf("got %+v, %v", messages, err)
		}
		if rest, err := s.Messages(t.Context(), "abc123", "1", mine.ID, messages[0].ID, 0); err != nil || len(rest) != 1 {
			t.Errorf("after the first: got %d, %v, want 1", len(rest), err)
		}
		if last, err := s.LastAnswer(t.Context(), "abc123", "1", mine.ID); err != nil || last != turns[1].Content {
			t.Errorf("last answer: got %.20q, %v", last, err)
		}
		if last, err := s.LastAnswer(t.Context(), "abc123", "1", other.ID); err != nil || last != "" {
			t.Errorf("an empty conversation: got %.20q, %v", last, err)
		}
		// Nobody else reaches it, not even with its id.
		for _, who := range []struct {
			tenant ilsai.TenantID
			user   tenancy.UserID
		}{{"abc123", "2"}, {"xyz789", "1"}, {"nobody", "1"}} {
			_, err := s.Messages(t.Context(), who.tenant, who.user, mine.ID, 0, 0)
			checkCode(t, "read", err, ilsai.CodeNotFound)
			_, err = s.LastAnswer(t.Context(), who.tenant, who.user, mine.ID)
			checkCode(t, "last answer", err, ilsai.CodeNotFound)
			checkCode(t, "append", s.AppendMessages(t.Context(), who.tenant, who.user, mine.ID, turns...), ilsai.CodeNotFound)
			checkCode(t, "delete", s.DeleteConversation(t.Context(), who.tenant, who.user, mine.ID), ilsai.CodeNotFound)
		}
		if err := s.DeleteConversation(t.Context(), "abc123", "1", mine.ID); err != nil {
			t.Fatal(err)
		}
		_, err = s.Messages(t.Context(), "abc123", "1", mine.ID, 0, 0)
		checkCode(t, "deleted", err, ilsai.CodeNotFound)
	})
}

func TestFeedback(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		fill(t, s, 0) // the tenants
		down := tenancy.Feedback{TenantID: "abc123", UserID: "1", RequestID: "r1", Thumbs: tenancy.ThumbsDown, Comment: "wrong month", CreatedAt: storetest.Start}
		up := down
		up.Thumbs, up.Comment = tenancy.ThumbsUp, ""
		colleague, shop := down, down
		colleague.UserID, shop.TenantID = "2", "xyz789"
		for _, f := range []tenancy.Feedback{down, colleague, shop, up} {
			if err := s.SaveFeedback(t.Context(), f); err != nil {
				t.Fatal(err)
			}
		}
		got, err := s.Feedback(t.Context(), "abc123", 0, 0)
		if err != nil || len(got) != 2 {
			t.Fatalf("got %+v, %v, want two", got, err)
		}
		up.ID, colleague.ID = got[0].ID, got[1].ID
		if got[0] != up || got[1] != colleague {
			t.Errorf("got %+v, want the changed verdict and the colleague's", got)
		}
		if rest, err := s.Feedback(t.Context(), "abc123", got[0].ID, 0); err != nil || len(rest) != 1 {
			t.Errorf("after the first: got %d, %v, want 1", len(rest), err)
		}
		unknown, bad := down, down
		unknown.TenantID, bad.Thumbs = "nobody", "sideways"
		checkCode(t, "unknown tenant", s.SaveFeedback(t.Context(), unknown), ilsai.CodeNotFound)
		checkCode(t, "bad thumbs", s.SaveFeedback(t.Context(), bad), ilsai.CodeInvalid)
	})
}
