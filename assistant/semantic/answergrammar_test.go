package semantic_test

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/assistant/semantic/gbnftest"
)

var shapes = map[string]semantic.Shape{
	"total":    {Columns: []string{"revenue"}, Rows: 1},
	"empty":    {Columns: []string{"product", "revenue"}, Rows: 0, TotalColumns: []string{"revenue"}, Series: true, Filtered: true},
	"ranking":  {Columns: []string{"product", "revenue"}, Rows: 12, TotalColumns: []string{"revenue"}, Limit: 12},
	"compared": {Columns: []string{"store", "units", "previous", "change", "change_rate"}, Rows: 3, Compared: true, Filtered: true},
	"series":   {Columns: []string{"month", "revenue"}, Rows: 12, Series: true, TotalColumns: []string{"revenue"}},
}

var reference = regexp.MustCompile(`\{([a-z0-9_.]+)\}`)

func TestEverySentenceIsHarmless(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for name, shape := range shapes {
		text := semantic.AnswerGrammar(shape)
		g, err := gbnftest.Parse(text)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, text)
		}
		if len(text) > 2000 {
			t.Errorf("%s: the grammar has %d bytes", name, len(text))
		}
		known := shape.References()
		for range cases(3000) {
			sentence := g.Random(r, r.IntN(300))
			for _, m := range reference.FindAllStringSubmatch(sentence, -1) {
				if !slices.Contains(known, m[1]) {
					t.Fatalf("%s allows the reference %s in %q", name, m[0], sentence)
				}
			}
			plain := reference.ReplaceAllString(sentence, "\x00")
			if shape.Limit > 0 {
				plain = strings.ReplaceAll(plain, "12", "")
			}
			if strings.ContainsAny(plain, "0123456789{}\n\"\\") || !strings.HasSuffix(plain, ".") {
				t.Fatalf("%s allows %q", name, sentence)
			}
			for i, c := range plain {
				if c != 0 {
					continue
				}
				if i > 0 && !strings.ContainsRune(" (", rune(plain[i-1])) || !strings.ContainsRune(" ,;:)'.", rune(plain[i+1])) {
					t.Fatalf("%s: a reference does not stand apart in %q", name, sentence)
				}
			}
		}
	}
}

func TestAnswerGrammarAllows(t *testing.T) {
	tests := []struct {
		shape, sentence string
		want            bool
	}{
		{"total", "Revenue {period} was {r1.revenue}.", true},
		{"total", "{r1.revenue} came in {period}. It is the day's figure (so far).", true},
		{"total", "Revenue was {r2.revenue}.", false},
		{"total", "Revenue was {r1.units}.", false},
		{"total", "Revenue was {total.revenue}.", false},
		{"total", "Revenue was {r1.revenue}", false},
		{"total", "Revenue was 12.", false},
		{"total", "Revenue was {r1.revenue}{r1.revenue}.", false},
		{"total", "Revenue was -{r1.revenue}.", false},
		{"total", "Revenue was {r1.revenue}%.", false},
		{"total", "Revenue was {r1.revenue},{r1.revenue}.", false},
		{"total", "Revenue {previous_period} was {r1.revenue}.", false},
		{"total", "", false},
		{"total", "One. Two. Three.", false},
		{"empty", "Nothing is recorded {filters} {period}.", true},
		{"empty", "Revenue was {r1.revenue}.", false},
		{"empty", "Revenue was {total.revenue}.", false},
		{"empty", "Revenue was {first.revenue}.", false},
		{"ranking", "The top 12 products were {r1.product}, {r2.product} and {r10.product}.", true},
		{"ranking", "{r11.product} came last.", false},
		{"ranking", "The top 13 products.", false},
		{"ranking", "The top 1212 products.", false},
		{"ranking", "In all {total.revenue} of {total.product}.", false},
		{"compared", "{r1.store} sold {r1.units} ({r1.change_rate}) against {r1.previous} {previous_period} {filters}.", true},
		{"series", "Revenue rose from {first.revenue} in {first.month} to {last.revenue}; best was {max.month}, worst {min.month}, in all {total.revenue}.", true},
	}
	for _, tt := range tests {
		g, err := gbnftest.Parse(semantic.AnswerGrammar(shapes[tt.shape]))
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Allows(tt.sentence); got != tt.want {
			t.Errorf("%s allows %q: %v, want %v", tt.shape, tt.sentence, got, tt.want)
		}
	}
}
