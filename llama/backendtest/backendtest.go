// Package backendtest builds a library of devices for tests on machines without a GPU. Its devices compute on the
// CPU and have as much memory as the test says; everything around them is what a GPU gets: the library is loaded by
// the same code, layers and KV cache are laid out over the devices, tensors are copied to and from them, and an
// allocation fails when there is no room. It must never be linked into the program.
package backendtest

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Environment of the process that loads the library.
const (
	// EnvMemory is the bytes of each device, separated by commas; one of 1 GiB when unset, none when empty.
	EnvMemory = "STANDIN_MEMORY"
	// EnvLog is an error the library logs when it is loaded.
	EnvLog = "STANDIN_LOG"
	// EnvCrash, set to anything, makes the library end the process.
	EnvCrash = "STANDIN_CRASH"
)

// Fault makes a library that cannot be used.
type Fault string

// The faults.
const (
	Sound         Fault = ""
	WrongABI      Fault = `-DSTANDIN_ABI="another"`
	WrongModule   Fault = "a module that is not ours"
	MissingSymbol Fault = "-DSTANDIN_MISSING"
)

// Build compiles the library and returns its path. It takes half a second.
func Build(t testing.TB, fault Fault) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Version}} {{.Dir}}", "github.com/ils-platform/ilsai", "github.com/ollama/ollama").Output()
	if err != nil {
		t.Fatal("go list: ", err)
	}
	lines := strings.SplitN(strings.TrimSpace(string(out)), "\n", 2)
	dir := filepath.Join(strings.TrimSpace(lines[0]), "llama", "backendtest", "testdata")
	module, source, _ := strings.Cut(lines[1], " ")
	if fault == WrongModule {
		module = "v0.0.1"
	}
	path := filepath.Join(t.TempDir(), "libggml-standin.so")
	args := []string{"-std=c++17", "-O1", "-fPIC", "-shared", "-static-libgcc", "-static-libstdc++", `-DSTANDIN_MODULE="` + module + `"`,
		"-I" + filepath.Join(source, "ml/backend/ggml/ggml/include"), filepath.Join(dir, "standin.cpp"), "-o", path}
	if strings.HasPrefix(string(fault), "-D") {
		args = append(args, string(fault))
	}
	if out, err := exec.Command("g++", args...).CombinedOutput(); err != nil {
		t.Fatalf("g++: %v\n%s", err, out)
	}
	return path
}
