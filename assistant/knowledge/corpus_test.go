package knowledge

import (
	"strings"
	"testing"
	"testing/fstest"
)

func corpus(t testing.TB) *Corpus {
	t.Helper()
	c, err := Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEmbeddedCorpus(t *testing.T) {
	c := corpus(t)
	if n := len(c.Passages); n < 250 {
		t.Errorf("%d passages, want 250 at least", n)
	}
	words := 0
	for _, p := range c.Passages {
		words += len(strings.Fields(p.Text))
		if got := strings.Join(p.Sentences, " "); got != p.Text {
			t.Errorf("%s: the sentences do not make the text again: %q", p.ID, got)
		}
		if p.Refer != "" && strings.HasPrefix(p.ID, "condition-") && !strings.Contains(strings.ToLower(p.Text), "examin") && !strings.Contains(p.Text, "doctor") && !strings.Contains(p.Text, "optometrist") &&
			!strings.Contains(p.Text, "emergency") && !strings.Contains(p.Text, "surgical team") && !strings.Contains(p.Text, "corneal scan") && !strings.Contains(p.Text, "same day") {
			t.Errorf("%s refers people and does not say to whom", p.ID)
		}
	}
	if c.Passage(NoDiagnosis) == nil {
		t.Errorf("no passage %s", NoDiagnosis)
	}
	t.Logf("%d passages, %d words", len(c.Passages), words)
}

func TestLoadIsStrict(t *testing.T) {
	const text = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen. " +
		"One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen. " +
		"One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."
	good := "- {id: a-b, title: A title, text: \"" + text + "\", keywords: [], sources: [\"A book, 2nd edition, 2001\"]}\n"
	for _, test := range []struct{ name, yaml, want string }{
		{"good", good, ""},
		{"unknown key", strings.Replace(good, "keywords", "keyword", 1), "unknown field"},
		{"id twice", good + strings.Replace(good, "A title", "Another", 1), "the id is taken"},
		{"title twice", good + strings.Replace(good, "a-b", "a-c", 1), "the title is that of a-b"},
		{"no source", strings.Replace(good, `["A book, 2nd edition, 2001"]`, "[]", 1), "no source"},
		{"too short", strings.Replace(good, text, "One. Two. Three.", 1), "words"},
		{"braces", strings.Replace(good, "One two", "{One two", 1), "braces"},
		{"a bad id", strings.Replace(good, "a-b", "AB", 1), "the id"},
		{"a kind nobody sells", strings.Replace(good, "keywords: []", "keywords: [], kinds: [hats]", 1), `kind "hats"`},
		{"an urgency nobody knows", strings.Replace(good, "keywords: []", "keywords: [], refer: later", 1), `refer "later"`},
		{"nothing", "", "no passages"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(fstest.MapFS{"x.yaml": {Data: []byte(test.yaml)}})
			switch {
			case test.want == "" && err != nil:
				t.Fatal(err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestSentences(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
	}{
		{"Use 1.50 up to 2.00 D. Then 1.60.", []string{"Use 1.50 up to 2.00 D.", "Then 1.60."}},
		{`Read "no rub". Solutions differ.`, []string{`Read "no rub".`, "Solutions differ."}},
		{"Is it safe? No! (Never.) 1.67 is thin.", []string{"Is it safe?", "No!", "(Never.)", "1.67 is thin."}},
		{"For −8.00 D offer 1.67 or 1.74, approx. in a small frame.", []string{"For −8.00 D offer 1.67 or 1.74, approx. in a small frame."}},
	} {
		if got := sentences(test.text); strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("sentences(%q) = %q, want %q", test.text, got, test.want)
		}
	}
}
