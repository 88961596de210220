package schedtest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/ils-platform/ilsai/llama/sched"
)

// Guide knows all texts a generation may come to and forces what they have in common.
type Guide struct {
	Texts [][]sched.Token
	// Most is how many tokens it forces at once; 0: all.
	Most int
}

// Forced implements sched.Guide.
func (g Guide) Forced(generated []sched.Token) (next []sched.Token, end bool) {
	for i, text := range g.left(generated) {
		text = text[len(generated):]
		if i == 0 {
			next, end = text, true
			continue
		}
		n := 0
		for n < min(len(next), len(text)) && next[n] == text[n] {
			n++
		}
		next, end = next[:n], end && n == len(text) && n == len(next)
	}
	if g.Most > 0 && len(next) > g.Most {
		return next[:g.Most], false
	}
	return next, end
}

func (g Guide) left(generated []sched.Token) (left [][]sched.Token) {
	for _, text := range g.Texts {
		if len(text) >= len(generated) && slices.Equal(text[:len(generated)], generated) {
			left = append(left, text)
		}
	}
	return left
}

// choices is a request whose answer is one of some texts, and a guide to it.
func (x exercise) choices(prompt string, texts ...string) (sched.Request, Guide) {
	r, g := x.request(prompt, 60), Guide{}
	r.Grammar = "root ::= "
	for i, text := range texts {
		if i > 0 {
			r.Grammar += " | "
		}
		r.Grammar += fmt.Sprintf("%q", text)
		g.Texts = append(g.Texts, x.Tokenize(text))
	}
	return r, g
}

// testForcedText: with a guide a generation comes to the same in fewer steps, whatever else it does.
func testForcedText(t *testing.T, x exercise) {
	var plain, guided []sched.Request
	for i := range 24 {
		r, g := x.choices(fmt.Sprintf("question %d: ", i), "<0>: [yes]", "<0>: [no]", "<1>: {maybe}, {perhaps}")
		switch i % 6 {
		case 1:
			r.MaxTokens = 1 + i/6
		case 2:
			r.Stop = []string{":"}
		case 3:
			r.Stop = []string{"]", "ybe"}
		case 4:
			r.MaxTokens = 5 + i/6
		}
		plain = append(plain, r)
		r.Guide, r.Keep, r.Scope = g, i%2 == 0, "a"
		if i%4 == 0 {
			r.Guide = Guide{Texts: g.Texts, Most: 2}
		}
		guided = append(guided, r)
	}
	want, got := x.together(t, plain), x.together(t, guided)
	for i, w := range want {
		g := got[i]
		if x.own(guided[i], w.Tokens) { // else the guide has nothing to say
			if g.Text != w.Text || !slices.Equal(g.Tokens, w.Tokens) || g.Finish != w.Finish || g.CompletionTokens != w.CompletionTokens {
				t.Errorf("request %d: %q %v (%s, %d) with a guide,\n%q %v (%s, %d) without", i,
					g.Text, g.Tokens, g.Finish, g.CompletionTokens, w.Text, w.Tokens, w.Finish, w.CompletionTokens)
			}
			if len(w.Tokens) > 12 && g.ForcedTokens < 6 {
				t.Errorf("request %d: %d of %d tokens forced", i, g.ForcedTokens, g.CompletionTokens)
			}
		}
		if w.ForcedTokens != 0 || g.ForcedTokens > g.CompletionTokens {
			t.Errorf("request %d: %d tokens forced without a guide, %d of %d with", i, w.ForcedTokens, g.ForcedTokens, g.CompletionTokens)
		}
	}
}

// own tells whether tokens are the beginning of one of the guide's texts, as a trained model's are.
func (x exercise) own(r sched.Request, tokens []sched.Token) bool {
	g, ok := r.Guide.(Guide)
	return ok && len(g.left(tokens)) > 0
}

// testForcedTextRefused: a guide that lies costs its own request only.
func testForcedTextRefused(t *testing.T, x exercise) {
	others := x.questions(6)
	want := x.together(t, others)
	for _, lie := range [][]sched.Token{x.Tokenize("<0>: [never]"), {-1, 2}, {sched.Token(x.Backend.Shape().Vocab)}} {
		r, _ := x.choices("is it? ", "<0>: [yes]", "<0>: [no]")
		r.Guide = Guide{Texts: [][]sched.Token{lie}}
		st, err := x.Submit(t.Context(), r)
		if err != nil {
			t.Fatal(err)
		}
		for i, res := range x.together(t, others) {
			if res.Text != want[i].Text {
				t.Errorf("beside a refused text: %q, want %q", res.Text, want[i].Text)
			}
		}
		res, err := st.Result(t.Context())
		if refused := lie[0] >= 0 && len(lie) > 1; refused != (err != nil) {
			t.Errorf("%v was forced: %q, %v", lie, res.Text, err)
		}
	}
}
