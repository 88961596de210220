package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/privacy"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
	"github.com/ils-platform/ilsai/tenancy/dedup"
	"github.com/ils-platform/ilsai/tenancy/limit"
)

// maxQuestion is in characters, as a person counts them.
const maxQuestion = 2000

// queryRequest is the body of POST /api/ai/query.
type queryRequest struct {
	Question  string `json:"question"`
	QueryType string `json:"query_type"` // "": the model names it
	// ConversationID is the conversation the question goes on with; "" is none.
	ConversationID string `json:"conversation_id"`
}

const principalKey = "ilsai.principal"

func (s *Server) authenticate(c *fiber.Ctx) error {
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	if !strings.EqualFold(scheme, "bearer") || token == "" {
		return ilsai.Errorf(ilsai.CodeUnauthenticated, "Sign in: send the token as 'Authorization: Bearer …'.")
	}
	p, err := s.Auth.Authenticate(c.UserContext(), strings.Clone(strings.TrimSpace(token)))
	if err != nil {
		return err
	}
	c.Locals(principalKey, p)
	return c.Next()
}

// query answers one question. Once admitted it is one usage row, durable before the reply leaves: an
// answer that could not be recorded is not given. What is refused before is counted.
func (s *Server) query(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	ctx := c.UserContext()
	req, queryType, err := newRequest(c)
	if queryType == "" {
		return err // the body was no question at all
	}
	q := admission.Question{
		Principal: p, QueryType: queryType, Text: privacy.Redact(req.Question), Model: s.ModelName, RequestID: ilsai.RequestID(ctx), Started: s.Now(),
	}
	if err == nil {
		err = tenancy.Allow(p.Tier, queryType)
	}
	if err == nil {
		err = s.refusePersonal(ctx, p, queryType, req.Question)
	}
	var previous *semantic.Plan
	var previousType tenancy.QueryType
	if err == nil {
		previous, previousType, err = s.previousPlan(ctx, p, queryType, req.ConversationID)
		q.Same = s.sameness(p, queryType, req.Question, previous, previousType)
	}
	if err == nil {
		q.Key, q.Fingerprint, err = idempotency(c, p, req)
	}
	var limits tenancy.Limits
	if err == nil {
		limits, err = s.Desk.Limits(ctx, p)
	}
	if err != nil {
		s.Prometheus.asked(q, admission.Reply{}, err, 0)
		return s.Desk.Refuse(q, err)
	}
	events := newEventQueue()
	work := func(ctx context.Context) (admission.Outcome, error) {
		asked := ""
		if queryType != tenancy.QueryAuto {
			asked = string(queryType)
		}
		a, err := s.answer(ctx, assistant.Question{
			Tenant: assistant.Tenant{ID: p.Tenant.ID, Name: p.Tenant.Name, TimeZone: p.Tenant.TimeZone, Currency: p.Tenant.Currency},
			UserID: string(p.UserID), Text: req.Question, QueryType: asked, Previous: previous, PreviousType: string(previousType),
			Allow:       func(kind string) error { return tenancy.Allow(p.Tier, tenancy.QueryType(kind)) },
			OwnProducts: tenancy.Allow(p.Tier, tenancy.QuerySales) == nil, MaxTokens: limits.MaxTokensPerQuery,
			RequestID: q.RequestID, Weight: tenancy.PlanOf(p.Tier).Share, Progress: events.progress,
		})
		if ilsai.ErrorCode(err) == ilsai.CodePrivacy { // of a question that named no kind, and turned out to be about patients
			s.auditPersonal(ctx, p, req.Question)
		}
		s.Prometheus.worked(a, err)
		if err != nil {
			return spent(a), err
		}
		return newOutcome(a)
	}
	render := func(o admission.Outcome, fromCache bool) tenancy.StoredReply {
		body := newReply(o, q.RequestID, fromCache, s.Now().Sub(q.Started))
		return tenancy.StoredReply{Status: fiber.StatusOK, ContentType: fiber.MIMEApplicationJSON, Body: body}
	}
	ask := s.remembering(p, req.ConversationID, q.Text, s.asking(work, render))
	if wantsEvents(c) {
		return s.stream(c, q, ask, events)
	}
	return s.sendWhole(c, q, ask)
}

func (s *Server) answer(ctx context.Context, q assistant.Question) (assistant.Answer, error) {
	a, err := s.Asker.Ask(ctx, q)
	if a.ProductsErr != nil {
		s.Log.Warn("an answer recommends no products of the shop", "tenant", q.Tenant.ID, "request_id", q.RequestID, "error", a.ProductsErr)
	}
	if errors.Is(err, context.DeadlineExceeded) && ilsai.ErrorCode(err) == ilsai.CodeInternal {
		err = ilsai.Wrap(ilsai.CodeDeadline, err, "The answer took longer than %s. Ask again, or ask for a shorter period.", s.QueryTimeout)
	}
	return a, err
}

// sameness lists what an answer depends on beside the tenant. The shop's calendar day is part of it: "yesterday" moves at midnight.
func (s *Server) sameness(p tenancy.Principal, queryType tenancy.QueryType, question string, previous *semantic.Plan, previousType tenancy.QueryType) []string {
	day := ""
	if zone, err := p.Tenant.Location(); err == nil {
		day = s.Now().In(zone).Format(time.DateOnly)
	}
	data := ""
	if s.DataVersion != nil && queryType != tenancy.QueryAuto {
		data = s.DataVersion(p.Tenant.ID, queryType)
	} else if s.DataVersion != nil { // it may turn out to be any of them
		for _, q := range tenancy.QueryTypes() {
			data += s.DataVersion(p.Tenant.ID, q) + " "
		}
	}
	before := ""
	if previous != nil {
		before = previous.String()
	}
	return []string{string(queryType), dedup.Normalize(question), string(previousType), before, s.ModelName, string(p.Tier), p.Role, day, data}
}

func (s *Server) writeLimits(c *fiber.Ctx, d limit.Decision) {
	if d == (limit.Decision{}) || d.Limit == tenancy.Unlimited {
		return // the limiter was not asked, or has nothing to say
	}
	c.Set("RateLimit-Policy", limit.PerMinute.RateLimitPolicy(d))
	c.Set("RateLimit", limit.PerMinute.RateLimit(d))
	if after := limit.RetryAfter(d); after != "" {
		c.Set(fiber.HeaderRetryAfter, after)
	}
}

// idempotency reads the client's key, bare or as a quoted string, and fingerprints what it is used for.
func idempotency(c *fiber.Ctx, p tenancy.Principal, req queryRequest) (key string, fingerprint [32]byte, err error) {
	key = c.Get("X-Idempotency-Key", c.Get("Idempotency-Key"))
	if key == "" {
		return "", fingerprint, nil
	}
	if n := len(key); n >= 2 && key[0] == '"' && key[n-1] == '"' {
		key = key[1 : n-1]
	}
	if key, err = tenancy.ParseIdempotencyKey(strings.Clone(key)); err != nil {
		return "", fingerprint, err
	}
	used := []string{c.Method(), c.Path(), string(p.UserID), req.Question, req.QueryType}
	if req.ConversationID != "" {
		used = append(used, req.ConversationID)
	}
	canonical, err := json.Marshal(used)
	return key, sha256.Sum256(canonical), err
}

// newRequest reads the body and copies what outlives the handler.
func newRequest(c *fiber.Ctx) (queryRequest, tenancy.QueryType, error) {
	var req queryRequest
	body, err := plainBody(c)
	if err != nil {
		return req, "", err
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(&req); err != nil {
		return queryRequest{}, "", ilsai.Wrap(ilsai.CodeInvalid, err, `The body is not the JSON this expects: {"question": "…", "query_type": "sales"}.`)
	}
	if _, err := dec.Token(); err != io.EOF {
		return queryRequest{}, "", ilsai.Errorf(ilsai.CodeInvalid, "The body holds more than one JSON value.")
	}
	req.Question = strings.TrimSpace(req.Question)
	queryType := tenancy.QueryAuto
	if req.QueryType != "" {
		if queryType, err = tenancy.ParseQueryType(req.QueryType); err != nil {
			return queryRequest{}, "", err
		}
	}
	switch n := utf8.RuneCountInString(req.Question); {
	case n == 0:
		return req, queryType, ilsai.Errorf(ilsai.CodeInvalid, "The question is empty.")
	case n > maxQuestion:
		req.Question = ""
		return req, queryType, ilsai.Errorf(ilsai.CodeInvalid, "The question has %d characters; at most 2,000 are read. Ask for one thing at a time.", n)
	}
	return req, queryType, nil
}
