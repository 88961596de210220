package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/models"
	"github.com/ils-platform/ilsai/tenancy/fairq"
)

const (
	soakRounds  = 200
	soakWarmUp  = 0.2 // of the rounds, whose memory does not count: caches fill
	soakSlopeMB = 1   // per hour
)

// resources are what a process holds.
type resources struct {
	resident   float64 // bytes
	goHeap     float64 // bytes, live
	goroutines int
	files      int
	threads    int
}

// readResources first gives back what Go has collected: resident memory is then what is held, not garbage. Linux only.
func readResources() (r resources, err error) {
	debug.FreeOSMemory()
	statm, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return r, err
	}
	fields := strings.Fields(string(statm)) // size resident shared …, in pages: proc(5)
	if len(fields) < 2 {
		return r, fmt.Errorf("/proc/self/statm says %q", statm)
	}
	pages, err := strconv.Atoi(fields[1])
	if err != nil {
		return r, err
	}
	files, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return r, err
	}
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		return r, err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return resources{
		resident: float64(pages * os.Getpagesize()), goHeap: float64(m.HeapAlloc),
		goroutines: runtime.NumGoroutine(), files: len(files), threads: len(threads),
	}, nil
}

// trend is a straight line through equally distant values.
type trend struct {
	slope float64 // per value
	half  float64 // half the width of its 95 % confidence interval
}

// newTrend fits by least squares. What memory holds now it mostly held before, so the values say less than as many
// independent ones: the interval is for n(1−r)/(1+r) of them, r being the residuals' lag-one autocorrelation
// (B. Santer et al., J. Geophys. Res. 105, 2000).
func newTrend(values []float64) trend {
	n := float64(len(values))
	if n < 3 {
		return trend{half: math.Inf(1)}
	}
	meanX, meanY := (n-1)/2, 0.0
	for _, y := range values {
		meanY += y / n
	}
	var xx, xy float64
	for i, y := range values {
		dx := float64(i) - meanX
		xx, xy = xx+dx*dx, xy+dx*(y-meanY)
	}
	t := trend{slope: xy / xx}
	var squares, lagged, before float64
	for i, y := range values {
		e := y - meanY - t.slope*(float64(i)-meanX)
		squares += e * e
		if i > 0 {
			lagged += e * before
		}
		before = e
	}
	if squares == 0 {
		return t
	}
	r := max(lagged/squares, 0)
	effective := n * (1 - r) / (1 + r)
	if effective <= 2 {
		t.half = math.Inf(1)
		return t
	}
	t.half = 1.96 * math.Sqrt(squares/(effective-2)/xx)
	return t
}

// soakOptions size a soak.
type soakOptions struct {
	generations int
	rounds      int // memory is read between them
	seed        uint64
}

func newBenchSoak() *cobra.Command {
	var o soakOptions
	cmd := benchCommand("soak", "Many short generations that end in every way: what the process holds must not grow", func(ctx context.Context, c *config, m *measurement) ([]bar, error) {
		if o.rounds = soakRounds; o.generations < o.rounds {
			return nil, usagef("--generations is %d; a trend needs %d at least", o.generations, o.rounds)
		}
		if o.seed == 0 {
			o.seed = uint64(time.Now().UnixNano())
		}
		return benchSoak(ctx, c, o, m)
	})
	cmd.Flags().IntVar(&o.generations, "generations", 50_000, "generations in all")
	cmd.Flags().Uint64Var(&o.seed, "seed", 0, "asks for the same again (0: something new)")
	return cmd
}

// benchSoak generates for a long time with random ends, and looks at what the process holds between rounds, when
// nothing is asked.
func benchSoak(ctx context.Context, c *config, o soakOptions, m *measurement) ([]bar, error) {
	m.fact("seed", o.seed)
	m.sayf("seed %d", o.seed)
	e, err := openSoakEngine(c)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	each := o.generations / o.rounds
	load := &soakLoad{engine: e, seed: o.seed, counts: map[string]int{}}
	if err := load.round(ctx, each); err != nil {
		return nil, err
	}
	start, err := readResources()
	if err != nil {
		return nil, err
	}
	gpuBefore := llama.GPUs()
	began := time.Now()
	readings := []resources{start}
	m.sayf("%d generations", o.rounds*each)
	for n := 2; n <= o.rounds; n++ {
		if err := load.round(ctx, each); err != nil {
			return nil, err
		}
		r, err := readResources()
		if err != nil {
			return nil, err
		}
		readings = append(readings, r)
		m.part(float64(n) / float64(o.rounds))
	}
	took := time.Since(began)
	m.sections = append(m.sections, soakPlots(readings, each)...)
	stats := e.Stats()
	bars := append(load.outcomes(), figure("time", took.Seconds(), "s"), figure("tokens generated", float64(load.tokens), "tokens"))
	bars = append(bars, judgeResources(readings, each, took)...)
	bars = append(bars, judgeGPU(gpuBefore)...)
	return append(bars, atMost("slots still taken", float64(stats.Active+stats.Waiting), "generations", 0), atMost("steps that failed", float64(stats.Failed), "steps", 0)), nil
}

// openSoakEngine has few slots and small batches, so that all that can be short is short at times.
func openSoakEngine(c *config) (*engine.Engine, error) {
	o := engine.Options{
		Path: models.Default().Name, Bytes: models.DefaultBytes(), SHA256: models.Default().SHA256,
		ContextPerSeq: 512, Slots: 8, PrefixSlots: 2, KeptSlots: 3, BatchTokens: 128, Logger: slog.New(slog.DiscardHandler),
		Source: newFairSource(fairq.Options{MaxWaiting: 2 * soakWorkers, MaxWaitingPerTenant: soakWorkers, SoftInFlight: 4}),
	}
	if c.Model != "" {
		o.Path, o.Bytes, o.SHA256 = c.Model, nil, c.ModelSHA256
	}
	c.on.options(c, &o)
	return engine.Open(o)
}

// soakGPUMiB is what a driver may move to and fro: it hands out memory in pieces of 2 MiB.
const soakGPUMiB = 2

// judgeGPU says how much more of each device is used than before.
func judgeGPU(before []llama.Device) (bars []bar) {
	for i, d := range llama.GPUs() {
		grown := (float64(before[i].Free) - float64(d.Free)) / (1 << 20)
		bars = append(bars, atMost("more memory used of "+d.Name, grown, "MiB", soakGPUMiB))
	}
	return bars
}

// soakPlots show what was held after so many generations.
func soakPlots(readings []resources, each int) []bench.Section {
	plot := func(title, unit string, lines map[string]func(resources) float64) bench.Section {
		p := &bench.Plot{X: "generations", Y: unit}
		for _, name := range slices.Sorted(maps.Keys(lines)) {
			line := bench.Line{Name: name}
			for i, r := range readings {
				line.Points = append(line.Points, bench.Point{X: float64((i + 1) * each), Y: lines[name](r)})
			}
			p.Lines = append(p.Lines, line)
		}
		return bench.Section{Title: title, Plot: p}
	}
	return []bench.Section{
		plot("Memory", "MiB", map[string]func(resources) float64{
			"resident": func(r resources) float64 { return r.resident / (1 << 20) }, "Go heap": func(r resources) float64 { return r.goHeap / (1 << 20) },
		}),
		plot("Goroutines, files, threads", "count", map[string]func(resources) float64{
			"goroutines": func(r resources) float64 { return float64(r.goroutines) }, "files": func(r resources) float64 { return float64(r.files) },
			"threads": func(r resources) float64 { return float64(r.threads) },
		}),
	}
}

// judgeResources is of readings with each generations between them.
func judgeResources(readings []resources, each int, took time.Duration) []bar {
	first, last := readings[0], readings[len(readings)-1]
	counted := readings[int(soakWarmUp*float64(len(readings))):]
	resident, heap := make([]float64, len(counted)), make([]float64, len(counted))
	for i, r := range counted {
		resident[i], heap[i] = r.resident, r.goHeap
	}
	rss, goHeap := newTrend(resident), newTrend(heap)
	perGeneration := 1 / float64(each)
	perHour := float64(len(readings)-1) / took.Hours() / 1e6 // MB of one byte a round
	return []bar{
		figure("resident, first reading", first.resident/(1<<20), "MiB"),
		figure("resident, after the warm-up", counted[0].resident/(1<<20), "MiB"),
		figure("resident, end", last.resident/(1<<20), "MiB"),
		figure("growth per generation", rss.slope*perGeneration, "bytes"),
		figure("  ± (95 %)", rss.half*perGeneration, "bytes"),
		figure("growth per 10,000 generations", rss.slope*perGeneration*1e4, "bytes"),
		figure("Go heap, growth per generation", goHeap.slope*perGeneration, "bytes"),
		figure("growth per hour ± (95 %)", rss.half*perHour, "MB/h"),
		atMost("growth per hour at this load", rss.slope*perHour, "MB/h", soakSlopeMB),
		atMost("goroutines more than at the start", float64(last.goroutines-first.goroutines), "goroutines", 0),
		atMost("files more than at the start", float64(last.files-first.files), "files", 0),
		figure("threads more than at the start", float64(last.threads-first.threads), "threads"),
	}
}
