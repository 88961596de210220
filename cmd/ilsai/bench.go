package main

import (
	"context"
	"errors"
	"os"

	"github.com/spf13/cobra"
)

// benchRun takes figures. Tables and plots it puts into m, which also shows what it is doing.
type benchRun func(ctx context.Context, c *config, m *measurement) ([]bar, error)

func newBench() *cobra.Command {
	root := &cobra.Command{Use: "bench", Short: "Measure speed and size; every command ends with its bars", Args: cobra.NoArgs}
	root.AddCommand(
		newBenchEngine(), newBenchGPU(), newBenchTable(), newBenchSynth(),
		benchCommand("answer", "A sales question from HTTP request to reply, on demo data", benchAnswer),
		benchCommand("gateway", "Cached answers, authentication, limits and many tenants, over TCP against a server process", benchGateway),
		benchCommand("start", "Start of a seeded demo until it is ready, and its memory when idle", benchStart),
		newBenchTenants(), newBenchCanary(), newBenchHTTP(), newBenchSoak(), newBenchPools(), newBenchPlans(),
	)
	return root
}

// benchCommand is a measuring command that loads a model: it has the model's settings as well.
func benchCommand(name, short string, run benchRun) *cobra.Command {
	cmd := measuringCommand(name, short, func(ctx context.Context, cmd *cobra.Command, m *measurement) ([]bar, error) {
		c, _, err := configure(cmd)
		if err != nil {
			return nil, err
		}
		if c.on, err = openAccelerator(ctx, c); err != nil {
			return nil, err
		}
		m.fact("model on", c.on.words())
		return run(ctx, c, m)
	})
	addConfigFlags(cmd.Flags(), append(gpuSettings, "model", "model_sha256", "threads", "log_level", "log_format")...)
	quietByDefault(cmd)
	return cmd
}

// measuringCommand has --json, --html, --strict, and what its caller adds.
func measuringCommand(name, short string, run func(context.Context, *cobra.Command, *measurement) ([]bar, error)) *cobra.Command {
	asJSON, strict, page := false, false, ""
	cmd := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			m := newMeasurement(name, cmd.ErrOrStderr())
			m.bars, err = run(cmd.Context(), cmd, m)
			m.endLine()
			if err != nil {
				return err
			}
			err = m.print(cmd.OutOrStdout(), asJSON)
			if page != "" {
				err = errors.Join(err, m.writePage(page))
			}
			return errors.Join(err, judge(m.bars, strict))
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object with the bars")
	cmd.Flags().StringVar(&page, "html", "", "also write the figures to this file, as a page with plots that loads nothing")
	cmd.Flags().BoolVar(&strict, "strict", false, "exit 1 when a bar is missed")
	return cmd
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
