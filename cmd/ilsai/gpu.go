package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/llama/placement"
	"github.com/ils-platform/ilsai/server"
)

// The values of the setting gpu.
const (
	gpuAuto    = "auto"    // the CPU when the GPU cannot be used, with a warning
	gpuRequire = "require" // an error instead
	gpuOff     = "off"     // nothing is looked for
)

// gpuSettings are those of commands that load a model.
var gpuSettings = []string{"gpu", "gpu_library", "gpu_layers", "gpu_split", "kv_type", "flash_attention"}

func (c *config) validateGPU() error {
	switch {
	case c.GPU != gpuAuto && c.GPU != gpuRequire && c.GPU != gpuOff:
		return usagef("gpu is %q; it must be auto, require or off", c.GPU)
	case c.GPULayers < -1 || c.GPULayers > 4096:
		return usagef("gpu_layers is %d; it must be -1 for all, or 0 to 4096", c.GPULayers)
	case c.GPU == gpuRequire && c.GPULayers == 0:
		return usagef("gpu is require, and gpu_layers 0 leaves nothing for it")
	case c.GPUSplit != string(llama.SplitLayer) && c.GPUSplit != string(llama.SplitRow) && c.GPUSplit != string(llama.SplitNone):
		return usagef("gpu_split is %q; it must be layer, row or none", c.GPUSplit)
	case c.KVType != string(llama.KVF16) && c.KVType != string(llama.KVQ8):
		return usagef("kv_type is %q; it must be f16 or q8_0", c.KVType)
	case c.Flash != string(llama.FlashAuto) && c.Flash != string(llama.FlashOn) && c.Flash != string(llama.FlashOff):
		return usagef("flash_attention is %q; it must be auto, on or off", c.Flash)
	case c.KVType == string(llama.KVQ8) && c.Flash == string(llama.FlashOff):
		return usagef("kv_type q8_0 needs flash attention: leave flash_attention at auto")
	}
	return nil
}

// gpuLibrary is where the library of devices is.
func (c *config) gpuLibrary() string {
	if c.GPULibrary != "" {
		return c.GPULibrary
	}
	self, err := os.Executable()
	if err != nil {
		return "libggml-cuda.so"
	}
	return filepath.Join(filepath.Dir(self), "libggml-cuda.so")
}

// accelerator is what the model is computed on beside the CPU, or why nothing is.
type accelerator struct {
	off   bool  // nothing was looked for
	why   error // the CPU alone is used; a BackendError, or a fitError
	plain bool  // there is no GPU and no library for one: nothing to warn of
	plan  placement.Plan
	used  map[string]uint64 // bytes by device that loading the model took

	mu     sync.Mutex
	gpus   []llama.Device // as of asked
	asked  time.Time
	memory func() []llama.Device
}

// memoryEvery is how often devices are asked for their memory, at most: probes ask for readiness every few seconds.
const memoryEvery = 10 * time.Second

// openAccelerator loads the library of devices, once it has shown in another process that it works. What must hold for
// gpu require is an error.
func openAccelerator(ctx context.Context, c *config) (*accelerator, error) {
	a := &accelerator{memory: llama.GPUs}
	if c.GPU == gpuOff || c.GPULayers == 0 || c.remote() {
		a.off = true
		return a, nil
	}
	path := c.gpuLibrary()
	err := tryLibrary(ctx, path)
	if err == nil {
		err = llama.LoadBackend(path)
	}
	if err == nil {
		a.devices()
		return a, nil
	}
	var e *llama.BackendError
	if !errors.As(err, &e) {
		return nil, err // ctx is done, or this process cannot start itself
	}
	a.why = err
	a.plain = e.Reason == llama.BackendMissing && c.GPULibrary == "" && !nvidiaPresent()
	if c.GPU == gpuRequire {
		return nil, ilsai.Wrap(ilsai.CodeUnavailable, err, "gpu is require, and no GPU can be used: %s", advice(e.Reason))
	}
	return a, nil
}

// nvidiaPresent says whether the kernel has NVIDIA's driver.
func nvidiaPresent() bool {
	_, err := os.Stat("/proc/driver/nvidia/version")
	return err == nil
}

// advice says what to do.
func advice(r llama.BackendReason) string {
	switch r {
	case llama.BackendMissing:
		return "there is no libggml-cuda.so beside the program; 'make cuda' builds it, --gpu-library names it"
	case llama.BackendForeign, llama.BackendVersion:
		return "the library was not built from this program's sources; 'make cuda' builds it anew"
	case llama.BackendDependency:
		return "the library needs NVIDIA's driver (libcuda.so.1) and the cuBLAS of the CUDA that it was built with; install what is missing"
	case llama.BackendSymbol:
		return "driver or cuBLAS are of another version than the CUDA that the library was built with"
	case llama.BackendNoDevice:
		return "the library finds no GPU; nvidia-smi must show one, and a container must be started with --gpus all"
	case llama.BackendCrashed:
		return "the library ends the process that loads it; build it anew, and see whether nvidia-smi works"
	}
	return "'ilsai doctor' says more"
}

// devices are the GPUs that can be used, and what is free of them now.
func (a *accelerator) devices() []llama.Device {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.memory != nil && time.Since(a.asked) >= memoryEvery {
		a.gpus, a.asked = a.memory(), time.Now()
	}
	return a.gpus
}

// active says whether a GPU has a part of the model.
func (a *accelerator) active() bool { return a != nil && !a.off && a.why == nil }

// layers is the setting as the engine takes it.
func (a *accelerator) layers(c *config) int {
	switch {
	case !a.active():
		return -1
	case c.GPULayers < 0:
		return 0
	}
	return c.GPULayers
}

// options are the settings of c that say how the model is computed.
func (a *accelerator) options(c *config, o *engine.Options) {
	o.Threads, o.GPULayers = c.Threads, a.layers(c)
	o.Split, o.KV, o.Flash = llama.Split(c.GPUSplit), llama.KVType(c.KVType), llama.Flash(c.Flash)
	if a.active() && c.GPULayers < 0 && c.Threads == 0 {
		o.Threads = min(runtime.NumCPU(), maxGPUThreads) // what is left for the CPU is looking up embeddings
	}
}

// words say for people what is used, or why no GPU is. They name no path.
func (a *accelerator) words() string {
	var e *llama.BackendError
	switch {
	case a.off:
		return "CPU (gpu is off)"
	case errors.As(a.why, &e):
		return fmt.Sprintf("CPU: %s (%s)", advice(e.Reason), e.Reason)
	case a.why != nil:
		return "CPU: " + describe(a.why)
	}
	text := ""
	for i, d := range a.devices() {
		if i > 0 {
			text += "; "
		}
		text += fmt.Sprintf("%s %s: ", d.Name, d.Description)
		if i < len(a.plan.Needs) {
			text += fmt.Sprintf("%d of %d layers, ", a.plan.Needs[i].Layers, len(a.plan.Model.Layers)+1)
		}
		if bytes, ok := a.used[d.Name]; ok {
			text += size(bytes) + " for the model, "
		}
		text += fmt.Sprintf("%s of %s free", size(d.Free), size(d.Total))
	}
	return text
}

// check is the line of /readyz. A GPU that is not used makes nothing unready.
func (a *accelerator) check() server.Check { return server.Check{Name: "gpu", Detail: a.words()} }

// report logs what was decided.
func (a *accelerator) report(log *slog.Logger) {
	switch {
	case a.off:
	case a.plain:
		log.Info("no GPU is used: there is no libggml-cuda.so, and no NVIDIA driver")
	case a.why != nil:
		log.Warn("no GPU is used, the model runs on the CPU", "reason", a.words(), "cause", a.why)
	default:
		log.Info("the model is in GPU memory", "devices", a.words())
	}
}

// size is for people.
func size(n uint64) string {
	if n < 1<<30 {
		return fmt.Sprintf("%.0f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30))
}
