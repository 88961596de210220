package engine

import (
	"errors"
	"fmt"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/sched"
)

// backend is a llama context as the scheduler sees it.
type backend struct {
	model *llama.Model
	ctx   *llama.Context
	shape sched.Shape
	rows  []llama.Row
}

var (
	_ sched.Backend = (*backend)(nil)
	_ sched.Adapted = (*backend)(nil)
)

func newBackend(m *llama.Model, c *llama.Context) *backend {
	o := c.Options()
	return &backend{
		model: m, ctx: c,
		shape: sched.Shape{Sequences: o.Sequences, ContextPerSeq: o.ContextPerSeq, BatchTokens: o.BatchTokens, Vocab: m.Info().Vocab},
		rows:  make([]llama.Row, 0, o.BatchTokens),
	}
}

func (b *backend) Shape() sched.Shape { return b.shape }

func (b *backend) NewSampler(s sched.Sampling, grammar string) (sched.Sampler, error) {
	return b.model.NewSampler(llama.Sampling(s), grammar)
}

func (b *backend) AppendPiece(dst []byte, t sched.Token) []byte { return b.model.AppendPiece(dst, t) }

func (b *backend) Step(rows []sched.Row) error {
	b.rows = b.rows[:0]
	for i := range rows {
		r := &rows[i]
		row := llama.Row{Token: r.Token, Seq: r.Seq}
		if r.Sampler != nil {
			s, ok := r.Sampler.(*llama.Sampler)
			if !ok {
				return fmt.Errorf("engine: a sampler of type %T", r.Sampler)
			}
			row.Sampler, row.Accept = s, r.Accept
		}
		b.rows = append(b.rows, row)
	}
	if err := b.ctx.Step(b.rows); err != nil {
		if errors.Is(err, llama.ErrKVFull) {
			return sched.ErrKVFull
		}
		return err
	}
	for i := range rows {
		if rows[i].Sampler != nil {
			rows[i].Next, rows[i].EOG, rows[i].Err = b.rows[i].Next, b.rows[i].EOG, b.rows[i].Err
		}
	}
	return nil
}

func (b *backend) CopySequence(src, dst, n int) error { return b.ctx.CopySequence(src, dst, n) }
func (b *backend) ClearSequence(seq int) error        { return b.ctx.ClearSequence(seq) }
func (b *backend) SetAdapter(id int) error            { return b.ctx.SetAdapter(id) }

// HasAdapter implements sched.Adapted.
func (b *backend) HasAdapter(id int) bool { return b.model.HasAdapter(id) }
