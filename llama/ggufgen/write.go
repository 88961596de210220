package ggufgen

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
)

const alignment = 32

const ropeBase = 500000

// Write writes a model of shape s to w.
func Write(w io.Writer, s Shape) error {
	if err := s.Validate(); err != nil {
		return err
	}
	bw := bufio.NewWriterSize(w, 1<<18)
	tensors := s.tensors()
	v := makeVocab(s.Vocab)
	head := encodeHeader(s, v, tensors)
	if err := writePadded(bw, int64(len(head)), func() error { _, err := bw.Write(head); return err }); err != nil {
		return err
	}
	rng := rand.NewPCG(s.Seed, 0x6c6c616d61)
	for _, t := range tensors {
		write := func() error { return writeWeights(bw, t, nil, rng) }
		switch {
		case t.name == ropeFactors:
			write = func() error { return writeRopeFactors(bw, t.dims[0], s.RopeFactors) }
		case t.name == s.logits() && s.Endless:
			write = func() error { return writeWeights(bw, t, v.spelled, rng) }
		}
		if err := writePadded(bw, t.bytes(), write); err != nil {
			return err
		}
	}
	return bw.Flush()
}

// WriteFile writes a model to a file, and leaves no file behind when it fails.
func WriteFile(path string, s Shape) error {
	return writeFile(path, func(w io.Writer) error { return Write(w, s) })
}

func writeFile(path string, write func(w io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := f.Close(); err == nil {
			err = cerr
		}
		if err != nil {
			os.Remove(path)
		}
	}()
	return write(f)
}

// Bytes is the size of the file Write makes.
func (s Shape) Bytes() int64 {
	tensors := s.tensors()
	n := pad(int64(len(encodeHeader(s, makeVocab(s.Vocab), tensors))))
	for _, t := range tensors {
		n += pad(t.bytes())
	}
	return n
}

func pad(n int64) int64 { return (n + alignment - 1) &^ (alignment - 1) }

func writePadded(w io.Writer, n int64, write func() error) error {
	if err := write(); err != nil {
		return err
	}
	_, err := w.Write(make([]byte, pad(n)-n))
	return err
}

// encoder writes GGUF's header values.
type encoder struct {
	bytes.Buffer
	keys int
}

func (e *encoder) u32(v uint32) { e.Write(binary.LittleEndian.AppendUint32(nil, v)) }
func (e *encoder) u64(v uint64) { e.Write(binary.LittleEndian.AppendUint64(nil, v)) }
func (e *encoder) text(s string) {
	e.u64(uint64(len(s)))
	e.WriteString(s)
}

func (e *encoder) key(name string, typ uint32) {
	e.keys++
	e.text(name)
	e.u32(typ)
}

func (e *encoder) keyU32(name string, v int) {
	e.key(name, 4)
	e.u32(uint32(v))
}

func (e *encoder) keyF32(name string, v float32) {
	e.key(name, 6)
	e.u32(math.Float32bits(v))
}

func (e *encoder) keyText(name, v string) {
	e.key(name, 8)
	e.text(v)
}

func (e *encoder) keyTexts(name string, list []string) {
	e.key(name, 9)
	e.u32(8)
	e.u64(uint64(len(list)))
	for _, s := range list {
		e.text(s)
	}
}

func encodeHeader(s Shape, v vocab, tensors []tensor) []byte {
	return assemble(encodeMeta(s, v), tensors)
}

// assemble puts the values and the list of tensors into one header.
func assemble(meta *encoder, tensors []tensor) []byte {
	var e encoder
	e.WriteString("GGUF")
	e.u32(3)
	e.u64(uint64(len(tensors)))
	e.u64(uint64(meta.keys))
	e.Write(meta.Bytes())
	var offset int64
	for _, t := range tensors {
		e.text(t.name)
		e.u32(uint32(len(t.dims)))
		for _, d := range t.dims {
			e.u64(uint64(d))
		}
		e.u32(typeNumber[t.typ])
		e.u64(uint64(offset))
		offset += pad(t.bytes())
	}
	return e.Bytes()
}

func encodeMeta(s Shape, v vocab) *encoder {
	first := len(v.tokens) - len(specials)
	name := s.Name
	if name == "" {
		name = "random"
	}
	e := &encoder{}
	e.keyText("general.architecture", "llama")
	e.keyText("general.name", name)
	e.keyText("general.description", fmt.Sprintf("random weights, seed %d: speaks no language", s.Seed))
	e.keyU32("general.file_type", int(fileType[s.Type]))
	e.keyU32("llama.context_length", s.Context)
	e.keyU32("llama.embedding_length", s.Embedding)
	e.keyU32("llama.block_count", s.Layers)
	e.keyU32("llama.feed_forward_length", s.FeedForward)
	e.keyU32("llama.attention.head_count", s.Heads)
	e.keyU32("llama.attention.head_count_kv", s.KVHeads)
	e.keyU32("llama.rope.dimension_count", s.headLength())
	e.keyU32("llama.vocab_size", s.Vocab)
	e.keyF32("llama.attention.layer_norm_rms_epsilon", 1e-5)
	e.keyF32("llama.rope.freq_base", ropeBase)
	e.keyText("tokenizer.ggml.model", "gpt2")
	e.keyText("tokenizer.ggml.pre", "llama-bpe")
	e.keyTexts("tokenizer.ggml.tokens", v.tokens)
	e.key("tokenizer.ggml.token_type", 9)
	e.u32(5)
	e.u64(uint64(len(v.types)))
	for _, t := range v.types {
		e.u32(uint32(t))
	}
	e.keyTexts("tokenizer.ggml.merges", v.merges)
	e.keyU32("tokenizer.ggml.bos_token_id", first)
	e.keyU32("tokenizer.ggml.eos_token_id", first+3)
	e.keyU32("tokenizer.ggml.eot_token_id", first+3)
	e.key("tokenizer.ggml.add_bos_token", 7)
	e.WriteByte(1)
	e.keyText("tokenizer.chat_template", cmp.Or(s.Template, chatTemplate))
	return e
}
