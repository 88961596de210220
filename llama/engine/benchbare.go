package engine

import "github.com/ils-platform/ilsai/llama"

// Bare is a model in a loop over llama_decode and nothing else: what anything that serves it is compared with.
type Bare struct {
	model   *llama.Model
	options Options
}

// OpenBare loads the model of o. The caller closes it.
func OpenBare(o BenchOptions) (*Bare, error) {
	m, open, err := o.open()
	if err != nil {
		return nil, err
	}
	return &Bare{model: m, options: open}, nil
}

// Decode generates n tokens at once in each of so many sequences, after a prompt of so many tokens that is not
// measured, and returns tokens per second of all together.
func (b *Bare) Decode(sequences, promptTokens, n int) (perSecond float64, err error) {
	micros := int64(0)
	err = onOwnThread(func() error {
		c, err := b.model.NewContext(llama.ContextOptions{
			ContextPerSeq: promptTokens + n + 1, Sequences: sequences, BatchTokens: b.options.BatchTokens, Threads: b.options.Threads,
			KV: b.options.KV, Flash: b.options.Flash,
		})
		if err != nil {
			return err
		}
		defer c.Close()
		_, micros, err = c.BareDecode(sequences, benchPrompt(b.model, promptTokens), n)
		return err
	})
	return float64(sequences*n) / float64(micros) * 1e6, err
}

// Close frees the model.
func (b *Bare) Close() error { return b.model.Close() }
