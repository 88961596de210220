package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
)

// maxQuestion is in characters, as a person counts them.
const maxQuestion = 2000

// queryRequest is the body of POST /api/ai/query.
type queryRequest struct {
	Question  string `json:"question"`
	QueryType string `json:"query_type"`
}

// queryResponse is the answer with what only the server knows.
type queryResponse struct {
	assistant.Answer
	RequestID string `json:"request_id"`
	FromCache bool   `json:"from_cache"`
}

const principalKey = "ilsai.principal"

// recordTimeout bounds the append of a usage row.
const recordTimeout = 5 * time.Second

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

// query answers one question. Whatever happens after the caller is known is one usage row,
// durable before the reply leaves: an answer that could not be recorded is not given.
func (s *Server) query(c *fiber.Ctx) error {
	started := s.Now()
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	ctx, cancel := context.WithTimeout(c.UserContext(), s.QueryTimeout)
	defer cancel()

	req, queryType, err := newRequest(c)
	var answer assistant.Answer
	if err == nil {
		err = tenancy.Allow(p.Tier, queryType)
	}
	if err == nil {
		answer, err = s.Asker.Ask(ctx, assistant.Question{
			Tenant: assistant.Tenant{ID: p.Tenant.ID, Name: p.Tenant.Name, TimeZone: p.Tenant.TimeZone, Currency: p.Tenant.Currency},
			UserID: string(p.UserID), Text: req.Question, QueryType: string(queryType),
			MaxTokens: tenancy.PlanOf(p.Tier).Limits.MaxTokensPerQuery, RequestID: ilsai.RequestID(ctx),
		})
		if errors.Is(err, context.DeadlineExceeded) && ilsai.ErrorCode(err) == ilsai.CodeInternal {
			err = ilsai.Wrap(ilsai.CodeDeadline, err, "The answer took longer than %s. Ask again, or ask for a shorter period.", s.QueryTimeout)
		}
	}
	if queryType != "" { // without one the body was no question at all
		if recordErr := s.record(ctx, p, req, queryType, answer, started, err); recordErr != nil {
			return recordErr
		}
	}
	if err != nil {
		return err
	}
	return c.JSON(queryResponse{Answer: answer, RequestID: ilsai.RequestID(ctx)})
}

// record appends the usage row of one question. Its error replaces the reply.
func (s *Server) record(ctx context.Context, p tenancy.Principal, req queryRequest, queryType tenancy.QueryType, answer assistant.Answer, started time.Time, err error) error {
	eventID, idErr := tenancy.NewEventID()
	if idErr != nil {
		return idErr
	}
	event := tenancy.UsageEvent{
		EventID: eventID, RequestID: ilsai.RequestID(ctx), TenantID: p.Tenant.ID, UserID: p.UserID,
		QueryType: queryType, Question: req.Question, Model: s.ModelName, Timestamp: started,
		TokensUsed: answer.TokensUsed, PromptTokens: answer.Usage.Prompt, CachedTokens: answer.Usage.Cached, CompletionTokens: answer.Usage.Completion,
		ResponseTimeMS: int(max(0, s.Now().Sub(started).Milliseconds())), Success: err == nil, ErrorType: ilsai.ErrorCode(err),
	}
	// The row is written even when the question's own time is over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
	defer cancel()
	if recordErr := s.Usage.AppendUsage(ctx, &event); recordErr != nil {
		return ilsai.Wrap(ilsai.CodeUnavailable, errors.Join(recordErr, err), "The question could not be recorded, so it was neither answered nor billed. Try again in a moment.")
	}
	return nil
}

// newRequest reads the body and copies what outlives the handler.
func newRequest(c *fiber.Ctx) (queryRequest, tenancy.QueryType, error) {
	var req queryRequest
	if enc := c.Get(fiber.HeaderContentEncoding); enc != "" && !strings.EqualFold(enc, "identity") {
		return req, "", ilsai.Errorf(ilsai.CodeInvalid, "Send the body without Content-Encoding.")
	}
	body := c.Request().Body() // not c.Body(): that one would decompress
	if !utf8.Valid(body) {
		return req, "", ilsai.Errorf(ilsai.CodeInvalid, "The body is not valid UTF-8.")
	}
	dec := json.NewDecoder(bytes.NewReader(body))
	if err := dec.Decode(&req); err != nil {
		return queryRequest{}, "", ilsai.Wrap(ilsai.CodeInvalid, err, `The body is not the JSON this expects: {"question": "…", "query_type": "sales"}.`)
	}
	if _, err := dec.Token(); err != io.EOF {
		return queryRequest{}, "", ilsai.Errorf(ilsai.CodeInvalid, "The body holds more than one JSON value.")
	}
	req.Question = strings.TrimSpace(req.Question)
	queryType, err := tenancy.ParseQueryType(req.QueryType)
	if err != nil {
		return queryRequest{}, "", err
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
