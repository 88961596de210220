package main

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/models"
	"github.com/ils-platform/ilsai/tenancy/fairq"
)

const (
	soakRounds  = 200 // memory is read between them
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

// benchSoak generates for a long time with random ends, and looks at what the process holds between rounds, when
// nothing is asked.
func benchSoak(ctx context.Context, c *config, generations int, seed uint64, progress func(string)) ([]bar, error) {
	each := max(generations/soakRounds, 1)
	o := engine.Options{
		Path: models.Default().Name, Bytes: models.DefaultBytes(), SHA256: models.Default().SHA256, Threads: c.Threads,
		ContextPerSeq: 512, Slots: 8, PrefixSlots: 2, KeptSlots: 3, BatchTokens: 128, Logger: slog.New(slog.DiscardHandler),
		Source: newFairSource(fairq.Options{MaxWaiting: 2 * soakWorkers, MaxWaitingPerTenant: soakWorkers, SoftInFlight: 4}),
	}
	if c.Model != "" {
		o.Path, o.Bytes, o.SHA256 = c.Model, nil, c.ModelSHA256
	}
	e, err := engine.Open(o)
	if err != nil {
		return nil, err
	}
	defer e.Close()
	load := &soakLoad{engine: e, seed: seed, counts: map[string]int{}}
	if err := load.round(ctx, each); err != nil {
		return nil, err
	}
	start, err := readResources()
	if err != nil {
		return nil, err
	}
	began, shown := time.Now(), time.Now()
	readings := []resources{start}
	for n := 2; n <= soakRounds; n++ {
		if err := load.round(ctx, each); err != nil {
			return nil, err
		}
		r, err := readResources()
		if err != nil {
			return nil, err
		}
		if readings = append(readings, r); time.Since(shown) > 2*time.Second {
			shown = time.Now()
			progress(fmt.Sprintf("%d of %d generations, %.0f a second, %.1f MiB resident", n*each, soakRounds*each,
				float64((n-1)*each)/time.Since(began).Seconds(), r.resident/(1<<20)))
		}
	}
	took := time.Since(began)
	stats := e.Stats()
	bars := append(load.outcomes(), figure("time", took.Seconds(), "s"), figure("tokens generated", float64(load.tokens), "tokens"))
	bars = append(bars, judgeResources(readings, each, took)...)
	return append(bars, atMost("slots still taken", float64(stats.Active+stats.Waiting), "generations", 0), atMost("steps that failed", float64(stats.Failed), "steps", 0)), nil
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
