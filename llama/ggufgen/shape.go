package ggufgen

import "fmt"

// Type is how the weight matrices are stored. Norms are always float32.
type Type string

const (
	F32 Type = "f32"
	F16 Type = "f16"
	Q8  Type = "q8_0"
	Q4  Type = "q4_k_m" // Q4_K, and Q6_K where llama.cpp's mixture of that name has it
)

// Shape is what a model is made of. Counts are of elements, not bytes.
type Shape struct {
	Vocab       int // tokens, at least MinVocab
	Embedding   int
	Layers      int
	Heads       int
	KVHeads     int
	FeedForward int
	Context     int // tokens the model claims to be trained for
	Tied        bool
	Type        Type
	Seed        uint64
	Name        string // general.name; "random" when empty
	// RopeFactors adds Llama 3.1's table of frequency factors. 0: none; 8 for 3.1, 32 for the small ones of 3.2.
	RopeFactors float64
	// Endless makes the rows of all tokens but the spelled ones zero, where logits are computed. Whoever takes the
	// likeliest token of such a model gets text at every step and never an end: lengths are exactly those asked for.
	Endless bool
	// Template is tokenizer.chat_template; "" is Llama 3's in its shortest form.
	Template string
}

// Tiny is a model small enough for tests: about 0.4 million parameters.
func Tiny(seed uint64) Shape {
	return Shape{Vocab: 512, Embedding: 64, Layers: 2, Heads: 4, KVHeads: 2, FeedForward: 128, Context: 1024, Tied: true, Type: F32, Seed: seed}
}

// Compact has the shape of the small default model: about 3 million parameters.
func Compact(seed uint64) Shape {
	return Shape{Vocab: 1536, Embedding: 192, Layers: 6, Heads: 6, KVHeads: 2, FeedForward: 512, Context: 1024, Tied: true, Type: F16, Seed: seed}
}

// Validate tells whether llama.cpp could load such a model.
func (s Shape) Validate() error {
	for _, n := range []int{s.Embedding, s.Layers, s.Heads, s.KVHeads, s.FeedForward, s.Context} {
		if n < 1 || n > 1<<20 {
			return fmt.Errorf("ggufgen: every number of a shape is between 1 and %d: %+v", 1<<20, s)
		}
	}
	block, ok := blockLength[s.base()]
	switch {
	case s.Vocab < MinVocab || s.Vocab > 1<<20:
		return fmt.Errorf("ggufgen: a vocabulary of %d, not of %d to %d", s.Vocab, MinVocab, 1<<20)
	case s.Embedding%s.Heads != 0 || s.Heads%s.KVHeads != 0 || s.headLength()%2 != 0:
		return fmt.Errorf("ggufgen: %d heads and %d key/value heads do not divide an embedding of %d", s.Heads, s.KVHeads, s.Embedding)
	case !ok:
		return fmt.Errorf("ggufgen: unknown type %q", s.Type)
	case s.Embedding%block != 0 || s.FeedForward%block != 0:
		return fmt.Errorf("ggufgen: type %s needs rows of a multiple of %d, not %d and %d", s.Type, block, s.Embedding, s.FeedForward)
	}
	return nil
}

func (s Shape) headLength() int { return s.Embedding / s.Heads }

// Parameters is how many weights the model has.
func (s Shape) Parameters() int64 {
	var n int64
	for _, t := range s.tensors() {
		n += t.elements()
	}
	return n
}

type tensor struct {
	name string
	typ  Type
	dims []int // fastest first, as in ggml
}

func (t tensor) elements() int64 {
	n := int64(1)
	for _, d := range t.dims {
		n *= int64(d)
	}
	return n
}

func (t tensor) bytes() int64 { return t.elements() / int64(blockLength[t.typ]) * blockBytes[t.typ] }

// base is how most matrices are stored.
func (s Shape) base() Type {
	if s.Type == Q4 {
		return q4K
	}
	return s.Type
}

// better is how the matrices are stored that matter most: the table of logits, and in some layers values and the
// way down (llama-quant.cpp, LLAMA_FTYPE_MOSTLY_Q4_K_M).
func (s Shape) better() Type {
	if s.Type == Q4 {
		return q6K
	}
	return s.Type
}

func (s Shape) tensors() []tensor {
	kv := s.KVHeads * s.headLength()
	norm := func(name string) tensor { return tensor{name, F32, []int{s.Embedding}} }
	matrix := func(name string, in, out int) tensor { return tensor{name, s.base(), []int{in, out}} }
	table, logits := matrix("token_embd.weight", s.Embedding, s.Vocab), tensor{"output.weight", s.better(), []int{s.Embedding, s.Vocab}}
	if s.Tied {
		table.typ = logits.typ
	}
	list := []tensor{table, norm("output_norm.weight")}
	if !s.Tied {
		list = append(list, logits)
	}
	if s.RopeFactors != 0 {
		list = append(list, tensor{ropeFactors, F32, []int{s.headLength() / 2}})
	}
	for i := range s.Layers {
		p := fmt.Sprintf("blk.%d.", i)
		value, down := matrix(p+"attn_v.weight", s.Embedding, kv), matrix(p+"ffn_down.weight", s.FeedForward, s.Embedding)
		if eighth := s.Layers / 8; i < eighth || i >= 7*s.Layers/8 || (i-eighth)%3 == 2 {
			value.typ, down.typ = s.better(), s.better()
		}
		list = append(list,
			norm(p+"attn_norm.weight"),
			matrix(p+"attn_q.weight", s.Embedding, s.Embedding),
			matrix(p+"attn_k.weight", s.Embedding, kv),
			value,
			matrix(p+"attn_output.weight", s.Embedding, s.Embedding),
			norm(p+"ffn_norm.weight"),
			matrix(p+"ffn_gate.weight", s.Embedding, s.FeedForward),
			matrix(p+"ffn_up.weight", s.Embedding, s.FeedForward),
			down,
		)
	}
	return list
}

// logits is the name of the tensor that logits are computed with.
func (s Shape) logits() string {
	if s.Tied {
		return "token_embd.weight"
	}
	return "output.weight"
}
