package semantic

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func linkingShop() *Values {
	return NewValues(Sales(), map[string][]string{
		"store": {"Downtown", "Riverside", "Harbour Street", "Airport"}, "brand": {"Ray-Ban", "Acuvue", "Acuvue Oasys", "Oakley", "Claire's"},
		"category": {"Frames", "Lenses", "Contact lenses", "Sunglasses"}, "staff": {"Daniel Ortiz", "Maria Lopez"}, "segment": {"Students", "Families", "Seniors"},
		"product": {"Ray-Ban Wayfarer", "Total.Revenue", "Units"},
	})
}

func TestLinked(t *testing.T) {
	v := linkingShop()
	for _, c := range []struct {
		question string
		previous []string
		want     string
	}{
		{"How was last month?", nil, ""},
		{"and Riverside?", []string{" downtown", " acuvue"}, "store downtown > riverside; brand acuvue"},
		{"and the month before?", []string{" downtown"}, "store downtown"},
		{"Ray Ban or rayban at Harbour Street?", nil, "brand > ray ban, rayban; store > harbour street"},
		{"acuvue oasys, and then acuvue", nil, "brand > acuvue oasys, acuvue"},
		{"contact lenses and lenses", nil, "category > contact lenses, lenses"},
		{"specs for a student by Daniel Ortiz", nil, "category > specs; segment > student; staff > daniel ortiz"},
		{"Claire's sales, and Maria Lopez's", nil, "brand > claire's; staff > maria lopez"},
		{"drop Downtown", []string{" downtown"}, "store downtown > downtown"},
		{"what did daniel sell", []string{" daniel"}, "staff daniel"}, // of the question nothing that could mean something else
		{"the ray-ban wayfarer (Airport)", nil, "product > ray-ban wayfarer; store > airport"},
		{"what about Kingsgate", []string{" northgate"}, ""},
		{"oakley oakley oakley", nil, "brand > oakley"},
		{"total revenue by units", nil, ""}, // whatever a shop calls its products
		{"older customers", nil, "segment > older customers"},
	} {
		var previous *Plan
		if c.previous != nil {
			previous = &Plan{Metric: "revenue", Where: c.previous, Period: "default"}
		}
		if got := v.Linked(c.question, previous); got != c.want {
			t.Errorf("%q after %q: %q, want %q", c.question, c.previous, got, c.want)
		}
	}
}

// TestLinkedIsWhatTrainingWrites: the default model has learned exactly this line (scripts/train/linking.py is held to the same file).
func TestLinkedIsWhatTrainingWrites(t *testing.T) {
	text, err := os.ReadFile("testdata/linked.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Lines []struct {
			Old, New [][2]string
			Line     string
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	for _, c := range file.Lines {
		var groups []linkedValues
		add := func(kind string) *linkedValues {
			for i := range groups {
				if groups[i].dimension == kind {
					return &groups[i]
				}
			}
			groups = append(groups, linkedValues{dimension: kind})
			return &groups[len(groups)-1]
		}
		for _, o := range c.Old {
			g := add(o[0])
			g.before = append(g.before, o[1])
		}
		for _, n := range c.New {
			g := add(n[0])
			g.now = append(g.now, n[1])
		}
		if got := writeLinked(groups); got != c.Line {
			t.Errorf("%v: %q, want %q", c, got, c.Line)
		}
	}
	if len(file.Lines) < 5 {
		t.Error("no lines compared")
	}
}

// TestLinkedSaysWordsOfTheQuestion: whatever is asked, every name in the line is a span that a plan for the question may have, so
// nothing of the shop's data gets into a prompt.
func TestLinkedSaysWordsOfTheQuestion(t *testing.T) {
	v := linkingShop()
	words := []string{"ray-ban", "Downtown", "riverside,", "acuvue", "oasys", "maria", "lopez's", "(frames)", "contact", "lenses", ">", ";", "store", "\n", "claire's", "und", "🙂", "harbour", "street."}
	rapid.Check(t, func(t *rapid.T) {
		question := strings.Join(rapid.SliceOfN(rapid.SampledFrom(words), 0, 30).Draw(t, "words"), " ")
		line := v.Linked(question, nil)
		if line == "" {
			return
		}
		tree := spanTree(question)
		for _, group := range strings.Split(line, "; ") {
			dimension, spans, ok := strings.Cut(group, " > ")
			if !ok || Sales().Dimension(dimension) == nil {
				t.Fatalf("%q of %q", group, question)
			}
			for _, span := range strings.Split(spans, ", ") {
				if !tree.holds(span) {
					t.Fatalf("%q of %q is no span", span, question)
				}
			}
		}
	})
}

func BenchmarkLinked(b *testing.B) {
	values := map[string][]string{}
	for i := range 2000 {
		values["product"] = append(values["product"], "Product of brand "+strings.Repeat("x", i%40)+" number "+string(rune('a'+i%26)))
	}
	values["store"] = []string{"Downtown", "Riverside"}
	v := NewValues(Sales(), values)
	for _, q := range []string{"how much did we sell at downtown last month", strings.Repeat("how much did we sell at downtown ", 60)} {
		b.Run(map[bool]string{true: "question", false: "longest"}[len(q) < 100], func(b *testing.B) {
			for b.Loop() {
				v.Linked(q, nil)
			}
		})
	}
}
