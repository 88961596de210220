package engine

import (
	"slices"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/gbnf"
	"github.com/ils-platform/ilsai/llama/sched"
)

// maxForced bounds how much text is forced at once, in bytes.
const maxForced = 512

// guide tells the scheduler which tokens a grammar leaves no choice about. They must be those that sampling
// would have come to, and a model writes what it has read: the tokenizer's own tokens of the whole text. So
// only whole pieces (see lastCut) are forced, and only while all tokens so far are the tokenizer's own.
//
// It is the scheduler's, one call at a time, and waits for nothing.
type guide struct {
	model   *llama.Model
	matcher *gbnf.Matcher
	lost    bool // the tokens are not the tokenizer's own, or the grammar is too much

	seen int    // tokens walked through the grammar
	sure int    // tokens before the last known cut
	text []byte // of the tokens after it
}

var _ sched.Guide = (*guide)(nil)

// newGuide returns nil when the model's tokenizer is not one whose pieces are known.
func newGuide(m *llama.Model, g *gbnf.Grammar) *guide {
	switch m.Meta("tokenizer.ggml.pre") {
	case "llama-bpe", "llama3", "llama-v3": // llama.cpp's names for Llama 3's
	default:
		return nil
	}
	if m.Meta("tokenizer.ggml.model") != "gpt2" {
		return nil
	}
	return &guide{model: m, matcher: g.Matcher(), text: make([]byte, 0, maxForced)}
}

// guide reads the grammar, on the caller's goroutine. nil: every token is sampled.
func (e *Engine) guide(g Generation) *guide {
	if g.Grammar == "" || g.SampleAll {
		return nil
	}
	grammar, err := gbnf.Parse(g.Grammar)
	if err != nil {
		// Whether the grammar is valid is llama.cpp's to say; without a guide it only takes longer.
		e.unguided.Do(func() { e.logger.Warn("a grammar cannot be followed: no text of it is forced", "error", err) })
		return nil
	}
	return newGuide(e.model, grammar)
}

// Forced implements sched.Guide.
func (g *guide) Forced(generated []sched.Token) (next []sched.Token, end bool) {
	if g.lost || len(generated) < g.seen {
		return nil, false
	}
	for _, t := range generated[g.seen:] {
		from := len(g.text)
		g.text = g.model.AppendPiece(g.text, t)
		if !g.matcher.Accept(g.text[from:]) {
			g.lost = true
			return nil, false
		}
	}
	g.seen = len(generated)
	said := len(g.text)
	more, after := g.matcher.Forced(maxForced)
	ends := after.End && len(after.Ranges) == 0
	if len(more) == 0 && ends {
		return nil, true
	}
	g.text = append(g.text, more...)
	cut := lastCut(g.text, classesOf(after))
	next = g.until(cut, said, generated[g.sure:])
	end = ends && len(next) > 0 && cut == len(g.text)
	if cut > said {
		cut = 0
	}
	g.text = append(g.text[:0], g.text[cut:said]...)
	return next, end
}

// until returns the tokens that are to come before a cut. since are those whose text ends at said. If they
// go beyond the cut there are none, and the cut is where to begin from now on.
func (g *guide) until(cut, said int, since []sched.Token) []sched.Token {
	if cut == 0 {
		return nil
	}
	tokens, err := g.model.Tokenize(string(g.text[:cut]), false)
	n := min(len(tokens), len(since))
	if err != nil || !slices.Equal(tokens[:n], since[:n]) {
		g.lost = true
		return nil
	}
	if cut <= said {
		g.sure += n
		return nil
	}
	return tokens[n:]
}
