package server

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"

	"github.com/gofiber/fiber/v2"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/privacy"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// chatCompletions continues one conversation. As with questions, what is admitted is one usage row, and what is
// refused before is counted.
func (s *Server) chatCompletions(c *fiber.Ctx) error {
	p, _ := c.Locals(principalKey).(tenancy.Principal)
	ctx := c.UserContext()
	q := admission.Question{
		Principal: p, QueryType: tenancy.QueryChat, Model: s.ModelName, RequestID: ilsai.RequestID(ctx), Started: s.Now(),
	}
	r, err := newChatRequest(c)
	if err == nil {
		q.Text = privacy.Redact(r.question())
		err = s.knownModel(r.Model)
	}
	if err == nil {
		err = tenancy.Allow(p.Tier, tenancy.QueryChat)
	}
	if err == nil {
		q.Key, q.Fingerprint, err = chatKey(c, p, r)
	}
	if err == nil {
		err = s.boundTokens(ctx, p, &r)
	}
	if err != nil {
		s.Prometheus.asked(q, admission.Reply{}, err, 0)
		return s.Desk.Refuse(q, err)
	}
	started := make(chan ChatStream, 1)
	work := func(ctx context.Context) (admission.Outcome, error) { return s.continueChat(ctx, q, r, started) }
	head := completionHead{ID: "chatcmpl-" + q.RequestID, Created: q.Started.Unix(), Model: s.ChatName}
	render := func(o admission.Outcome, _ bool) tenancy.StoredReply {
		return tenancy.StoredReply{Status: fiber.StatusOK, ContentType: fiber.MIMEApplicationJSON, Body: newCompletion(head, o)}
	}
	ask := s.asking(work, render)
	if r.stream {
		return s.streamChat(c, q, ask, started, chunks{completionHead: head, includeUsage: r.includeUsage})
	}
	return s.sendWhole(c, q, ask)
}

// continueChat is the work of one request. It hands the answer to started as soon as there is one to read, and
// never waits for a reader.
func (s *Server) continueChat(ctx context.Context, q admission.Question, r chatRequest, started chan<- ChatStream) (admission.Outcome, error) {
	answer, err := s.Chat.Chat(ctx, Chat{
		RequestID: q.RequestID, Scope: string(q.Principal.Tenant.ID), Weight: tenancy.PlanOf(q.Principal.Tier).Share,
		Messages: r.Messages, MaxTokens: r.MaxTokens, Temperature: r.temperature(), TopP: float32(r.TopP), Seed: r.seed(),
		Stop: r.Stop, Deadline: q.Started.Add(s.QueryTimeout), Private: r.CacheSalt != "",
	})
	if err != nil {
		return admission.Outcome{}, tooLong(err)
	}
	if s.FilterChat || q.Key != "" { // what is kept for a key is kept without personal data, and is what is shown
		answer = &filteredChat{ChatStream: answer}
	}
	started <- answer
	// Not ctx: what is cancelled ends within a step, and says what it used.
	done, err := answer.Result(context.WithoutCancel(ctx))
	s.Prometheus.worked(assistant.Answer{
		Usage: assistant.Usage{Prompt: done.PromptTokens, Cached: done.CachedTokens, Completion: done.CompletionTokens},
	}, err)
	o := admission.Outcome{PromptTokens: done.PromptTokens, CachedTokens: done.CachedTokens, CompletionTokens: done.CompletionTokens}
	if err == nil {
		o.Answer, o.Detail = []byte(done.Text), []byte(finishReason(done))
	}
	return o, tooLong(err)
}

// tooLong says what clients expect of a conversation that the model cannot hold. Other errors stay as they are.
func tooLong(err error) error {
	if ilsai.ErrorCode(err) == ilsai.CodeTooLarge {
		return &openAIError{error: err, param: "messages", code: "context_length_exceeded", status: fiber.StatusBadRequest}
	}
	return err
}

// boundTokens holds a request to what one answer of the subscription may have.
func (s *Server) boundTokens(ctx context.Context, p tenancy.Principal, r *chatRequest) error {
	limits, err := s.Desk.Limits(ctx, p)
	switch {
	case err != nil:
		return err
	case r.MaxTokens == 0:
		r.MaxTokens = limits.MaxTokensPerQuery
	case r.MaxTokens > limits.MaxTokensPerQuery:
		return badParam(r.maxParam, "%s is %d; an answer has at most %d tokens in this subscription (%s).",
			r.maxParam, r.MaxTokens, limits.MaxTokensPerQuery, p.Tier.Title())
	}
	return nil
}

// chatKey is the client's idempotency key and the fingerprint of the request. It comes before what a request
// leaves open is filled in, which may differ the next time.
func chatKey(c *fiber.Ctx, p tenancy.Principal, r chatRequest) (string, [32]byte, error) {
	canonical, err := json.Marshal(r)
	if err != nil {
		return "", [32]byte{}, errors.Join(ilsai.Errorf(ilsai.CodeInternal, ""), err)
	}
	return idempotency(c, p, queryRequest{Question: string(canonical), QueryType: string(tenancy.QueryChat)})
}

// temperature is 0 for whoever asks for the likeliest token: for the engine a top_p of 0 would be no limit.
func (r chatRequest) temperature() float32 {
	if r.TopP == 0 || r.Temperature < leastTemperature {
		return 0
	}
	return float32(r.Temperature)
}

// seed is drawn when the client leaves it open. The highest bit stays clear: all bits set mean something else to llama.cpp.
func (r chatRequest) seed() uint32 {
	if r.Seed == nil {
		return rand.Uint32() >> 1
	}
	return uint32(*r.Seed^*r.Seed>>32) << 1 >> 1
}
