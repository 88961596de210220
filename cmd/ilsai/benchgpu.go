package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/llama/placement"
	"github.com/ils-platform/ilsai/models"
)

const (
	boundBar     = 0.6 // of the bandwidth bound, that one sequence must reach
	idleBar      = 0.1 // of the time, in which nothing is computed
	idleFrom     = 32  // sequences from which on that holds
	servedAt     = 64  // sequences at which the scheduler is compared with the bare loop
	copyTimes    = 20
	bandwidthCPU = "CPU" // the device's name that is copied on when there is no GPU
)

// gpuOptions size a measurement of a GPU.
type gpuOptions struct {
	shape   string
	quants  []string
	seqs    []int
	prompt  int
	tokens  int
	rounds  int
	prefix  int
	copyMiB int
	keepDir string
}

func newBenchGPU() *cobra.Command {
	var o gpuOptions
	cmd := benchCommand("gpu", "Prefill and decode of a large shape against a bare loop and against what memory allows, on whatever the model runs on",
		func(ctx context.Context, c *config, m *measurement) ([]bar, error) { return benchGPU(ctx, c, o, m) })
	cmd.Long = "Writes models of random weights, measures each and removes them. Memory allows no more than its bandwidth divided by the bytes\n" +
		"that a step reads: the weights but for the table of embeddings, and the KV cache. The bandwidth is that of copying on the device, read and written bytes together.\n" +
		"'outside' is the part of the decoding time in which nothing is computed, because tokens are being chosen or steps prepared. With --gpu off it measures the CPU."
	cmd.Example = "  ilsai bench gpu --gpu require --json\n  ilsai bench gpu --gpu off --shape tiny --sequences 1,8 --rounds 1"
	f := cmd.Flags()
	addShapeFlag(cmd, &o.shape, "llama-3.1-8b")
	f.StringSliceVar(&o.quants, "quants", []string{"q4_k_m", "q8_0"}, "how weights are stored, each measured")
	f.IntSliceVar(&o.seqs, "sequences", []int{1, 8, 32, 64, 128}, "generations at once")
	f.IntVar(&o.prompt, "prompt", 256, "tokens of a prompt, of prefill")
	f.IntVar(&o.tokens, "tokens", 64, "tokens that each generates")
	f.IntVar(&o.rounds, "rounds", 3, "rounds of scheduler and bare loop, in turn")
	f.IntVar(&o.prefix, "prefix", 1024, "tokens of the public prefix")
	f.IntVar(&o.copyMiB, "copy", 256, "MiB that are copied at a time to measure the bandwidth: more than the caches hold")
	f.StringVar(&o.keepDir, "dir", "", "directory for the models (default: a temporary one, removed afterwards); models that are there are used again")
	return cmd
}

func benchGPU(ctx context.Context, c *config, o gpuOptions, m *measurement) (bars []bar, err error) {
	if o.prompt < 8 || o.tokens < 8 || o.rounds < 1 || o.prefix < 1 || o.copyMiB < 1 || len(o.seqs) == 0 || slices.Min(o.seqs) < 1 || slices.Max(o.seqs) > maxSequences {
		return nil, usagef("--prompt and --tokens must be at least 8, --rounds, --prefix and --copy 1, and --sequences 1 to %d", maxSequences)
	}
	dir := o.keepDir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "ilsai-bench-"); err != nil {
			return nil, err
		}
		defer os.RemoveAll(dir)
	}
	device := bandwidthCPU
	if c.on.active() {
		device = c.on.devices()[0].Name
	}
	m.sayf("copying on %s", device)
	bandwidth, err := llama.CopyBandwidth(device, o.copyMiB<<20, copyTimes)
	if err != nil {
		return nil, err
	}
	m.fact("copying on "+device, fmt.Sprintf("%.1f GB/s", bandwidth/1e9))
	bars = append(bars, figure("copy bandwidth, "+device, bandwidth/1e9, "GB/s"))
	for _, quant := range o.quants {
		more, err := benchQuant(ctx, c, o, m, quant, dir, bandwidth)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", quant, err)
		}
		bars = append(bars, more...)
	}
	return bars, nil
}

// benchQuant measures one model.
func benchQuant(ctx context.Context, c *config, o gpuOptions, m *measurement, quant, dir string, bandwidth float64) ([]bar, error) {
	path := filepath.Join(dir, o.shape+"-"+quant+".gguf")
	if _, err := os.Stat(path); err != nil {
		if _, err := synthesise(ctx, m, synthOptions{shape: o.shape, quant: quant, seed: 1, endless: true}, path); err != nil {
			return nil, err
		}
	}
	if o.keepDir == "" {
		defer os.Remove(path) // the next one needs the room
	}
	h, err := models.ReadFile(path)
	if err != nil {
		return nil, err
	}
	model, err := placement.Of(h)
	if err != nil {
		return nil, err
	}
	with := *c
	with.Model = path
	use := modelToBench(&with, m)
	use.Sequences, use.Rounds, use.PromptTokens, use.DecodeTokens, use.BatchTokens = o.seqs, o.rounds, o.prompt, o.tokens, batchTokens
	compared, err := engine.Bench(ctx, use)
	if err != nil {
		return nil, err
	}
	times, err := engine.BenchPrefix(ctx, use, o.prefix, 32, max(o.rounds, 3), 1)
	if err != nil {
		return nil, err
	}
	table := &bench.Table{Header: []string{"sequences", "prefill", "decode", "decode, bare", "served/bare", "of the bound", "outside"}}
	var bars []bar
	for i := 0; i+1 < len(compared); i += 2 {
		prefill, decode := compared[i], compared[i+1]
		n := decode.Sequences
		bound := boundPerSecond(model, c, n, o.tokens/2, bandwidth)
		table.Add(strconv.Itoa(n), prefill.Sched, decode.Sched, decode.Bare, decode.Ratio, decode.Sched/bound, decode.Outside)
		name := func(what string) string { return fmt.Sprintf("%s, %s, %d", quant, what, n) }
		bars = append(bars, figure(name("prefill"), prefill.Sched, "tokens/s"), figure(name("decode"), decode.Sched, "tokens/s"), figure(name("decode bare"), decode.Bare, "tokens/s"))
		share, served := decode.Sched/bound, decode.Ratio
		if n == 1 {
			bars = append(bars, atLeast(name("share of the bound"), share, "of the bound", boundBar))
		} else {
			bars = append(bars, figure(name("share of the bound"), share, "of the bound"))
		}
		if n == servedAt {
			bars = append(bars, atLeast(name("served/bare"), served, "sched/bare", schedulerBar))
		} else {
			bars = append(bars, figure(name("served/bare"), served, "sched/bare"))
		}
		if n >= idleFrom {
			bars = append(bars, atMost(name("outside"), decode.Outside, "of the time", idleBar))
		} else {
			bars = append(bars, figure(name("outside"), decode.Outside, "of the time"))
		}
	}
	m.sections = append(m.sections, bench.Section{Title: fmt.Sprintf("%s, %s, tokens/s", o.shape, quant), Table: table})
	kept, computed := times.Kept.Median(), times.Computed.Median()
	return append(bars, figure(quant+", first token, prefix kept", kept, "ms"), figure(quant+", first token, prefix computed", computed, "ms"),
		atMost(fmt.Sprintf("%s, first token, prefix of %d", quant, o.prefix), kept/computed, "kept/not", prefixBar)), nil
}

// boundPerSecond is how many tokens a second memory allows, when each of n sequences holds so many tokens: a step reads
// the weights once, and every sequence's KV cache.
func boundPerSecond(model placement.Model, c *config, n, held int, bandwidth float64) float64 {
	bytes := float64(model.Output)
	for _, layer := range model.Layers {
		bytes += float64(layer)
	}
	perElement := 2.0
	if c.KVType == string(llama.KVQ8) {
		perElement = 34.0 / 32
	}
	kv := 2 * perElement * float64(model.KVHeads*model.HeadLength*len(model.Layers)*held*n)
	return float64(n) * bandwidth / (bytes + kv)
}
