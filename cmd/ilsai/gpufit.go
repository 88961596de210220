package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/placement"
	"github.com/ils-platform/ilsai/models"
)

const (
	prefixSlots   = 4   // public prefixes kept, each as large as a slot
	batchTokens   = 512 // of a step
	slotsOnCPU    = 16  // of slots 0
	mostSlots     = 128 // of slots 0 on a GPU: beyond, a step takes longer than it gains
	maxGPUThreads = 4   // of the CPU, when all layers are on GPUs
)

// fitError says that a model and what is to run at once do not fit into GPU memory.
type fitError struct{ plan placement.Plan }

func (e *fitError) Error() string {
	t := e.plan.Total()
	var b strings.Builder
	fmt.Fprintf(&b, "the GPU has no room: %s are needed (weights %s, KV cache of %d sequences of %d tokens %s, steps %s, reserve %s)",
		size(t.Total()), size(t.Weights), e.plan.Settings.Sequences, e.plan.Settings.ContextPerSeq, size(t.KV), size(t.Compute), size(t.Reserve))
	for _, n := range e.plan.Needs {
		if n.Layers > 0 {
			fmt.Fprintf(&b, ", %s of it on %s, which has %s free", size(n.Total()), n.Device.Name, size(n.Device.Free))
		}
	}
	var ways []string
	if n := e.plan.MostSequences(e.plan.Settings.Sequences); n > 0 {
		ways = append(ways, fmt.Sprintf("%d sequences in all (slots, kept_conversations and %d more)", n, prefixSlots))
	}
	if n := e.plan.MostContext(); n > 0 {
		ways = append(ways, fmt.Sprintf("context_tokens %d", n))
	}
	if !e.plan.Settings.HalfKV && e.plan.FitsWithHalfKV() {
		ways = append(ways, "kv_type q8_0")
	}
	if n := e.plan.MostLayers(); n > 0 {
		ways = append(ways, fmt.Sprintf("gpu_layers %d", n))
	}
	if len(ways) == 0 {
		return b.String() + "; nothing of it fits"
	}
	return b.String() + "; it would fit with " + strings.Join(ways, ", or ")
}

// modelHeader reads the header of the configured model. Errors are the loader's to tell.
func modelHeader(c *config) (*models.Header, error) {
	if c.Model != "" {
		return models.ReadFile(c.Model)
	}
	b := models.DefaultBytes()
	return models.ReadHeader(bytes.NewReader(b), int64(len(b)))
}

// modelToPlace is the configured model; false: its file cannot be read, or is no model.
func modelToPlace(c *config) (placement.Model, bool) {
	h, err := modelHeader(c)
	if err != nil {
		return placement.Model{}, false
	}
	m, err := placement.Of(h)
	return m, err == nil
}

// fit plans the model's place on the GPUs, and settles slots 0. An error is a plan that must and does not fit.
func (a *accelerator) fit(c *config) error {
	a.settleSlots(c, slotsOnCPU)
	if !a.active() {
		return nil
	}
	m, ok := modelToPlace(c)
	if !ok {
		return nil // the loader refuses the file, and says why
	}
	s := placement.Settings{
		Sequences: c.Slots + prefixSlots + c.KeptSequences, ContextPerSeq: c.ContextTokens, BatchTokens: batchTokens,
		GPULayers: a.layers(c), HalfKV: c.KVType == string(llama.KVQ8), Flash: c.Flash != string(llama.FlashOff), Split: placement.Split(c.GPUSplit),
	}
	var devices []placement.Device
	for _, d := range a.devices() {
		devices = append(devices, placement.Device{Name: d.Name, Free: d.Free, Total: d.Total})
	}
	a.plan = placement.New(m, s, devices)
	if c.slotsChosen {
		beside := prefixSlots + c.KeptSequences
		c.Slots = max(min(a.plan.MostSequences(mostSlots+beside)-beside, mostSlots), 1)
		s.Sequences = c.Slots + beside
		a.plan = placement.New(m, s, devices)
	}
	if a.plan.Fits() {
		return nil
	}
	why := &fitError{a.plan}
	if c.GPU == gpuRequire {
		return ilsai.Errorf(ilsai.CodeUnavailable, "%s", why)
	}
	a.giveUp(c, why)
	return nil
}

// giveUp leaves the model to the CPU.
func (a *accelerator) giveUp(c *config, why error) {
	a.why, a.plan, a.used = why, placement.Plan{}, nil
	if c.slotsChosen {
		c.Slots = slotsOnCPU
	}
}

// settleSlots makes slots 0 a number, which a GPU may raise.
func (a *accelerator) settleSlots(c *config, slots int) {
	if c.Slots == 0 {
		c.Slots, c.slotsChosen = slots, true
	}
}

// loaded compares what loading took with what was planned.
func (a *accelerator) loaded(before []llama.Device, log *slog.Logger) {
	a.mu.Lock()
	a.gpus = a.memory()
	after := a.gpus
	a.mu.Unlock()
	a.used = map[string]uint64{}
	for i, d := range after {
		if i >= len(before) || before[i].Name != d.Name || before[i].Free < d.Free {
			continue // somebody else gave memory back
		}
		a.used[d.Name] = before[i].Free - d.Free
		if i >= len(a.plan.Needs) {
			continue
		}
		n := a.plan.Needs[i]
		level, words := slog.LevelInfo, "GPU memory of the model"
		if a.used[d.Name] > n.Total() {
			level, words = slog.LevelWarn, "the model takes more GPU memory than was computed"
		}
		log.Log(context.Background(), level, words, "device", d.Name, "layers", n.Layers, "allocated", size(a.used[d.Name]), "computed", size(n.Computed()),
			"weights", size(n.Weights), "kv_cache", size(n.KV), "steps", size(n.Compute), "free", size(d.Free))
	}
}
