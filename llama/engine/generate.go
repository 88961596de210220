package engine

import (
	"context"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/sched"
)

// Generation is one question to the model.
type Generation struct {
	RequestID string
	Scope     string  // opaque; a fair Source shares by it
	Weight    float64 // opaque hint for a Source

	// Adapter is the SHA-256 of an added adapter, whose change to the model holds for this generation alone; empty:
	// the model as it is.
	Adapter string

	System string
	User   string // plain text: nothing in it can become a control token
	// PublicSystem says that System is the same for everybody and contains nothing of anybody, so
	// that everything before the user's text may be computed once for all.
	PublicSystem bool
	// Keep lets later generations of the same Scope continue from this one's prompt and answer.
	Keep bool

	Grammar     string // GBNF with a rule named root; from our own code, never from a client
	SampleAll   bool   // sample also where Grammar leaves no choice; to compare
	MaxTokens   int    // 256
	Temperature float32
	TopK        int
	TopP        float32
	MinP        float32
	Seed        uint32
	Stop        []string
	Deadline    time.Time // zero: none but ctx's
}

// Completion is what a Generation came to.
type Completion = sched.Result

// Stream delivers a Completion while it is generated.
type Stream = sched.Stream

// Generate generates and waits for the end. When ctx is done the generation is cancelled. Errors
// carry ilsai.CodeTooLarge, CodeInvalid, CodeNotFound (the adapter), CodeOverloaded or CodeUnavailable when nothing has run,
// else CodeCanceled, CodeDeadline or CodeGenerationFailed, with the Completion as far as it goes.
func (e *Engine) Generate(ctx context.Context, g Generation) (Completion, error) {
	st, err := e.Stream(ctx, g)
	if err != nil {
		return Completion{}, err
	}
	// Not ctx: a cancelled generation still ends within a step, and says what it used.
	return st.Result(context.WithoutCancel(ctx))
}

// Stream starts a generation and returns at once. When ctx is done the generation is cancelled.
func (e *Engine) Stream(ctx context.Context, g Generation) (*Stream, error) {
	messages := make([]llama.Message, 0, 2)
	if g.System != "" {
		messages = append(messages, llama.Message{Role: "system", Content: g.System})
	}
	messages = append(messages, llama.Message{Role: "user", Content: g.User})
	prompt, public, err := e.prompts.render(messages)
	if err != nil {
		return nil, err
	}
	if !g.PublicSystem || g.System == "" {
		public = 0
	}
	if g.MaxTokens == 0 {
		g.MaxTokens = 256
	}
	if t, ok := ctx.Deadline(); ok && (g.Deadline.IsZero() || t.Before(g.Deadline)) {
		g.Deadline = t
	}
	r := sched.Request{
		ID: g.RequestID, Scope: g.Scope, Weight: g.Weight, Cost: float64(len(prompt) + 2*g.MaxTokens),
		Prompt: prompt, PublicPrefix: public, Keep: g.Keep, Grammar: g.Grammar,
		Sampling:  sched.Sampling{Temperature: g.Temperature, TopK: g.TopK, TopP: g.TopP, MinP: g.MinP, Seed: g.Seed},
		Stop:      g.Stop,
		MaxTokens: g.MaxTokens,
		Deadline:  g.Deadline,
	}
	if guide := e.guide(g); guide != nil {
		r.Guide = guide
	}
	return e.submit(ctx, r, g.Adapter)
}

// submit hands in a request that is computed with an adapter.
func (e *Engine) submit(ctx context.Context, r sched.Request, adapter string) (*Stream, error) {
	id, done, err := e.adapter(adapter)
	if err != nil {
		return nil, err
	}
	r.Adapter = id
	st, err := e.sched.Submit(ctx, r)
	if err != nil {
		done()
		return nil, err
	}
	if id != 0 {
		go func() { // every generation ends, at the latest with the engine
			<-st.Done()
			done()
		}()
	}
	return st, nil
}

// CheckGrammar tells whether a grammar could be used, without a request.
func (e *Engine) CheckGrammar(grammar string) error {
	s, err := e.model.NewSampler(llama.Sampling{}, grammar)
	if err != nil {
		return ilsai.Wrap(ilsai.CodeInvalid, err, "the grammar is not valid")
	}
	return s.Close()
}
