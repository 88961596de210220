package evaluation_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/evaluation"
	"github.com/ils-platform/ilsai/assistant/knowledge"
)

const questions = "../testdata/questions/"

// typeOf is the query type of the questions of a set that do not name one.
func typeOf(name string) string {
	for _, domain := range []string{"inventory", "patients"} {
		if strings.HasPrefix(name, domain) {
			return domain
		}
	}
	return "sales"
}

// Every hand-written set can be asked: its plans are ones that the grammar allows for the question, its passages exist, no
// question stands twice in a file, and both halves are there.
func TestHandWrittenSets(t *testing.T) {
	files, err := filepath.Glob(questions + "*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d sets, %v", len(files), err)
	}
	corpus, err := knowledge.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		name := filepath.Base(file)
		set, err := evaluation.ReadSet(file, "", typeOf(name))
		if err != nil {
			t.Error(err)
			continue
		}
		halves, seen := map[string]int{}, map[string]bool{}
		for _, c := range set.Cases {
			halves[c.Split]++
			key := c.Question + "\x00" + c.Type + c.Last
			if c.Previous != nil {
				key += c.Previous.String()
			}
			if seen[key] {
				t.Errorf("%s: %q stands twice", name, c.Question)
			}
			seen[key] = true
			for _, id := range c.Answers {
				if corpus.Passage(id) == nil {
					t.Errorf("%s: %q: no passage %s", name, c.Question, id)
				}
			}
		}
		t.Logf("%-28s %d questions, %v", name, len(set.Cases), halves)
		if name != "sales.yaml" && (halves["dev"] < len(set.Cases)/2 || halves["test"] < len(set.Cases)/2) {
			t.Errorf("%s: halves %v", name, halves)
		}
	}
}

func TestWrongSets(t *testing.T) {
	for name, text := range map[string]string{
		"no list":              "q: what",
		"no plan":              `- {q: "sales today"}`,
		"an unknown metric":    `- {q: "sales today", plan: {metric: luck, period: today}}`,
		"a word not asked":     `- {q: "sales today", plan: {metric: revenue, where: [oakley], period: today}}`,
		"a member misspelt":    `- {q: "sales today", plans: {metric: revenue, period: today}}`,
		"two sorts":            "- {q: a, kind: sales}\n- {q: b, plan: {metric: revenue, period: today}}",
		"no question":          `- {plan: {metric: revenue, period: today}}`,
		"nothing of the split": `- {q: "sales today", split: dev, plan: {metric: revenue, period: today}}`,
	} {
		path := filepath.Join(t.TempDir(), "set.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		split := ""
		if name == "nothing of the split" {
			split = "test"
		}
		if _, err := evaluation.ReadSet(path, split, "sales"); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}
