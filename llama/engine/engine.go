package engine

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/sched"
)

// Options say which model to open and how much of it to run at once. Path or Bytes is required.
type Options struct {
	Path   string // a GGUF file
	Bytes  []byte // or its content, such as the embedded model; Path is its name then
	SHA256 string // expected checksum in hex; empty: not checked

	ContextPerSeq int // tokens a prompt and its answer may have; 1024, or less if the model knows less
	Slots         int // generations at once; 16
	PrefixSlots   int // public prefixes kept; 4; negative: none
	KeptSlots     int // finished generations kept for later ones of their scope; none
	BatchTokens   int // tokens per step; 512
	Threads       int // 0: chosen by the model's size
	GPULayers     int // 0: all, negative: none
	Split         llama.Split
	KV            llama.KVType
	Flash         llama.Flash
	// StepBudget is about how long a step may last that feeds running answers; 50 ms, negative: no limit.
	StepBudget time.Duration

	Queue  int              // requests that may wait; 256
	Source sched.Source     // instead of a queue of that length
	Now    func() time.Time // nil: time.Now

	Progress func(fraction float32) bool // while loading; false aborts
	Logger   *slog.Logger                // nil: quiet
}

// Engine is a loaded model that answers many generations at once. It is safe for concurrent use.
type Engine struct {
	model   *llama.Model
	ctx     *llama.Context
	sched   *sched.Scheduler
	prompts *prompter
	chats   *prompter
	info    Info

	adapters adapters

	logger   *slog.Logger
	unguided sync.Once // to log that a grammar cannot be followed
}

// Info describes an engine for people, health checks and metrics.
type Info struct {
	Model         llama.Info
	Profile       string // the file's ilsai.profile, "" when it has none
	ContextPerSeq int
	Slots         int
	PrefixSlots   int
	Threads       int
	BatchTokens   int
	LoadTime      time.Duration
}

// Open loads the model, allocates all memory that generating will need and starts the loop. A
// model file that cannot be used gives an error with ilsai.CodeModelFile that names it.
func Open(o Options) (*Engine, error) {
	start := time.Now()
	m, err := openModel(o)
	if err != nil {
		return nil, err
	}
	o.setDefaults(m.Info())
	e, err := newEngine(m, o)
	if err != nil {
		m.Close()
		return nil, err
	}
	e.info.LoadTime = time.Since(start)
	return e, nil
}

func openModel(o Options) (*llama.Model, error) {
	load := llama.Options{SHA256: o.SHA256, Progress: o.Progress, GPULayers: o.GPULayers, Split: o.Split}
	if o.Bytes != nil {
		return llama.OpenBytes(o.Path, o.Bytes, load)
	}
	return llama.Open(o.Path, load)
}

func newEngine(m *llama.Model, o Options) (*Engine, error) {
	c, err := m.NewContext(llama.ContextOptions{
		ContextPerSeq: o.ContextPerSeq, Sequences: o.Slots + o.PrefixSlots + o.KeptSlots, BatchTokens: o.BatchTokens, Threads: o.Threads,
		KV: o.KV, Flash: o.Flash,
	})
	if err != nil {
		return nil, err
	}
	b := newBackend(m, c)
	source := o.Source
	if source == nil {
		source = sched.NewFIFO(o.Queue)
	}
	s, err := sched.New(sched.Options{
		Backend: b, Source: source, PrefixSlots: o.PrefixSlots, KeptSlots: o.KeptSlots, StepBudget: o.StepBudget, Now: o.Now, Logger: o.Logger,
	})
	if err != nil {
		c.Close()
		return nil, err
	}
	s.Start()
	logger := o.Logger
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	prompts := newPrompter(m, b.shape.ContextPerSeq)
	return &Engine{
		logger: logger,
		model:  m, ctx: c, sched: s, prompts: prompts, chats: prompts.forChats(),
		info: Info{
			Model: m.Info(), Profile: m.Meta("ilsai.profile"), ContextPerSeq: b.shape.ContextPerSeq,
			Slots: o.Slots, PrefixSlots: o.PrefixSlots, Threads: o.Threads, BatchTokens: o.BatchTokens,
		},
	}, nil
}

// setDefaults fills in what was left open, for a model of that size.
func (o *Options) setDefaults(m llama.Info) {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&o.ContextPerSeq, min(1024, m.ContextTrain))
	set(&o.Slots, 16)
	set(&o.PrefixSlots, 4)
	o.PrefixSlots = max(o.PrefixSlots, 0)
	set(&o.BatchTokens, 512)
	o.KeptSlots = max(o.KeptSlots, 0)
	if o.StepBudget == 0 {
		o.StepBudget = 50 * time.Millisecond
	}
	o.StepBudget = max(o.StepBudget, 0)
	set(&o.Queue, 256)
	set(&o.Threads, defaultThreads(m.Parameters))
	if o.Logger != nil {
		level := slog.LevelError // its warnings are for its own developers
		if o.Logger.Enabled(context.Background(), slog.LevelDebug) {
			level = slog.LevelDebug
		}
		llama.SetLogger(o.Logger, level)
	}
}

// Info describes the engine.
func (e *Engine) Info() Info { return e.info }

// Stats are the scheduler's counts.
func (e *Engine) Stats() sched.Stats { return e.sched.Stats() }

// Model gives access to metadata and the tokenizer. It must not be closed.
func (e *Engine) Model() *llama.Model { return e.model }

// Shutdown ends the engine: nothing is admitted any more, running generations are finished, or
// cancelled once ctx is done. Then all memory is freed. The error is ctx's if something had to be
// cancelled. Calling it again does nothing.
func (e *Engine) Shutdown(ctx context.Context) error {
	err := e.sched.Stop(ctx)
	return errors.Join(err, e.ctx.Close(), e.model.Close())
}

// Close is Shutdown without patience.
func (e *Engine) Close() error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = e.sched.Stop(ctx) // its only error is ctx's
	return errors.Join(e.ctx.Close(), e.model.Close())
}
