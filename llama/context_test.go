package llama

import (
	"bytes"
	"cmp"
	"errors"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/llama/ggufgen"
)

func tinyContext(t *testing.T, m *Model) *Context {
	t.Helper()
	c, err := m.NewContext(ContextOptions{ContextPerSeq: 256, Sequences: 3, BatchTokens: 300})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// feed decodes tokens into seq and returns the token that follows.
func feed(t *testing.T, c *Context, seq int32, tokens []Token, s *Sampler) Token {
	t.Helper()
	rows := make([]Row, len(tokens))
	for i, tok := range tokens {
		rows[i] = Row{Token: tok, Seq: seq}
	}
	rows[len(rows)-1].Sampler = s
	if err := c.Step(rows); err != nil {
		t.Fatal(err)
	}
	if err := rows[len(rows)-1].Err; err != nil {
		t.Fatal(err)
	}
	return rows[len(rows)-1].Next
}

// What must never reach C is refused, and the context goes on working.
func TestStepRefuses(t *testing.T) {
	m := tinyModel(t)
	c := tinyContext(t, m)
	closed, _ := m.NewSampler(Sampling{}, "")
	closed.Close()
	stranger, _ := tinyModel(t).NewSampler(Sampling{}, "")
	defer stranger.Close()
	tests := []struct {
		name string
		rows []Row
	}{
		{"no rows", nil},
		{"too many rows", make([]Row, 301)},
		{"negative token", []Row{{Token: -1}}},
		{"token beyond the vocabulary", []Row{{Token: 512}}},
		{"negative sequence", []Row{{Seq: -1}}},
		{"sequence beyond the last", []Row{{Seq: 3}}},
		{"closed sampler", []Row{{Sampler: closed}}},
		{"another model's sampler", []Row{{Sampler: stranger}}},
		{"more than the context", make([]Row, 257)},
	}
	for _, tt := range tests {
		if err := c.Step(tt.rows); err == nil {
			t.Errorf("%s: accepted", tt.name)
		}
	}
	if err := c.Step(make([]Row, 257)); !errors.Is(err, ErrKVFull) {
		t.Errorf("257 tokens in a context of 256: %v", err)
	}
	for _, f := range []func() error{
		func() error { return c.CopySequence(0, 3, 0) }, func() error { return c.CopySequence(-1, 0, 0) }, func() error { return c.CopySequence(0, 1, 1) }, func() error { return c.ClearSequence(7) },
	} {
		if f() == nil {
			t.Error("a sequence that does not exist was accepted")
		}
	}
	if c.Length(0) != 0 {
		t.Errorf("%d tokens held after refusals only", c.Length(0))
	}
	greedy, _ := m.NewSampler(Sampling{}, "")
	defer greedy.Close()
	feed(t, c, 0, []Token{1, 2, 3}, greedy)
}

func TestSamplingValidate(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	m := tinyModel(t)
	for _, s := range []Sampling{
		{Temperature: nan}, {Temperature: inf}, {Temperature: -1}, {Temperature: 1, TopP: nan}, {Temperature: 1, TopP: 2},
		{Temperature: 1, MinP: -0.1}, {Temperature: 1, MinP: nan}, {TopK: -1},
	} {
		if _, err := m.NewSampler(s, ""); err == nil {
			t.Errorf("%+v was accepted", s)
		}
	}
}

// A copied sequence, or its beginning, goes on as the original does, and clearing one leaves the other alone.
func TestCopyAndClear(t *testing.T) {
	m := tinyModel(t)
	c := tinyContext(t, m)
	s, err := m.NewSampler(Sampling{}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	prefix, _ := m.Tokenize("you answer questions about sales, and this is the same for everybody", false)
	rest, _ := m.Tokenize("what sold best?", false)
	want := feed(t, c, 0, append(append([]Token(nil), prefix...), rest...), s)
	feed(t, c, 2, prefix, s)
	for n := range 3 {
		from, held := 2, len(prefix)
		if n == 2 { // a part of what is held goes on as well
			from, held = 0, len(prefix)
		}
		if err := c.CopySequence(from, 1, held); err != nil {
			t.Fatal(err)
		}
		if got := feed(t, c, 1, rest, s); got != want || c.Length(1) != len(prefix)+len(rest) {
			t.Errorf("after the copy: token %d, want %d", got, want)
		}
		if err := c.ClearSequence(1); err != nil {
			t.Fatal(err)
		}
	}
	if c.Length(1) != 0 || c.Length(2) != len(prefix) {
		t.Errorf("lengths %d and %d", c.Length(1), c.Length(2))
	}
}

func TestClosed(t *testing.T) {
	m, err := Open(tinyFile(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	c, err := m.NewContext(ContextOptions{ContextPerSeq: 256})
	if err != nil {
		t.Fatal(err)
	}
	s, err := m.NewSampler(Sampling{}, "")
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	feed(t, c, 0, []Token{1, 2}, s) // still in memory: the context and the sampler hold it
	for range 2 {
		s.Close()
		c.Close()
		m.Close()
	}
	if _, err := m.Tokenize("x", false); !errors.Is(err, ErrClosed) {
		t.Errorf("Tokenize: %v", err)
	}
	if _, err := m.NewContext(ContextOptions{}); !errors.Is(err, ErrClosed) {
		t.Errorf("NewContext: %v", err)
	}
	if err := c.Step([]Row{{}}); !errors.Is(err, ErrClosed) {
		t.Errorf("Step: %v", err)
	}
}

// Loading and closing again and again leaves neither memory nor files behind.
func TestNoLeak(t *testing.T) {
	var data bytes.Buffer
	if err := ggufgen.Write(&data, ggufgen.Compact(1)); err != nil {
		t.Fatal(err)
	}
	once := func() {
		m, err := OpenBytes("leak", data.Bytes(), Options{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := m.NewContext(ContextOptions{ContextPerSeq: 512, Sequences: 8})
		if err != nil {
			t.Fatal(err)
		}
		s, err := m.NewSampler(Sampling{Temperature: 1}, `root ::= ("a" | "b")+`)
		if err != nil {
			t.Fatal(err)
		}
		feed(t, c, 0, []Token{1, 2, 3}, s)
		s.Close()
		c.Close()
		m.Close()
	}
	for range 5 {
		once()
	}
	before, files := residentKiB(t), openFiles(t)
	for range 20 {
		once()
	}
	// One model with its context takes more than 12 MiB; 20 of them leaked would be far above this.
	if after := residentKiB(t); after > before+8<<10 {
		t.Errorf("resident memory grew from %d to %d KiB", before, after)
	}
	if after := openFiles(t); after != files {
		t.Errorf("%d open files, then %d", files, after)
	}
}

func residentKiB(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip("no /proc on this system")
	}
	_, rest, _ := strings.Cut(string(b), "VmRSS:")
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func openFiles(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip("no /proc on this system")
	}
	return len(list)
}

func TestSamplerFollowsGrammarAtAnyTemperature(t *testing.T) {
	m := tinyModel(t)
	c := tinyContext(t, m)
	prompt, _ := m.Tokenize("a number: ", false)
	for seed := range uint32(20) {
		s, err := m.NewSampler(Sampling{Temperature: 2, TopK: 50, TopP: 0.95, MinP: 0.01, Seed: seed}, `root ::= [1-9] [0-9]? "%"`)
		if err != nil {
			t.Fatal(err)
		}
		next := feed(t, c, 0, prompt, s)
		text := ""
		for range 5 {
			if m.IsEOG(next) {
				break
			}
			text += m.TokenPiece(next)
			next = feed(t, c, 0, []Token{next}, s)
		}
		if n, err := strconv.Atoi(strings.TrimSuffix(text, "%")); err != nil || n < 1 || n > 99 || !strings.HasSuffix(text, "%") {
			t.Errorf("seed %d: %q", seed, text)
		}
		s.Close()
		if err := c.ClearSequence(0); err != nil {
			t.Fatal(err)
		}
	}
}

// With a limit of k, at a temperature that makes all of them as likely, each of the k likeliest tokens is drawn and no other.
func TestTopKDrawsFromTheLikeliest(t *testing.T) {
	m := tinyModel(t)
	c := tinyContext(t, m)
	prompt, _ := m.Tokenize("r", false)
	logits, err := c.BareLogits(prompt)
	if err != nil {
		t.Fatal(err)
	}
	order := make([]Token, len(logits))
	for i := range order {
		order[i] = Token(i)
	}
	slices.SortFunc(order, func(a, b Token) int { return cmp.Compare(logits[b], logits[a]) })
	for _, k := range []int{1, 7, 40, 200} { // of 48 blocks of 32 tokens
		s, err := m.NewSampler(Sampling{Temperature: 100, TopK: k, Seed: uint32(k)}, "")
		if err != nil {
			t.Fatal(err)
		}
		drawn := map[Token]bool{}
		for range 20 * k { // the chance to miss one of k in these is under k/10^8
			drawn[feed(t, c, 0, prompt, s)] = true
			if err := c.ClearSequence(0); err != nil {
				t.Fatal(err)
			}
		}
		s.Close()
		for rank, token := range order {
			if drawn[token] != (rank < k) {
				t.Errorf("of the %d likeliest: token of rank %d drawn %v", k, rank, drawn[token])
			}
		}
	}
}
