package engine_test

import (
	"encoding/json"
	"os"
	"slices"
	"testing"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/models"
)

// The fixtures were written by the trainer beside the model: what its own tokenizer and PyTorch make
// of many inputs. llama.cpp must make the same of them, or the model was trained on something else
// than it is asked.

func openDefault(t *testing.T) *engine.Engine {
	t.Helper()
	e, err := engine.Open(engine.Options{Path: models.Default().Name, Bytes: models.DefaultBytes(), SHA256: models.Default().SHA256, Slots: 2, PrefixSlots: -1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}

func readFixture(t *testing.T, name string, into any) {
	t.Helper()
	b, err := os.ReadFile("../../models/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

func TestTokenizerAgreesWithTheTrainers(t *testing.T) {
	type row struct {
		Text string        `json:"text"`
		IDs  []llama.Token `json:"ids"`
	}
	var fixture struct{ Plain, Special []row }
	readFixture(t, "tokenizer.json", &fixture)
	if n := len(fixture.Plain) + len(fixture.Special); n < 1000 {
		t.Fatalf("only %d strings", n)
	}
	m := openDefault(t).Model()
	wrong := 0
	for special, rows := range map[bool][]row{false: fixture.Plain, true: fixture.Special} {
		for _, r := range rows {
			got, err := m.Tokenize(r.Text, special)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, r.IDs) {
				if wrong++; wrong < 10 {
					t.Errorf("%q (special %v): got %v, want %v", r.Text, special, got, r.IDs)
				}
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d of %d strings differ", wrong, len(fixture.Plain)+len(fixture.Special))
	}
}

// TestGreedyOutputAgreesWithPyTorch wants nine of ten prompts with the very same output and logs the others. Why
// those differ is not established; half-precision activations and KV cells are the suspects.
func TestGreedyOutputAgreesWithPyTorch(t *testing.T) {
	var fixture struct {
		Prompts []struct{ Task, Domain, User, Text string }
	}
	readFixture(t, "greedy.json", &fixture)
	e := openDefault(t)
	same := 0
	for _, p := range fixture.Prompts {
		got, err := e.Generate(t.Context(), engine.Generation{System: p.Task + " " + p.Domain, PublicSystem: true, User: p.User, MaxTokens: 250})
		if err != nil {
			t.Fatal(err)
		}
		if got.Text == p.Text {
			same++
		} else {
			t.Logf("%s %q:\ngot  %s\nwant %s", p.Task, p.User, got.Text, p.Text)
		}
	}
	least := len(fixture.Prompts) * 9 / 10
	if t.Logf("%d of %d outputs are the same", same, len(fixture.Prompts)); same < least {
		t.Errorf("%d of %d outputs are the same, want %d", same, len(fixture.Prompts), least)
	}
}
