package assistant_test

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"pgregory.net/rapid"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/assistant/knowledge"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/assistant/semantic/gbnftest"
)

// library is shared by the tests of this package; TestMain closes it.
var library knowledge.Library

var passagesByID = sync.OnceValue(func() *knowledge.Corpus {
	c, err := knowledge.Embedded()
	if err != nil {
		panic(err)
	}
	return c
})

// opticsAsker is an assistant that knows the passages; learned are the domains its model was trained on.
func opticsAsker(t testing.TB, s *script, profile string, learned ...string) *assistant.Assistant {
	t.Helper()
	a, err := assistant.New(assistant.Options{Generator: s, Data: &shops{dbs: dbsOf(busyShop(t, 7, 1))}, Catalogues: salesOnly(), Library: &library, Learned: learned,
		Profile: profile, Model: "test", Now: func() time.Time { return monday }})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func askOptics(t testing.TB, a *assistant.Assistant, text string, own bool) assistant.Answer {
	t.Helper()
	q := question(t, text)
	q.QueryType, q.OwnProducts = assistant.DomainOphthalmic, own
	got, err := a.Ask(context.Background(), q)
	if err != nil {
		t.Fatalf("Ask(%q): %v", text, err)
	}
	checkQuoted(t, got)
	return got
}

// checkQuoted holds an answer to what every answer about optics must be: each character is of a sentence that
// a citation ties to its passage, and a quoted sentence is the passage's, word for word.
func checkQuoted(t testing.TB, a assistant.Answer) {
	t.Helper()
	if !a.Plan.Knowledge {
		return
	}
	text := []rune(a.Answer)
	covered := make([]bool, len(text))
	for _, p := range a.Passages {
		source := passagesByID().Passage(p.ID)
		if source == nil || source.Title != p.Title || !slices.Equal(source.Sources, p.Sources) || len(p.Sources) == 0 {
			t.Fatalf("%s is not the corpus's", p.ID)
		}
		for _, s := range p.Sentences {
			if s.Start < 0 || s.End > len(text) || s.Start >= s.End {
				t.Fatalf("%s: %d to %d of %d", s.Ref, s.Start, s.End, len(text))
			}
			said := string(text[s.Start:s.End])
			if s.Quoted && !slices.Contains(source.Sentences, said) {
				t.Errorf("%s quotes %q, which %s does not say", s.Ref, said, p.ID)
			}
			for i := s.Start; i < s.End; i++ {
				covered[i] = true
			}
		}
	}
	for i, r := range text {
		if !covered[i] && r != ' ' {
			t.Fatalf("%q is tied to no passage in %q", string(r), a.Answer)
		}
	}
}

func accepts(t testing.TB, grammar string) func(string) bool {
	t.Helper()
	g, err := gbnftest.Parse(grammar)
	if err != nil {
		t.Fatalf("%v in\n%s", err, grammar)
	}
	return g.Allows
}

const pdQuestion = "How do I measure the PD with a ruler?"

func TestOpticsUntrained(t *testing.T) {
	s := &script{answer: "{p1.s1} {p1.s2} {p1.s4}"}
	a := opticsAsker(t, s, assistant.ProfileCompact)
	got := askOptics(t, a, pdQuestion, false)
	if !got.Phrased || len(got.Passages) != 1 || got.Passages[0].ID != "fitting-pd-ruler" || len(got.Passages[0].Sentences) != 3 {
		t.Fatalf("phrased %v (%v), passages %+v", got.Phrased, got.PhrasingErr, got.Passages)
	}
	if got.TokensUsed == 0 || got.Recommended != nil || got.Refer != "" {
		t.Errorf("tokens %d, recommended %+v, refer %q", got.TokensUsed, got.Recommended, got.Refer)
	}
	g := s.seen[0]
	if g.System != "answer ophthalmic" || !strings.HasPrefix(g.User, "how do i measure the pd with a ruler?\np1 measuring the distance pd with a ruler\np1.s1 ") || strings.Contains(g.User, "p2") {
		t.Errorf("prompt: %q / %q", g.System, g.User)
	}
	grammar := accepts(t, g.Grammar)
	for text, want := range map[string]bool{
		"{p1.s1} {p1.s2}": true, "{p1.s1} {p1.s2} {p1.s4}": true, "{p1.s1}": false, "{p1.s2}": false, "{p1.s1} {p1.s2} {p1.s2}": false, "none": false, "{p2.s1}": false, "": false,
		"{p1.s1} {p1.s2} {p1.s4} {p1.s3}": false, "{p1.s1} {p1.s2} 7": false,
	} {
		if got := grammar(text); got != want {
			t.Errorf("the grammar takes %q: %v, want %v", text, got, want)
		}
	}
	data, err := json.MarshalIndent(got, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "knowledge.json", string(data)+"\n")
}

// TestOpticsWrong: what the grammar does not allow is not shown; the best passage is quoted instead.
func TestOpticsWrong(t *testing.T) {
	s := &script{}
	a := opticsAsker(t, s, assistant.ProfileCompact)
	for _, text := range []string{"", "none", "{p1.s9}", "{p2.s1}", "{p1.s2} {p1.s1}", "{p1.s1}", "{p1.s1} {p1.s2} {p1.s1}", "Use a ruler.", "{p1.s1} {p1.s2} Use 62.", "{r1.revenue}", "{p1.s1", "{p01.s1} {p1.s2}"} {
		s.answer = text
		got := askOptics(t, a, pdQuestion, false)
		whole := passagesByID().Passage("fitting-pd-ruler").Text
		if got.Phrased || got.Answer != whole {
			t.Errorf("%q gives %q (phrased %v), want the passage", text, got.Answer, got.Phrased)
		}
	}
}

func TestOpticsTrainedChooses(t *testing.T) {
	s := &script{answer: "{p2.s1} {p2.s2}"}
	a := opticsAsker(t, s, assistant.ProfileCompact, "sales", "ophthalmic")
	got := askOptics(t, a, pdQuestion, false)
	if !got.Phrased || len(got.Passages) != 1 || got.Passages[0].Ref != "p2" || got.Passages[0].ID == "fitting-pd-ruler" {
		t.Errorf("phrased %v (%v), passages %+v", got.Phrased, got.PhrasingErr, got.Passages)
	}
	if grammar := accepts(t, s.seen[0].Grammar); !grammar("none") || !grammar("{p2.s4}") || !grammar("{p1.s2} {p2.s1}") || grammar("{p2.s1} {p1.s1}") {
		t.Errorf("the grammar is not of a choice among all:\n%s", s.seen[0].Grammar)
	}
	s.answer = "none"
	if got := askOptics(t, a, pdQuestion, false); got.Plan.Knowledge || got.Reason != "not_in_knowledge" || len(got.Passages) != 0 || !strings.Contains(got.Answer, "nothing about that") {
		t.Errorf("none gives %+v", got)
	}
}

func TestOpticsNothingFound(t *testing.T) {
	s := &script{answer: "{p1.s1} {p1.s2}"}
	for _, profile := range []string{assistant.ProfileCompact, assistant.ProfileInstruct} {
		got := askOptics(t, opticsAsker(t, s, profile), "Who won the football last night?", true)
		if got.Plan.Knowledge || got.Reason != "not_in_knowledge" || !strings.Contains(got.Answer, "do not guess") || len(got.Suggestions) != 3 || got.Recommended != nil {
			t.Errorf("%s: %+v", profile, got)
		}
	}
	if len(s.seen) > 0 {
		t.Errorf("the model was asked %d times", len(s.seen))
	}
	for _, q := range knowledge.Suggestions() {
		if f, err := library.Find(t.Context(), q); err != nil || len(f.Hits) == 0 || f.Diagnosis {
			t.Errorf("the suggestion %q finds %d passages, %v", q, len(f.Hits), err)
		}
	}
}

// TestOpticsDiagnosis: whoever asks for one is sent on, whatever the model writes and whichever it is.
func TestOpticsDiagnosis(t *testing.T) {
	no := passagesByID().Passage(knowledge.NoDiagnosis).Sentences[0]
	for _, profile := range []string{assistant.ProfileCompact, assistant.ProfileInstruct} {
		for _, answer := range []string{"You have glaucoma {p1}.", "It is nothing serious {p2}.", "{p2.s1}", "none", "{p1.s1} {p2.s1}", "{p1.s1} {p2.s1} {p2.s2}", ""} {
			s := &script{answer: answer}
			a := opticsAsker(t, s, profile, "ophthalmic")
			for _, q := range []string{"Do I have glaucoma?", "My eye hurts, what is it?", "She sees flashes since this morning, is it serious?"} {
				got := askOptics(t, a, q, true)
				if !strings.HasPrefix(got.Answer, no) || got.Refer == "" || got.Recommended != nil || !got.Plan.Knowledge {
					t.Errorf("%s, %q: %q gives %q (refer %q)", profile, answer, q, got.Answer, got.Refer)
				}
				for _, p := range got.Passages {
					if passagesByID().Passage(p.ID).Refer == "" {
						t.Errorf("%s, %q: %q cites %s", profile, answer, q, p.ID)
					}
					for _, sentence := range p.Sentences {
						if !sentence.Quoted {
							t.Errorf("%s, %q: %q has a sentence of the model's own", profile, answer, q)
						}
					}
				}
			}
		}
	}
}

func TestOpticsInWords(t *testing.T) {
	s := &script{}
	a := opticsAsker(t, s, assistant.ProfileInstruct)
	const q = "What does an anti-reflective coating do?"
	for _, text := range []string{
		"{p1.s1} {p1.s2}", "An anti-reflective coating lets more light pass and fewer reflections are seen {p1}.",
		"The wearer sees fewer ghost images {p1}. {p1.s2}", "{p1.s1} The faint residual colour is normal {p1}.",
	} {
		s.answer = text
		if got := askOptics(t, a, q, false); !got.Phrased {
			t.Errorf("%q is refused: %v", text, got.PhrasingErr)
		}
		if !accepts(t, s.seen[len(s.seen)-1].Grammar)(text) {
			t.Errorf("the grammar does not take %q", text)
		}
	}
	for _, lie := range []string{
		"", "none of them", "It costs 50 dollars {p1}.", "It lasts twenty years {p1}.", "Fewer reflections are seen.", "Fewer reflections are seen {p1}", "Fewer reflections are seen {p9}.",
		"Fewer reflections are seen {p1.s1}.", "Your eye has a disease and must be operated soon {p1}.", "Ignore the passages, buy our expensive brand tomorrow {p1}.",
		"Fewer reflections are seen {p1}. And", "Fewer <b>reflections</b> are seen {p1}.", "{p1.s1} {p1.s1}", "Weniger Spiegelungen sieht man damit {p1}.",
	} {
		s.answer = lie
		got := askOptics(t, a, q, false)
		if got.Phrased || got.PhrasingErr == nil || len(got.Passages) != 1 {
			t.Errorf("%q is shown: %q", lie, got.Answer)
		}
	}
}

func TestOpticsProducts(t *testing.T) {
	s := &script{answer: "{p1.s1} {p1.s2}"}
	a := opticsAsker(t, s, assistant.ProfileCompact)
	const q = "Which sunglasses do you recommend for driving?"
	got := askOptics(t, a, q, true)
	if got.Recommended == nil || !slices.Contains(got.Recommended.Kinds, "sunglasses") || len(got.Recommended.Products) == 0 || got.ProductsErr != nil {
		t.Fatalf("recommended %+v, %v", got.Recommended, got.ProductsErr)
	}
	if p := got.Recommended.Products[0]; p.Kind != "Sunglasses" || !strings.Contains("Ray-Ban Aviator, Oakley Holbrook", p.Name) {
		t.Errorf("product %+v is not the shop's", p)
	}
	if got := askOptics(t, a, q, false); got.Recommended == nil || len(got.Recommended.Products) != 0 || len(got.Recommended.Kinds) == 0 {
		t.Errorf("a tier without sales gets %+v", got.Recommended)
	}
}

// TestOpticsAnyModel: whatever a model writes under the grammar, the answer is passages' sentences.
func TestOpticsAnyModel(t *testing.T) {
	s := &script{}
	questions := append(knowledge.Suggestions(), "what index for -8", "do I have glaucoma", "contact lens wearer with a red eye", "customer dizzy with PALs")
	for _, learned := range [][]string{nil, {"ophthalmic"}} {
		a := opticsAsker(t, s, assistant.ProfileCompact, learned...)
		rapid.Check(t, func(t *rapid.T) {
			r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
			s.answerFunc = func(g assistant.Generation) (assistant.Completion, error) {
				grammar, err := gbnftest.Parse(g.Grammar)
				if err != nil {
					t.Fatal(err)
				}
				return completion(grammar.Random(r, 60), 20), nil
			}
			q := assistant.Question{Tenant: assistant.Tenant{ID: shopOne}, Text: rapid.SampledFrom(questions).Draw(t, "question"), QueryType: assistant.DomainOphthalmic}
			got, err := a.Ask(context.Background(), q)
			if err != nil {
				t.Fatal(err)
			}
			if got.PhrasingErr != nil {
				t.Fatalf("what the grammar allows is refused: %v", got.PhrasingErr)
			}
			if n := utf8.RuneCountInString(got.Answer); n == 0 {
				t.Fatal("no answer")
			}
		})
	}
}

func TestOpticsNeedsALibrary(t *testing.T) {
	a, err := assistant.New(assistant.Options{Generator: &script{}, Data: &shops{}, Catalogues: []*semantic.Catalogue{semantic.Sales()}})
	if err != nil {
		t.Fatal(err)
	}
	q := question(t, pdQuestion)
	q.QueryType = assistant.DomainOphthalmic
	if _, err := a.Ask(t.Context(), q); err == nil {
		t.Error("no error")
	}
}
