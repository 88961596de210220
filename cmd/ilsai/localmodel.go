package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/models"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy/fairq"
)

// localModel is a model in this process.
type localModel struct {
	generator
	chatModel
	engine   *engine.Engine
	adapters *shopAdapters
	waiting  *fairSource
	on       *accelerator
	file     string // or the built-in model's name
}

func openLocalModel(c *config, log *slog.Logger) (textModel, error) {
	o, err := openEngine(c, log)
	if err != nil {
		return nil, err
	}
	adapters := &shopAdapters{}
	return localModel{generator{o.engine, adapters}, chatModel{o.engine, adapters}, o.engine, adapters, o.waiting, o.on, o.name}, nil
}

func (m localModel) name() string     { return m.file }
func (m localModel) chatName() string { return chatName(m.file) }
func (m localModel) profile() string  { return m.engine.Info().Profile }
func (m localModel) Close() error     { return m.engine.Close() }

func (m localModel) queue(now time.Time) fairq.Snapshot { return m.waiting.queue.Snapshot(now) }

// check has nothing to ask: a model that is loaded is there.
func (m localModel) check(context.Context) server.Check {
	return server.Check{Name: "model", Detail: m.file + " (" + m.profile() + ")"}
}

// openedEngine is a loaded model and what it was decided on.
type openedEngine struct {
	engine  *engine.Engine
	waiting *fairSource // its work
	on      *accelerator
	name    string
}

// openEngine loads the configured model: the built-in one, or a file whose checksum the operator vouches for. It
// settles what c leaves to the machine: the slots, and whether a GPU is used.
func openEngine(c *config, log *slog.Logger) (o openedEngine, err error) {
	if o.on, err = openAccelerator(context.Background(), c); err != nil {
		return o, err
	}
	if err := o.on.fit(c); err != nil {
		return o, err
	}
	before := o.on.devices()
	err = o.load(c, log)
	if err != nil && o.on.active() && c.GPU == gpuAuto && ilsai.ErrorCode(err) != ilsai.CodeModelFile {
		o.on.giveUp(c, err)
		err = o.load(c, log)
	}
	if err != nil {
		return o, err
	}
	if o.on.active() {
		o.on.loaded(before, log)
	}
	o.on.report(log)
	return o, nil
}

// load needs to know the slots: the queue's bounds go by them.
func (e *openedEngine) load(c *config, log *slog.Logger) (err error) {
	e.waiting = newFairSource(c.queueOptions())
	o := engine.Options{ContextPerSeq: c.ContextTokens, Slots: c.Slots, PrefixSlots: prefixSlots, KeptSlots: c.KeptSequences, BatchTokens: batchTokens,
		Logger: log, Source: e.waiting}
	e.on.options(c, &o)
	e.name = models.Default().Name
	if c.Model == "" {
		o.Path, o.Bytes, o.SHA256 = e.name, models.DefaultBytes(), models.Default().SHA256
	} else {
		e.name = c.Model
		o.Path, o.SHA256 = c.Model, c.ModelSHA256
	}
	progress := newLoadProgress(e.name, os.Stderr)
	o.Progress = progress.report
	e.engine, err = engine.Open(o)
	progress.done(log, err)
	return err
}

// generator lets the assistant speak to the engine without knowing it.
type generator struct {
	engine   *engine.Engine
	adapters *shopAdapters
}

func (g generator) Generate(ctx context.Context, r assistant.Generation) (assistant.Completion, error) {
	st, err := g.engine.Stream(ctx, engine.Generation{
		RequestID: r.RequestID, Scope: r.Scope, Weight: r.Weight, System: r.System, PublicSystem: r.SystemPublic, User: r.User,
		Grammar: r.Grammar, MaxTokens: r.MaxTokens, Deadline: r.Deadline, Adapter: g.adapters.of(ilsai.TenantID(r.Scope)), Keep: true,
	})
	if err != nil {
		return assistant.Completion{}, err
	}
	if r.Waiting != nil {
		tellPlace(st, r.Waiting)
	}
	// Not ctx: a generation that is cancelled still ends within a step, and says what it used.
	c, err := st.Result(context.WithoutCancel(ctx))
	return assistant.Completion{ // with an error, as far as it went
		Text: c.Text, Truncated: c.Finish == sched.FinishLength, PromptTokens: c.PromptTokens, CachedTokens: c.CachedTokens, CompletionTokens: c.CompletionTokens, ForcedTokens: c.ForcedTokens,
		Position: c.Position, Queued: c.Queued, Prefill: c.Prefill, Decode: c.Decode,
	}, err
}
