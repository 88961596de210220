package llama

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// Without cgo the build says what is missing instead of naming a hundred undefined identifiers.
func TestBuildWithoutCgo(t *testing.T) {
	cmd := exec.Command("go", "vet", ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "ilsai_needs_cgo_run_make_build") {
		t.Errorf("%v: %s", err, out)
	}
	t.Logf("%s", out)
}
