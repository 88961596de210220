package main

import (
	"testing"

	"github.com/ils-platform/ilsai/assistant"
)

// What is computed for a shop serves that shop alone: of another's prompt, to the letter the same, exactly the
// public prefix is taken from elsewhere.
func TestWhatIsCachedForWhom(t *testing.T) {
	t.Parallel()
	s := openStack(t, makeShop(t), "--threads=1")
	ask := func(shop, question string) (cached, prompt int) {
		t.Helper()
		c, err := generator{s.app.engine, s.app.adapters}.Generate(t.Context(), assistant.Generation{
			RequestID: "r", Scope: shop, System: "plan sales", SystemPublic: true, User: question, MaxTokens: 40,
		})
		if err != nil {
			t.Fatal(err)
		}
		return c.CachedTokens, c.PromptTokens
	}
	const question = "what were our top 3 products this month?"
	ask("warm", "how many orders?") // computes the public prefix
	_, whole := ask("whole", question)
	words, err := s.app.engine.Model().Tokenize(question, false)
	if err != nil {
		t.Fatal(err)
	}
	_, short := ask("short", "x")
	x, err := s.app.engine.Model().Tokenize("x", false)
	if err != nil {
		t.Fatal(err)
	}
	if whole-len(words) != short-len(x) {
		t.Fatalf("prompts of %d and %d tokens for questions of %d and %d", whole, short, len(words), len(x))
	}
	public, _ := ask("a", question)
	if public < 1 || public > whole-len(words) {
		t.Fatalf("%d of %d tokens are cached, %d of them the question", public, whole, len(words))
	}
	for _, tt := range []struct {
		shop, question string
		more           bool
	}{{"b", question, false}, {"a", question, true}, {"b", question, true}, {"c", question, false}, {"b", "how many orders?", false}, {"", question, false}, {"", question, false}} {
		cached, prompt := ask(tt.shop, tt.question)
		switch {
		case !tt.more && cached != public:
			t.Errorf("%s asks %q with %d tokens cached, want exactly the public %d", tt.shop, tt.question, cached, public)
		case tt.more && (cached <= public || cached >= prompt):
			t.Errorf("%s asks again with %d tokens cached, want more than the public %d and less than all %d", tt.shop, cached, public, prompt)
		}
		t.Logf("%q asks: %d of %d tokens cached", tt.shop, cached, prompt)
	}
	// With none kept, the same shop has the public prefix and no more.
	none := openStack(t, makeShop(t), "--kept-conversations=0")
	s = none
	ask("a", question)
	for range 2 {
		if cached, _ := ask("a", question); cached != public {
			t.Errorf("%d tokens cached with none kept, want the public %d", cached, public)
		}
	}
}
