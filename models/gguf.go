package models

import (
	"errors"
	"fmt"
	"math"
)

// ErrNotGGUF says that a file does not begin as a GGUF file does.
var ErrNotGGUF = errors.New("models: not a GGUF file")

// FormatError says where a GGUF file breaks its format, or goes beyond what a header worth reading holds.
type FormatError struct {
	Offset int64 // byte at which reading stopped
	Reason string
	Err    error // io.ErrUnexpectedEOF when the file ends too early
}

func (e *FormatError) Error() string {
	return fmt.Sprintf("models: GGUF header broken at byte %d: %s", e.Offset, e.Reason)
}

func (e *FormatError) Unwrap() error { return e.Err }

// Header is what a GGUF file says before its weights.
type Header struct {
	Version    uint32
	Metadata   map[string]Value
	Keys       []string // of Metadata, in the file's order
	Tensors    []Tensor
	Alignment  uint64
	DataOffset int64 // where the weights begin

	kinds map[string]uint32 // GGUF's types of Metadata: readers in C abort on another than they expect
}

// Tensor places one tensor in the file.
type Tensor struct {
	Name       string
	Dimensions []uint64 // fastest first, as GGUF writes them
	Type       TensorType
	Offset     uint64 // from the beginning of the weights
	Size       uint64 // bytes
}

// Elements is the number of weights in the tensor; the reader has checked that it does not overflow.
func (t Tensor) Elements() uint64 {
	n := uint64(1)
	for _, d := range t.Dimensions {
		n *= d
	}
	return n
}

// Value is one metadata value: a uint64, int64, float64, bool, string, or a slice of one of them.
type Value struct{ any }

// NewValue wraps a value of one of the kinds Value lists.
func NewValue(v any) Value { return Value{v} }

// Any is the value itself.
func (v Value) Any() any { return v.any }

// String returns the text under key.
func (h *Header) String(key string) (string, bool) {
	s, ok := h.Metadata[key].any.(string)
	return s, ok
}

// Strings returns the list of texts under key. Callers must not write to it.
func (h *Header) Strings(key string) ([]string, bool) {
	s, ok := h.Metadata[key].any.([]string)
	return s, ok
}

// Uint returns the whole number under key, of whatever width and sign it was written, unless negative.
func (h *Header) Uint(key string) (uint64, bool) {
	switch n := h.Metadata[key].any.(type) {
	case uint64:
		return n, true
	case int64:
		return uint64(max(n, 0)), n >= 0
	}
	return 0, false
}

// Bool returns the truth value under key.
func (h *Header) Bool(key string) (value, ok bool) {
	value, ok = h.Metadata[key].any.(bool)
	return value, ok
}

// Architecture is the file's general.architecture, "" when it names none.
func (h *Header) Architecture() string {
	s, _ := h.String("general.architecture")
	return s
}

// Profile says how the assistant talks to the model: what the file's ilsai.profile names, else "instruct".
func (h *Header) Profile() string {
	if s, ok := h.String("ilsai.profile"); ok && s != "" {
		return s
	}
	return "instruct"
}

// Parameters counts the weights of all tensors.
func (h *Header) Parameters() uint64 {
	var n uint64
	for _, t := range h.Tensors {
		if e := t.Elements(); n <= math.MaxUint64-e {
			n += e
		}
	}
	return n
}
