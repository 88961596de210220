package llama

/*
#include "shim.h"
*/
import "C"

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// Limits of a header worth reading. The largest vocabularies have about 256 Ki tokens, the largest
// models a few thousand tensors.
const (
	maxKeys       = 1 << 14
	maxTensors    = 1 << 16
	maxArray      = 1 << 24
	maxString     = 1 << 24
	maxDimensions = 4
)

// GGUF value types (ggml/docs/gguf.md).
const (
	ggufUint32 = 4
	ggufInt32  = 5
	ggufFloat  = 6
	ggufString = 8
	ggufArray  = 9
)

var ggufWidth = map[uint32]int64{0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

// llama.cpp asserts these element types instead of checking them, and an assertion ends the process.
var ggufArrayTypes = map[string]uint32{
	"tokenizer.ggml.tokens":     ggufString,
	"tokenizer.ggml.merges":     ggufString,
	"tokenizer.ggml.scores":     ggufFloat,
	"tokenizer.ggml.token_type": ggufInt32,
}

// header is what has to be known of a file before llama.cpp may see it.
type header struct {
	architecture string
	tensorBytes  int64               // weights, with padding
	tensors      map[string][]uint64 // dimensions by name, fastest first
}

type ggufReader struct {
	r   *bufio.Reader
	at  int64
	err error
}

func (g *ggufReader) bytes(b []byte) {
	if g.err != nil {
		clear(b)
		return
	}
	n, err := io.ReadFull(g.r, b)
	g.at += int64(n)
	if err != nil {
		g.err = err
		clear(b)
	}
}

func (g *ggufReader) skip(n int64) {
	for n > 0 && g.err == nil {
		k, err := g.r.Discard(int(min(n, 1<<20)))
		n -= int64(k)
		g.at += int64(k)
		g.err = err
	}
}

func (g *ggufReader) u32() uint32 {
	var b [4]byte
	g.bytes(b[:])
	return binary.LittleEndian.Uint32(b[:])
}

func (g *ggufReader) u64() uint64 {
	var b [8]byte
	g.bytes(b[:])
	return binary.LittleEndian.Uint64(b[:])
}

// count reads a number of things and fails above limit.
func (g *ggufReader) count(what string, limit uint64) uint64 {
	n := g.u64()
	if g.err == nil && n > limit {
		g.err = corrupt("%d %s, more than %d", n, what, limit)
	}
	if g.err != nil {
		return 0
	}
	return n
}

func (g *ggufReader) text() string {
	b := make([]byte, g.count("bytes in a string", maxString))
	g.bytes(b)
	return string(b)
}

func (g *ggufReader) skipText() { g.skip(int64(g.count("bytes in a string", maxString))) }

func (g *ggufReader) skipValue(typ uint32, key string) {
	switch {
	case g.err != nil:
	case typ == ggufString:
		g.skipText()
	case typ == ggufArray:
		elem, n := g.u32(), g.count("array elements", maxArray)
		if want, ok := ggufArrayTypes[key]; ok && elem != want && g.err == nil {
			g.err = corrupt("%s has element type %d, not %d", key, elem, want)
		}
		if w, ok := ggufWidth[elem]; ok {
			g.skip(w * int64(n))
			return
		}
		if elem != ggufString && g.err == nil {
			g.err = corrupt("%s has element type %d", key, elem)
		}
		for range n {
			if g.err != nil {
				return
			}
			g.skipText()
		}
	default:
		w, ok := ggufWidth[typ]
		if !ok {
			g.err = corrupt("%s has value type %d", key, typ)
		}
		g.skip(w)
	}
}

type reasonError struct {
	reason Reason
	detail string
}

func (e *reasonError) Error() string { return e.detail }

func corrupt(format string, args ...any) error {
	return &reasonError{ReasonCorrupt, fmt.Sprintf(format, args...)}
}

// readHeader checks r, a file of size bytes, up to the promise that every tensor lies within it.
// The error is a reasonError, or an i/o error.
func readHeader(r io.Reader, size int64) (header, error) {
	h, err := parseHeader(&ggufReader{r: bufio.NewReaderSize(r, 1<<16)}, size)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = &reasonError{ReasonTruncated, fmt.Sprintf("it ends within its header, at %d bytes", size)}
	}
	return h, err
}

func parseHeader(g *ggufReader, size int64) (h header, err error) {
	if size == 0 {
		return h, &reasonError{ReasonNotGGUF, "it is empty"}
	}
	var magic [4]byte
	g.bytes(magic[:])
	if g.err != nil || string(magic[:]) != "GGUF" {
		return h, &reasonError{ReasonNotGGUF, fmt.Sprintf("it starts with %q", magic[:])}
	}
	if v := g.u32(); g.err == nil && v != 2 && v != 3 {
		return h, &reasonError{ReasonVersion, fmt.Sprintf("GGUF version %d; 2 and 3 are known", v)}
	}
	tensors, keys := g.count("tensors", maxTensors), g.count("keys", maxKeys)
	alignment := uint64(32)
	for range keys {
		key, typ := g.text(), g.u32()
		switch {
		case g.err != nil:
			return h, g.err
		case key == "general.architecture" && typ == ggufString:
			h.architecture = g.text()
		case key == "general.alignment":
			alignment = uint64(g.u32())
			if g.err == nil && (typ != ggufUint32 || alignment == 0 || alignment&(alignment-1) != 0) {
				return h, corrupt("alignment %d of type %d", alignment, typ)
			}
		default:
			g.skipValue(typ, key)
		}
	}
	var end uint64
	h.tensors = map[string][]uint64{}
	for range tensors {
		name, dims, last, err := g.tensor(alignment)
		if err != nil {
			return h, err
		}
		h.tensors[name] = dims
		end = max(end, last)
	}
	if g.err != nil {
		return h, g.err
	}
	data := (uint64(g.at) + alignment - 1) &^ (alignment - 1)
	if data+end > uint64(size) {
		return h, &reasonError{ReasonTruncated, fmt.Sprintf("%d bytes, its tensors end at %d", size, data+end)}
	}
	h.tensorBytes = int64(end)
	return h, nil
}

// tensor reads one tensor's description; end is where its data ends.
func (g *ggufReader) tensor(alignment uint64) (name string, dims []uint64, end uint64, err error) {
	name = g.text()
	count := g.u32()
	if g.err == nil && (count == 0 || count > maxDimensions) {
		return "", nil, 0, corrupt("tensor %q has %d dimensions", name, count)
	}
	elems := uint64(1)
	for range count {
		n := g.u64()
		if g.err != nil {
			return "", nil, 0, g.err
		}
		if n == 0 || n > math.MaxInt32 || elems > math.MaxInt64/n {
			return "", nil, 0, corrupt("tensor %q has dimension %d", name, n)
		}
		dims = append(dims, n)
		elems *= n
	}
	typ, offset := g.u32(), g.u64()
	if g.err != nil || len(dims) == 0 {
		return "", nil, 0, g.err
	}
	block := uint64(0)
	if typ <= math.MaxInt32 {
		block = uint64(C.ilsai_type_block(C.int32_t(typ)))
	}
	if block == 0 || dims[0]%block != 0 {
		return "", nil, 0, corrupt("tensor %q has type %d and rows of %d", name, typ, dims[0])
	}
	width := uint64(C.ilsai_type_bytes(C.int32_t(typ)))
	if offset%alignment != 0 || offset > math.MaxInt64/2 || elems/block > math.MaxInt64/2/max(width, 1) {
		return "", nil, 0, corrupt("tensor %q lies at offset %d", name, offset)
	}
	return name, dims, offset + elems/block*width, nil
}
