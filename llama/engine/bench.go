package engine

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

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
	// Progress is told what is about to be measured.
	Progress func(what string)
}

// Measure is one figure of a bench and the bar it has to reach.
type Measure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Bar   float64 `json:"bar"` // at least this; 0: no bar
	Holds bool    `json:"holds"`
}

// ratioBar is how much of the bare loop's speed the scheduler must keep.
const ratioBar = 0.95

// Bench measures prefill and decode through the scheduler against a bare loop over llama_decode
// written in C++, on the same model in the same process, in alternating rounds. Speeds are medians;
// a ratio is the median of the rounds' ratios, so that a machine that slows down for a while slows
// both sides of it. Prefill and decode are measured apart. Both sides take the likeliest token and neither stops at an end token.
func Bench(ctx context.Context, o BenchOptions) ([]Measure, error) {
	open := Options{Path: o.Path, Bytes: o.Bytes, SHA256: o.SHA256, Threads: o.Threads, BatchTokens: o.BatchTokens}
	m, err := openModel(open)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	open.setDefaults(m.Info())
	o.setDefaults()
	var out []Measure
	for _, n := range o.Sequences {
		if o.Progress != nil {
			o.Progress(fmt.Sprintf("%d sequences", n))
		}
		got, err := benchSequences(ctx, m, n, o, open)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
	}
	return out, nil
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
}

// speeds are tokens per second.
type speeds struct{ prefill, decode float64 }

func benchSequences(ctx context.Context, m *llama.Model, n int, o BenchOptions, open Options) ([]Measure, error) {
	co := llama.ContextOptions{
		ContextPerSeq: o.PromptTokens + o.DecodeTokens + 1, Sequences: n, BatchTokens: open.BatchTokens, Threads: open.Threads,
	}
	prompt := make([]llama.Token, o.PromptTokens)
	for i := range prompt {
		prompt[i] = llama.Token(i % m.Info().Vocab)
	}
	var bare, through []speeds
	for range o.Rounds + 1 {
		b, err := benchBare(m, co, prompt, o.DecodeTokens)
		if err != nil {
			return nil, err
		}
		s, err := benchScheduler(ctx, m, co, prompt, o.DecodeTokens)
		if err != nil {
			return nil, err
		}
		bare, through = append(bare, b), append(through, s)
	}
	bare, through = bare[1:], through[1:] // the first round warms up
	measures := func(phase string, of func(speeds) float64) []Measure {
		var a, b, ratios []float64
		for i := range bare {
			a, b = append(a, of(bare[i])), append(b, of(through[i]))
			ratios = append(ratios, b[i]/a[i])
		}
		ratio := median(ratios)
		return []Measure{
			{Name: fmt.Sprintf("%s bare %d", phase, n), Value: median(a), Unit: "tokens/s", Holds: true},
			{Name: fmt.Sprintf("%s sched %d", phase, n), Value: median(b), Unit: "tokens/s", Holds: true},
			{Name: fmt.Sprintf("%s ratio %d", phase, n), Value: ratio, Unit: "sched/bare", Bar: ratioBar, Holds: ratio >= ratioBar},
		}
	}
	return append(measures("prefill", func(s speeds) float64 { return s.prefill }),
		measures("decode", func(s speeds) float64 { return s.decode })...), nil
}

func median(list []float64) float64 {
	list = slices.Sorted(slices.Values(list))
	n := len(list)
	return (list[(n-1)/2] + list[n/2]) / 2
}

// decodePrompt is how many tokens each prompt has when decoding is measured: so few that all
// prompts fit one batch, and no decode row has to share its step with a prompt.
const decodePrompt = 4

// benchBare runs on a thread of its own, as the scheduler's loop does.
func benchBare(m *llama.Model, co llama.ContextOptions, prompt []llama.Token, decode int) (s speeds, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		var c *llama.Context
		if c, err = m.NewContext(co); err != nil {
			return
		}
		defer c.Close()
		var prefillMicros, decodeMicros int64
		if prefillMicros, _, err = c.BareDecode(co.Sequences, prompt, 1); err != nil {
			return
		}
		if _, decodeMicros, err = c.BareDecode(co.Sequences, prompt[:decodePrompt], decode); err != nil {
			return
		}
		s.prefill = float64(co.Sequences*len(prompt)) / float64(prefillMicros) * 1e6
		s.decode = float64(co.Sequences*decode) / float64(decodeMicros) * 1e6
	}()
	<-done
	return s, err
}

// meter is a Backend that never ends a generation and notes when its first and last step were
// done. The end is taken there and not where the results arrive: on a busy machine the kernel may
// take longer to run the goroutine that waits for them than many steps take.
type meter struct {
	*backend
	first, last time.Time
}

func (b *meter) Step(rows []sched.Row) error {
	err := b.backend.Step(rows)
	for i := range rows {
		rows[i].EOG = false
	}
	b.last = time.Now()
	if b.first.IsZero() {
		b.first = b.last
	}
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

func benchScheduler(ctx context.Context, m *llama.Model, co llama.ContextOptions, prompt []llama.Token, decode int) (speeds, error) {
	c, err := m.NewContext(co)
	if err != nil {
		return speeds{}, err
	}
	defer c.Close()
	start, _, end, err := runTogether(ctx, m, c, prompt, 1)
	if err != nil {
		return speeds{}, err
	}
	s := speeds{prefill: float64(co.Sequences*len(prompt)) / end.Sub(start).Seconds()}
	// One token comes from the prompt's last row, the others take a step each.
	_, first, end, err := runTogether(ctx, m, c, prompt[:decodePrompt], decode+1)
	s.decode = float64(co.Sequences*decode) / end.Sub(first).Seconds()
	return s, err
}

// runTogether generates n tokens in every sequence of c, through a scheduler of its own. It tells
// when the first request was submitted, and when the first and the last step were done.
func runTogether(ctx context.Context, m *llama.Model, c *llama.Context, prompt []llama.Token, n int) (start, first, end time.Time, err error) {
	sequences := c.Options().Sequences
	b := &meter{backend: newBackend(m, c)}
	source := &heldSource{FIFO: sched.NewFIFO(sequences)}
	s, err := sched.New(sched.Options{Backend: b, Source: source})
	if err != nil {
		return start, first, end, err
	}
	s.Start()
	defer func() { _ = s.Stop(context.Background()) }() // drains, and such a Stop has no error
	streams := make([]*sched.Stream, sequences)
	start = time.Now()
	for i := range streams {
		source.open.Store(i == len(streams)-1)
		if streams[i], err = s.Submit(ctx, sched.Request{Prompt: prompt, MaxTokens: n}); err != nil {
			return start, first, end, err
		}
	}
	for _, st := range streams {
		if _, err := st.Result(context.WithoutCancel(ctx)); err != nil {
			return start, first, end, err
		}
	}
	return start, b.first, b.last, nil
}
