package schedtest

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ils-platform/ilsai/llama/sched"
)

// Vocabulary of the fake: one token per byte, and one that ends a generation.
const (
	EOG   = sched.Token(256)
	Vocab = 257
)

// Fake is a Backend whose model is a script. Make it with NewFake; set it up before the scheduler
// starts. Methods for tests may be called from any goroutine.
type Fake struct {
	shape    sched.Shape
	scripts  map[string]string
	faults   map[int]error
	adapters map[int]error // what SetAdapter says to each
	stepping atomic.Bool

	mu       sync.Mutex
	kv       [][]cell // by sequence
	adapter  int
	full     int           // steps refused for want of cells
	steps    [][]sched.Row // copies, while recording
	turns    []int         // the adapter of each step
	record   bool
	count    int
	copies   int
	samplers int
	broken   []string
	gate     *Gate
}

// cell is one token of a sequence and the adapter it was computed with.
type cell struct {
	token   sched.Token
	adapter int
}

// NewFake makes a fake of a shape; Shape.Vocab is set to the fake's own.
func NewFake(shape sched.Shape) *Fake {
	shape.Vocab = Vocab
	return &Fake{
		shape: shape, scripts: map[string]string{}, faults: map[int]error{}, adapters: map[int]error{0: nil},
		kv: make([][]cell, shape.Sequences),
	}
}

// Adapter makes the fake know an adapter; SetAdapter of it returns err.
func (f *Fake) Adapter(id int, err error) *Fake {
	f.adapters[id] = err
	return f
}

// Script makes the fake answer a prompt with reply and then end. Prompts without a script are
// answered by Babble.
func (f *Fake) Script(prompt, reply string) *Fake {
	f.scripts[prompt] = reply
	return f
}

// FailStep makes the nth call of Step, counted from 1, return err. sched.ErrKVFull leaves all
// sequences as they were; any other error leaves the batch half done.
func (f *Fake) FailStep(n int, err error) *Fake {
	f.faults[n] = err
	return f
}

// Record keeps a copy of every batch for Steps.
func (f *Fake) Record() *Fake {
	f.record = true
	return f
}

// Tokens is the text as the fake's tokens.
func Tokens(text string) []sched.Token {
	out := make([]sched.Token, len(text))
	for i := range len(text) {
		out[i] = sched.Token(text[i])
	}
	return out
}

// Babble is what the fake says to a prompt without a script: n letters that depend on every byte
// before them.
func Babble(prompt string, n int) string { return BabbleWith(0, prompt, n) }

// BabbleWith is what it says with an adapter.
func BabbleWith(adapter int, prompt string, n int) string {
	said := []byte(prompt)
	for range n {
		said = append(said, babble(adapter, said))
	}
	return string(said[len(prompt):])
}

func babble(adapter int, said []byte) byte {
	h := fnv.New64a()
	h.Write(said)
	for range adapter {
		h.Write([]byte{0})
	}
	return 'a' + byte(h.Sum64()%26)
}

// Shape implements sched.Backend.
func (f *Fake) Shape() sched.Shape { return f.shape }

// AppendPiece implements sched.Backend.
func (f *Fake) AppendPiece(dst []byte, t sched.Token) []byte {
	if t >= 0 && t < EOG {
		dst = append(dst, byte(t))
	}
	return dst
}

// ErrRefused is what a row of the fake gets whose Accept its grammar does not allow.
var ErrRefused = errors.New("schedtest: a forced token is not in the grammar")

// sampler remembers how far its sequence has come in a grammar of alternatives.
type sampler struct {
	fake    *Fake
	allowed []string // nil: anything
	said    []byte   // what it chose and accepted
	closed  bool
}

// NewSampler implements sched.Backend. Of GBNF the fake understands `root ::= "this" | "that"`.
func (f *Fake) NewSampler(s sched.Sampling, grammar string) (sched.Sampler, error) {
	if !(s.Temperature >= 0) {
		return nil, fmt.Errorf("schedtest: temperature %v", s.Temperature)
	}
	sm := &sampler{fake: f}
	if grammar != "" {
		rule, ok := strings.CutPrefix(grammar, "root ::= ")
		for _, alt := range strings.Split(rule, " | ") {
			ok = ok && len(alt) > 2 && alt[0] == '"' && alt[len(alt)-1] == '"'
			sm.allowed = append(sm.allowed, strings.Trim(alt, `"`))
		}
		if !ok {
			return nil, fmt.Errorf("schedtest: grammar %q", grammar)
		}
	}
	f.mu.Lock()
	f.samplers++
	f.mu.Unlock()
	return sm, nil
}

// Close implements sched.Sampler.
func (s *sampler) Close() error {
	s.fake.mu.Lock()
	defer s.fake.mu.Unlock()
	if s.closed {
		s.fake.complainf("a sampler was closed twice")
	}
	s.closed = true
	s.fake.samplers--
	return nil
}

func (f *Fake) complainf(format string, args ...any) {
	f.broken = append(f.broken, fmt.Sprintf(format, args...))
}

// Step implements sched.Backend.
func (f *Fake) Step(rows []sched.Row) error {
	if f.stepping.Swap(true) {
		panic("schedtest: two steps at once")
	}
	defer f.stepping.Store(false)
	f.pass()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.count++
	f.check(rows)
	if f.adapter < 0 {
		f.complainf("a step with an adapter that could not be set")
	}
	if f.record {
		f.steps = append(f.steps, append([]sched.Row(nil), rows...))
		f.turns = append(f.turns, f.adapter)
	}
	err := f.faults[f.count]
	if f.shape.Cells > 0 && f.held()+len(rows) > f.shape.Cells {
		f.full++
		err = sched.ErrKVFull
	}
	if errors.Is(err, sched.ErrKVFull) {
		return err
	}
	for i := range rows {
		r := &rows[i]
		f.kv[r.Seq] = append(f.kv[r.Seq], cell{r.Token, f.adapter})
		if err != nil && i >= len(rows)/2 {
			return err
		}
		if r.Sampler != nil {
			f.sample(r)
		}
	}
	return err
}

// held is how many cells are in use.
func (f *Fake) held() (n int) {
	for _, held := range f.kv {
		n += len(held)
	}
	return n
}

// check notes what no scheduler may do.
func (f *Fake) check(rows []sched.Row) {
	if len(rows) == 0 || len(rows) > f.shape.BatchTokens {
		f.complainf("a batch of %d rows", len(rows))
	}
	added := map[int32]int{}
	for i, r := range rows {
		switch {
		case r.Token < 0 || int(r.Token) >= Vocab || r.Seq < 0 || int(r.Seq) >= f.shape.Sequences:
			f.complainf("row %d: token %d of sequence %d", i, r.Token, r.Seq)
		case i > 0 && rows[i-1].Seq > r.Seq:
			f.complainf("row %d: sequence %d after %d", i, r.Seq, rows[i-1].Seq)
		}
		added[r.Seq]++
		if s, ok := r.Sampler.(*sampler); ok && s.closed {
			f.complainf("row %d: a closed sampler", i)
		}
	}
	for seq, n := range added {
		if len(f.kv[seq])+n > f.shape.ContextPerSeq {
			f.complainf("sequence %d grows to %d tokens", seq, len(f.kv[seq])+n)
		}
	}
}

func (f *Fake) sample(r *sched.Row) {
	s := r.Sampler.(*sampler)
	for _, t := range r.Accept {
		s.said = append(s.said, byte(t))
		if s.allowed != nil && !slices.ContainsFunc(s.allowed, func(alt string) bool { return strings.HasPrefix(alt, string(s.said)) }) {
			r.Err = ErrRefused
			return
		}
	}
	held := make([]byte, 0, len(f.kv[r.Seq]))
	for _, c := range f.kv[r.Seq] {
		held = append(held, byte(c.token))
		if c.adapter != f.adapter {
			f.complainf("sequence %d goes on with adapter %d from what was computed with %d", r.Seq, f.adapter, c.adapter)
		}
	}
	if !bytes.HasSuffix(held, s.said) {
		f.complainf("sequence %d holds %q, its sampler knows of %q", r.Seq, held, s.said)
	}
	r.Next = f.next(string(held))
	if s.allowed != nil {
		r.Next = s.constrain(string(s.said), r.Next)
	}
	r.EOG, r.Err = r.Next == EOG, nil
	if !r.EOG {
		s.said = append(s.said, byte(r.Next))
	}
}

func (f *Fake) next(held string) sched.Token {
	best := ""
	for prompt, reply := range f.scripts {
		if strings.HasPrefix(held, prompt) && strings.HasPrefix(reply, held[len(prompt):]) && len(prompt) > len(best) {
			best = prompt
		}
	}
	if best == "" {
		return sched.Token(babble(f.adapter, []byte(held)))
	}
	said := len(held) - len(best)
	if reply := f.scripts[best]; said < len(reply) {
		return sched.Token(reply[said])
	}
	return EOG
}

// constrain gives the wanted token if the grammar allows it, else the first that it allows.
func (s *sampler) constrain(said string, want sched.Token) sched.Token {
	first := EOG
	for _, alt := range s.allowed {
		if strings.HasPrefix(alt, said) && len(alt) > len(said) {
			t := sched.Token(alt[len(said)])
			if t == want {
				return t
			}
			if first == EOG {
				first = t
			}
		}
	}
	return first
}

// CopySequence implements sched.Backend.
func (f *Fake) CopySequence(src, dst, n int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.copies++
	if n > len(f.kv[src]) {
		f.complainf("copying %d of %d tokens", n, len(f.kv[src]))
		n = len(f.kv[src])
	}
	f.kv[dst] = append([]cell(nil), f.kv[src][:n]...)
	if held := f.held(); f.shape.Cells > 0 && held > f.shape.Cells {
		f.complainf("a copy of %d tokens makes it %d of %d cells", n, held, f.shape.Cells)
	}
	return nil
}

// SetAdapter implements sched.Backend.
func (f *Fake) SetAdapter(id int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	err, ok := f.adapters[id]
	switch {
	case !ok:
		f.complainf("there is no adapter %d", id)
	case err != nil:
		f.adapter = -1 // computing with it would be a defect
	default:
		f.adapter = id
	}
	return err
}

// HasAdapter implements sched.Adapted.
func (f *Fake) HasAdapter(id int) bool {
	_, ok := f.adapters[id]
	return ok
}

// ClearSequence implements sched.Backend.
func (f *Fake) ClearSequence(seq int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.kv[seq] = f.kv[seq][:0]
	return nil
}

// State is what a test may look at.
type State struct {
	Steps    int         // calls of Step
	Copies   int         // calls of CopySequence
	Samplers int         // made and not closed
	Full     int         // steps refused for want of cells; faults not counted
	Held     map[int]int // tokens by sequence, sequences that hold any
	Broken   []string    // what no scheduler may do and this one did
}

// State is a snapshot.
func (f *Fake) State() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	st := State{Steps: f.count, Copies: f.copies, Samplers: f.samplers, Full: f.full, Held: map[int]int{}, Broken: append([]string(nil), f.broken...)}
	for seq, held := range f.kv {
		st.Held[seq] = len(held)
	}
	maps.DeleteFunc(st.Held, func(_, n int) bool { return n == 0 })
	return st
}

// Steps are the batches so far, if they are recorded.
func (f *Fake) Steps() [][]sched.Row {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([][]sched.Row(nil), f.steps...)
}

// Turns are the adapters of those batches.
func (f *Fake) Turns() []int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]int(nil), f.turns...)
}
