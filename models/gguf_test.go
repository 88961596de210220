package models

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
)

func embedded(t *testing.T) *Header {
	t.Helper()
	h, err := ReadHeader(bytes.NewReader(defaultModel), int64(len(defaultModel)))
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHeaderOfTheEmbeddedModel(t *testing.T) {
	h := embedded(t)
	if h.Architecture() != "llama" || h.Profile() != "compact" {
		t.Errorf("architecture %q, profile %q", h.Architecture(), h.Profile())
	}
	for key, want := range map[string]string{"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "llama-bpe", "general.license": "MIT"} {
		if got, _ := h.String(key); got != want {
			t.Errorf("%s is %q, want %q", key, got, want)
		}
	}
	tokens, _ := h.Strings("tokenizer.ggml.tokens")
	eos, _ := h.Uint("tokenizer.ggml.eos_token_id")
	if eos >= uint64(len(tokens)) || tokens[eos] != "<|eot_id|>" {
		t.Errorf("end of turn is token %d of %d", eos, len(tokens))
	}
	if bos, ok := h.Bool("tokenizer.ggml.add_bos_token"); bos || !ok {
		t.Error("the template writes the first token, so the tokenizer must not")
	}
	width, _ := h.Uint("llama.embedding_length")
	embedding := h.Tensors[0]
	if embedding.Name != "token_embd.weight" || embedding.Dimensions[0] != width || embedding.Dimensions[1] != uint64(len(tokens)) {
		t.Errorf("first tensor is %+v", embedding)
	}
	if n := h.Parameters(); n < 1_000_000 || n > 30_000_000 {
		t.Errorf("%d parameters", n)
	}
	end := uint64(h.DataOffset)
	for _, tensor := range h.Tensors {
		end = max(end, uint64(h.DataOffset)+tensor.Offset+tensor.Size)
	}
	if end > uint64(len(defaultModel)) || end+h.Alignment <= uint64(len(defaultModel)) {
		t.Errorf("tensors end at %d of %d bytes", end, len(defaultModel))
	}
}

// Every length the file may be cut to is an error of a known kind, never a panic.
func TestTruncatedFiles(t *testing.T) {
	h := embedded(t)
	cuts := []int64{0, 1, 3, 4, 7, 8, 15, 23, 24, h.DataOffset - 1, h.DataOffset, int64(len(defaultModel)) - 64}
	for n := int64(32); n < h.DataOffset; n += 997 {
		cuts = append(cuts, n)
	}
	for _, n := range cuts {
		_, err := ReadHeader(bytes.NewReader(defaultModel[:n]), n)
		var broken *FormatError
		if !errors.Is(err, ErrNotGGUF) && (!errors.As(err, &broken) || !errors.Is(err, io.ErrUnexpectedEOF)) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
		// A reader that holds less than was promised.
		if _, err := ReadHeader(bytes.NewReader(defaultModel[:n]), int64(len(defaultModel))); n < h.DataOffset-32 && err == nil {
			t.Errorf("%d bytes of a promised %d: no error", n, len(defaultModel))
		}
	}
}

func TestFlippedBytes(t *testing.T) {
	h := embedded(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	for i := range 1000 {
		file := bytes.Clone(defaultModel)
		for range 1 + rng.IntN(4) {
			at := rng.Int64N(h.DataOffset)
			if i%4 == 0 {
				at = rng.Int64N(256) // counts and the first keys are where a flip does most
			}
			file[at] ^= byte(1 + rng.IntN(255))
		}
		if got, err := ReadHeader(bytes.NewReader(file), int64(len(file))); err == nil {
			checkBounds(t, got, int64(len(file)))
		} else if broken := (*FormatError)(nil); !errors.Is(err, ErrNotGGUF) && !errors.As(err, &broken) {
			t.Errorf("flip %d: error of no known kind: %v", i, err)
		}
	}
}

func checkBounds(t *testing.T, h *Header, size int64) {
	t.Helper()
	for _, tensor := range h.Tensors {
		if end := uint64(h.DataOffset) + tensor.Offset + tensor.Size; end > uint64(size) {
			t.Errorf("tensor %q ends at %d of %d", tensor.Name, end, size)
		}
	}
	if len(h.Keys) != len(h.Metadata) {
		t.Errorf("%d keys, %d values", len(h.Keys), len(h.Metadata))
	}
}

func TestHostileHeaders(t *testing.T) {
	huge := []byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}
	for name, file := range map[string][]byte{
		"tensor count":        join("GGUF\x03\x00\x00\x00", huge, u64(0)),
		"key count":           join("GGUF\x03\x00\x00\x00", u64(0), huge),
		"version":             join("GGUF\x01\x00\x00\x00", u64(0), u64(0)),
		"big endian":          join("GGUF\x00\x00\x00\x03", u64(0), u64(0)),
		"key length":          join("GGUF\x03\x00\x00\x00", u64(0), u64(1), huge, u64(0), u64(0)),
		"text length":         join("GGUF\x03\x00\x00\x00", u64(0), u64(1), text("k"), u32(typeString), huge),
		"list length":         join("GGUF\x03\x00\x00\x00", u64(0), u64(1), text("k"), u32(typeArray), u32(typeUint8), huge),
		"list of lists":       join("GGUF\x03\x00\x00\x00", u64(0), u64(1), text("k"), u32(typeArray), u32(typeArray), u64(1), u32(typeArray), u64(1)),
		"value type":          join("GGUF\x03\x00\x00\x00", u64(0), u64(1), text("k"), u32(99), u64(0)),
		"same key twice":      join("GGUF\x03\x00\x00\x00", u64(0), u64(2), text("k"), u32(typeBool), []byte{1}, text("k"), u32(typeBool), []byte{1}),
		"alignment zero":      join("GGUF\x03\x00\x00\x00", u64(0), u64(1), text("general.alignment"), u32(typeUint32), u32(0)),
		"dimension overflow":  join("GGUF\x03\x00\x00\x00", u64(1), u64(0), text("w"), u32(2), huge, huge, u32(0), u64(0)),
		"offset beyond":       join("GGUF\x03\x00\x00\x00", u64(1), u64(0), text("w"), u32(1), u64(1), u32(0), u64(1<<40)),
		"five dimensions":     join("GGUF\x03\x00\x00\x00", u64(1), u64(0), text("w"), u32(5), make([]byte, 64)),
		"block cut in half":   join("GGUF\x03\x00\x00\x00", u64(1), u64(0), text("w"), u32(1), u64(33), u32(8), u64(0), make([]byte, 256)),
		"unknown tensor type": join("GGUF\x03\x00\x00\x00", u64(1), u64(0), text("w"), u32(1), u64(32), u32(77), u64(0), make([]byte, 256)),
	} {
		_, err := ReadHeader(bytes.NewReader(file), int64(len(file)))
		var broken *FormatError
		if !errors.As(err, &broken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m.gguf")
	if _, err := ReadFile(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
	if err := os.WriteFile(path, defaultModel, 0o600); err != nil {
		t.Fatal(err)
	}
	if h, err := ReadFile(path); err != nil || h.Architecture() != "llama" {
		t.Errorf("embedded model from disk: %v", err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho not a model\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(path); !errors.Is(err, ErrNotGGUF) {
		t.Errorf("foreign file: %v", err)
	}
}
