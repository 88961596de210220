package models

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"slices"
	"strings"
)

// Base is the model that an adapter must fit.
type Base struct {
	Architecture string
	Tensors      map[string][]uint64 // dimensions by name, fastest first
}

// Base describes the model as adapters see it.
func (h *Header) Base() Base {
	b := Base{Architecture: h.Architecture(), Tensors: make(map[string][]uint64, len(h.Tensors))}
	for _, t := range h.Tensors {
		b.Tensors[t.Name] = t.Dimensions
	}
	return b
}

// ErrAdapter is in the chain of what CheckAdapter says of a sound file that cannot be used with the base.
var ErrAdapter = errors.New("models: not an adapter for this model")

func unfit(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrAdapter, fmt.Sprintf(format, args...))
}

// adapted are the matrices of a layer that llama.cpp multiplies with their adapters (src/models/llama.cpp). Others
// it would take from the file and leave alone.
var adapted = []string{"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}

// adapterTypes are storage formats of adapters that every backend multiplies, and bytes of a block with a float at
// its beginning, or that are one.
var adapterTypes = map[TensorType]bool{0: true, 1: true, 8: true, 30: true} // F32, F16, Q8_0, BF16

// CheckAdapter refuses whatever llama.cpp should never see as a LoRA adapter (Hu et al. 2021, as written by its
// convert_lora_to_gguf.py) of the base: it aborts the process where it expects something else than it finds. A
// file that passes is one adapter for exactly this architecture and these dimensions, with finite weights. Errors
// are those of ReadHeader, and ErrAdapter.
func CheckAdapter(r io.ReaderAt, size int64, base Base) error {
	h, err := ReadHeader(io.NewSectionReader(r, 0, size), size)
	if err != nil {
		return err
	}
	if err := h.checkAdapterKeys(base); err != nil {
		return err
	}
	pairs, err := h.adapterPairs()
	if err != nil {
		return err
	}
	for _, name := range pairs.names {
		if err := pairs.check(name, base); err != nil {
			return err
		}
	}
	if n := len(pairs.names); n > base.adapterRoom() {
		return unfit("it adapts %d matrices, and llama.cpp has room for %d with this model", n, base.adapterRoom())
	}
	for _, t := range h.Tensors {
		if err := finite(io.NewSectionReader(r, h.DataOffset+int64(t.Offset), int64(t.Size)), t); err != nil {
			return err
		}
	}
	return nil
}

func (h *Header) checkAdapterKeys(base Base) error {
	for _, want := range [][2]string{{"general.type", "adapter"}, {"adapter.type", "lora"}, {"general.architecture", base.Architecture}} {
		if got, ok := h.String(want[0]); !ok || got != want[1] {
			return unfit("its %s is %q, not %q", want[0], got, want[1])
		}
	}
	alpha, ok := h.Metadata["adapter.lora.alpha"].any.(float64)
	// llama.cpp takes an alpha of zero for none, which is a scale of one.
	if !ok || h.kinds["adapter.lora.alpha"] != typeFloat32 || math.IsNaN(alpha) || alpha <= 0 || math.IsInf(alpha, 1) {
		return unfit("its adapter.lora.alpha is %v, not a positive 32-bit float", h.Metadata["adapter.lora.alpha"].any)
	}
	if _, ok := h.Metadata["adapter.alora.invocation_tokens"]; ok {
		return unfit("it is an activated LoRA, which holds from a certain token on only")
	}
	return nil
}

// adapterPairs are the two factors of each change, by the name of the matrix.
type adapterPairs struct {
	a, b  map[string]Tensor
	names []string
}

func (h *Header) adapterPairs() (adapterPairs, error) {
	p := adapterPairs{a: map[string]Tensor{}, b: map[string]Tensor{}}
	for _, t := range h.Tensors {
		name, isA := strings.CutSuffix(t.Name, ".lora_a")
		other, isB := strings.CutSuffix(t.Name, ".lora_b")
		switch {
		case isA:
			p.a[name] = t
		case isB:
			name = other
			p.b[name] = t
		default:
			return p, unfit("tensor %q is neither a .lora_a nor a .lora_b", t.Name)
		}
		if !slices.Contains(p.names, name) {
			p.names = append(p.names, name)
		}
	}
	if len(p.names) == 0 {
		return p, unfit("it has no tensors")
	}
	return p, nil
}

// check compares one pair with the matrix it changes: from in to out numbers by way of rank.
func (p adapterPairs) check(name string, base Base) error {
	a, hasA := p.a[name]
	b, hasB := p.b[name]
	want, known := base.Tensors[name]
	switch {
	case !known:
		return unfit("it adapts %q, which the model does not have", name)
	case !adaptable(name) || len(want) != 2:
		return unfit("it adapts %q, which is not a matrix that adapters apply to", name)
	case !hasA || !hasB:
		return unfit("%q has only one of .lora_a and .lora_b", name)
	case !adapterTypes[a.Type] || !adapterTypes[b.Type]:
		return unfit("%q is stored as %s and %s; F32, F16, BF16 and Q8_0 are known", name, a.Type, b.Type)
	case len(a.Dimensions) != 2 || len(b.Dimensions) != 2 || a.Dimensions[1] != b.Dimensions[0]:
		return unfit("%q: the factors are %v and %v, which cannot be multiplied", name, a.Dimensions, b.Dimensions)
	case a.Dimensions[0] != want[0] || b.Dimensions[1] != want[1]:
		return unfit("%q is for a matrix of %d × %d; the model's is %d × %d", name, a.Dimensions[0], b.Dimensions[1], want[0], want[1])
	case a.Dimensions[1] > min(want[0], want[1]):
		return unfit("%q has rank %d, more than the matrix itself", name, a.Dimensions[1])
	}
	return nil
}

// adaptable tells whether a name is output.weight or blk.N.WHAT.weight. The table of tokens is none: where it also
// makes the logits, llama.cpp would multiply factors that were meant for rows.
func adaptable(name string) bool {
	if name == "output.weight" {
		return true
	}
	parts := strings.Split(name, ".")
	return len(parts) == 4 && parts[0] == "blk" && parts[3] == "weight" && slices.Contains(adapted, parts[2])
}

// What a layer puts into a graph of llama.cpp at most, and what is there once, rounded up.
const (
	layerNodes, layerTensors = 36, 48 // operations; those and weights together
	onceNodes, onceTensors   = 48, 64
	pairNodes, pairTensors   = 4, 6
)

// adapterRoom is how many matrices can be adapted. llama.cpp sizes its graphs by the number of the model's tensors
// (llama_context::graph_max_nodes), whatever adapters come later, and the scheduler's table is the next prime after a
// power of two (ggml_hash_size); it aborts when either is full.
func (b Base) adapterRoom() int {
	layers := 0
	for name := range b.Tensors {
		if strings.HasPrefix(name, "blk.") && strings.HasSuffix(name, ".attn_q.weight") {
			layers++
		}
	}
	nodes := max(1024, 8*len(b.Tensors))
	table := max(nodes, 1<<bits.Len(uint(nodes-64)))
	return min((nodes-layerNodes*layers-onceNodes)/pairNodes, (table-layerTensors*layers-onceTensors)/pairTensors)
}

// finite reads a tensor's weights. One that is infinite or not a number would stay in the attention cache after the
// answer that it spoiled, where the next one could meet it.
func finite(r io.Reader, t Tensor) error {
	l := layouts[t.Type]
	buf := make([]byte, l.bytes*4096)
	for left := t.Size; left > 0; {
		chunk := buf[:min(left, uint64(len(buf)))]
		if _, err := io.ReadFull(r, chunk); err != nil {
			return fmt.Errorf("models: reading tensor %q: %w", t.Name, err)
		}
		left -= uint64(len(chunk))
		for at := uint64(0); at < uint64(len(chunk)); at += l.bytes {
			if !finiteAt(chunk[at:], t.Type) {
				return unfit("tensor %q holds a number that is not finite", t.Name)
			}
		}
	}
	return nil
}

// finiteAt looks at the exponent of the float at the beginning of a block.
func finiteAt(b []byte, t TensorType) bool {
	switch t {
	case 0: // F32
		return binary.LittleEndian.Uint32(b)&0x7f800000 != 0x7f800000
	case 30: // BF16
		return binary.LittleEndian.Uint16(b)&0x7f80 != 0x7f80
	default: // F16, and the scale of Q8_0
		return binary.LittleEndian.Uint16(b)&0x7c00 != 0x7c00
	}
}
