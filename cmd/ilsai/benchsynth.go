package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/bench"
	"github.com/ils-platform/ilsai/llama/ggufgen"
)

// synthOptions say which model of random weights to write.
type synthOptions struct {
	shape, quant string
	seed         uint64
	endless      bool
}

// synthesised is a written model.
type synthesised struct {
	Path       string  `json:"path"`
	Shape      string  `json:"shape"`
	Quant      string  `json:"quant"`
	Seed       uint64  `json:"seed"`
	Parameters int64   `json:"parameters"`
	Bytes      int64   `json:"bytes"`
	SHA256     string  `json:"sha256"`
	Seconds    float64 `json:"seconds"`
}

// quants are the names under which people know the types.
var quants = []ggufgen.Type{ggufgen.Q4, ggufgen.Q8, ggufgen.F16}

func newBenchSynth() *cobra.Command {
	o, out, asJSON := synthOptions{}, "", false
	cmd := &cobra.Command{
		Use: "synth", Short: "Write a model of a given shape with random weights, to measure speed with", Args: cobra.NoArgs,
		Long: "Writes a GGUF file that loads and generates as a model of that shape does, and says nothing: its weights are random.\n" +
			"Memory does not grow with the file. The same shape, quantisation and seed give the same bytes.\n\nShapes: " +
			strings.Join(ggufgen.Names(), ", ") + ".",
		Example: "  ilsai bench synth --shape llama-3.1-8b --quant q4_k_m --out 8b.gguf\n  ilsai bench engine --model 8b.gguf --model-sha256 …",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return usagef("say where to write the model: --out FILE")
			}
			m := newMeasurement("synth", cmd.ErrOrStderr())
			s, err := synthesise(cmd.Context(), m, o, out)
			m.endLine()
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(cmd.OutOrStdout(), s)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d parameters, %d bytes, %.1f s\n--model %s --model-sha256 %s\n",
				s.Path, s.Parameters, s.Bytes, s.Seconds, s.Path, s.SHA256)
			return err
		},
	}
	addShapeFlag(cmd, &o.shape, "250m")
	cmd.Flags().StringVar(&o.quant, "quant", string(ggufgen.Q4), "how weights are stored: q4_k_m, q8_0 or f16")
	cmd.Flags().Uint64Var(&o.seed, "seed", 1, "of the weights")
	cmd.Flags().BoolVar(&o.endless, "endless", false, "make the likeliest token always text and never an end, so that answers have the length asked for")
	cmd.Flags().StringVar(&out, "out", "", "the file to write")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func addShapeFlag(cmd *cobra.Command, shape *string, fallback string) {
	cmd.Flags().StringVar(shape, "shape", fallback, "shape of a model with random weights: "+strings.Join(ggufgen.Names(), ", "))
}

// synthesise writes the model. What is left of a file that could not be finished is removed.
func synthesise(ctx context.Context, m *measurement, o synthOptions, path string) (out synthesised, err error) {
	s, ok := ggufgen.Named(o.shape)
	if !ok {
		return out, usagef("there is no shape %q; there are %s", o.shape, strings.Join(ggufgen.Names(), ", "))
	}
	if s.Type = ggufgen.Type(o.quant); !slices.Contains(quants, s.Type) {
		return out, usagef("quant is %q; it must be q4_k_m, q8_0 or f16", o.quant)
	}
	s.Seed, s.Endless = o.seed, o.endless
	out = synthesised{Path: path, Shape: o.shape, Quant: o.quant, Seed: o.seed, Parameters: s.Parameters(), Bytes: s.Bytes()}
	f, err := os.Create(path)
	if err != nil {
		return out, ilsai.Wrap(ilsai.CodeInvalid, err, "the model cannot be written to %s", path)
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
		if err != nil {
			os.Remove(path)
		}
	}()
	m.sayf("writing %s, %s, %.0f MiB", o.shape, o.quant, float64(out.Bytes)/(1<<20))
	sum, began := sha256.New(), time.Now()
	if err := ggufgen.Write(io.MultiWriter(f, sum, &writeProgress{ctx: ctx, m: m, total: out.Bytes}), s); err != nil {
		return out, err
	}
	out.Seconds, out.SHA256 = time.Since(began).Seconds(), hex.EncodeToString(sum.Sum(nil))
	return out, nil
}

// writeProgress counts what is written, and ends the writing when ctx is done.
type writeProgress struct {
	ctx         context.Context
	m           *measurement
	done, total int64
}

func (p *writeProgress) Write(b []byte) (int, error) {
	p.done += int64(len(b))
	p.m.part(float64(p.done) / float64(p.total))
	return len(b), context.Cause(p.ctx)
}

// useShape makes c use a model of that shape, written to a temporary file, whose answers are as long as asked
// for. Without a shape it changes nothing. remove is never nil.
func useShape(ctx context.Context, c *config, m *measurement, shape string) (remove func(), err error) {
	if shape == "" {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "ilsai-bench-")
	if err != nil {
		return nil, err
	}
	remove = func() { os.RemoveAll(dir) }
	s, err := synthesise(ctx, m, synthOptions{shape: shape, quant: string(ggufgen.Q4), seed: 1, endless: true}, filepath.Join(dir, shape+".gguf"))
	if err != nil {
		remove()
		return nil, err
	}
	c.Model, c.ModelSHA256 = s.Path, s.SHA256
	m.facts = append(m.facts, bench.Fact{Name: "model", Value: fmt.Sprintf("%s, %s, random weights, %d parameters, %d bytes", s.Shape, s.Quant, s.Parameters, s.Bytes)})
	return remove, nil
}
