package sched

import "errors"

// Token is an index into the model's vocabulary.
type Token = int32

// ErrKVFull is returned by Backend.Step when the batch found no room; nothing has changed then.
// Any other error means that the sequences of the batch hold an unknown part of it.
var ErrKVFull = errors.New("sched: no room in the KV cache")

// Shape is what a Backend can hold.
type Shape struct {
	Sequences     int // slots and prefixes together
	ContextPerSeq int // tokens per sequence
	BatchTokens   int // rows per step
	Vocab         int // tokens are 0 to Vocab-1
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
