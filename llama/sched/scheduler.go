package sched

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ils-platform/ilsai"
)

// Options configure a Scheduler. Backend is required.
type Options struct {
	Backend Backend
	// Source holds the waiting jobs; nil: NewFIFO(256).
	Source Source
	// PrefixSlots is how many of the Backend's sequences hold public prefixes, KeptSlots how many hold what
	// finished requests with Keep left; the rest are slots.
	PrefixSlots, KeptSlots int
	// StepBudget is about how long a step may last that feeds running answers: prompts are cut into pieces
	// that small. 0: no limit.
	StepBudget time.Duration
	// Now is the clock; nil: time.Now.
	Now func() time.Time
	// Logger gets failures of the Backend; nil: they are not logged.
	Logger *slog.Logger
}

// Scheduler batches generations on one Backend. Make it with New, then Start; Stop ends it. The
// Backend stays the caller's, who closes it after Stop has returned.
type Scheduler struct {
	backend Backend
	shape   Shape
	source  Source
	now     func() time.Time
	logger  *slog.Logger

	// The loop's alone.
	slots      []*slot
	prefixes   prefixes
	keeps      keeps
	pace       pace
	promptRows int         // of the current batch
	decoding   bool        // an answer runs, whoever's turn it is
	prefilling []*slot     // in order of admission
	sequences  []*sequence // of slots and prefixes, in order of seq
	rows       []Row
	expired    []*Job
	tallies    []*tally // of the scopes that hold slots
	crowdTurn  int      // the slot from which on crowded scopes' slots are fed next
	crowdSpare float64  // seconds by which they may lengthen the next step
	admissions uint64
	full       bool // somebody waits for room in the KV cache; admit nothing until a slot is freed
	turn       int  // the adapter whose rows run
	adapter    int  // the Backend's; -1: unknown

	wakeup  chan struct{} // holds one signal
	stats   counters
	aborted atomic.Bool // Stop has run out of patience

	mu      sync.RWMutex // held for reading by Submit, so that closing waits for those in progress
	started bool
	closed  bool
	done    chan struct{}
}

// New checks the options. The error is a programming error.
func New(o Options) (*Scheduler, error) {
	s := &Scheduler{
		backend: o.Backend, shape: o.Backend.Shape(), source: o.Source, now: o.Now, logger: o.Logger,
		pace: pace{budget: o.StepBudget}, wakeup: make(chan struct{}, 1), done: make(chan struct{}),
	}
	if s.source == nil {
		s.source = NewFIFO(256)
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.logger == nil {
		s.logger = slog.New(slog.DiscardHandler)
	}
	slots := s.shape.Sequences - o.PrefixSlots - o.KeptSlots
	switch {
	case s.shape.Cells < 0:
		return nil, ilsai.Errorf(ilsai.CodeInternal, "a KV cache of %d cells", s.shape.Cells)
	case o.PrefixSlots < 0 || o.KeptSlots < 0 || slots < 1:
		return nil, ilsai.Errorf(ilsai.CodeInternal, "%d sequences cannot hold %d prefixes, %d kept ones and a slot", s.shape.Sequences, o.PrefixSlots, o.KeptSlots)
	case s.shape.BatchTokens < slots+1:
		return nil, ilsai.Errorf(ilsai.CodeInternal, "a batch of %d tokens is too small for %d slots", s.shape.BatchTokens, slots)
	}
	for i := range s.shape.Sequences {
		switch {
		case i < slots:
			sl := &slot{sequence: sequence{seq: int32(i)}}
			s.slots, s.sequences = append(s.slots, sl), append(s.sequences, &sl.sequence)
		case i >= slots+o.PrefixSlots:
			s.keeps = append(s.keeps, &kept{seq: int32(i)})
		default:
			p := &prefix{sequence: sequence{seq: int32(i)}}
			s.prefixes, s.sequences = append(s.prefixes, p), append(s.sequences, &p.sequence)
		}
	}
	s.rows = make([]Row, 0, s.shape.BatchTokens)
	s.prefilling = make([]*slot, 0, slots)
	return s, nil
}

// Submit hands in a request. It returns at once: with a Stream, or with an error that has the code
// ilsai.CodeInvalid, CodeTooLarge, CodeNotFound (the adapter), CodeOverloaded or CodeUnavailable. When ctx is done, the
// generation is cancelled, whether anybody reads the Stream or not.
func (s *Scheduler) Submit(ctx context.Context, r Request) (*Stream, error) {
	if err := r.validate(s.shape); err != nil {
		return nil, err
	}
	if a, ok := s.backend.(Adapted); r.Adapter < 0 || r.Adapter > 0 && (!ok || !a.HasAdapter(r.Adapter)) {
		return nil, ilsai.Errorf(ilsai.CodeNotFound, "the model has no adapter %d", r.Adapter)
	}
	r.MaxTokens = min(r.MaxTokens, s.shape.perSequence()-len(r.Prompt))
	r.PublicPrefix = min(r.PublicPrefix, len(r.Prompt)-1) // the last token has to be fed to sample after it
	// Reading a grammar takes time: it is done here, on the caller's goroutine, not in the loop.
	sampler, err := s.backend.NewSampler(r.Sampling, r.Grammar)
	if err != nil {
		return nil, ilsai.Wrap(ilsai.CodeInvalid, err, "the sampling settings or the grammar are not valid")
	}
	j := &Job{
		req: r, sampler: sampler, submitted: s.now(),
		text: newAssembler(r.Stop), piece: make([]byte, 0, 64),
		result: Result{PromptTokens: len(r.Prompt), Tokens: make([]Token, 0, r.MaxTokens)},
	}
	j.lead = leadOf(&r, s.shape.Vocab)
	j.stream = newStream(func() { s.source.Cancelled(j); s.wake() }, textCapacity(r.MaxTokens))
	j.forget = context.AfterFunc(ctx, j.stream.Cancel)
	if err := s.put(j); err != nil {
		j.forget()
		sampler.Close()
		return nil, err
	}
	if p, ok := s.source.(Placer); ok {
		j.stream.place = func() (int, time.Duration, bool) { return p.Place(j) }
		position, _, _ := p.Place(j)
		j.stream.position.Store(int32(position))
	}
	s.wake()
	return j.stream, nil
}

func (s *Scheduler) put(j *Job) error {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.closed {
		return ilsai.Errorf(ilsai.CodeUnavailable, "the server is stopping")
	}
	return s.source.Put(j)
}

func (s *Scheduler) wake() {
	select {
	case s.wakeup <- struct{}{}:
	default:
	}
}

// Start starts the loop. Starting twice, or after Stop, does nothing.
func (s *Scheduler) Start() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.started && !s.closed {
		s.started = true
		go s.loop()
	}
}

// Stop ends the loop in two stages: no request is admitted any more, and those admitted are
// finished, or cancelled once ctx is done. It returns after the loop has ended, with ctx's error
// if requests had to be cancelled. Stopping twice, or before Start, is harmless.
func (s *Scheduler) Stop(ctx context.Context) error {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		if !s.started { // what waits will never run; the loop's work here is to say so
			s.started = true
			s.aborted.Store(true)
			go s.loop()
		}
	}
	s.mu.Unlock()
	s.wake()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
	}
	s.aborted.Store(true)
	s.wake()
	<-s.done
	return ctx.Err()
}

func (s *Scheduler) closing() bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.closed
}
