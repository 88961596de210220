package llama

import (
	"os"
	"strings"
	"testing"
)

// A library of devices built from another version of the module must not pass for ours.
func TestGGMLModuleIsTheOneCompiled(t *testing.T) {
	b, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if want := "github.com/ollama/ollama " + ggmlModule + "\n"; !strings.Contains(string(b), want) && !strings.Contains(string(b), strings.TrimSpace(want)+" ") {
		t.Errorf("go.mod does not have %s", strings.TrimSpace(want))
	}
}
