package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
)

// States of a finding.
const (
	findingOK   = "ok"
	findingWarn = "warn" // it works, and could be meant otherwise
	findingFail = "fail" // a server would not start, or not answer
)

// finding is one thing that doctor looked at.
type finding struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	Detail string `json:"detail"`
	Todo   string `json:"todo,omitempty"`
}

// diagnosis is what doctor prints.
type diagnosis struct {
	OK       bool           `json:"ok"`
	Findings []finding      `json:"findings"`
	Devices  []llama.Device `json:"devices"`
	Use      *modelUse      `json:"use,omitempty"` // nil: the model is elsewhere, or cannot be read
}

// modelUse is what a server started now would do with the model.
type modelUse struct {
	RunsOn        string       `json:"runs_on"`
	Slots         int          `json:"slots"`
	ContextTokens int          `json:"context_tokens"`
	KVType        string       `json:"kv_type"`
	Devices       []plannedUse `json:"devices,omitempty"`
}

// plannedUse is what a device would hold, in bytes.
type plannedUse struct {
	Name    string `json:"name"`
	Layers  int    `json:"layers"`
	Weights uint64 `json:"weights_bytes"`
	KV      uint64 `json:"kv_cache_bytes"`
	Compute uint64 `json:"steps_bytes"`
	Reserve uint64 `json:"reserve_bytes"`
	Free    uint64 `json:"free_bytes"`
}

func newDoctor() *cobra.Command {
	asJSON := false
	cmd := &cobra.Command{
		Use: "doctor", Short: "Look at the machine, the settings and what they name, and say what is wrong", Args: cobra.NoArgs,
		Long: "Looks at CPU, GPUs, the model file, the data directory, keys and databases as a server with these settings would use them.\n" +
			"It changes nothing and may run beside a server. Exit code 1 when a server would not work.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, _, err := configure(cmd)
			if err != nil {
				return err
			}
			d := diagnose(cmd.Context(), c)
			if asJSON {
				err = printJSON(cmd.OutOrStdout(), d)
			} else {
				err = d.print(cmd.OutOrStdout())
			}
			if err == nil && !d.OK {
				err = ilsai.Errorf(ilsai.CodeUnavailable, "a server with these settings would not work")
			}
			return err
		},
	}
	addConfigFlags(cmd.Flags())
	quietByDefault(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func diagnose(ctx context.Context, c *config) diagnosis {
	d := diagnosis{OK: true, Devices: []llama.Device{}}
	d.add("program", findingOK, fmt.Sprintf("ilsai %s, %s", version, runtime.Version()), "")
	compiled, offered := llama.CPUFeatures()
	d.add("cpu", findingOK, fmt.Sprintf("%d CPUs; built for %s; this CPU has %s", runtime.NumCPU(), orNothing(compiled), orNothing(offered)), "")
	if c.remote() {
		d.elsewhere(ctx, c)
	} else {
		d.model(c)
		d.gpu(ctx, c)
	}
	d.dataDir(c)
	d.keys(c)
	d.databases(ctx, c)
	return d
}

func orNothing(s string) string {
	if s == "" {
		return "nothing special"
	}
	return s
}

func (d *diagnosis) add(name, state, detail, todo string) {
	d.Findings = append(d.Findings, finding{name, state, detail, todo})
	d.OK = d.OK && state != findingFail
}

// fail adds what an error says.
func (d *diagnosis) fail(name string, err error, todo string) {
	d.add(name, findingFail, describe(err), todo)
}

// elsewhere asks the model's server.
func (d *diagnosis) elsewhere(ctx context.Context, c *config) {
	m, err := openRemoteModel(c, slog.New(slog.DiscardHandler))
	if err != nil {
		d.fail("model", err, "")
		return
	}
	defer m.Close()
	check := m.check(ctx)
	if check.Err != nil {
		d.fail("model", check.Err, "start the server of the setting engine, or correct engine, engine_model and engine_key_file")
		return
	}
	d.add("model", findingOK, check.Detail, "")
}

// model checks the file as the loader does, its checksum included.
func (d *diagnosis) model(c *config) {
	h, err := modelHeader(c)
	if err != nil {
		d.fail("model", err, "name a GGUF file with --model")
		return
	}
	name, _ := h.String("general.name")
	detail := fmt.Sprintf("%s, %s, %.1f million parameters", name, h.Architecture(), float64(h.Parameters())/1e6)
	if c.Model == "" {
		d.add("model", findingOK, detail+" (built in)", "")
		return
	}
	if err := checkDigest(c.Model, c.ModelSHA256); err != nil {
		d.fail("model", err, "")
		return
	}
	d.add("model", findingOK, detail, "")
}

// gpu tries the library and plans the model's place, as a start would.
func (d *diagnosis) gpu(ctx context.Context, c *config) {
	on, err := openAccelerator(ctx, c)
	if err == nil {
		err = on.fit(c)
	}
	if err != nil {
		d.fail("gpu", err, "")
		return
	}
	state, todo := findingOK, ""
	var e *llama.BackendError
	switch {
	case errors.As(on.why, &e) && !on.plain:
		state, todo = findingWarn, advice(e.Reason)
	case on.why != nil && !on.plain:
		state = findingWarn
	}
	detail := on.words()
	if e != nil && !on.plain {
		detail = e.Error()
	}
	d.add("gpu", state, detail, todo)
	d.Devices = append(d.Devices, llama.Devices()...)
	d.Use = &modelUse{RunsOn: "CPU", Slots: c.Slots, ContextTokens: c.ContextTokens, KVType: c.KVType}
	if on.active() {
		d.Use.RunsOn = "GPU"
	}
	for _, n := range on.plan.Needs {
		d.Use.Devices = append(d.Use.Devices, plannedUse{n.Device.Name, n.Layers, n.Weights, n.KV, n.Compute, n.Reserve, n.Device.Free})
	}
}

func (d *diagnosis) print(w io.Writer) error {
	for _, f := range d.Findings {
		fmt.Fprintf(w, "%-5s %-17s %s\n", f.State, f.Name, f.Detail)
		if f.Todo != "" {
			fmt.Fprintf(w, "%-23s %s\n", "", f.Todo)
		}
	}
	for _, dev := range d.Devices {
		more := ""
		if dev.Compute != "" {
			more = fmt.Sprintf(", compute capability %s, driver for CUDA %s", dev.Compute, dev.Driver)
		}
		fmt.Fprintf(w, "\ndevice %s: %s, %s free of %s%s", dev.Name, strings.TrimSpace(dev.Description), size(dev.Free), size(dev.Total), more)
	}
	if d.Use != nil {
		fmt.Fprintf(w, "\n\na start now: %s, %d slots of %d tokens, KV cache %s", d.Use.RunsOn, d.Use.Slots, d.Use.ContextTokens, d.Use.KVType)
		for _, n := range d.Use.Devices {
			fmt.Fprintf(w, "\n  %s: %d layers, weights %s, KV cache %s, steps %s, reserve %s, of %s free",
				n.Name, n.Layers, size(n.Weights), size(n.KV), size(n.Compute), size(n.Reserve), size(n.Free))
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

// private says whether only the owner can read a file.
func private(info os.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }
