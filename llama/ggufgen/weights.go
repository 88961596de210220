package ggufgen

import (
	"encoding/binary"
	"io"
	"math"
	"math/rand/v2"
)

// Types that are never chosen for a whole model.
const (
	q4K Type = "q4_k"
	q6K Type = "q6_k"
)

// How ggml stores each type (ggml-common.h): elements and bytes of a block, and the type's number.
var (
	blockLength = map[Type]int{F32: 1, F16: 1, Q8: 32, q4K: 256, q6K: 256}
	blockBytes  = map[Type]int64{F32: 4, F16: 2, Q8: 34, q4K: 144, q6K: 210}
	typeNumber  = map[Type]uint32{F32: 0, F16: 1, Q8: 8, q4K: 12, q6K: 14}
	fileType    = map[Type]uint32{F32: 0, F16: 1, Q8: 7, Q4: 15}
)

// writeWeights writes a tensor's data. Matrices get values of about the size training leaves, so
// that logits differ and nothing overflows; norms are all ones. Rows that are not live are zero.
func writeWeights(w io.Writer, t tensor, live func(row int) bool, rng *rand.PCG) error {
	if len(t.dims) == 1 {
		return writeOnes(w, t.dims[0])
	}
	scale := 1 / math.Sqrt(float64(t.dims[0]))
	blocks := t.dims[0] / blockLength[t.typ] // of a row
	var buf []byte
	for row := range t.dims[1] {
		buf = buf[:0]
		for range blocks {
			buf = appendBlock(buf, t.typ, scale, rng)
		}
		if live != nil && !live(row) {
			clear(buf) // a block of zeros is zero in every type
		}
		if _, err := w.Write(buf); err != nil {
			return err
		}
	}
	return nil
}

const ropeFactors = "rope_freqs.weight"

// writeRopeFactors writes what Llama 3.1 divides the frequencies of its rotary embedding by: 1 where a turn is short
// beside the context it was trained with first, factor where it is long, and a mixture between (Llama 3.1's own
// apply_scaling: low_freq_factor 1, high_freq_factor 4, old context 8192).
func writeRopeFactors(w io.Writer, n int, factor float64) error {
	const low, high, context = 1.0, 4.0, 8192.0
	var b []byte
	for i := range n {
		turn := 2 * math.Pi * math.Pow(ropeBase, float64(i)/float64(n))
		f := 1.0
		switch {
		case turn > context/low:
			f = factor
		case turn > context/high:
			smooth := (context/turn - low) / (high - low)
			f = 1 / ((1-smooth)/factor + smooth)
		}
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(float32(f)))
	}
	_, err := w.Write(b)
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
	case q4K: // two scales, 12 bytes of packed 6-bit scales and minima, 128 bytes of nibbles
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
