package ggufgen

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

func TestWriteIsDeterministicAndSized(t *testing.T) {
	for _, typ := range []Type{F32, F16, Q8, Q4} {
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
	// As published, with Llama's tables of rope factors: 64 and 32 of them.
	for name, want := range map[string]int64{"llama-3.1-8b": 8030261248 + 64, "llama-3.2-1b": 1235814400 + 32, "llama-3.2-3b": 3212749824 + 64} {
		if s, ok := Named(name); !ok || s.Parameters() != want {
			t.Errorf("%s has %d parameters, want %d", name, s.Parameters(), want)
		}
	}
	if names := Names(); names[0] != "tiny" || names[len(names)-1] != "llama-3.1-8b" {
		t.Errorf("%v, want them by size", names)
	}
}

// The mixture of types is llama.cpp's own if the weights take as much as in published files of Llama 3.1 8B.
func TestQuantMixture(t *testing.T) {
	s, _ := Named("llama-3.1-8b")
	for typ, want := range map[Type]float64{Q4: 4.92e9, Q8: 8.54e9, F16: 16.07e9} {
		s.Type = typ
		if got := float64(s.Bytes()); got < 0.998*want || got > 1.002*want {
			t.Errorf("%s: %.4g bytes, want about %.4g", typ, got, want)
		}
	}
}

func TestValidate(t *testing.T) {
	edits := map[string]func(s *Shape){
		"vocab":       func(s *Shape) { s.Vocab = MinVocab - 1 },
		"heads":       func(s *Shape) { s.Heads = 3 },
		"kv heads":    func(s *Shape) { s.KVHeads = 3 },
		"type":        func(s *Shape) { s.Type = "q5" },
		"block":       func(s *Shape) { s.Type = Q4 },
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

// Llama 3.1's factors as its converter writes them: 1 at first, 8 at the end, and 2.5 or so between.
func TestRopeFactors(t *testing.T) {
	var b bytes.Buffer
	if err := writeRopeFactors(&b, 64, 8); err != nil {
		t.Fatal(err)
	}
	var got []float32
	for at := 0; at < b.Len(); at += 4 {
		got = append(got, math.Float32frombits(binary.LittleEndian.Uint32(b.Bytes()[at:])))
	}
	if got[0] != 1 || got[28] != 1 || got[29] <= 1 || got[34] >= 8 || got[35] != 8 || got[63] != 8 || !slices.IsSorted(got) {
		t.Errorf("%v", got)
	}
}

func TestVocabularyIsSpelledOut(t *testing.T) {
	v := makeVocab(128256)
	if len(v.tokens) != 128256 || len(v.merges) != 128256-256-len(specials) || slices.Contains(v.types, unusedToken) {
		t.Errorf("%d tokens of %d merges", len(v.tokens), len(v.merges))
	}
}
