package engine_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/engine"
	"github.com/ils-platform/ilsai/llama/ggufgen"
)

// adapterFile writes an adapter for models of a shape and returns its path and checksum.
func adapterFile(t testing.TB, base ggufgen.Shape, seed uint64) (path, sum string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "adapter.gguf")
	if err := ggufgen.WriteAdapterFile(path, ggufgen.Adapter{Base: base, Rank: 4, Seed: seed}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	digest := sha256.Sum256(b)
	return path, hex.EncodeToString(digest[:])
}

// What is generated with an adapter, among generations with others and none, is what an engine says that never
// had another.
func TestAdaptersAmongOthers(t *testing.T) {
	const questions = 10
	type file struct{ path, sum string }
	files := []file{{}} // the model alone
	for seed := range uint64(2) {
		path, sum := adapterFile(t, ggufgen.Tiny(1), seed)
		files = append(files, file{path, sum})
	}
	all := open(t, engine.Options{Queue: 500, Slots: 6, KeptSlots: 3})
	want := map[string][]string{}
	for _, f := range files {
		only := open(t, engine.Options{Slots: 1, PrefixSlots: -1})
		if f.sum != "" {
			for _, e := range []*engine.Engine{only, all, all} { // twice is as good as once
				if err := e.AddAdapter(f.path, f.sum); err != nil {
					t.Fatal(err)
				}
			}
		}
		for i := range questions {
			g := question(i)
			g.Adapter = f.sum
			res, err := only.Generate(t.Context(), g)
			if err != nil {
				t.Fatal(err)
			}
			want[f.sum] = append(want[f.sum], res.Text)
		}
	}
	for a, said := range want {
		for b, other := range want {
			if a != b && fmt.Sprint(said) == fmt.Sprint(other) {
				t.Fatalf("adapters %.8q and %.8q say the same", a, b)
			}
		}
	}
	var wg sync.WaitGroup
	for i := range 6 * questions {
		f := files[i%len(files)]
		g := question(i / len(files) % questions)
		g.Adapter, g.Keep = f.sum, i%2 == 0
		wg.Go(func() {
			res, err := all.Generate(t.Context(), g)
			if err != nil || res.Text != want[f.sum][i/len(files)%questions] {
				t.Errorf("%d with adapter %.8q: %q, %v; alone %q", i, f.sum, res.Text, err, want[f.sum][i/len(files)%questions])
			}
		})
	}
	wg.Wait()
}

// What began with an adapter ends with it, though it was removed meanwhile; nothing begins with it then.
func TestRemovedAdapter(t *testing.T) {
	e := open(t, engine.Options{Slots: 2})
	path, sum := adapterFile(t, ggufgen.Tiny(1), 5)
	if err := e.AddAdapter(path, sum); err != nil {
		t.Fatal(err)
	}
	g := engine.Generation{User: "tell me all", MaxTokens: 200, Adapter: sum}
	want, err := e.Generate(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	running, err := e.Stream(t.Context(), g)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := running.Next(t.Context()); !ok {
		t.Fatal("it said nothing")
	}
	e.RemoveAdapter(sum)
	e.RemoveAdapter(sum)
	if _, err := e.Generate(t.Context(), g); ilsai.ErrorCode(err) != ilsai.CodeNotFound {
		t.Errorf("a removed adapter: %v", err)
	}
	// Another's turn between those of the one that is gone.
	if _, err := e.Generate(t.Context(), engine.Generation{User: "and you?", MaxTokens: 5}); err != nil {
		t.Error(err)
	}
	if res, err := running.Result(t.Context()); err != nil || res.Text != want.Text {
		t.Errorf("%q, %v; want %q", res.Text, err, want.Text)
	}
	if err := e.AddAdapter(path, sum); err != nil {
		t.Fatal(err)
	}
	if res, err := e.Generate(t.Context(), g); err != nil || res.Text != want.Text {
		t.Errorf("added again: %q, %v; want %q", res.Text, err, want.Text)
	}
}

func TestAddAdapterErrors(t *testing.T) {
	e := open(t, engine.Options{})
	path, sum := adapterFile(t, ggufgen.Compact(1), 1)
	other, _ := adapterFile(t, ggufgen.Tiny(1), 1)
	for name, tt := range map[string]struct {
		path, sum string
		want      ilsai.Code
	}{
		"another model's": {path, sum, ilsai.CodeModelFile}, "another file": {other, sum, ilsai.CodeModelFile},
		"no file": {other + "x", sum, ilsai.CodeModelFile}, "no checksum": {other, "", ilsai.CodeInvalid},
	} {
		if err := e.AddAdapter(tt.path, tt.sum); ilsai.ErrorCode(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	for _, g := range []string{sum, "no such thing"} {
		if _, err := e.Generate(t.Context(), engine.Generation{User: "x", Adapter: g}); ilsai.ErrorCode(err) != ilsai.CodeNotFound {
			t.Errorf("adapter %q: %v", g, err)
		}
		if _, err := e.Chat(t.Context(), engine.Chat{Messages: []engine.Message{{Role: "user", Content: "x"}}, MaxTokens: 3, Adapter: g}); ilsai.ErrorCode(err) != ilsai.CodeNotFound {
			t.Errorf("a chat with adapter %q: %v", g, err)
		}
	}
}
