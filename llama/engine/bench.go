package engine

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/sched"
)

// BenchOptions size a bench. Zero fields get the defaults named.
type BenchOptions struct {
	Path   string // the model, as in Options
	Bytes  []byte
	SHA256 string

	Sequences    []int // generations at once; 1, 4, 16
	PromptTokens int   // per generation; 64
	DecodeTokens int   // per generation; 128
	Rounds       int   // of each kind, alternating; 15
	Threads      int   // 0: as Open chooses
	BatchTokens  int   // 512
	GPULayers    int   // this and the following as in Options
	Split        llama.Split
	KV           llama.KVType
	Flash        llama.Flash
	// Progress is told what is about to be measured.
	Progress func(what string)
}

func (o *BenchOptions) setDefaults() {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	if len(o.Sequences) == 0 {
		o.Sequences = []int{1, 4, 16}
	}
	set(&o.PromptTokens, 64)
	o.PromptTokens = max(o.PromptTokens, decodePrompt)
	set(&o.DecodeTokens, 128)
	set(&o.Rounds, 15)
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
}

// open loads the model and fills in what was left open. The caller closes it.
func (o *BenchOptions) open() (*llama.Model, Options, error) {
	open := Options{Path: o.Path, Bytes: o.Bytes, SHA256: o.SHA256, Threads: o.Threads, BatchTokens: o.BatchTokens,
		GPULayers: o.GPULayers, Split: o.Split, KV: o.KV, Flash: o.Flash}
	m, err := openModel(open)
	if err != nil {
		return nil, open, err
	}
	open.setDefaults(m.Info())
	o.setDefaults()
	return m, open, nil
}

// Phase is a part of generating whose speed is measured apart.
type Phase string

// The phases.
const (
	Prefill Phase = "prefill"
	Decode  Phase = "decode"
)

// Comparison is the speed of one phase on both sides, in tokens per second of all sequences together.
type Comparison struct {
	Phase       Phase
	Sequences   int
	Bare, Sched float64 // medians
	Ratio       float64 // median of the rounds' ratios of Sched to Bare
	Outside     float64 // of Decode: median part of the scheduler's time in which nothing is computed: a device waits
}

// Bench measures prefill and decode through the scheduler against a bare loop over llama_decode
// written in C++, on the same model in the same process, in alternating rounds. Speeds are medians;
// a ratio is the median of the rounds' ratios, so that a machine that slows down for a while slows
// both sides of it. Prefill and decode are measured apart. Both sides take the likeliest token and neither stops at an end token.
func Bench(ctx context.Context, o BenchOptions) ([]Comparison, error) {
	m, open, err := o.open()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	var out []Comparison
	for _, n := range o.Sequences {
		got, err := benchSequences(ctx, m, n, o, open)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
}

// speeds are tokens per second.
type speeds map[Phase]float64

func benchSequences(ctx context.Context, m *llama.Model, n int, o BenchOptions, open Options) (out []Comparison, err error) {
	co := llama.ContextOptions{
		ContextPerSeq: o.PromptTokens + o.DecodeTokens + 1, Sequences: n, BatchTokens: open.BatchTokens, Threads: open.Threads,
		KV: open.KV, Flash: open.Flash,
	}
	prompt := benchPrompt(m, o.PromptTokens)
	bare, through, ratios := map[Phase]bench.Samples{}, map[Phase]bench.Samples{}, map[Phase]bench.Samples{}
	var outside bench.Samples
	for round := range o.Rounds + 1 {
		o.Progress(fmt.Sprintf("%d sequences, round %d of %d", n, round, o.Rounds))
		b, err := benchBare(m, co, prompt, o.DecodeTokens)
		if err != nil {
			return nil, err
		}
		s, idle, err := benchScheduler(ctx, m, co, prompt, o.DecodeTokens)
		if err != nil {
			return nil, err
		}
		if round == 0 { // warms up
			continue
		}
		outside = append(outside, idle)
		for phase := range b {
			bare[phase], through[phase] = append(bare[phase], b[phase]), append(through[phase], s[phase])
			ratios[phase] = append(ratios[phase], s[phase]/b[phase])
		}
	}
	for _, phase := range []Phase{Prefill, Decode} {
		out = append(out, Comparison{Phase: phase, Sequences: n, Bare: bare[phase].Median(), Sched: through[phase].Median(), Ratio: ratios[phase].Median()})
	}
	out[1].Outside = outside.Median()
	return out, nil
}

// benchPrompt is any n tokens.
func benchPrompt(m *llama.Model, n int) []llama.Token {
	prompt := make([]llama.Token, n)
	for i := range prompt {
		prompt[i] = llama.Token(i % m.Info().Vocab)
	}
	return prompt
}

// decodePrompt is how many tokens each prompt has when decoding is measured: so few that all
// prompts fit one batch, and no decode row has to share its step with a prompt.
const decodePrompt = 4

// benchBare runs on a thread of its own, as the scheduler's loop does.
func benchBare(m *llama.Model, co llama.ContextOptions, prompt []llama.Token, decode int) (speeds, error) {
	prefillMicros, decodeMicros := int64(0), int64(0)
	err := onOwnThread(func() error {
		c, err := m.NewContext(co)
		if err != nil {
			return err
		}
		defer c.Close()
		if prefillMicros, _, err = c.BareDecode(co.Sequences, prompt, 1); err != nil {
			return err
		}
		_, decodeMicros, err = c.BareDecode(co.Sequences, prompt[:decodePrompt], decode)
		return err
	})
	return speeds{
		Prefill: float64(co.Sequences*len(prompt)) / float64(prefillMicros) * 1e6,
		Decode:  float64(co.Sequences*decode) / float64(decodeMicros) * 1e6,
	}, err
}

// onOwnThread runs f and waits. OpenMP keeps a team of workers for each thread that calls in.
func onOwnThread(f func() error) (err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err = f()
	}()
	<-done
	return err
}

// heldSource gives out nothing until it is opened, so that all generations start together.
type heldSource struct {
	*sched.FIFO
	open atomic.Bool
}

func (q *heldSource) Next(now time.Time) *sched.Job {
	if !q.open.Load() {
		return nil
	}
	return q.FIFO.Next(now)
}

func benchScheduler(ctx context.Context, m *llama.Model, co llama.ContextOptions, prompt []llama.Token, decode int) (s speeds, outside float64, err error) {
	c, err := m.NewContext(co)
	if err != nil {
		return nil, 0, err
	}
	defer c.Close()
	ran, err := runTogether(ctx, m, c, prompt, 1)
	if err != nil {
		return nil, 0, err
	}
	s = speeds{Prefill: float64(co.Sequences*len(prompt)) / ran.last.Sub(ran.start).Seconds()}
	// One token comes from the prompt's last row, the others take a step each.
	ran, err = runTogether(ctx, m, c, prompt[:decodePrompt], decode+1)
	took := ran.last.Sub(ran.first)
	s[Decode] = float64(co.Sequences*decode) / took.Seconds()
	return s, 1 - ran.computing.Seconds()/took.Seconds(), err
}

// together is when the first request was submitted, when the first and the last step were done, and for how long
// something was computed between those.
type together struct {
	start, first, last time.Time
	computing          time.Duration
}

// runTogether generates n tokens in every sequence of c, through a scheduler of its own.
func runTogether(ctx context.Context, m *llama.Model, c *llama.Context, prompt []llama.Token, n int) (ran together, err error) {
	sequences := c.Options().Sequences
	b := &meter{endless: endless{newBackend(m, c)}}
	source := &heldSource{FIFO: sched.NewFIFO(sequences)}
	s, err := sched.New(sched.Options{Backend: b, Source: source})
	if err != nil {
		return ran, err
	}
	s.Start()
	defer func() { _ = s.Stop(context.Background()) }() // drains, and such a Stop has no error
	streams := make([]*sched.Stream, sequences)
	ran.start = time.Now()
	for i := range streams {
		source.open.Store(i == len(streams)-1)
		if streams[i], err = s.Submit(ctx, sched.Request{Prompt: prompt, MaxTokens: n}); err != nil {
			return ran, err
		}
	}
	for _, st := range streams {
		if _, err := st.Result(context.WithoutCancel(ctx)); err != nil {
			return ran, err
		}
	}
	ran.first, ran.last, ran.computing = b.first, b.last, b.computed-b.before
	return ran, nil
}
