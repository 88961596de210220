package ggufgen

import (
	"bytes"
	"math"
	"testing"
)

func TestWriteIsDeterministicAndSized(t *testing.T) {
	for _, typ := range []Type{F32, F16, Q8, Q4K} {
		s := Tiny(7)
		s.Type, s.Embedding, s.FeedForward = typ, 256, 512
		var a, b, c bytes.Buffer
		if err := Write(&a, s); err != nil {
			t.Fatal(err)
		}
		Write(&b, s)
		s.Seed++
		Write(&c, s)
		if !bytes.Equal(a.Bytes(), b.Bytes()) || bytes.Equal(a.Bytes(), c.Bytes()) {
			t.Errorf("%s: the same seed must give the same bytes, another seed others", typ)
		}
		if int64(a.Len()) != s.Bytes() {
			t.Errorf("%s: %d bytes written, Bytes() = %d", typ, a.Len(), s.Bytes())
		}
	}
}

func TestParameters(t *testing.T) {
	// Llama 3.1 8B has 8,030,261,248 parameters, not counting its table of rope factors.
	s := Shape{Vocab: 128256, Embedding: 4096, Layers: 32, Heads: 32, KVHeads: 8, FeedForward: 14336, Context: 8192, Type: Q8}
	if got := s.Parameters(); got != 8030261248 {
		t.Errorf("an 8B shape has %d parameters", got)
	}
}

func TestValidate(t *testing.T) {
	edits := map[string]func(s *Shape){
		"vocab":       func(s *Shape) { s.Vocab = MinVocab - 1 },
		"heads":       func(s *Shape) { s.Heads = 3 },
		"kv heads":    func(s *Shape) { s.KVHeads = 3 },
		"type":        func(s *Shape) { s.Type = "q5" },
		"block":       func(s *Shape) { s.Type = Q4K },
		"no layers":   func(s *Shape) { s.Layers = 0 },
		"odd head":    func(s *Shape) { s.Embedding, s.Heads, s.KVHeads = 12, 4, 2 },
		"feedforward": func(s *Shape) { s.FeedForward = -1 },
	}
	for name, edit := range edits {
		s := Tiny(1)
		edit(&s)
		if s.Validate() == nil {
			t.Errorf("%s: %+v is valid", name, s)
		}
	}
}

func TestFloat16(t *testing.T) {
	tests := map[float32]uint16{0: 0, 1: 0x3c00, -2: 0xc000, 0.5: 0x3800, 65504: 0x7bff, 1e9: 0x7bff, 6.103515625e-05: 0x0400, 5.9604645e-08: 0x0001}
	for f, want := range tests {
		if got := float16(f); got != want {
			t.Errorf("float16(%v) = %#04x, want %#04x", f, got, want)
		}
	}
	if got := float16(float32(math.Copysign(0, -1))); got != 0x8000 {
		t.Errorf("float16(-0) = %#04x", got)
	}
}
