package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/models"
)

// benchRun takes figures. It reports what it is doing to progress.
type benchRun func(ctx context.Context, c *config, progress func(string)) ([]bar, error)

func newBench() *cobra.Command {
	root := &cobra.Command{Use: "bench", Short: "Measure speed and size; every command ends with its bars", Args: cobra.NoArgs}
	root.AddCommand(
		benchCommand("engine", "Prefill and decode through the scheduler against a bare llama_decode loop on the same file", benchEngine),
		benchCommand("answer", "A sales question from HTTP request to reply, on demo data", benchAnswer),
		benchCommand("gateway", "Cached answers, authentication, limits and many tenants, over TCP against a server process", benchGateway),
		benchCommand("start", "Start of a seeded demo until it is ready, and its memory when idle", benchStart),
	)
	return root
}

func benchCommand(name, short string, run benchRun) *cobra.Command {
	asJSON, strict := false, false
	cmd := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := configure(cmd)
			if err != nil {
				return err
			}
			progress := func(what string) { fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", name, what) }
			bars, err := run(cmd.Context(), c, progress)
			if err != nil {
				return err
			}
			return errors.Join(report(cmd.OutOrStdout(), name, bars, asJSON), judge(bars, strict))
		},
	}
	addConfigFlags(cmd.Flags(), "model", "model_sha256", "threads", "log_level", "log_format")
	quietByDefault(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object with the bars")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit 1 when a bar is missed")
	return cmd
}

func report(w io.Writer, name string, bars []bar, asJSON bool) error {
	if asJSON {
		return printJSON(w, map[string]any{"bench": name, "version": version, "bars": bars})
	}
	printBars(w, bars)
	return nil
}

func benchEngine(ctx context.Context, c *config, progress func(string)) ([]bar, error) {
	o := engine.BenchOptions{Path: models.Default().Name, Bytes: models.DefaultBytes(), SHA256: models.Default().SHA256, Threads: c.Threads, Progress: progress}
	if c.Model != "" {
		o.Path, o.Bytes, o.SHA256 = c.Model, nil, c.ModelSHA256
	}
	measures, err := engine.Bench(ctx, o)
	if err != nil {
		return nil, err
	}
	var bars []bar
	for _, m := range measures {
		b := figure(m.Name, m.Value, m.Unit)
		if m.Bar != 0 {
			b = atLeast(m.Name, m.Value, m.Unit, m.Bar)
		}
		bars = append(bars, b)
	}
	return bars, nil
}

// temporaryDemo is a configuration with a fresh data directory. The caller removes it.
func temporaryDemo(c *config) (*config, func(), error) {
	dir, err := os.MkdirTemp("", "ilsai-bench-")
	if err != nil {
		return nil, nil, err
	}
	copied := *c
	copied.DataDir, copied.Listen = dir, "127.0.0.1:0"
	copied.measuring = true
	return &copied, func() { os.RemoveAll(dir) }, nil
}
