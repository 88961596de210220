package llama

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/llama/ggufgen"
)

func tinyFile(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tiny.gguf")
	if err := ggufgen.WriteFile(path, ggufgen.Tiny(1)); err != nil {
		t.Fatal(err)
	}
	return path
}

func tinyModel(t testing.TB) *Model {
	t.Helper()
	m, err := Open(tinyFile(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestOpen(t *testing.T) {
	var fractions []float32
	m, err := Open(tinyFile(t), Options{Progress: func(f float32) bool { fractions = append(fractions, f); return true }})
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	in := m.Info()
	if in.Vocab != 512 || in.Layers != 2 || in.ContextTrain != 1024 || in.Parameters != uint64(ggufgen.Tiny(1).Parameters()) {
		t.Errorf("Info = %+v", in)
	}
	if got := m.Meta("general.name"); got != "random" {
		t.Errorf("general.name = %q", got)
	}
	if len(fractions) == 0 || fractions[len(fractions)-1] != 1 {
		t.Errorf("progress = %v, want a list that ends with 1", fractions)
	}
}

func TestTokenizeRoundTrip(t *testing.T) {
	m := tinyModel(t)
	for _, text := range []string{"", "what were our top products", "naïve 名前 🙂\n\t  x", "<|eot_id|>", strings.Repeat("a", 5000)} {
		tokens, err := m.Tokenize(text, false)
		if err != nil {
			t.Fatal(err)
		}
		got, err := m.Detokenize(tokens, true)
		if err != nil || got != text {
			t.Errorf("Detokenize(Tokenize(%.40q)) = %.40q, %v", text, got, err)
		}
	}
	plain, _ := m.Tokenize("<|eot_id|>", false)
	special, _ := m.Tokenize("<|eot_id|>", true)
	if len(special) != 1 || !m.IsEOG(special[0]) || len(plain) < 2 {
		t.Errorf("<|eot_id|> is %v when special, %v when plain", special, plain)
	}
	for _, tok := range plain {
		if m.IsEOG(tok) {
			t.Errorf("a user's <|eot_id|> became control token %d", tok)
		}
	}
}

func TestStep(t *testing.T) {
	m := tinyModel(t)
	c, err := m.NewContext(ContextOptions{ContextPerSeq: 256, Sequences: 2, BatchTokens: 64})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s, err := m.NewSampler(Sampling{}, `root ::= "yes" | "no"`)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	prompt, _ := m.Tokenize("what is the trend", false)
	rows := make([]Row, len(prompt))
	for i, tok := range prompt {
		rows[i] = Row{Token: tok}
	}
	rows[len(rows)-1].Sampler = s
	var out []byte
	for range 16 {
		if err := c.Step(rows); err != nil {
			t.Fatal(err)
		}
		last := rows[len(rows)-1]
		if last.Err != nil {
			t.Fatal(last.Err)
		}
		if last.EOG {
			break
		}
		out = m.AppendPiece(out, last.Next)
		rows = []Row{{Token: last.Next, Sampler: s}}
	}
	if got := string(out); got != "yes" && got != "no" {
		t.Errorf("generated %q, want yes or no", got)
	}
}

func TestOpenErrors(t *testing.T) {
	good, err := os.ReadFile(tinyFile(t))
	if err != nil {
		t.Fatal(err)
	}
	edit := func(f func(b []byte) []byte) []byte { return f(append([]byte(nil), good...)) }
	tests := []struct {
		name   string
		data   []byte
		o      Options
		reason Reason
	}{
		{"empty", nil, Options{}, ReasonNotGGUF},
		{"foreign", []byte("PK\x03\x04 this is a zip file"), Options{}, ReasonNotGGUF},
		{"version", edit(func(b []byte) []byte { b[4] = 9; return b }), Options{}, ReasonVersion},
		{"cut in header", good[:200], Options{}, ReasonTruncated},
		{"cut in tensors", good[:len(good)-64], Options{}, ReasonTruncated},
		{"architecture", []byte(strings.Replace(string(good), "\x05\x00\x00\x00\x00\x00\x00\x00llama", "\x05\x00\x00\x00\x00\x00\x00\x00mamba", 1)), Options{}, ReasonArchitecture},
		{"checksum", good, Options{SHA256: strings.Repeat("0", 64)}, ReasonChecksum},
		{"memory", good, Options{MemoryLimit: 1000}, ReasonMemory},
		{"aborted", good, Options{Progress: func(float32) bool { return false }}, ReasonAborted},
		{"missing tensor", []byte(strings.Replace(string(good), "output_norm.weight", "output_morn.weight", 1)), Options{}, ReasonRefused},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "model.gguf")
			if err := os.WriteFile(path, tt.data, 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path, tt.o)
			var fe *FileError
			if !errors.As(err, &fe) || fe.Reason != tt.reason || fe.Path != path {
				t.Fatalf("Open: %v, want reason %q", err, tt.reason)
			}
			if ilsai.ErrorCode(err) != ilsai.CodeModelFile {
				t.Errorf("code = %s", ilsai.ErrorCode(err))
			}
			t.Log(err)
		})
	}
	if _, err := Open("/nonexistent/m.gguf", Options{}); ilsai.ErrorCode(err) != ilsai.CodeModelFile {
		t.Errorf("missing file: %v", err)
	}
}
