package models

import (
	"fmt"
	"math/bits"
)

// TensorType is ggml's number for a storage format.
type TensorType uint32

// layout of a storage format: its name, how many weights one block holds, how many bytes it takes.
type layout struct {
	name           string
	weights, bytes uint64
}

// From ggml.h. Formats that were removed from ggml are not here, so a file that uses one is refused.
var layouts = map[TensorType]layout{
	0: {"F32", 1, 4}, 1: {"F16", 1, 2}, 2: {"Q4_0", 32, 18}, 3: {"Q4_1", 32, 20}, 6: {"Q5_0", 32, 22}, 7: {"Q5_1", 32, 24}, 8: {"Q8_0", 32, 34},
	10: {"Q2_K", 256, 84}, 11: {"Q3_K", 256, 110}, 12: {"Q4_K", 256, 144}, 13: {"Q5_K", 256, 176}, 14: {"Q6_K", 256, 210}, 15: {"Q8_K", 256, 292},
	16: {"IQ2_XXS", 256, 66}, 17: {"IQ2_XS", 256, 74}, 18: {"IQ3_XXS", 256, 98}, 19: {"IQ1_S", 256, 50}, 20: {"IQ4_NL", 32, 18}, 21: {"IQ3_S", 256, 110},
	22: {"IQ2_S", 256, 82}, 23: {"IQ4_XS", 256, 136}, 24: {"I8", 1, 1}, 25: {"I16", 1, 2}, 26: {"I32", 1, 4}, 27: {"I64", 1, 8}, 28: {"F64", 1, 8},
	29: {"IQ1_M", 256, 56}, 30: {"BF16", 1, 2}, 34: {"TQ1_0", 256, 54}, 35: {"TQ2_0", 256, 66}, 39: {"MXFP4", 32, 17},
}

func (t TensorType) String() string {
	if l, ok := layouts[t]; ok {
		return l.name
	}
	return fmt.Sprintf("type %d", uint32(t))
}

// bytes is how much a tensor of these dimensions takes; ok is false when they make no sense.
func (t TensorType) bytes(dimensions []uint64) (size uint64, ok bool) {
	l, known := layouts[t]
	if !known || len(dimensions) == 0 || dimensions[0]%l.weights != 0 {
		return 0, false
	}
	size = l.bytes
	for i, d := range dimensions {
		if d == 0 {
			return 0, false
		}
		if i == 0 {
			d /= l.weights
		}
		over, low := bits.Mul64(size, d)
		if over != 0 || low > 1<<50 {
			return 0, false
		}
		size = low
	}
	return size, true
}
