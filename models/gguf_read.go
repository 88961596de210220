package models

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"unicode/utf8"
)

// Limits of a header worth reading: the largest vocabularies have about 256 Ki tokens, the largest models a few
// thousand tensors. Nothing is allocated on the word of a count alone: what it promises must fit the rest of the file.
const (
	maxKeys       = 1 << 12
	maxTensors    = 1 << 16
	maxElements   = 1 << 22
	maxString     = 1 << 20
	maxName       = 1 << 10
	maxDimensions = 4
	maxHeader     = 1 << 28
)

// ReadFile reads the header of the GGUF file at path.
func ReadFile(path string) (*Header, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only: nothing can be lost
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return ReadHeader(f, info.Size())
}

// ReadHeader reads the header of a GGUF file (version 2 or 3, little endian) of the given size, and checks that
// everything it points to lies inside. Its errors are ErrNotGGUF, a *FormatError, or what r returned.
func ReadHeader(r io.Reader, size int64) (*Header, error) {
	d := &reader{r: bufio.NewReaderSize(r, 1<<16), size: size}
	h := d.header()
	if d.err != nil {
		return nil, d.err
	}
	return h, nil
}

// reader keeps the first error; after it every read returns zero values.
type reader struct {
	r    *bufio.Reader
	at   int64
	size int64
	err  error
}

func (d *reader) failf(format string, args ...any) {
	if d.err == nil {
		d.err = &FormatError{Offset: d.at, Reason: fmt.Sprintf(format, args...)}
	}
}

func (d *reader) bytes(n int64) []byte {
	if d.err != nil {
		return nil
	}
	if n > d.size-d.at {
		d.err = &FormatError{Offset: d.at, Reason: "the file ends too early", Err: io.ErrUnexpectedEOF}
		return nil
	}
	if d.at+n > maxHeader {
		d.failf("longer than %d bytes", maxHeader)
		return nil
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(d.r, b); err != nil {
		if err == io.EOF || err == io.ErrUnexpectedEOF { // shorter than the caller said
			err = &FormatError{Offset: d.at, Reason: "the file ends too early", Err: io.ErrUnexpectedEOF}
		}
		d.err = err
		return nil
	}
	d.at += n
	return b
}

func (d *reader) u32() uint32 {
	if b := d.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (d *reader) u64() uint64 {
	if b := d.bytes(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

// count reads a number of things of at least `width` bytes each.
func (d *reader) count(what string, limit uint64, width int64) int {
	n := d.u64()
	switch {
	case d.err != nil:
		return 0
	case n > limit:
		d.failf("%d %s, more than %d", n, what, limit)
		return 0
	case int64(n) > (d.size-d.at)/width:
		d.err = &FormatError{Offset: d.at, Reason: fmt.Sprintf("%d %s do not fit the file", n, what), Err: io.ErrUnexpectedEOF}
		return 0
	}
	return int(n)
}

func (d *reader) text(limit uint64) string {
	return string(d.bytes(int64(d.count("bytes of text", limit, 1))))
}

func (d *reader) header() *Header {
	magic := d.bytes(4)
	if d.err == nil && string(magic) != "GGUF" || d.size < 4 {
		d.err = ErrNotGGUF
		return nil
	}
	h := &Header{Version: d.u32(), Metadata: map[string]Value{}, kinds: map[string]uint32{}, Alignment: 32}
	if d.err == nil && h.Version != 2 && h.Version != 3 {
		d.failf("version %d", h.Version)
	}
	tensors := d.count("tensors", maxTensors, 8+4+8+4+8)
	keys := d.count("keys", maxKeys, 8+4+1)
	for range keys {
		d.key(h)
	}
	if v, ok := h.Metadata["general.alignment"]; ok && d.err == nil {
		n, whole := v.any.(uint64)
		if !whole || h.kinds["general.alignment"] != typeUint32 || n == 0 || n > 1<<16 || n&(n-1) != 0 {
			d.failf("alignment %v", v.any)
		}
		h.Alignment = n
	}
	seen := make(map[string]bool, tensors)
	for range tensors {
		d.tensor(h, seen)
	}
	if d.err == nil {
		d.place(h)
	}
	return h
}

func (d *reader) key(h *Header) {
	name := d.text(maxName)
	kind := d.u32()
	if d.err != nil {
		return
	}
	if name == "" || !utf8.ValidString(name) {
		d.failf("key name %q", name)
		return
	}
	if _, twice := h.Metadata[name]; twice {
		d.failf("key %q twice", name)
		return
	}
	v := d.value(kind)
	if d.err == nil {
		h.Metadata[name] = Value{v}
		h.Keys, h.kinds[name] = append(h.Keys, name), kind
	}
}

func (d *reader) tensor(h *Header, seen map[string]bool) {
	t := Tensor{Name: d.text(maxName)}
	dimensions := d.u32()
	if d.err != nil {
		return
	}
	if t.Name == "" || !utf8.ValidString(t.Name) || seen[t.Name] {
		d.failf("tensor name %q", t.Name)
		return
	}
	if dimensions == 0 || dimensions > maxDimensions {
		d.failf("tensor %q has %d dimensions", t.Name, dimensions)
		return
	}
	for range dimensions {
		t.Dimensions = append(t.Dimensions, d.u64())
	}
	t.Type, t.Offset = TensorType(d.u32()), d.u64()
	if d.err != nil {
		return
	}
	size, ok := t.Type.bytes(t.Dimensions)
	if !ok {
		d.failf("tensor %q: %s of %v", t.Name, t.Type, t.Dimensions)
		return
	}
	t.Size = size
	seen[t.Name] = true
	h.Tensors = append(h.Tensors, t)
}

// place finds where the weights begin and checks that each tensor lies inside the file, aligned.
func (d *reader) place(h *Header) {
	align := int64(h.Alignment)
	h.DataOffset = (d.at + align - 1) / align * align
	room := d.size - h.DataOffset
	for _, t := range h.Tensors {
		if t.Offset%h.Alignment != 0 {
			d.failf("tensor %q is not aligned", t.Name)
		} else if room < 0 || t.Offset > uint64(room) || t.Size > uint64(room)-t.Offset {
			d.err = &FormatError{Offset: d.size, Reason: fmt.Sprintf("tensor %q lies beyond the end of the file", t.Name), Err: io.ErrUnexpectedEOF}
		}
		if d.err != nil {
			return
		}
	}
}
