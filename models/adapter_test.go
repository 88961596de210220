package models

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/llama/ggufgen"
)

// untied is a model with a matrix for its logits, which adapters may change too.
func untied() ggufgen.Shape {
	s := ggufgen.Tiny(1)
	s.Tied = false
	return s
}

func baseOf(t testing.TB, s ggufgen.Shape) Base {
	t.Helper()
	var b bytes.Buffer
	if err := ggufgen.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	h, err := ReadHeader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return h.Base()
}

func adapterFile(t testing.TB, a ggufgen.Adapter) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := ggufgen.WriteAdapter(&b, a); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func check(file []byte, base Base) error {
	return CheckAdapter(bytes.NewReader(file), int64(len(file)), base)
}

func TestCheckAdapterTakesWhatFits(t *testing.T) {
	for name, a := range map[string]ggufgen.Adapter{
		"all matrices":    {Rank: 4},
		"two of them":     {Rank: 8, Matrices: []string{"attn_q", "attn_v"}},
		"and the logits":  {Rank: 4, Output: true},
		"half floats":     {Rank: 4, Type: ggufgen.F16},
		"8 bits":          {Rank: 32, Type: ggufgen.Q8},
		"the whole width": {Rank: 32, Matrices: []string{"attn_k"}},
	} {
		a.Base = untied()
		if err := check(adapterFile(t, a), baseOf(t, untied())); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// swap replaces a text by another of its length, once.
func swap(t *testing.T, file []byte, old, with string) []byte {
	t.Helper()
	if len(old) != len(with) || !bytes.Contains(file, []byte(old)) {
		t.Fatalf("%q is not there, or longer than %q", old, with)
	}
	return bytes.Replace(file, []byte(old), []byte(with), 1)
}

func TestCheckAdapterRefuses(t *testing.T) {
	base := baseOf(t, untied())
	good := adapterFile(t, ggufgen.Adapter{Base: untied(), Rank: 4})
	last := func(file []byte, number uint32) []byte { // the last weight
		return append(bytes.Clone(file[:len(file)-4]), binary.LittleEndian.AppendUint32(nil, number)...)
	}
	alpha := func(number float32) []byte {
		at := bytes.Index(good, []byte("adapter.lora.alpha")) + len("adapter.lora.alpha") + 4
		file := bytes.Clone(good)
		binary.LittleEndian.PutUint32(file[at:], math.Float32bits(number))
		return file
	}
	like := func(edit func(s *ggufgen.Shape)) []byte {
		s := untied()
		edit(&s)
		return adapterFile(t, ggufgen.Adapter{Base: s, Rank: 4})
	}
	tests := []struct {
		name string
		file []byte
		want string // of the reason
	}{
		{"architecture", adapterFile(t, ggufgen.Adapter{Base: untied(), Rank: 4, Architecture: "qwen2"}), `general.architecture is "qwen2", not "llama"`},
		{"a model", swap(t, good, "adapter\x14\x00", "modelxx\x14\x00"), `general.type is "modelxx"`},
		{"another kind", swap(t, good, "\x04\x00\x00\x00\x00\x00\x00\x00lora", "\x04\x00\x00\x00\x00\x00\x00\x00ia3 "), `adapter.type is "ia3 "`},
		{"no alpha", swap(t, good, "adapter.lora.alpha", "adapter.lora.alphx"), "adapter.lora.alpha is <nil>"},
		{"alpha of another type", swap(t, good, "adapter.lora.alpha\x06", "adapter.lora.alpha\x04"), "not a positive 32-bit float"},
		{"alpha of nothing", alpha(0), "adapter.lora.alpha is 0"},
		{"alpha below nothing", alpha(-4), "adapter.lora.alpha is -4"},
		{"alpha that is no number", alpha(float32(math.NaN())), "adapter.lora.alpha is NaN"},
		{"width", like(func(s *ggufgen.Shape) { s.Embedding = 128 }), "blk.0.attn_q.weight\" is for a matrix of 128 × 128; the model's is 64 × 64"},
		{"width between", like(func(s *ggufgen.Shape) { s.FeedForward = 64 }), "blk.0.ffn_gate.weight"},
		{"more layers", like(func(s *ggufgen.Shape) { s.Layers = 3 }), `it adapts "blk.2.attn_q.weight", which the model does not have`},
		{"rank", adapterFile(t, ggufgen.Adapter{Base: untied(), Rank: 65}), "rank 65, more than the matrix itself"},
		{"not a number", last(good, 0x7fc00000), "holds a number that is not finite"},
		{"without end", last(good, 0xff800000), "holds a number that is not finite"},
		{"one factor", swap(t, good, "blk.1.ffn_down.weight.lora_b", "blk.0.ffn_down.weight.lorb_b"), "neither a .lora_a nor a .lora_b"},
		{"half a pair", swap(t, good, "blk.1.ffn_down.weight.lora_b", "blk.1.ffn_dawn.weight.lora_b"), "ffn_down"},
		{"not a matrix that is multiplied", swap(t, swap(t, good, "blk.1.attn_q.weight.lora_a", "blk.1.attn_norm.wei.lora_a"), "blk.1.attn_q.weight.lora_b", "blk.1.attn_norm.wei.lora_b"), "which the model does not have"},
	}
	for _, tt := range tests {
		err := check(tt.file, base)
		if !errors.Is(err, ErrAdapter) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want an ErrAdapter that says %q", tt.name, err, tt.want)
		}
	}
	if err := check(good[:len(good)-1000], base); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut off: %v", err)
	}
	if err := check([]byte("PK\x03\x04 and so on"), base); !errors.Is(err, ErrNotGGUF) {
		t.Errorf("another format: %v", err)
	}
	if err := check(good, baseOf(t, ggufgen.Compact(1))); !errors.Is(err, ErrAdapter) {
		t.Errorf("for another model: %v", err)
	}
}

// FuzzCheckAdapter: whatever the bytes, checking ends and does not panic, and what it accepts is one pair or more
// of factors that fit the model. That llama.cpp takes what is accepted is tested where llama.cpp is.
func FuzzCheckAdapter(f *testing.F) {
	small := ggufgen.Tiny(1)
	small.Embedding, small.FeedForward, small.Layers, small.Heads, small.KVHeads = 8, 8, 1, 2, 1
	base := baseOf(f, small)
	for _, a := range []ggufgen.Adapter{{Rank: 1}, {Rank: 2, Type: ggufgen.F16}, {Rank: 1, Matrices: []string{"attn_q"}}, {Rank: 9}, {Rank: 1, Architecture: "mamba"}} {
		a.Base = small
		f.Add(adapterFile(f, a))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if check(file, base) != nil {
			return
		}
		h, err := ReadHeader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatalf("accepted, but its header is not: %v", err)
		}
		checkBounds(t, h, int64(len(file)))
		if len(h.Tensors) == 0 || len(h.Tensors)%2 != 0 {
			t.Fatalf("accepted with %d tensors", len(h.Tensors))
		}
		for _, tensor := range h.Tensors {
			name, _, _ := strings.Cut(tensor.Name, ".lora_")
			if base.Tensors[name] == nil {
				t.Errorf("accepted with a factor of %q", name)
			}
		}
	})
}
