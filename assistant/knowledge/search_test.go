package knowledge

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(closing{m}, goleak.IgnoreTopFunction("github.com/blevesearch/bleve_index_api.AnalysisWorker")) // a pool of the library's, for the life of the process
}

// closing frees the index that all tests share before anybody looks for what is left.
type closing struct{ *testing.M }

func (c closing) Run() int {
	code := c.M.Run()
	if x, err := opened(); err == nil {
		_ = x.Close()
	}
	return code
}

var opened = sync.OnceValues(func() (*Index, error) {
	c, err := Embedded()
	if err != nil {
		return nil, err
	}
	return NewIndex(c)
})

func index(t testing.TB) *Index {
	t.Helper()
	x, err := opened()
	if err != nil {
		t.Fatal(err)
	}
	return x
}

type asking struct {
	Q       string   `yaml:"q"`
	Split   string   `yaml:"split"`
	Answers []string `yaml:"answers"`
	Asks    bool     `yaml:"asks"`
}

func questions(t testing.TB, name string) []asking {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all []asking
	if err := yaml.UnmarshalWithOptions(data, &all, yaml.Strict()); err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRecall prints what the decision record quotes. Set ILSAI_MISSES=dev to see the misses of a split.
func TestRecall(t *testing.T) {
	x := index(t)
	type tally struct{ asked, first, third, refused int }
	by := map[string]*tally{"dev": {}, "test": {}}
	for _, q := range questions(t, "questions.yaml") {
		for _, id := range q.Answers {
			if x.corpus.Passage(id) == nil {
				t.Fatalf("%q: no passage %s", q.Q, id)
			}
		}
		hits, err := x.rank(t.Context(), q.Q, MaxHits)
		if err != nil {
			t.Fatal(err)
		}
		n := by[q.Split]
		n.asked++
		at := slices.IndexFunc(hits, func(h Hit) bool { return slices.Contains(q.Answers, h.ID) })
		if at >= 0 {
			n.third++
		}
		if at == 0 {
			n.first++
		}
		found, err := x.Find(t.Context(), q.Q)
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Hits) == 0 {
			n.refused++
		}
		if os.Getenv("ILSAI_MISSES") == q.Split && (at < 0 || len(found.Hits) == 0) {
			t.Logf("miss: %q wants %v, got %v", q.Q, q.Answers, ids(hits))
		}
	}
	turned := map[string]*tally{"dev": {}, "test": {}}
	for _, q := range questions(t, "unanswerable.yaml") {
		found, err := x.Find(t.Context(), q.Q)
		if err != nil {
			t.Fatal(err)
		}
		n := turned[q.Split]
		n.asked++
		if len(found.Hits) == 0 {
			n.refused++
		} else if os.Getenv("ILSAI_MISSES") == q.Split {
			t.Logf("not refused: %q got %v", q.Q, ids(found.Hits))
		}
	}
	for _, split := range []string{"dev", "test"} {
		n, u := by[split], turned[split]
		t.Logf("%s: %d questions, recall@1 %.1f %%, recall@3 %.1f %%, answerable ones refused %d; of %d unanswerable ones %d refused",
			split, n.asked, percent(n.first, n.asked), percent(n.third, n.asked), n.refused, u.asked, u.refused)
		if n.asked < 60 || u.asked < 30 {
			t.Errorf("%s: the sets are too small", split)
		}
		if got := percent(n.first, n.asked); got < firstBar {
			t.Errorf("%s: recall@1 is %.1f %%, the bar is %d", split, got, firstBar)
		}
		if got := percent(n.third, n.asked); got < recallBar {
			t.Errorf("%s: recall@3 is %.1f %%, the bar is %d", split, got, recallBar)
		}
		if got := percent(n.asked-n.refused, n.asked); got < keptBar {
			t.Errorf("%s: something is found for %.1f %% of the answerable questions, the bar is %d", split, got, keptBar)
		}
		if got := percent(u.refused, u.asked); got < refusedBar {
			t.Errorf("%s: %.1f %% of the unanswerable questions are refused, the bar is %d", split, got, refusedBar)
		}
	}
}

// Bars in per cent. The last two hold against each other: who refuses more refuses both.
const firstBar, recallBar, refusedBar, keptBar = 95, 98, 90, 95

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

func ids(hits []Hit) []string {
	var out []string
	for _, h := range hits {
		out = append(out, h.ID)
	}
	return out
}

func find(t *testing.T, question string) Finding {
	t.Helper()
	f, err := index(t).Find(t.Context(), question)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSynonymsAndTypos(t *testing.T) {
	for _, pair := range [][2]string{
		{"how do I measure the pupillary distance with a ruler", "how do I measure the PD with a ruler"},
		{"customer dizzy with varifocals", "customer dizzy with PALs"},
		{"what is an anti-reflective coating for", "what is an AR coating for"},
		{"which glasses for VDU work", "which specs for computer work"},
		{"nearsighted child getting worse", "short-sighted child getting worse"},
		{"polarized sunglasses and the phone display", "polarised sunnies and the phone display"},
		{"measuring the vertex distance", "measuring the BVD"},
		{"transposing a prescription", "transposing an Rx"},
		{"antireflective coating worth it", "antirefletive coating worth it"},
		{"polycarbonate lenses for sport", "polycarbonat lenses for sport"},
		{"progressive fitting height", "progressiv fitting height"},
		{"pantoscopic tilt measurement", "pantoscopick tilt measurment"},
	} {
		a, b := find(t, pair[0]), find(t, pair[1])
		if len(a.Hits) == 0 || len(b.Hits) == 0 || a.Hits[0].ID != b.Hits[0].ID {
			t.Errorf("%q finds %v, %q finds %v", pair[0], ids(a.Hits), pair[1], ids(b.Hits))
		}
	}
}

func TestDiagnosis(t *testing.T) {
	for _, q := range questions(t, "diagnosis.yaml") {
		f := find(t, q.Q)
		if f.Diagnosis != q.Asks {
			t.Errorf("%q: asks for a diagnosis: %v, want %v", q.Q, f.Diagnosis, q.Asks)
		}
		if !q.Asks {
			continue
		}
		if len(f.Hits) == 0 || f.Hits[0].ID != NoDiagnosis || f.Refer() == "" {
			t.Errorf("%q: found %v, refer %q; want %s first", q.Q, ids(f.Hits), f.Refer(), NoDiagnosis)
		}
		for _, h := range f.Hits {
			if h.Refer == "" {
				t.Errorf("%q: %s is not about referral", q.Q, h.ID)
			}
		}
	}
}

// FuzzFind: whatever is asked, the answer is passages or none, each once and within bounds.
func FuzzFind(f *testing.F) {
	for _, s := range []string{"", " ", "?", "what index for −8.00", "{p1.s1}", "a\x00b", "'; DROP TABLE passages; --", "ﬁtting", "İstanbul", "PD PD PD PD", "1,5 1.50 1.500"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, question string) {
		found, err := index(t).Find(context.Background(), question)
		if err != nil {
			t.Fatal(err)
		}
		if len(found.Hits) > MaxHits {
			t.Errorf("%d passages", len(found.Hits))
		}
		seen := map[string]bool{}
		for _, h := range found.Hits {
			if seen[h.ID] || h.Coverage < 0 || h.Coverage > 1.0000001 || h.Score <= 0 {
				t.Errorf("hit %s: again %v, coverage %v, score %v", h.ID, seen[h.ID], h.Coverage, h.Score)
			}
			seen[h.ID] = true
		}
	})
}

func TestConcurrentFinds(t *testing.T) {
	x := index(t)
	want := ids(find(t, "how do I measure the PD").Hits)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				f, err := x.Find(context.Background(), "how do I measure the PD")
				if err != nil || !slices.Equal(ids(f.Hits), want) {
					t.Errorf("found %v, %v; want %v", ids(f.Hits), err, want)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkNewIndex(b *testing.B) {
	c := corpus(b)
	for b.Loop() {
		x, err := NewIndex(c)
		if err != nil {
			b.Fatal(err)
		}
		if err := x.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		if _, err := loadEmbedded(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	x := index(b)
	all := questions(b, "questions.yaml")
	for i := 0; b.Loop(); i++ {
		if _, err := x.Find(b.Context(), all[i%len(all)].Q); err != nil {
			b.Fatal(err)
		}
	}
}
