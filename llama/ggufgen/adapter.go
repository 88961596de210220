package ggufgen

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
)

// Adapter is a LoRA adapter (Hu et al. 2021) with random weights for a model of a shape, as llama.cpp's
// convert_lora_to_gguf.py writes one.
type Adapter struct {
	Base     Shape    // of the model; its dimensions decide, not its weights
	Rank     int      // of every factor
	Matrices []string // of every layer, such as "attn_q"; nil: all seven
	Output   bool     // also the matrix that makes the logits, if the model is not Tied
	Type     Type     // F32 when empty
	Seed     uint64
	// Architecture is written as the model's; empty: llama.
	Architecture string
	// Strength is the deviation of a change beside that of the weight it changes. 0: 1.
	Strength float64
}

var layerMatrices = []string{"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"}

func (a Adapter) stored() Type {
	if a.Type == "" {
		return F32
	}
	return a.Type
}

// factors are the two of every matrix: from its inputs to Rank numbers, and from those to its outputs.
func (a Adapter) factors() []tensor {
	var wanted []string
	for i := range a.Base.Layers {
		for _, m := range layerMatrices {
			if a.Matrices == nil || slices.Contains(a.Matrices, m) {
				wanted = append(wanted, fmt.Sprintf("blk.%d.%s.weight", i, m))
			}
		}
	}
	if a.Output {
		wanted = append(wanted, "output.weight")
	}
	var list []tensor
	for _, t := range a.Base.tensors() {
		if slices.Contains(wanted, t.name) {
			list = append(list,
				tensor{t.name + ".lora_a", a.stored(), []int{t.dims[0], a.Rank}},
				tensor{t.name + ".lora_b", a.stored(), []int{a.Rank, t.dims[1]}})
		}
	}
	return list
}

// WriteAdapter writes an adapter to w.
func WriteAdapter(w io.Writer, a Adapter) error {
	if err := a.Base.Validate(); err != nil {
		return err
	}
	if typ := a.stored(); a.Rank < 1 || a.Rank > 1<<16 || blockLength[typ] == 0 || a.Rank%blockLength[typ] != 0 {
		return fmt.Errorf("ggufgen: a rank of %d in %s", a.Rank, typ)
	}
	arch, strength := a.Architecture, a.Strength
	if arch == "" {
		arch = "llama"
	}
	if strength == 0 {
		strength = 1
	}
	meta := &encoder{}
	meta.keyText("general.type", "adapter")
	meta.keyText("general.architecture", arch)
	meta.keyText("general.name", fmt.Sprintf("random adapter, seed %d", a.Seed))
	meta.keyText("adapter.type", "lora")
	meta.keyF32("adapter.lora.alpha", float32(float64(a.Rank)*strength)) // llama.cpp multiplies by alpha over rank
	tensors := a.factors()
	head := assemble(meta, tensors)
	bw := bufio.NewWriterSize(w, 1<<16)
	if err := writePadded(bw, int64(len(head)), func() error { _, err := bw.Write(head); return err }); err != nil {
		return err
	}
	rng := rand.NewPCG(a.Seed, 0x6c6f7261)
	for _, t := range tensors {
		// Scaled by its own inputs, each factor keeps the size of what it multiplies, as the matrix itself does.
		if err := writePadded(bw, t.bytes(), func() error { return writeWeights(bw, t, nil, rng) }); err != nil {
			return err
		}
	}
	return bw.Flush()
}

// WriteAdapterFile writes an adapter to a file, and leaves no file behind when it fails.
func WriteAdapterFile(path string, a Adapter) error {
	return writeFile(path, func(w io.Writer) error { return WriteAdapter(w, a) })
}
