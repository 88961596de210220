package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/models"
)

// schedulerBar is how much of the bare loop's speed the scheduler, and what is around it, must keep.
const schedulerBar = 0.95

func newBenchEngine() *cobra.Command {
	var o engine.BenchOptions
	shape := ""
	cmd := benchCommand("engine", "Prefill and decode through the scheduler against a bare llama_decode loop on the same file",
		func(ctx context.Context, c *config, m *measurement) ([]bar, error) {
			remove, err := useShape(ctx, c, m, shape)
			if err != nil {
				return nil, err
			}
			defer remove()
			use := modelToBench(c, m)
			use.Sequences, use.Rounds, use.DecodeTokens = o.Sequences, o.Rounds, o.DecodeTokens
			return benchEngine(ctx, use, m)
		})
	cmd.Flags().IntSliceVar(&o.Sequences, "sequences", []int{1, 4, 16}, "generations at once")
	cmd.Flags().IntVar(&o.Rounds, "rounds", 15, "rounds of each side, in turn")
	cmd.Flags().IntVar(&o.DecodeTokens, "tokens", 128, "tokens that each generates")
	addShapeFlag(cmd, &shape, "")
	return cmd
}

// modelToBench is the configured model.
func modelToBench(c *config, m *measurement) engine.BenchOptions {
	o := engine.BenchOptions{Path: models.Default().Name, Bytes: models.DefaultBytes(), SHA256: models.Default().SHA256, Threads: c.Threads}
	if c.Model != "" {
		o.Path, o.Bytes, o.SHA256 = c.Model, nil, c.ModelSHA256
	}
	o.Progress = func(what string) { m.say("%s", what) }
	return o
}

func benchEngine(ctx context.Context, o engine.BenchOptions, m *measurement) (bars []bar, err error) {
	compared, err := engine.Bench(ctx, o)
	if err != nil {
		return nil, err
	}
	plots := map[engine.Phase]*bench.Plot{}
	for _, phase := range []engine.Phase{engine.Prefill, engine.Decode} {
		plots[phase] = &bench.Plot{X: "sequences at once", Y: "tokens/s", Lines: []bench.Line{{Name: "bare llama_decode loop"}, {Name: "scheduler"}}}
		m.sections = append(m.sections, bench.Section{Title: string(phase) + " by sequences", Plot: plots[phase]})
	}
	for _, c := range compared {
		plot := plots[c.Phase]
		plot.Names = append(plot.Names, strconv.Itoa(c.Sequences))
		for i, v := range []float64{c.Bare, c.Sched} {
			plot.Lines[i].Points = append(plot.Lines[i].Points, bench.Point{X: float64(c.Sequences), Y: v})
		}
		bars = append(bars,
			figure(fmt.Sprintf("%s bare %d", c.Phase, c.Sequences), c.Bare, "tokens/s"),
			figure(fmt.Sprintf("%s sched %d", c.Phase, c.Sequences), c.Sched, "tokens/s"),
			atLeast(fmt.Sprintf("%s ratio %d", c.Phase, c.Sequences), c.Ratio, "sched/bare", schedulerBar))
	}
	return bars, nil
}
