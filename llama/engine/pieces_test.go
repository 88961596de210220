package engine

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai/llama"
	"github.com/ils-platform/ilsai/llama/gbnf"
	"github.com/ils-platform/ilsai/models"
)

func defaultModel(t testing.TB) *llama.Model {
	t.Helper()
	m, err := llama.OpenBytes(models.Default().Name, models.DefaultBytes(), llama.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func TestLastCut(t *testing.T) {
	tests := []struct {
		text string
		next class
		want int
	}{
		{"", letter, 0},
		{"revenue", letter, 0},
		{"revenue", sign, 7},
		{"revenue", sign | doubt, 0}, // another script's letter may follow
		{"revenue", 0, 7},
		{`{"`, letter, 2},
		{`{"`, letter | sign, 0},
		{`{`, letter, 0},
		{`{`, digit, 1},
		{`a"`, letter, 1}, // "letters are one piece
		{`a":"`, letter | digit, 4},
		{"last_", letter, 4},
		{"last_", digit, 5},
		{"_30", letter, 3},
		{"_30", digit, 1},
		{"_365", digit, 4},
		{"12345", sign, 5},
		{"12345", digit, 3},
		{`":[" ray`, sign, 8},
		{`":["`, blank, 4},
		{`":[" `, letter, 4},
		{"it's", sign, 2}, // in doubt about what is after an apostrophe
		{"it's so", sign, 7},
		{"a' ", letter, 2},
		{"a  b ", letter, 4}, // past two spaces, behind the letter
		{"x\n", letter, 0},
		{"x.\ny z", sign, 6},
		{"café ", letter, 5},
		{"中 abc.", letter, 7},
	}
	for _, tt := range tests {
		if got := lastCut([]byte(tt.text), tt.next); got != tt.want {
			t.Errorf("lastCut(%q, %b) = %d, want %d", tt.text, tt.next, got, tt.want)
		}
	}
}

// The tokens before a cut are the same whatever comes after it: asked of llama.cpp's own tokenizer.
func TestTokensBeforeACutAreSure(t *testing.T) {
	m := defaultModel(t)
	texts := rapid.StringOfN(rapid.RuneFrom([]rune(`aaeinorstvlmdAELS''"_,:;.{}[]--  019é中K`+"\n\t")), 1, 24, -1)
	rapid.Check(t, func(r *rapid.T) {
		text, more := texts.Draw(r, "text"), texts.Draw(r, "more")
		first, _ := firstClass(more)
		cut := lastCut([]byte(text), first)
		before, err := m.Tokenize(text[:cut], false)
		if err != nil {
			r.Fatal(err)
		}
		whole, err := m.Tokenize(text+more, false)
		if err != nil {
			r.Fatal(err)
		}
		if len(whole) < len(before) || !slices.Equal(whole[:len(before)], before) {
			r.Fatalf("%q is cut at %d, and before %q its tokens are others", text, cut, more)
		}
	})
}

func firstClass(s string) (class, rune) {
	for _, r := range s {
		return classOf(r), r
	}
	return 0, 0
}

func guideOf(t testing.TB, m *llama.Model, grammar string) *guide {
	t.Helper()
	g, err := gbnf.Parse(grammar)
	if err != nil {
		t.Fatal(err)
	}
	return newGuide(m, g)
}

const planLike = `root ::= "{\"metric\":\"" ("revenue" | "average_order_value") "\",\"period\":\"" ("last_month" | "last_year") "\"" (",\"limit\":" [1-9] [0-9]?)? "}"`

// A text is walked token by token: what is forced on the way is always how it goes on, and what is forced is
// taken or not as it comes.
func TestGuideFollowsTheText(t *testing.T) {
	m := defaultModel(t)
	for _, text := range []string{
		`{"metric":"average_order_value","period":"last_year"}`, `{"metric":"revenue","period":"last_month","limit":25}`,
	} {
		tokens, err := m.Tokenize(text, false)
		if err != nil {
			t.Fatal(err)
		}
		for _, take := range []int{0, 1, 99} {
			g := guideOf(t, m, planLike)
			sampled := 0
			for n := 0; ; {
				next, end := g.Forced(tokens[:n])
				if len(next) > len(tokens)-n || !slices.Equal(next, tokens[n:n+len(next)]) {
					t.Fatalf("after %d tokens of %s: %v is forced, want %v", n, text, next, tokens[n:])
				}
				if end && n+len(next) < len(tokens) {
					t.Fatalf("after %d tokens of %s it ends", n, text)
				}
				n += min(take, len(next))
				if n == len(tokens) {
					if _, end := g.Forced(tokens); !end {
						t.Errorf("%s does not end", text)
					}
					break
				}
				n++
				sampled++
			}
			if take == 99 && sampled > 6 {
				t.Errorf("%s took %d sampled tokens", text, sampled)
			}
		}
	}
}

// Tokens that are not the tokenizer's own, or not in the grammar, end all forcing.
func TestGuideIsLost(t *testing.T) {
	m := defaultModel(t)
	odd := []llama.Token{}
	for _, s := range []string{"{", `"`, "m"} {
		one, err := m.Tokenize(s, false)
		if err != nil {
			t.Fatal(err)
		}
		odd = append(odd, one...)
	}
	foreign, err := m.Tokenize("nothing of it", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, tokens := range [][]llama.Token{odd, foreign} {
		g := guideOf(t, m, planLike)
		for n := 1; n <= len(tokens); n++ {
			if next, end := g.Forced(tokens[:n]); n > 1 && (len(next) > 0 || end) {
				t.Errorf("after %v: %v is forced, end %v", tokens[:n], next, end)
			}
		}
	}
	if next, end := guideOf(t, m, planLike).Forced(nil); len(next) == 0 || end {
		t.Errorf("at the beginning: %v, %v", next, end)
	}
}

func BenchmarkGuide(b *testing.B) {
	m := defaultModel(b)
	tokens, err := m.Tokenize(`{"metric":"average_order_value","period":"last_month","limit":25}`, false)
	if err != nil {
		b.Fatal(err)
	}
	g, err := gbnf.Parse(planLike + strings.Repeat("\n# more", 10))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		guide := newGuide(m, g)
		for n := 0; n <= len(tokens); n++ {
			guide.Forced(tokens[:n])
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(len(tokens)+1), "µs/call")
}
