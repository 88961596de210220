package sched

import "errors"

// Token is an index into the model's vocabulary.
type Token = int32

// ErrKVFull is returned by Backend.Step when the batch found no room; nothing has changed then.
// Any other error means that the sequences of the batch hold an unknown part of it.
var ErrKVFull = errors.New("sched: no room in the KV cache")

// Shape is what a Backend can hold.
type Shape struct {
	Sequences     int // slots, prefixes and kept ones together
	ContextPerSeq int // tokens per sequence, at most
	// Cells is how many tokens all sequences may hold together, copies counted as much as what they were
	// copied from. 0: every sequence has ContextPerSeq of its own.
	Cells       int
	BatchTokens int // rows per step
	Vocab       int // tokens are 0 to Vocab-1
}

// perSequence is how many tokens a sequence can hold when it is the only one.
func (s Shape) perSequence() int {
	if s.Cells > 0 {
		return min(s.ContextPerSeq, s.Cells)
	}
	return s.ContextPerSeq
}

// Backend decodes batches of tokens for a fixed number of sequences.
type Backend interface {
	// These may be called from any goroutine.

	Shape() Shape
	// NewSampler makes what chooses a job's tokens. grammar may be "". An error is the request's fault.
	NewSampler(s Sampling, grammar string) (Sampler, error)
	// AppendPiece appends a token's text, possibly a part of a rune, to dst.
	AppendPiece(dst []byte, t Token) []byte

	// These are called from the loop's goroutine only, which holds its OS thread.

	// Step appends every row's token to its sequence and samples after every row with a Sampler.
	// It writes Next, EOG and Err of those rows. Rows come in rising order of Seq. When it fails with
	// ErrKVFull, no Sampler has taken anything either.
	Step(rows []Row) error
	// CopySequence makes dst hold exactly the first n tokens of what src holds.
	CopySequence(src, dst, n int) error
	// ClearSequence empties a sequence.
	ClearSequence(seq int) error
	// SetAdapter makes all following Steps compute with an adapter (Hu et al., LoRA, 2021); 0, which holds at
	// first: with the model alone. It changes nothing of what the sequences hold.
	SetAdapter(id int) error
}

// Adapted is a Backend that has adapters. Any other has none.
type Adapted interface {
	// HasAdapter tells whether SetAdapter may be called with an id above 0. It may be called
	// from any goroutine.
	HasAdapter(id int) bool
}

// Sampler is a Backend's own; the loop hands it back in rows and closes it once.
type Sampler interface{ Close() error }

// Row is one token of a batch.
type Row struct {
	Token   Token
	Seq     int32
	Sampler Sampler // nil: no token is wanted after this one
	// Accept is what the sequence has been fed since the Sampler chose last and what it did not choose: forced
	// text. Its grammar takes these first; Err if it refuses one. Not kept after Step.
	Accept []Token

	Next Token // the sampled token
	EOG  bool  // Next ends the generation and has no text
	Err  error // sampling failed, or Accept was refused, for this row alone
}
