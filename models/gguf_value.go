package models

import (
	"encoding/binary"
	"math"
)

// GGUF's value types.
const (
	typeUint8 = iota
	typeInt8
	typeUint16
	typeInt16
	typeUint32
	typeInt32
	typeFloat32
	typeBool
	typeString
	typeArray
	typeUint64
	typeInt64
	typeFloat64
)

// Bytes one value takes at least, by type.
var widths = [...]int64{1, 1, 2, 2, 4, 4, 4, 1, 8, 12, 8, 8, 8}

func (d *reader) value(kind uint32) any {
	if kind == typeArray {
		return d.array()
	}
	return d.scalar(kind)
}

func (d *reader) scalar(kind uint32) any {
	if kind >= uint32(len(widths)) || kind == typeArray {
		d.failf("value type %d", kind)
		return nil
	}
	if kind == typeString {
		return d.text(maxString)
	}
	b := d.bytes(widths[kind])
	if b == nil {
		return nil
	}
	switch kind {
	case typeUint8:
		return uint64(b[0])
	case typeInt8:
		return int64(int8(b[0]))
	case typeUint16:
		return uint64(binary.LittleEndian.Uint16(b))
	case typeInt16:
		return int64(int16(binary.LittleEndian.Uint16(b)))
	case typeUint32:
		return uint64(binary.LittleEndian.Uint32(b))
	case typeInt32:
		return int64(int32(binary.LittleEndian.Uint32(b)))
	case typeFloat32:
		return float64(math.Float32frombits(binary.LittleEndian.Uint32(b)))
	case typeBool:
		if b[0] > 1 {
			d.failf("truth value %d", b[0])
		}
		return b[0] == 1
	case typeUint64:
		return binary.LittleEndian.Uint64(b)
	case typeInt64:
		return int64(binary.LittleEndian.Uint64(b))
	default:
		return math.Float64frombits(binary.LittleEndian.Uint64(b))
	}
}

// array reads a list of scalars. Lists of lists are legal GGUF, but no model of a known architecture has one.
func (d *reader) array() any {
	kind := d.u32()
	if d.err == nil && (kind >= uint32(len(widths)) || kind == typeArray) {
		d.failf("list of type %d", kind)
	}
	if d.err != nil {
		return nil
	}
	n := d.count("list elements", maxElements, widths[kind])
	switch kind {
	case typeString:
		return list[string](d, kind, n)
	case typeBool:
		return list[bool](d, kind, n)
	case typeFloat32, typeFloat64:
		return list[float64](d, kind, n)
	case typeInt8, typeInt16, typeInt32, typeInt64:
		return list[int64](d, kind, n)
	default:
		return list[uint64](d, kind, n)
	}
}

func list[T any](d *reader, kind uint32, n int) []T {
	out := make([]T, 0, n) // at most a few times what the file itself holds
	for range n {
		v, ok := d.scalar(kind).(T)
		if d.err != nil || !ok {
			return nil
		}
		out = append(out, v)
	}
	return out
}
