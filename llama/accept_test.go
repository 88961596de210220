package llama

import (
	"errors"
	"testing"
)

// step feeds tokens of which the sampler accepts some and returns the last row.
func step(t *testing.T, c *Context, tokens, accept []Token, s *Sampler) Row {
	t.Helper()
	rows := make([]Row, len(tokens))
	for i, tok := range tokens {
		rows[i] = Row{Token: tok}
	}
	last := &rows[len(rows)-1]
	last.Sampler, last.Accept = s, accept
	if err := c.Step(rows); err != nil {
		t.Fatal(err)
	}
	return *last
}

// Tokens that are accepted leave the grammar where sampling them would have.
func TestAcceptEqualsSampling(t *testing.T) {
	m := tinyModel(t)
	prompt, _ := m.Tokenize("is it so? ", false)
	const grammar = `root ::= "{" ("a" | "b") "}.[" [0-9] "]"`
	sampler := func() *Sampler {
		s, err := m.NewSampler(Sampling{}, grammar)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	c, s := tinyContext(t, m), sampler()
	var sampled []Token
	for tokens := prompt; ; {
		r := step(t, c, tokens, nil, s)
		if r.Err != nil {
			t.Fatal(r.Err)
		}
		if r.EOG {
			break
		}
		sampled = append(sampled, r.Next)
		tokens = []Token{r.Next}
	}
	for n := range sampled {
		if err := c.ClearSequence(0); err != nil {
			t.Fatal(err)
		}
		r := step(t, c, append(append([]Token{}, prompt...), sampled[:n]...), sampled[:n], sampler())
		if r.Err != nil || r.Next != sampled[n] {
			t.Errorf("after %d accepted tokens: %d (%v), want %d", n, r.Next, r.Err, sampled[n])
		}
	}
}

// What a grammar does not allow is that row's error: no end token, no other token and no place takes the process down.
func TestAcceptRefuses(t *testing.T) {
	m := tinyModel(t)
	c := tinyContext(t, m)
	text, _ := m.Tokenize("ab", false)
	other, _ := m.Tokenize("xyz", false)
	end := m.EndOfTurn()
	for name, accept := range map[string][]Token{
		"text not in the grammar": other, "an end too early": {end}, "an end within": append(text[:1:1], end), "text after the end": append(text[:len(text):len(text)], other...),
		"an end twice and text": append(text[:len(text):len(text)], end, end, other[0]),
	} {
		s, err := m.NewSampler(Sampling{}, `root ::= "ab"`)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.ClearSequence(0); err != nil {
			t.Fatal(err)
		}
		if r := step(t, c, []Token{1}, accept, s); !errors.Is(r.Err, ErrGrammarRefused) {
			t.Errorf("%s: %d, %v", name, r.Next, r.Err)
		}
		s.Close()
	}
	free, err := m.NewSampler(Sampling{}, "")
	if err != nil {
		t.Fatal(err)
	}
	defer free.Close()
	if err := c.ClearSequence(0); err != nil {
		t.Fatal(err)
	}
	if r := step(t, c, []Token{1}, []Token{5, end}, free); r.Err != nil {
		t.Errorf("without a grammar: %v", r.Err)
	}
	for name, rows := range map[string][]Row{
		"no sampler":            {{Accept: []Token{1}}},
		"negative token":        {{Sampler: free, Accept: []Token{-1}}},
		"beyond the vocabulary": {{Sampler: free, Accept: []Token{1, 512}}},
	} {
		if err := c.Step(rows); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if c.Length(0) != 1 {
		t.Errorf("%d tokens held after refusals", c.Length(0))
	}
}
