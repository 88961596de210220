package llama

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestMissingCPU(t *testing.T) {
	const sse42, avx2, bf16 = 1 << 0, 1 << 2, 1 << 12
	tests := []struct {
		needed, present uint32
		want            string
	}{
		{0, 0, ""},
		{sse42 | avx2, sse42 | avx2 | bf16, ""},
		{sse42 | avx2, sse42, "avx2"},
		{sse42 | avx2 | bf16, 0, "sse4.2, avx2, avx512bf16"},
	}
	for _, tt := range tests {
		if got := missingCPU(tt.needed, tt.present); got != tt.want {
			t.Errorf("missingCPU(%#x, %#x) = %q, want %q", tt.needed, tt.present, got, tt.want)
		}
	}
	if got := missingCPU(neededCPU(), presentCPU()); got != "" {
		t.Errorf("this CPU lacks %s and yet the test runs", got)
	}
}

// The process ends with one sentence before C++ or Go do anything.
func TestForeignCPU(t *testing.T) {
	if missingCPU(neededCPU(), 0) == "" {
		t.Skip("this build needs nothing that could be missing")
	}
	first, _, _ := strings.Cut(missingCPU(neededCPU(), 0), ",")
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	cmd.Env = append(os.Environ(), "ILSAI_CPU_HIDE="+first)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != ExitCPU {
		t.Fatalf("%v, %s", err, out)
	}
	if s := string(out); strings.Count(s, "\n") != 1 || !strings.Contains(s, "lacks "+first+": rebuild") {
		t.Errorf("it said %q", s)
	}
}
