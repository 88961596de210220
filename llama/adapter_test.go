package llama

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/ggufgen"
)

func adapterFile(t testing.TB, a ggufgen.Adapter) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "adapter.gguf")
	if err := ggufgen.WriteAdapterFile(path, a); err != nil {
		t.Fatal(err)
	}
	return path
}

func loadAdapter(t testing.TB, m *Model, a ggufgen.Adapter) *Adapter {
	t.Helper()
	loaded, err := m.LoadAdapter(adapterFile(t, a), "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { loaded.Close() })
	return loaded
}

// likely generates n tokens after one in an empty sequence, so that every step is a batch of the same shape.
func likely(t testing.TB, c *Context, s *Sampler, n int) (out []Token) {
	t.Helper()
	row := []Row{{Token: 7, Sampler: s}}
	for range n {
		if err := c.Step(row); err != nil || row[0].Err != nil {
			t.Fatal(err, row[0].Err)
		}
		out = append(out, row[0].Next)
		row[0].Token = row[0].Next
	}
	if err := c.ClearSequence(0); err != nil {
		t.Fatal(err)
	}
	return out
}

// Whatever adapter came before, a batch is computed with the one that is set. All batches have one row of one
// sequence: llama.cpp would compute the last graph again, which holds the tensors of the adapter before.
func TestNoGraphServesAnotherAdapter(t *testing.T) {
	m := tinyModel(t)
	s, err := m.NewSampler(Sampling{}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	ids := []int{0}
	for seed := range uint64(3) {
		ids = append(ids, loadAdapter(t, m, ggufgen.Adapter{Base: ggufgen.Tiny(1), Rank: 4, Seed: seed}).ID())
	}
	const tokens = 6
	alone := map[int][]Token{} // said by contexts that never had another
	for _, id := range ids {
		c := tinyContext(t, m)
		if err := c.SetAdapter(id); err != nil {
			t.Fatal(err)
		}
		alone[id] = likely(t, c, s, tokens)
		for other, said := range alone {
			if other != id && slices.Equal(said, alone[id]) {
				t.Fatalf("adapters %d and %d say the same: %v", other, id, said)
			}
		}
	}
	c := tinyContext(t, m)
	seed := rand.Uint64()
	rng := rand.New(rand.NewPCG(seed, 0))
	for turn := range 120 {
		id := ids[rng.IntN(len(ids))]
		if err := c.SetAdapter(id); err != nil {
			t.Fatal(err)
		}
		n := 1 + rng.IntN(tokens)
		if got := likely(t, c, s, n); !slices.Equal(got, alone[id][:n]) {
			t.Fatalf("seed %d, turn %d: adapter %d says %v, alone %v", seed, turn, id, got, alone[id][:n])
		}
	}
}

// An adapter is as large as can be accepted: llama.cpp's graph has room for it.
func TestLargestAdapter(t *testing.T) {
	for name, shape := range map[string]ggufgen.Shape{"tiny": ggufgen.Tiny(1), "compact": ggufgen.Compact(1)} {
		shape.Tied = false
		path := filepath.Join(t.TempDir(), "model.gguf")
		if err := ggufgen.WriteFile(path, shape); err != nil {
			t.Fatal(err)
		}
		m, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer m.Close()
		c := tinyContext(t, m)
		s, err := m.NewSampler(Sampling{}, "")
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, typ := range []ggufgen.Type{ggufgen.F32, ggufgen.F16, ggufgen.Q8} {
			plain := likely(t, c, s, 4)
			a := loadAdapter(t, m, ggufgen.Adapter{Base: shape, Rank: 32, Output: true, Type: typ, Seed: 9})
			if err := c.SetAdapter(a.ID()); err != nil {
				t.Fatal(err)
			}
			// A batch of many rows in several sequences, as prompts are.
			rows := make([]Row, 240)
			for i := range rows {
				rows[i] = Row{Token: Token(i), Seq: int32(i / 80)}
			}
			rows[239].Sampler = s
			if err := c.Step(rows); err != nil || rows[239].Err != nil {
				t.Fatal(name, typ, err, rows[239].Err)
			}
			for seq := range 3 {
				if err := c.ClearSequence(seq); err != nil {
					t.Fatal(err)
				}
			}
			if slices.Equal(likely(t, c, s, 4), plain) {
				t.Errorf("%s, %s: the adapter changes nothing", name, typ)
			}
			if err := c.SetAdapter(0); err != nil {
				t.Fatal(err)
			}
			if got := likely(t, c, s, 4); !slices.Equal(got, plain) {
				t.Errorf("%s, %s: %v without the adapter, %v before it", name, typ, got, plain)
			}
		}
	}
}

func TestLoadAdapterErrors(t *testing.T) {
	m := tinyModel(t)
	write := func(a ggufgen.Adapter) []byte {
		b, err := os.ReadFile(adapterFile(t, a))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	wide, deep := ggufgen.Tiny(1), ggufgen.Tiny(1)
	wide.Embedding, deep.Layers = 128, 3
	good := write(ggufgen.Adapter{Base: ggufgen.Tiny(1), Rank: 4})
	nan := slices.Clone(good)
	copy(nan[len(nan)-4:], "\x00\x00\xc0\x7f")
	model, err := os.ReadFile(tinyFile(t))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name   string
		data   []byte
		sha256 string
		reason Reason
		says   string
	}{
		{"architecture", write(ggufgen.Adapter{Base: ggufgen.Tiny(1), Rank: 4, Architecture: "gemma"}), "", ReasonAdapter, "gemma"},
		{"dimension", write(ggufgen.Adapter{Base: wide, Rank: 4}), "", ReasonAdapter, "128 × 128"},
		{"tensor", write(ggufgen.Adapter{Base: deep, Rank: 4}), "", ReasonAdapter, "blk.2.attn_q.weight"},
		{"rank", write(ggufgen.Adapter{Base: ggufgen.Tiny(1), Rank: 80}), "", ReasonAdapter, "rank 80"},
		{"not a number", nan, "", ReasonAdapter, "not finite"},
		{"a model", model, "", ReasonAdapter, "general.type"},
		{"cut in tensors", good[:len(good)-64], "", ReasonTruncated, ""},
		{"cut in header", good[:100], "", ReasonTruncated, ""},
		{"empty", nil, "", ReasonNotGGUF, ""},
		{"foreign", []byte("<html>"), "", ReasonNotGGUF, ""},
		{"checksum", good, strings.Repeat("0", 64), ReasonChecksum, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "a.gguf")
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			for how, load := range map[string]func() (*Adapter, error){
				"file":   func() (*Adapter, error) { return m.LoadAdapter(path, tt.sha256) },
				"memory": func() (*Adapter, error) { return m.LoadAdapterBytes(path, tt.data, tt.sha256) },
			} {
				_, err := load()
				var fe *FileError
				if !errors.As(err, &fe) || fe.Reason != tt.reason || !strings.Contains(err.Error(), tt.says) || ilsai.ErrorCode(err) != ilsai.CodeModelFile {
					t.Errorf("from %s: %v, want reason %q and %q", how, err, tt.reason, tt.says)
				}
			}
		})
	}
	if _, err := m.LoadAdapter(filepath.Join(t.TempDir(), "none"), ""); ilsai.ErrorCode(err) != ilsai.CodeModelFile {
		t.Errorf("a missing file: %v", err)
	}
	sum := sha256.Sum256(good)
	a, err := m.LoadAdapterBytes("good", good, hex.EncodeToString(sum[:]))
	if err != nil {
		t.Fatalf("after all of that: %v", err)
	}
	a.Close()
}

// An adapter lives as long as somebody computes with it, and no longer than its model is open.
func TestAdapterLifetime(t *testing.T) {
	m := tinyModel(t)
	c := tinyContext(t, m)
	s, err := m.NewSampler(Sampling{}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	a := loadAdapter(t, m, ggufgen.Adapter{Base: ggufgen.Tiny(1), Rank: 4})
	if err := c.SetAdapter(a.ID()); err != nil {
		t.Fatal(err)
	}
	want := likely(t, c, s, 5)
	for range 2 {
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := likely(t, c, s, 5); !slices.Equal(got, want) {
		t.Errorf("%v after the adapter was closed, %v before: the context still has it", got, want)
	}
	if err := tinyContext(t, m).SetAdapter(a.ID()); ilsai.ErrorCode(err) != ilsai.CodeUnavailable || m.HasAdapter(a.ID()) {
		t.Errorf("a closed adapter can be set: %v", err)
	}
	if err := c.SetAdapter(0); err != nil {
		t.Fatal(err)
	}
	if err := c.SetAdapter(a.ID()); ilsai.ErrorCode(err) != ilsai.CodeUnavailable || c.AdapterID() != 0 {
		t.Errorf("an adapter that is gone can be set: %v, and %d is", err, c.AdapterID())
	}
	b := loadAdapter(t, m, ggufgen.Adapter{Base: ggufgen.Tiny(1), Rank: 4})
	if b.ID() == a.ID() || b.ID() <= 0 {
		t.Errorf("ids %d, then %d", a.ID(), b.ID())
	}
	m.Close()
	if m.HasAdapter(b.ID()) {
		t.Error("the adapter of a closed model is open")
	}
	if _, err := m.LoadAdapter(adapterFile(t, ggufgen.Adapter{Base: ggufgen.Tiny(1), Rank: 4}), ""); !errors.Is(err, ErrClosed) {
		t.Errorf("loading for a closed model: %v", err)
	}
}
