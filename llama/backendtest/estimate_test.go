package backendtest_test

import (
	"bytes"
	"os"
	"testing"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/backendtest"
	"github.com/ils-platform/ilsai/llama/ggufgen"
	"github.com/ils-platform/ilsai/llama/placement"
	"github.com/ils-platform/ilsai/models"
)

// What is computed before loading is what is allocated: weights and KV cache nearly to the byte; the buffers of a step
// take at most a seventh more than was thought, and a third of it at least.
func TestEstimateIsWhatIsAllocated(t *testing.T) {
	if os.Getenv("BACKENDTEST_CHILD") == "" {
		child(t, t.Name(), backendtest.EnvMemory+"=4294967296,4294967296")
		return
	}
	if err := llama.LoadBackend(os.Getenv("BACKENDTEST_CHILD")); err != nil {
		t.Fatal(err)
	}
	tiny, _ := ggufgen.Named("tiny")
	tiny.Type = ggufgen.Q8
	large := tiny // as 8B, the vocabulary is large beside the layers, and there is a table for the output
	large.Vocab, large.Embedding, large.FeedForward, large.Heads, large.KVHeads, large.Context, large.Tied = 16000, 256, 896, 4, 1, 8192, false
	for _, c := range []struct {
		name  string
		shape ggufgen.Shape
		set   placement.Settings
	}{
		{"tiny", tiny, placement.Settings{Sequences: 8, ContextPerSeq: 1024, BatchTokens: 256, Flash: true}},
		{"tiny, no flash", tiny, placement.Settings{Sequences: 8, ContextPerSeq: 1024, BatchTokens: 256}},
		{"large", large, placement.Settings{Sequences: 4, ContextPerSeq: 4096, BatchTokens: 512, Flash: true}},
		{"large, half the cache", large, placement.Settings{Sequences: 16, ContextPerSeq: 2048, BatchTokens: 128, Flash: true, HalfKV: true}},
		{"large, no flash", large, placement.Settings{Sequences: 4, ContextPerSeq: 4096, BatchTokens: 512}},
		{"large, one layer", large, placement.Settings{Sequences: 4, ContextPerSeq: 4096, BatchTokens: 512, Flash: true, GPULayers: 1}},
		{"large, first device", large, placement.Settings{Sequences: 4, ContextPerSeq: 4096, BatchTokens: 512, Flash: true, Split: placement.FirstOnly}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var file bytes.Buffer
			if err := ggufgen.Write(&file, c.shape); err != nil {
				t.Fatal(err)
			}
			h, err := models.ReadHeader(bytes.NewReader(file.Bytes()), int64(file.Len()))
			if err != nil {
				t.Fatal(err)
			}
			of, err := placement.Of(h)
			if err != nil {
				t.Fatal(err)
			}
			var devices []placement.Device
			for _, d := range llama.GPUs() {
				devices = append(devices, placement.Device{Name: d.Name, Free: d.Free, Total: d.Total})
			}
			plan := placement.New(of, c.set, devices)
			m, err := llama.OpenBytes(c.name, file.Bytes(), llama.Options{GPULayers: c.set.GPULayers, Split: llama.Split(c.set.Split)})
			if err != nil {
				t.Fatal(err)
			}
			defer m.Close()
			weights := used()
			co := llama.ContextOptions{Sequences: c.set.Sequences, ContextPerSeq: c.set.ContextPerSeq, BatchTokens: c.set.BatchTokens, Flash: llama.FlashOff}
			if c.set.Flash {
				co.Flash = llama.FlashOn
			}
			if c.set.HalfKV {
				co.KV = llama.KVQ8
			}
			ctx, err := m.NewContext(co)
			if err != nil {
				t.Fatal(err)
			}
			defer ctx.Close()
			for i, all := range used() {
				if i >= len(plan.Needs) {
					if all != 0 {
						t.Errorf("device %d holds %d bytes, none were planned", i, all)
					}
					continue
				}
				n := plan.Needs[i]
				compute := int64(all-weights[i]) - int64(n.KV)
				t.Logf("%s: %d layers, weights %d of %d, KV %d, compute %d of %d", n.Device.Name, n.Layers, weights[i], n.Weights, n.KV, compute, n.Compute)
				if d := int64(weights[i]) - int64(n.Weights); d < -1<<16 || d > 1<<16 {
					t.Errorf("%s: %d bytes of weights, %d were planned", n.Device.Name, weights[i], n.Weights)
				}
				if planned := int64(n.Compute); compute > planned+planned/7+1<<19 || compute < planned/3 {
					t.Errorf("%s: %d bytes for steps, %d were planned", n.Device.Name, compute, n.Compute)
				}
			}
		})
	}
}
