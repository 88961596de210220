package models

import (
	"bytes"
	"encoding/binary"
	"testing"
)

func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
func u64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }
func text(s string) []byte {
	return append(u64(uint64(len(s))), s...)
}

// join glues the parts of a made-up file, texts and bytes.
func join(head string, parts ...[]byte) []byte {
	return append([]byte(head), bytes.Join(parts, nil)...)
}

// FuzzReadHeader: whatever the bytes, reading ends, does not panic, and what it accepts lies inside the file.
func FuzzReadHeader(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("GGUF"))
	f.Add(defaultModel[:256])
	f.Add(join("GGUF\x03\x00\x00\x00", u64(1), u64(3),
		text("general.architecture"), u32(typeString), text("llama"),
		text("l"), u32(typeArray), u32(typeString), u64(2), text("a"), text("b"),
		text("n"), u32(typeArray), u32(typeInt32), u64(2), u32(1), u32(2),
		text("w"), u32(2), u64(32), u64(1), u32(8), u64(0), make([]byte, 96)))
	for kind := range uint32(13) {
		f.Add(join("GGUF\x02\x00\x00\x00", u64(0), u64(1), text("k"), u32(kind), make([]byte, 16)))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		h, err := ReadHeader(bytes.NewReader(file), int64(len(file)))
		if err == nil {
			checkBounds(t, h, int64(len(file)))
		}
	})
}
