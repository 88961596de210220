package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/assistant/evaluation"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/models"
)

const (
	schedulerBar  = 0.95 // of the bare loop's speed, that the scheduler, and all that is around it, must keep
	choosingBar   = 0.05 // of a step, that choosing tokens may take
	plannedBar    = 0.4  // sampled steps per token of a plan
	prefixBar     = 0.35 // of the time to the first token, when the public prefix is kept
	cancelBar     = 1    // steps from a cancellation until the slot is free
	slowReaderBar = 1.1  // times between others' tokens beside a client that hardly reads
)

// engineOptions size the parts of the engine's bench.
type engineOptions struct {
	parts     []string
	shape     string // "": the configured model
	questions string // "": the bench's own

	compared engine.BenchOptions // scheduler and bare loop
	streams  int                 // of the other parts
	rounds   int
	tokens   int // of an answer over HTTP
	steps    int // compared, of choosing
	prefix   int
	seed     uint64
}

// enginePart takes the figures of one part. shaped is the configuration with the model of the shape.
type enginePart struct {
	name   string
	shaped bool
	run    func(ctx context.Context, c *config, o engineOptions, m *measurement) ([]bar, error)
}

var engineParts = []enginePart{
	{"scheduler", false, benchScheduler},
	{"plans", false, benchPlans},
	{"http", true, benchThroughHTTP},
	{"choosing", true, benchChoosing},
	{"prefix", true, benchPrefix},
	{"cancel", true, benchCancel},
	{"reader", true, benchSlowReader},
}

func partNames() (names []string) {
	for _, p := range engineParts {
		names = append(names, p.name)
	}
	return names
}

func newBenchEngine() *cobra.Command {
	var o engineOptions
	cmd := benchCommand("engine", "The engine against a bare llama_decode loop, and what it adds to a step and saves",
		func(ctx context.Context, c *config, m *measurement) ([]bar, error) { return benchEngine(ctx, c, o, m) })
	cmd.Long = "Parts:\n" +
		"  scheduler  prefill and decode of the configured model, through the scheduler against a bare loop\n" +
		"  plans      sampled steps per token of the plans that the configured model makes\n" +
		"and with a model of --shape, whose weights are random and whose answers are as long as asked for:\n" +
		"  http       chats streamed from 'ilsai serve' against a bare loop\n" +
		"  choosing   what sampling and grammars add to a step\n" +
		"  prefix     time to the first token with a public prefix kept and not\n" +
		"  cancel     steps from a cancellation until the slot is free\n" +
		"  reader     time between tokens beside a client that reads one byte a second"
	cmd.Example = "  ilsai bench engine --parts http,reader --shape 250m\n  ilsai bench engine --model 8b.gguf --model-sha256 … --shape ''"
	f := cmd.Flags()
	f.StringSliceVar(&o.parts, "parts", partNames(), "what to measure")
	f.IntSliceVar(&o.compared.Sequences, "sequences", []int{1, 4, 16, 64}, "scheduler: generations at once")
	f.IntVar(&o.compared.Rounds, "rounds", 15, "scheduler: rounds of each side, in turn")
	f.IntVar(&o.compared.DecodeTokens, "tokens", 128, "scheduler: tokens that each generates")
	f.IntVar(&o.streams, "streams", 16, "the other parts: generations at once")
	f.IntVar(&o.rounds, "other-rounds", 5, "http, prefix, reader: rounds of each side, in turn")
	f.IntVar(&o.tokens, "answer-tokens", 96, "http, reader: tokens of an answer")
	f.IntVar(&o.steps, "steps", 60, "choosing: steps of each side, in turn")
	f.IntVar(&o.prefix, "prefix", 400, "prefix: tokens of it")
	f.StringVar(&o.questions, "questions", "", "plans: a question set as 'ilsai eval' reads it, instead of a few questions")
	f.Uint64Var(&o.seed, "seed", 1, "of prompts and sampling")
	addShapeFlag(cmd, &o.shape, "250m")
	return cmd
}

func benchEngine(ctx context.Context, c *config, o engineOptions, m *measurement) (bars []bar, err error) {
	if o.streams < 2 || o.rounds < 1 || o.tokens < 8 || o.steps < 10 || o.prefix < 1 {
		return nil, usagef("--streams must be at least 2, --other-rounds 1, --answer-tokens 8, --steps 10 and --prefix 1")
	}
	for _, name := range o.parts {
		if !slices.Contains(partNames(), name) {
			return nil, usagef("there is no part %q; there are %s", name, strings.Join(partNames(), ", "))
		}
	}
	m.fact("seed", o.seed)
	shaped := *c
	remove := func() {}
	if slices.ContainsFunc(engineParts, func(p enginePart) bool { return p.shaped && slices.Contains(o.parts, p.name) }) {
		if remove, err = useShape(ctx, &shaped, m, o.shape); err != nil {
			return nil, err
		}
	}
	defer remove()
	for _, p := range engineParts {
		if !slices.Contains(o.parts, p.name) {
			continue
		}
		with := c
		if p.shaped {
			with = &shaped
		}
		more, err := p.run(ctx, with, o, m)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", p.name, err)
		}
		bars = append(bars, more...)
	}
	return bars, nil
}

// modelToBench is the configured model.
func modelToBench(c *config, m *measurement) engine.BenchOptions {
	o := engine.BenchOptions{Path: models.Default().Name, Bytes: models.DefaultBytes(), SHA256: models.Default().SHA256, GPULayers: -1}
	if c.Model != "" {
		o.Path, o.Bytes, o.SHA256 = c.Model, nil, c.ModelSHA256
	}
	var on engine.Options
	c.on.options(c, &on)
	o.Threads, o.GPULayers, o.Split, o.KV, o.Flash = on.Threads, on.GPULayers, on.Split, on.KV, on.Flash
	o.Progress = func(what string) { m.sayf("%s", what) }
	return o
}

func benchScheduler(ctx context.Context, c *config, o engineOptions, m *measurement) (bars []bar, err error) {
	use := modelToBench(c, m)
	use.Sequences, use.Rounds, use.DecodeTokens = o.compared.Sequences, o.compared.Rounds, o.compared.DecodeTokens
	compared, err := engine.Bench(ctx, use)
	if err != nil {
		return nil, err
	}
	plots := map[engine.Phase]*bench.Plot{}
	for _, phase := range []engine.Phase{engine.Prefill, engine.Decode} {
		plots[phase] = &bench.Plot{X: "sequences at once", Y: "tokens/s", Lines: []bench.Line{{Name: "bare llama_decode loop"}, {Name: "scheduler"}}}
		m.sections = append(m.sections, bench.Section{Title: string(phase) + " by sequences", Plot: plots[phase]})
	}
	for _, c := range compared {
		plot := plots[c.Phase]
		plot.Names = append(plot.Names, strconv.Itoa(c.Sequences))
		for i, v := range []float64{c.Bare, c.Sched} {
			plot.Lines[i].Points = append(plot.Lines[i].Points, bench.Point{X: float64(c.Sequences), Y: v})
		}
		bars = append(bars,
			figure(fmt.Sprintf("%s bare %d", c.Phase, c.Sequences), c.Bare, "tokens/s"),
			figure(fmt.Sprintf("%s sched %d", c.Phase, c.Sequences), c.Sched, "tokens/s"),
			atLeast(fmt.Sprintf("%s ratio %d", c.Phase, c.Sequences), c.Ratio, "sched/bare", schedulerBar))
	}
	return bars, nil
}

// benchPlans has the model make plans, one at a time, and counts the tokens that were sampled and not forced.
func benchPlans(ctx context.Context, c *config, o engineOptions, m *measurement) ([]bar, error) {
	questions := benchQuestions
	if o.questions != "" {
		set, err := evaluation.ReadSet(o.questions, "", "sales")
		if err != nil {
			return nil, err
		}
		questions = nil
		for _, c := range set.Cases {
			questions = append(questions, c.Question)
		}
	}
	use := modelToBench(c, m)
	e, err := engine.Open(engine.Options{Path: use.Path, Bytes: use.Bytes, SHA256: use.SHA256, Threads: use.Threads, GPULayers: use.GPULayers, Split: use.Split, Slots: 1})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	m.sayf("plans of %d questions", len(questions))
	sampled, tokens := 0, 0
	for i, q := range questions {
		done, err := e.Generate(ctx, engine.Generation{
			System: "plan sales", PublicSystem: true, User: strings.ToLower(semantic.Normalize(q)), Grammar: semantic.PlanGrammar(semantic.Sales(), q), MaxTokens: 160,
		})
		if err != nil {
			return nil, err
		}
		sampled, tokens = sampled+done.CompletionTokens-done.ForcedTokens, tokens+done.CompletionTokens
		m.part(float64(i+1) / float64(len(questions)))
	}
	return []bar{
		figure("plans, tokens of each", float64(tokens)/float64(len(questions)), "tokens"),
		atMost("plans, sampled steps per token", float64(sampled)/float64(tokens), "steps/token", plannedBar),
	}, nil
}

// benchChoosing measures the ways in which the product chooses tokens. A trained model proposes what its grammar allows
// nearly always, and then a grammar is asked about one token. One of random weights proposes nothing of the
// kind, and the grammar is asked about the whole vocabulary: what it costs at worst. So the cost of grammars is
// that of the built-in model at its own work, as a part of a step of the other.
func benchChoosing(ctx context.Context, c *config, o engineOptions, m *measurement) (bars []bar, err error) {
	question := benchQuestions[0]
	plan := engine.Choice{Name: "plan", System: "plan sales", User: strings.ToLower(semantic.Normalize(question)), Grammar: semantic.PlanGrammar(semantic.Sales(), question)}
	answer := engine.Choice{Name: "answer", System: "answer sales", User: "revenue by month", Grammar: semantic.AnswerGrammar(soakShapes[1])}
	costs, err := engine.BenchChoices(ctx, modelToBench(c, m), o.streams, o.steps, []engine.Choice{
		{Name: "chat", User: promptOf(o.seed, 0, 16, 0), Sampling: llama.Sampling{Temperature: 0.7, TopK: engine.ChatTopK, TopP: 0.9, Seed: uint32(o.seed)}}, plan, answer,
	})
	if err != nil {
		return nil, err
	}
	builtIn := *c
	builtIn.Model = ""
	trained, err := engine.BenchChoices(ctx, modelToBench(&builtIn, m), o.streams, o.steps, []engine.Choice{plan, answer})
	if err != nil {
		return nil, err
	}
	step := costs[0].StepMS
	bars = []bar{
		figure(fmt.Sprintf("step of %d streams, likeliest", o.streams), step, "ms"),
		atMost("added by choosing, chat", costs[0].Share(), "of the step", choosingBar),
	}
	for _, cost := range trained {
		bars = append(bars, figure(cost.Name+", added, built-in model", cost.AddedMS, "ms"), atMost("added by choosing, "+cost.Name, cost.AddedMS/step, "of the step", choosingBar))
	}
	for _, cost := range costs[1:] {
		bars = append(bars, figure("at worst, "+cost.Name, cost.Share(), "of the step"))
	}
	plot := &bench.Plot{Y: "ms"}
	names := []string{"chat", "plan", "answer", "plan at worst", "answer at worst"}
	lines := []bench.Line{{Name: "step"}, {Name: "added by choosing"}}
	for i, cost := range slices.Concat(costs[:1], trained, costs[1:]) {
		plot.Names = append(plot.Names, names[i])
		for n, v := range []float64{step, max(cost.AddedMS, 0)} {
			lines[n].Points = append(lines[n].Points, bench.Point{X: float64(i), Y: v})
		}
	}
	plot.Lines = lines
	m.sections = append(m.sections, bench.Section{Title: "Choosing tokens", Plot: plot})
	return bars, nil
}

func benchPrefix(ctx context.Context, c *config, o engineOptions, m *measurement) ([]bar, error) {
	const own = 20
	times, err := engine.BenchPrefix(ctx, modelToBench(c, m), o.prefix, own, o.rounds, o.seed)
	if err != nil {
		return nil, err
	}
	kept, computed := times.Kept.Median(), times.Computed.Median()
	return []bar{
		figure("first token, prefix kept, p50", kept, "ms"), figure("first token, not kept, p50", computed, "ms"),
		atMost(fmt.Sprintf("first token, prefix of %d tokens", o.prefix), kept/computed, "kept/not", prefixBar),
	}, nil
}

func benchCancel(ctx context.Context, c *config, o engineOptions, m *measurement) ([]bar, error) {
	steps, err := engine.BenchCancel(ctx, modelToBench(c, m), o.streams, max(o.streams, 2*o.rounds))
	if err != nil {
		return nil, err
	}
	return []bar{
		figure("cancellation until free, mean", steps.Mean(), "steps"),
		atMost("cancellation until free, most", steps.Max(), "steps", cancelBar),
	}, nil
}
