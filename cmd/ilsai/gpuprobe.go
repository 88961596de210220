package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama"
)

// probe is what the process that tries a library says on stdout.
type probe struct {
	Devices []llama.Device      `json:"devices,omitempty"`
	Reason  llama.BackendReason `json:"reason,omitempty"`
	Detail  string              `json:"detail,omitempty"`
}

// newProbe is the command of the process that tries a library of devices: whatever that does to it, the server lives.
func newProbe() *cobra.Command {
	return &cobra.Command{
		Use: "try-library FILE", Short: "Load a library of devices and list them", Hidden: true, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var out probe
			var e *llama.BackendError
			switch err := llama.LoadBackend(args[0]); {
			case err == nil:
				out.Devices = llama.GPUs()
			case errors.As(err, &e):
				out.Reason, out.Detail = e.Reason, e.Detail
			default:
				return err
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(out)
		},
	}
}

// probeTimeout is for drivers that wake several GPUs one after the other.
const probeTimeout = 2 * time.Minute

// tryLibrary loads a library of devices in another process and asks each device for its memory, which starts it.
// The error is a BackendError.
func tryLibrary(ctx context.Context, path string) error {
	if _, err := os.Stat(path); err != nil {
		return llama.NewBackendError(path, llama.BackendMissing, "no such file, or no right to read it")
	}
	self, err := os.Executable()
	if err != nil {
		return ilsai.Wrap(ilsai.CodeInternal, err, "the program does not find itself")
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, "try-library", path)
	cmd.Env = append(os.Environ(), programEnv...)
	var out, said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &said
	runErr := cmd.Run()
	var p probe
	if json.Unmarshal(out.Bytes(), &p) == nil && runErr == nil {
		if p.Reason != "" {
			return llama.NewBackendError(path, p.Reason, p.Detail)
		}
		return nil
	}
	if err := context.Cause(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return llama.NewBackendError(path, llama.BackendCrashed, fmt.Sprintf("%v: %s", runErr, firstLines(said.String())))
}

// firstLines are the first two lines of text that say something: what ggml complains of, or the signal.
func firstLines(text string) string {
	var lines []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && len(lines) < 2 {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "; ")
}
