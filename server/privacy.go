package server

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/privacy"
	"github.com/ils-platform/ilsai/tenancy"
)

// refusePersonal refuses a question about patients that asks for personal data or names somebody, with the guide's
// sentence. It comes before the limiter and the ledger, so it costs the shop nothing; it is counted like any refusal
// and audited.
func (s *Server) refusePersonal(ctx context.Context, p tenancy.Principal, t tenancy.QueryType, question string) error {
	if t != tenancy.QueryPatients {
		return nil
	}
	if _, refused := privacy.Guard(question); !refused {
		return nil
	}
	s.auditPersonal(ctx, p, question)
	return ilsai.Errorf(ilsai.CodePrivacy, "%s", privacy.Sentence)
}

// auditPersonal writes what was asked for, never the question. The log only grows, so a user who keeps asking gets an
// entry a minute, which says how many it stands for.
func (s *Server) auditPersonal(ctx context.Context, p tenancy.Principal, question string) {
	if s.Audit == nil {
		return
	}
	r, _ := privacy.Guard(question)
	count := s.refused.due(refuser{p.Tenant.ID, p.UserID}, s.Now())
	if count == 0 {
		return
	}
	after, err := json.Marshal(struct {
		privacy.Refusal

		Questions int `json:"questions"`
	}{r, count})
	if err != nil {
		return // unreachable: plain strings and numbers always encode
	}
	e := tenancy.AuditEntry{
		At: s.Now(), ActorTenant: p.Tenant.ID, Actor: string(p.UserID), TenantID: p.Tenant.ID, Action: "query.refuse_personal", Target: string(tenancy.QueryPatients),
		After: after, RequestID: ilsai.RequestID(ctx),
	}
	if err := s.Audit.AppendAudit(ctx, &e); err != nil {
		s.log.Warn("a refusal of personal data was not audited", "request_id", e.RequestID, "tenant", e.TenantID, "cause", err)
	}
}

type refuser struct {
	tenant ilsai.TenantID
	user   tenancy.UserID
}

// refusalAudit spaces audit entries.
type refusalAudit struct {
	mu   sync.Mutex
	last map[refuser]*refusalCount
}

type refusalCount struct {
	at     time.Time
	unsaid int
}

const (
	refusalAuditEvery = time.Minute
	refusersKept      = 10000
)

// due counts a refusal, and says how many an entry now stands for; 0: it is too early for one.
func (a *refusalAudit) due(who refuser, now time.Time) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.last == nil || len(a.last) >= refusersKept {
		a.last = map[refuser]*refusalCount{}
	}
	c := a.last[who]
	if c == nil {
		c = &refusalCount{}
		a.last[who] = c
	}
	c.unsaid++
	if !c.at.IsZero() && now.Sub(c.at) < refusalAuditEvery {
		return 0
	}
	count := c.unsaid
	c.at, c.unsaid = now, 0
	return count
}

// filteredChat is a completion's stream without the personal data in it. See docs/decisions/0015-privacy.md.
type filteredChat struct {
	ChatStream

	filter privacy.Filter
	closed bool
}

// Next passes on what is known to hold none, which may wait for more of the text.
func (f *filteredChat) Next(ctx context.Context) (string, bool) {
	for !f.closed {
		piece, more := f.ChatStream.Next(ctx)
		if more {
			if out := f.filter.Write(piece); out != "" {
				return out, true
			}
			continue
		}
		f.closed = true
		if ctx.Err() != nil {
			break
		}
		if out := f.filter.Close(); out != "" {
			return out, true
		}
	}
	return "", false
}

// Result is the whole completion, likewise.
func (f *filteredChat) Result(ctx context.Context) (ChatCompletion, error) {
	c, err := f.ChatStream.Result(ctx)
	c.Text = privacy.Redact(c.Text)
	return c, err
}
