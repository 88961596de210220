package llama

/*
#include "shim.h"
*/
import "C"

import (
	"errors"
	"fmt"

	"github.com/ils-platform/ilsai"
)

// maxSequences is llama.cpp's LLAMA_MAX_SEQ.
const maxSequences = 256

// Errors of Step. After ErrKVFull nothing has changed; after ErrDecode the sequences of the batch
// hold an unknown part of it and must be cleared.
var (
	ErrKVFull = errors.New("llama: no room in the KV cache")
	ErrDecode = errors.New("llama: decoding failed")

	ErrGrammarExhausted = errors.New("llama: no token of the vocabulary continues the grammar")
	ErrGrammarRefused   = errors.New("llama: the grammar does not allow a forced token")
	ErrNotFinite        = errors.New("llama: the model gave no finite logit")
	ErrSample           = errors.New("llama: sampling failed")
)

// ContextOptions size a Context. Zero fields get the defaults named.
type ContextOptions struct {
	ContextPerSeq int // tokens each sequence may hold; 1024. Rounded up to a multiple of 256.
	Sequences     int // 1, at most 256
	BatchTokens   int // most rows of one Step; 512
	Threads       int // of OpenMP, for batches of one token per sequence; 1
	BatchThreads  int // for larger ones; Threads
	// ChoosingThreads choose the tokens after a step, each those of some rows, when there are enough of them; at most 8 of
	// Threads. On a GPU this is what the device waits for.
	ChoosingThreads int
	KV              KVType
	Flash           Flash
}

// KVType is how the KV cache is stored.
type KVType string

// The types. Half the memory costs some exactness, and needs flash attention.
const (
	KVF16 KVType = "f16" // the default
	KVQ8  KVType = "q8_0"
)

// Flash says whether attention is computed without storing its scores.
type Flash string

// Whether to.
const (
	FlashAuto Flash = "auto" // where the device can; the default
	FlashOn   Flash = "on"
	FlashOff  Flash = "off"
)

// Context holds the KV cache of a number of sequences, each in a buffer of its own, and decodes
// them in batches. It belongs to one goroutine that holds its OS thread; see the package comment.
type Context struct {
	model   *Model
	adapter *Adapter // that Steps compute with; nil: none
	c       *C.ilsai_context
	options ContextOptions
	length  []int32 // tokens held, by sequence
	staged  []int32 // tokens the current batch adds, by sequence
	rows    []C.ilsai_row
	accept  []C.int32_t // the rows' Accept, one after the other
	steps   uint64      // staged so far
}

// Row is one token to decode, and the token sampled after it. The rows of a sequence stand in the
// order of its tokens; positions follow from what the sequence holds already. A Sampler chooses for one row of a Step.
//
// Sequences of one Step should be neighbours (3, 4, 5) and in rising order: llama.cpp computes each
// run of neighbours as one pass over the weights.
type Row struct {
	Token   Token
	Seq     int32
	Sampler *Sampler // nil: no token is sampled after this one
	Accept  []Token  // tokens the Sampler did not choose; its grammar takes them first. Needs a Sampler

	Next Token // set by Step when Sampler is set and Err is nil
	EOG  bool  // Next ends the generation
	Err  error // ErrGrammarExhausted, ErrGrammarRefused, ErrNotFinite or ErrSample; concerns this row alone
}

// NewContext allocates the KV cache and the compute buffers: all memory that decoding will need.
func (m *Model) NewContext(o ContextOptions) (*Context, error) {
	o.setDefaults()
	if o.Sequences > maxSequences || o.Sequences < 1 || o.ContextPerSeq < 1 || o.ContextPerSeq > 1<<22 ||
		o.BatchTokens < 1 || o.BatchTokens > 1<<16 || o.Threads < 1 || o.Threads > 512 || o.BatchThreads < 1 || o.BatchThreads > 512 ||
		o.ChoosingThreads < 1 || o.ChoosingThreads > 64 {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "context options out of range: %+v", o)
	}
	if uint64(o.ContextPerSeq)*uint64(o.Sequences) > 1<<31 {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "%d sequences of %d tokens are more than llama.cpp can count", o.Sequences, o.ContextPerSeq)
	}
	if o.KV == KVQ8 && o.Flash == FlashOff {
		return nil, ilsai.Errorf(ilsai.CodeInvalid, "a KV cache of type %s needs flash attention", o.KV)
	}
	flash := map[Flash]C.int32_t{FlashOff: 0, FlashOn: 1, FlashAuto: -1, "": -1}
	if err := m.retain(); err != nil {
		return nil, err
	}
	p := C.ilsai_context_params{
		n_ctx_seq: C.uint32_t(o.ContextPerSeq), n_seq_max: C.uint32_t(o.Sequences),
		n_batch: C.uint32_t(o.BatchTokens), n_ubatch: C.uint32_t(o.BatchTokens),
		n_threads: C.int32_t(o.Threads), n_threads_batch: C.int32_t(o.BatchThreads), n_threads_choosing: C.int32_t(o.ChoosingThreads),
		flash: flash[o.Flash], kv_q8: C.bool(o.KV == KVQ8),
	}
	c := C.ilsai_context_new(m.c, &p)
	if c == nil {
		m.release()
		return nil, ilsai.Errorf(ilsai.CodeUnavailable, "no memory for %d sequences of %d tokens", o.Sequences, o.ContextPerSeq)
	}
	o.ContextPerSeq = int(C.ilsai_context_n_ctx_seq(c))
	return &Context{
		model: m, c: c, options: o,
		length: make([]int32, o.Sequences),
		staged: make([]int32, o.Sequences),
		rows:   make([]C.ilsai_row, o.BatchTokens),
		accept: make([]C.int32_t, 1, o.BatchTokens), // never empty, so that it has an address
	}, nil
}

func (o *ContextOptions) setDefaults() {
	set := func(p *int, v int) {
		if *p == 0 {
			*p = v
		}
	}
	set(&o.ContextPerSeq, 1024)
	set(&o.Sequences, 1)
	set(&o.BatchTokens, 512)
	set(&o.Threads, 1)
	set(&o.BatchThreads, o.Threads)
	set(&o.ChoosingThreads, min(o.Threads, 8))
	// llama.cpp rounds so itself, but rounds the sum over all sequences and shares what is left.
	o.ContextPerSeq = (o.ContextPerSeq + 255) &^ 255
}

// Options are the options in effect.
func (c *Context) Options() ContextOptions { return c.options }

// Length is how many tokens a sequence holds.
func (c *Context) Length(seq int) int { return int(c.length[seq]) }

// Close frees the context. Closing twice is harmless.
func (c *Context) Close() error {
	if c.c != nil {
		C.ilsai_context_free(c.c)
		c.c = nil
		c.dropAdapter()
		c.model.release()
	}
	return nil
}

// Step decodes rows in one batch and samples after every row that has a Sampler: one crossing into
// C. Invalid rows are refused before C sees any. The error concerns the whole batch: ErrKVFull,
// ErrDecode, ErrClosed or a description of what is invalid.
func (c *Context) Step(rows []Row) error {
	if c.c == nil {
		return ErrClosed
	}
	if err := c.stage(rows); err != nil {
		return err
	}
	switch rc := C.ilsai_step(c.c, &c.rows[0], C.int32_t(len(rows)), &c.accept[0]); rc {
	case 0:
	case 1:
		return ErrKVFull
	default:
		c.resync()
		return fmt.Errorf("%w (code %d)", ErrDecode, int(rc))
	}
	for i := range rows {
		c.length[rows[i].Seq]++
		if rows[i].Sampler == nil {
			continue
		}
		out := &c.rows[i]
		rows[i].Next, rows[i].EOG, rows[i].Err = Token(out.next), out.eog != 0, rowError(out.status)
	}
	return nil
}

// stage copies rows to where C reads them.
func (c *Context) stage(rows []Row) error {
	if len(rows) == 0 || len(rows) > len(c.rows) {
		return fmt.Errorf("llama: a batch of %d rows, the limit is %d", len(rows), len(c.rows))
	}
	clear(c.staged)
	c.steps++
	c.accept = c.accept[:1]
	for i := range rows {
		r := &rows[i]
		if !c.model.vocab.has(r.Token) {
			return fmt.Errorf("llama: token %d is not in a vocabulary of %d", r.Token, len(c.model.vocab.ends))
		}
		if !c.hasSequence(int(r.Seq)) {
			return fmt.Errorf("llama: there is no sequence %d", r.Seq)
		}
		if r.Sampler != nil && (r.Sampler.c == nil || r.Sampler.model != c.model) {
			return fmt.Errorf("llama: the sampler of row %d is closed or another model's", i)
		}
		if s := r.Sampler; s != nil {
			if s.staged == (stagedIn{c, c.steps}) {
				return fmt.Errorf("llama: row %d has the sampler of a row before it", i)
			}
			s.staged = stagedIn{c, c.steps}
		}
		if r.Sampler == nil && len(r.Accept) > 0 {
			return fmt.Errorf("llama: row %d has tokens to accept and no sampler", i)
		}
		at := len(c.accept)
		for _, t := range r.Accept {
			if !c.model.vocab.has(t) {
				return fmt.Errorf("llama: the forced token %d is not in a vocabulary of %d", t, len(c.model.vocab.ends))
			}
			c.accept = append(c.accept, C.int32_t(t))
		}
		pos := c.length[r.Seq] + c.staged[r.Seq]
		if int(pos) >= c.options.ContextPerSeq {
			return ErrKVFull
		}
		c.staged[r.Seq]++
		c.rows[i] = C.ilsai_row{
			token: C.int32_t(r.Token), seq: C.int32_t(r.Seq), pos: C.int32_t(pos),
			accept_at: C.int32_t(at), accept_n: C.int32_t(len(r.Accept)),
			sampler: C.uintptr_t(r.Sampler.handle()),
		}
	}
	return nil
}

func rowError(status C.int32_t) error {
	switch status {
	case C.ILSAI_ROW_OK:
		return nil
	case C.ILSAI_ROW_EXHAUSTED:
		return ErrGrammarExhausted
	case C.ILSAI_ROW_REFUSED:
		return ErrGrammarRefused
	case C.ILSAI_ROW_NOT_FINITE:
		return ErrNotFinite
	default:
		return ErrSample
	}
}

// resync learns what a failed decode left behind.
func (c *Context) resync() {
	for seq := range c.length {
		c.length[seq] = int32(C.ilsai_seq_length(c.c, C.int32_t(seq)))
	}
}

func (c *Context) hasSequence(seq int) bool { return seq >= 0 && seq < len(c.length) }

// CopySequence makes dst hold the first n tokens of what src holds. What dst held is gone. It costs about as
// much as copying ContextPerSeq tokens' worth of KV cache, however many of them src uses.
func (c *Context) CopySequence(src, dst, n int) error {
	if c.c == nil {
		return ErrClosed
	}
	if !c.hasSequence(src) || !c.hasSequence(dst) {
		return fmt.Errorf("llama: there is no sequence %d or %d", src, dst)
	}
	if n < 0 || n > int(c.length[src]) || src == dst {
		return fmt.Errorf("llama: %d tokens of sequence %d, which holds %d, for sequence %d", n, src, c.length[src], dst)
	}
	if !C.ilsai_seq_copy(c.c, C.int32_t(src), C.int32_t(dst), C.int32_t(n)) {
		return ErrDecode
	}
	c.length[dst] = int32(n)
	return nil
}

// ClearSequence empties a sequence.
func (c *Context) ClearSequence(seq int) error {
	if c.c == nil {
		return ErrClosed
	}
	if !c.hasSequence(seq) {
		return fmt.Errorf("llama: there is no sequence %d", seq)
	}
	if !C.ilsai_seq_clear(c.c, C.int32_t(seq)) {
		return ErrDecode
	}
	c.length[seq] = 0
	return nil
}
