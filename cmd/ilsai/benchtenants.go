package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/llama/sched"
	"github.com/ils-platform/ilsai/tenancy/fairq"
)

const (
	floodBar      = 2.0  // times a light shop's p95 without the flood
	jainBar       = 0.99 // of weighted service of shops that wait all the time
	gapBar        = 1.0  // of the bound on the difference of service of two such shops
	throughputBar = 0.98 // of what first come, first served has
)

// tenantsOptions size the shops' bench.
type tenantsOptions struct {
	shape  string
	light  int // shops beside the one that floods
	flood  int // its requests in flight
	share  float64
	slots  int
	rounds int
	lasts  time.Duration // of one measurement
	tokens int           // the most that an answer has
	seed   uint64
}

func newBenchTenants() *cobra.Command {
	var o tenantsOptions
	cmd := benchCommand("tenants", "Many shops and one that floods: what the others wait, who gets how much, and what fairness costs",
		func(ctx context.Context, c *config, m *measurement) ([]bar, error) { return benchTenants(ctx, c, o, m) })
	cmd.Long = "Light shops ask on a schedule that takes a part of what the machine can do, alone and beside a shop that keeps many requests in flight,\n" +
		"under the fair queue and under first come, first served. Then all shops, of unlike weights and sizes, wait all the time: how even is\n" +
		"their weighted service, and does fairness cost throughput? All in turn in one process, on one engine."
	f := cmd.Flags()
	f.IntVar(&o.light, "light", 8, "light shops")
	f.IntVar(&o.flood, "flood", 64, "requests that the flooding shop keeps in flight")
	f.Float64Var(&o.share, "share", 0.2, "part of the capacity that the light shops ask for, together")
	f.IntVar(&o.slots, "slots", 16, "generations at once")
	f.IntVar(&o.rounds, "rounds", 3, "rounds of every measurement, in turn")
	f.DurationVar(&o.lasts, "duration", 8*time.Second, "of one measurement")
	f.IntVar(&o.tokens, "tokens", 48, "most tokens of an answer")
	f.Uint64Var(&o.seed, "seed", 1, "of schedule, prompts and lengths")
	addShapeFlag(cmd, &o.shape, "tiny")
	return cmd
}

// tenantsRun is an engine whose queue is exchanged between measurements.
type tenantsRun struct {
	tenantsOptions
	m      *measurement
	engine *engine.Engine
	source *meteredSource
}

// queueKind is a queue to measure.
type queueKind string

const (
	fair queueKind = "fair queue"
	fifo queueKind = "first come, first served"
)

// newQueue bounds as the server does.
func (r *tenantsRun) newQueue(kind queueKind) sched.Source {
	waiting := r.flood + (r.light+1)*2*r.slots
	if kind == fifo {
		return sched.NewFIFO(waiting)
	}
	soft, hard := inFlight(r.slots)
	return newFairSource(fairq.Options{MaxWaiting: waiting, MaxWaitingPerTenant: max(64, r.flood, 2*r.slots), SoftInFlight: soft, MaxInFlight: hard})
}

func benchTenants(ctx context.Context, c *config, o tenantsOptions, m *measurement) ([]bar, error) {
	if o.light < 2 || o.flood < 1 || o.slots < 2 || o.rounds < 1 || o.tokens < 4 || o.lasts <= 0 || o.share <= 0 || o.share >= 1 {
		return nil, usagef("--light and --slots must be at least 2, --flood, --rounds and --duration above 0, --tokens at least 4, --share between 0 and 1")
	}
	shaped := *c
	remove, err := useShape(ctx, &shaped, m, o.shape)
	if err != nil {
		return nil, err
	}
	defer remove()
	m.fact("seed", o.seed)
	use := modelToBench(&shaped, m)
	r := &tenantsRun{tenantsOptions: o, m: m, source: &meteredSource{}}
	r.source.use(r.newQueue(fair))
	r.engine, err = engine.Open(engine.Options{Path: use.Path, Bytes: use.Bytes, SHA256: use.SHA256, Threads: use.Threads, GPULayers: use.GPULayers, Split: use.Split, Slots: o.slots, PrefixSlots: -1, Source: r.source})
	if err != nil {
		return nil, err
	}
	defer r.engine.Close()
	even, capacity, err := r.backlogged(ctx)
	if err != nil {
		return nil, err
	}
	flood, err := r.flooded(ctx, capacity)
	return append(flood, even...), err
}

// flooded has the light shops ask by themselves, and beside the flood under either queue. Their schedule is the same
// in all three.
func (r *tenantsRun) flooded(ctx context.Context, capacity float64) ([]bar, error) {
	cases := []struct {
		name  string
		queue queueKind
		flood bool
	}{{"no flood", fair, false}, {"flood, fair queue", fair, true}, {"flood, first come, first served", fifo, true}}
	latencies, first, p95 := make([]bench.Samples, len(cases)), make([]bench.Samples, len(cases)), make([]bench.Samples, len(cases))
	for round := range r.rounds {
		for i, c := range cases {
			r.m.sayf("light shops, %s, round %d of %d", c.name, round+1, r.rounds)
			run, err := r.lightShops(ctx, c.queue, r.share*capacity, c.flood, r.seed+uint64(round))
			if err != nil {
				return nil, err
			}
			latencies[i], first[i] = append(latencies[i], run.Latencies()...), append(first[i], run.First()...)
			p95[i] = append(p95[i], run.Latencies().Quantile(0.95))
		}
	}
	columns := &bench.Plot{Y: "ms", Names: []string{"p50", "p95", "p99"}}
	table := &bench.Table{Header: []string{"ms, of light shops", "p50", "p95", "p99", "first token p50", "first token p95", "requests"}}
	spread := &bench.Plot{X: "part of the requests, %", Y: "ms"}
	for i, c := range cases {
		l := latencies[i]
		table.Add(c.name, l.Quantile(0.5), l.Quantile(0.95), l.Quantile(0.99), first[i].Quantile(0.5), first[i].Quantile(0.95), len(l))
		line, curve := bench.Line{Name: c.name}, bench.Line{Name: c.name}
		for n, q := range []float64{0.5, 0.95, 0.99} {
			line.Points = append(line.Points, bench.Point{X: float64(n), Y: l.Quantile(q)})
		}
		for q := range 100 {
			curve.Points = append(curve.Points, bench.Point{X: float64(q), Y: l.Quantile(float64(q) / 100)})
		}
		columns.Lines, spread.Lines = append(columns.Lines, line), append(spread.Lines, curve)
	}
	r.m.sections = append(r.m.sections,
		bench.Section{Title: "Light shops beside a flood", Table: table, Plot: columns}, bench.Section{Title: "Their times, all of them", Plot: spread})
	return floodBars(p95[0], p95[1], p95[2], r.share*capacity), nil
}

// floodBars compare the rounds' 95th percentiles, round by round.
func floodBars(alone, beside, first bench.Samples, rate float64) []bar {
	ratio := func(of bench.Samples) float64 {
		var all bench.Samples
		for i := range of {
			all = append(all, of[i]/alone[i])
		}
		return all.Median()
	}
	return []bar{
		figure("light shops ask", rate, "requests/s"),
		figure("light shops' p95, no flood", alone.Median(), "ms"),
		figure("light shops' p95, flood", beside.Median(), "ms"),
		figure("light shops' p95, flood, FIFO", first.Median(), "ms"),
		figure("FIFO: p95 with the flood", ratio(first), "times"),
		atMost("p95 with the flood", ratio(beside), "times", floodBar),
	}
}

// backlogged has every shop wait all the time: alike, under either queue in turn, for throughput, since unlike shops
// would get another mix of work from either; and unlike, for their shares.
func (r *tenantsRun) backlogged(ctx context.Context) (bars []bar, capacity float64, err error) {
	speeds, answers := map[queueKind]bench.Samples{}, bench.Samples{}
	var ratios, jains, gaps, bounds bench.Samples
	for round := range r.rounds {
		seed := r.seed + uint64(round)
		for _, kind := range []queueKind{fair, fifo} {
			r.m.sayf("all shops wait, %s, round %d of %d", kind, round+1, r.rounds)
			run, _, err := r.allWait(ctx, kind, false, seed)
			if err != nil {
				return nil, 0, err
			}
			if speeds[kind] = append(speeds[kind], run.UnitsPerSecond()); kind == fifo {
				answers = append(answers, run.PerSecond())
			}
		}
		ratios = append(ratios, speeds[fair][round]/speeds[fifo][round])
		r.m.sayf("all shops wait, of unlike weights and sizes, round %d of %d", round+1, r.rounds)
		run, served, err := r.allWait(ctx, fair, true, seed)
		if err != nil {
			return nil, 0, err
		}
		// Until the load ends all of them wait; the first tenth fills the slots.
		from, to := run.Began.Add(r.lasts/10), run.Began.Add(r.lasts)
		_, shares := served.between(from, to)
		cost, weight := served.largest()
		jains, gaps = append(jains, bench.Jain(shares)), append(gaps, served.largestGap(from, to))
		bounds = append(bounds, serviceBound(r.slots, cost, weight))
		if round == 0 {
			r.m.sections = append(r.m.sections, bench.Section{Title: "Weighted service of shops that wait all the time", Note: "Weights of 1, 2 and 4; lines that lie upon each other are fair.",
				Plot: &bench.Plot{X: "s", Y: "tokens / weight", Lines: served.lines(from, to)}})
		}
	}
	return []bar{
		figure("throughput, fair queue", speeds[fair].Median(), "tokens/s"), figure("throughput, FIFO", speeds[fifo].Median(), "tokens/s"),
		atLeast("throughput, fair queue against FIFO", ratios.Median(), "fair/FIFO", throughputBar),
		atLeast("Jain's index of weighted service", jains.Median(), "", jainBar),
		figure("largest gap of weighted service", gaps.Max(), "tokens"), figure("its bound", bounds.Quantile(0), "tokens"),
		atMost("largest gap against its bound", gaps.Max()/bounds.Quantile(0), "of the bound", gapBar),
	}, answers.Median(), nil
}

// serviceBound is by how much the weighted service of two shops that wait all the time may differ, over any time:
// twice what all slots hold at most (Sheng et al., OSDI 2024, theorem 4.4), for the least weight.
func serviceBound(slots int, cost, weight float64) float64 { return 2 * float64(slots) * cost / weight }

// shopOf is light shop i; the flood is of "flood".
func shopOf(i int) string { return fmt.Sprintf("shop %d", i+1) }

// ask streams one answer of exactly tokens tokens, if the model's answers do not end by themselves.
func (r *tenantsRun) ask(ctx context.Context, e *bench.Event, shop string, weight float64, i, tokens int) error {
	e.Group = shop
	st, err := r.engine.Chat(ctx, engine.Chat{
		Scope: shop, Weight: weight, MaxTokens: tokens, Messages: []engine.Message{{Role: "user", Content: promptOf(r.seed, i, 16, 0) + " " + strings.ReplaceAll(shop, " ", "")}},
	})
	if err != nil {
		return err
	}
	for {
		if _, more := st.Next(ctx); !more {
			break
		}
		e.Unit()
	}
	done, err := st.Result(context.WithoutCancel(ctx))
	e.Count = done.CompletionTokens
	return err
}
