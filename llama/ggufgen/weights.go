package ggufgen

import (
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
)

const q6K Type = "q6_k" // never chosen for a whole model

// How ggml stores each type (ggml-common.h): elements and bytes of a block, and the type's number.
var (
	blockLength = map[Type]int{F32: 1, F16: 1, Q8: 32, Q4K: 256, q6K: 256}
	blockBytes  = map[Type]int64{F32: 4, F16: 2, Q8: 34, Q4K: 144, q6K: 210}
	typeNumber  = map[Type]uint32{F32: 0, F16: 1, Q8: 8, Q4K: 12, q6K: 14}
	fileType    = map[Type]uint32{F32: 0, F16: 1, Q8: 7, Q4K: 15}
)

// writeWeights writes a tensor's data. Matrices get values of about the size training leaves, so
// that logits differ and nothing overflows; norms are all ones.
func writeWeights(w io.Writer, t tensor, rng *rand.PCG) error {
	if len(t.dims) == 1 {
		return writeOnes(w, t.dims[0])
	}
	scale := 1 / math.Sqrt(float64(t.dims[0]))
	blocks := t.elements() / int64(blockLength[t.typ])
	buf := make([]byte, 0, 1<<16)
	for range blocks {
		buf = appendBlock(buf, t.typ, scale, rng)
		if len(buf) > 1<<16-256 {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(buf)
	return err
}

func writeOnes(w io.Writer, n int) error {
	var b []byte
	for range n {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(1))
	}
	_, err := w.Write(b)
	return err
}

func appendBlock(b []byte, typ Type, scale float64, rng *rand.PCG) []byte {
	half := func(f float64) []byte { return binary.LittleEndian.AppendUint16(b, float16(float32(f))) }
	switch typ {
	case F32:
		return binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(uniform(rng)*scale)))
	case F16:
		return half(uniform(rng) * scale)
	case Q8: // a scale, 32 signed bytes
		b = half(scale / 74) // the deviation of a uniform byte
		return appendRandom(b, 32, rng)
	case Q4K: // two scales, 12 bytes of packed 6-bit scales and minima, 128 bytes of nibbles
		d := scale / 180
		b = half(d)
		b = half(7.5 * d) // takes the mean nibble away again
		return appendRandom(b, 140, rng)
	default: // q6K: 192 bytes of 6-bit values, 16 signed scales, a scale
		b = appendRandom(b, 192, rng)
		for range 16 {
			b = append(b, byte(int8(32+rng.Uint64()%64)))
		}
		return half(scale / 1200)
	}
}

// uniform has mean 0 and deviation 1.
func uniform(rng *rand.PCG) float64 {
	return (float64(rng.Uint64()>>11)/(1<<52) - 1) * math.Sqrt(3)
}

func appendRandom(b []byte, n int, rng *rand.PCG) []byte {
	for ; n >= 8; n -= 8 {
		b = binary.LittleEndian.AppendUint64(b, rng.Uint64())
	}
	for ; n > 0; n-- {
		b = append(b, byte(rng.Uint64()))
	}
	return b
}

// float16 converts a number within the range of normal half floats, or near zero, cutting off what
// does not fit the mantissa.
func float16(f float32) uint16 {
	bits := math.Float32bits(f)
	sign := uint16(bits>>16) & 0x8000
	exp := int(bits>>23&0xff) - 127 + 15
	mantissa := bits & 0x7fffff
	switch {
	case exp >= 31:
		return sign | 0x7bff // the largest finite number
	case exp <= 0:
		if exp < -10 {
			return sign
		}
		return sign | uint16((mantissa|0x800000)>>(14-exp))
	}
	return sign | uint16(exp)<<10 | uint16(mantissa>>13)
}
