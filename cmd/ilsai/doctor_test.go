package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/llama/backendtest"
)

func doctor(t *testing.T, env []string, args ...string) (code int, d diagnosis) {
	t.Helper()
	code, out, stderr := runProgram(t, env, append([]string{"doctor", "--json"}, args...)...)
	if err := json.Unmarshal([]byte(out), &d); err != nil {
		t.Fatalf("%v in %q, %q", err, out, stderr)
	}
	return code, d
}

func (d diagnosis) find(name string) finding {
	if i := slices.IndexFunc(d.Findings, func(f finding) bool { return f.Name == name }); i >= 0 {
		return d.Findings[i]
	}
	return finding{}
}

// doctor says of every part what a start would make of it, writes nothing, and ends with 1 when a start would fail.
func TestDoctor(t *testing.T) {
	t.Parallel()
	dir := makeShop(t)
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "main")
	library := backendtest.Build(t, backendtest.Sound)
	missing := filepath.Join(t.TempDir(), "none")
	for _, c := range []struct {
		name         string
		env, args    []string
		code         int
		finding      string
		state        string
		detail, todo string
	}{
		{"all well", nil, []string{"--jwt-secret-file", secret}, 0, "token keys", findingOK, "1 secrets", ""},
		{"open directory", nil, nil, 0, "data directory", findingWarn, "other users", "chmod 700"},
		{"no directory yet", nil, []string{"--data-dir", missing}, 0, "data directory", findingOK, "first start", ""},
		{"weak secret", []string{"ILSAI_JWT_SECRET=short"}, nil, 1, "token keys", findingFail, "", ""},
		{"no model", nil, []string{"--model", missing, "--model-sha256", "00"}, 1, "model", findingFail, "no such file", "--model"},
		{"wrong checksum", nil, []string{"--model", "../../models/ilsai-compact.gguf", "--model-sha256", "00"}, 1, "model", findingFail, "SHA-256", ""},
		{"no library", nil, []string{"--gpu-library", missing}, 0, "gpu", findingWarn, "missing", "make cuda"},
		{"no library, required", nil, []string{"--gpu-library", missing, "--gpu", "require"}, 1, "gpu", findingFail, "make cuda", ""},
		{"no GPU wanted", nil, []string{"--gpu-library", library, "--gpu", "off"}, 0, "gpu", findingOK, "off", ""},
		{"no room", []string{backendtest.EnvMemory + "=" + fmt.Sprint(gpuNeed(t, slotsOnCPU)*8/10)}, []string{"--gpu-library", library}, 0, "gpu", findingWarn, "it would fit with", ""},
		{"no PostgreSQL", []string{"ILSAI_CONTROL_DSN=postgres://someone:hidden-word@127.0.0.1:1/x"}, nil, 1, "control database", findingFail, "control_dsn", "psql"},
		{"no server of the model", nil, []string{"--engine", "openai=http://127.0.0.1:1/v1", "--engine-model", "m"}, 1, "model", findingFail, "", "engine"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			code, d := doctor(t, c.env, append([]string{"--data-dir", dir}, c.args...)...)
			f := d.find(c.finding)
			if code != c.code || d.OK != (c.code == 0) || f.State != c.state || !strings.Contains(f.Detail, c.detail) || !strings.Contains(f.Todo, c.todo) {
				t.Errorf("exit %d, ok %v, %+v; want %d, %s, %q, %q", code, d.OK, f, c.code, c.state, c.detail, c.todo)
			}
			for _, f := range d.Findings {
				if strings.Contains(f.Detail+f.Todo, "hidden-word") {
					t.Errorf("a password is shown: %+v", f)
				}
			}
		})
	}
	t.Run("a GPU", func(t *testing.T) {
		t.Parallel()
		memory := fmt.Sprint(gpuNeed(t, 100))
		code, d := doctor(t, []string{backendtest.EnvMemory + "=" + memory}, "--data-dir", dir, "--gpu-library", library, "--slots", "0")
		if code != 0 || len(d.Devices) != 2 || d.Use == nil || d.Use.RunsOn != "GPU" || d.Use.Slots <= slotsOnCPU || len(d.Use.Devices) != 1 {
			t.Fatalf("exit %d: %+v %+v", code, d, d.Use)
		}
		n := d.Use.Devices[0]
		if n.Layers < 2 || n.Weights+n.KV+n.Compute+n.Reserve > n.Free || fmt.Sprint(d.Devices[0].Total) != memory {
			t.Errorf("%+v of %+v", n, d.Devices[0])
		}
		code, out, _ := runProgram(t, []string{backendtest.EnvMemory + "=" + memory}, "doctor", "--data-dir", dir, "--gpu-library", library)
		if code != 0 || !strings.Contains(out, "a start now: GPU, 16 slots of 1024 tokens") || !strings.Contains(out, "device STANDIN0") {
			t.Error(out)
		}
	})
}
