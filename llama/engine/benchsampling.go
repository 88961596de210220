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
	System   string // what the texts go on from
	User     string
	Sampling llama.Sampling
	Grammar  string
}

// ChoiceCost is what a Choice adds to steps of that many streams.
type ChoiceCost struct {
	Name    string
	StepMS  float64 // median step that takes the likeliest token of each row, as the bare loop does
	AddedMS float64 // median of what the same step takes longer
}

// Share is the added time as a part of the step.
func (c ChoiceCost) Share() float64 { return c.AddedMS / c.StepMS }

// BenchChoices measures steps of one token for each of streams sequences, in two contexts that are fed the same tokens: one
// chooses them, the other takes the likeliest and its choice is not used. The two steps follow each other, so a
// machine that slows down slows both. A text that ends begins again.
func BenchChoices(ctx context.Context, o BenchOptions, streams, steps int, choices []Choice) ([]ChoiceCost, error) {
	m, open, err := o.open()
	if err != nil {
		return nil, err
	}
	defer m.Close()
	var out []ChoiceCost
	for _, choice := range choices {
		o.Progress(fmt.Sprintf("steps of %d streams: %s", streams, choice.Name))
		prompt, _, err := newPrompter(m, open.ContextPerSeq).render([]llama.Message{{Role: "system", Content: choice.System}, {Role: "user", Content: choice.User}})
		if err != nil {
			return nil, err
		}
		co := llama.ContextOptions{
			ContextPerSeq: len(prompt) + steps + 2, Sequences: streams, BatchTokens: max(open.BatchTokens, len(prompt)), Threads: open.Threads,
			KV: open.KV, Flash: open.Flash,
		}
		err = onOwnThread(func() error {
			p, err := newChoicePair(m, co, choice, prompt)
			if err != nil {
				return err
			}
			defer p.close()
			cost, err := p.measure(ctx, steps)
			out = append(out, cost)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// choicePair is two contexts that hold the same texts.
type choicePair struct {
	model              *llama.Model
	choice             Choice
	prompt             []llama.Token
	choosing, plain    *llama.Context
	samplers, likelier []*llama.Sampler
	seed               uint32
	rows               []llama.Row // with the tokens that were chosen last
	over               bool        // one of the texts has ended
}

func newChoicePair(m *llama.Model, co llama.ContextOptions, choice Choice, prompt []llama.Token) (_ *choicePair, err error) {
	p := &choicePair{model: m, choice: choice, prompt: prompt, seed: choice.Sampling.Seed, rows: make([]llama.Row, co.Sequences)}
	defer func() {
		if err != nil {
			p.close()
		}
	}()
	if p.choosing, err = m.NewContext(co); err != nil {
		return nil, err
	}
	if p.plain, err = m.NewContext(co); err != nil {
		return nil, err
	}
	for range co.Sequences {
		s, err := m.NewSampler(llama.Sampling{}, "")
		if err != nil {
			return nil, err
		}
		p.likelier = append(p.likelier, s)
	}
	return p, p.begin()
}

func (p *choicePair) close() {
	for _, s := range slices.Concat(p.samplers, p.likelier) {
		s.Close()
	}
	for _, c := range []*llama.Context{p.choosing, p.plain} {
		if c != nil {
			c.Close()
		}
	}
}

// begin makes all texts begin again.
func (p *choicePair) begin() error {
	for _, s := range p.samplers {
		s.Close()
	}
	p.samplers, p.over = p.samplers[:0], false
	for i := range p.rows {
		sampling := p.choice.Sampling
		sampling.Seed = p.seed
		p.seed++
		s, err := p.model.NewSampler(sampling, p.choice.Grammar)
		if err != nil {
			return err
		}
		p.samplers = append(p.samplers, s)
		for _, c := range []*llama.Context{p.plain, p.choosing} {
			rows := make([]llama.Row, len(p.prompt))
			for n, t := range p.prompt {
				rows[n] = llama.Row{Token: t, Seq: int32(i)}
			}
			rows[len(rows)-1].Sampler = p.likelier[i]
			if c == p.choosing {
				rows[len(rows)-1].Sampler = s
			}
			if err := c.ClearSequence(i); err != nil {
				return err
			}
			if err := c.Step(rows); err != nil {
				return err
			}
			p.rows[i] = rows[len(rows)-1]
		}
	}
	return p.look()
}

// look sees what the chosen tokens are like.
func (p *choicePair) look() error {
	for _, r := range p.rows {
		if r.Err != nil {
			return r.Err
		}
		p.over = p.over || r.EOG
	}
	return nil
}

// step feeds the chosen tokens to both contexts.
func (p *choicePair) step() (chosen, plain float64, err error) {
	fed := make([]llama.Row, len(p.rows))
	for i, r := range p.rows {
		fed[i] = llama.Row{Token: r.Next, Seq: int32(i), Sampler: p.likelier[i]}
		p.rows[i] = llama.Row{Token: r.Next, Seq: int32(i), Sampler: p.samplers[i]}
	}
	began := time.Now()
	if err := p.plain.Step(fed); err != nil {
		return 0, 0, err
	}
	between := time.Now()
	if err := p.choosing.Step(p.rows); err != nil {
		return 0, 0, err
	}
	return bench.Millis(time.Since(between)), bench.Millis(between.Sub(began)), p.look()
}

func (p *choicePair) measure(ctx context.Context, steps int) (cost ChoiceCost, err error) {
	cost.Name = p.choice.Name
	var bare, added bench.Samples
	for i, beginnings := 0, 0; i < steps; {
		if ctx.Err() != nil {
			return cost, ctx.Err()
		}
		if p.over {
			if beginnings++; beginnings > steps {
				return cost, fmt.Errorf("engine: the texts of %q end before they begin", p.choice.Name)
			}
			if err := p.begin(); err != nil {
				return cost, err
			}
			continue
		}
		chosen, plain, err := p.step()
		if err != nil {
			return cost, err
		}
		if i++; i > steps/10 { // the first ones warm up
			bare, added = append(bare, plain), append(added, chosen-plain)
		}
	}
	cost.StepMS, cost.AddedMS = bare.Median(), added.Median()
	return cost, nil
}
