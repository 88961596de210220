package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama"
)

// Choice is a way to choose tokens whose cost is to be measured.
type Choice struct {
	Name     string
	Sampling llama.Sampling
	Grammar  string
}

// ChoiceCost is what a Choice adds to steps of that many streams.
type ChoiceCost struct {
	Name    string
	StepMS  float64 // median step that takes the likeliest token of each row, as the bare loop does
	AddedMS float64 // median of what the next step takes longer
}

// Share is the added time as a part of the step.
func (c ChoiceCost) Share() float64 { return c.AddedMS / c.StepMS }

// BenchChoices measures steps of one token for each of streams sequences: one that takes the likeliest token, then
// one with each choice, and so on for steps rounds. Neighbouring steps are compared, so a machine that slows down
// slows both. All go on with the token that the choice took.
func BenchChoices(ctx context.Context, o BenchOptions, streams, steps int, choices []Choice) ([]ChoiceCost, error) {
	m, open, err := o.open()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	var out []ChoiceCost
	for _, choice := range choices {
		o.Progress(fmt.Sprintf("steps of %d streams: %s", streams, choice.Name))
		err := onOwnThread(func() error {
			c, err := m.NewContext(llama.ContextOptions{
				ContextPerSeq: decodePrompt + 2*steps + 1, Sequences: streams, BatchTokens: open.BatchTokens, Threads: open.Threads,
			})
			if err != nil {
				return err
			}
			defer c.Close()
			cost, err := benchChoice(ctx, m, c, choice, steps)
			out = append(out, cost)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func benchChoice(ctx context.Context, m *llama.Model, c *llama.Context, choice Choice, steps int) (cost ChoiceCost, err error) {
	n := c.Options().Sequences
	rows := make([]llama.Row, n)
	likeliest, chosen := make([]*llama.Sampler, n), make([]*llama.Sampler, n)
	defer func() {
		for _, s := range slices.Concat(likeliest, chosen) {
			if s != nil {
				s.Close()
			}
		}
	}()
	made := uint32(0)
	begin := func(i int) (err error) { // a text: the first, or the next when the grammar has reached its end
		if chosen[i] != nil {
			chosen[i].Close()
		}
		sampling := choice.Sampling
		sampling.Seed += made
		made++
		chosen[i], err = m.NewSampler(sampling, choice.Grammar)
		return err
	}
	for i := range n {
		if likeliest[i], err = m.NewSampler(llama.Sampling{}, ""); err != nil {
			return cost, err
		}
		if err := begin(i); err != nil {
			return cost, err
		}
	}
	step := func(samplers []*llama.Sampler) (ms float64, err error) {
		for i := range rows {
			rows[i] = llama.Row{Token: rows[i].Next, Seq: int32(i), Sampler: samplers[i]}
		}
		began := time.Now()
		if err := c.Step(rows); err != nil {
			return 0, err
		}
		took := time.Since(began)
		for i := range rows {
			if rows[i].Err != nil {
				return 0, rows[i].Err
			}
		}
		return bench.Millis(took), nil
	}
	var bare, added bench.Samples
	for i := range steps {
		if ctx.Err() != nil {
			return cost, ctx.Err()
		}
		a, err := step(likeliest)
		if err != nil {
			return cost, err
		}
		b, err := step(chosen)
		if err != nil {
			return cost, err
		}
		for n := range rows {
			if rows[n].EOG {
				if err := begin(n); err != nil {
					return cost, err
				}
			}
		}
		if i >= steps/10 { // the first ones warm up
			bare, added = append(bare, a), append(added, b-a)
		}
	}
	return ChoiceCost{Name: choice.Name, StepMS: bare.Median(), AddedMS: added.Median()}, nil
}
