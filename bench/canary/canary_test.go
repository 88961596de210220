package canary

import (
	"fmt"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	t.Parallel()
	w := NewWords(1)
	a, b := w.Plant("a", "product"), w.Plant("b", "question")
	if a == b || !strings.HasPrefix(a, "cnry") || len(a) != 16 || NewWords(1).Plant("x", "") != a || NewWords(2).Plant("x", "") == a {
		t.Fatalf("%s %s", a, b)
	}
	for text, want := range map[string]string{
		"":                                    "",
		"nothing here, rhythms and strengths": "",
		a:                                     "[{a 4}]",
		"see " + strings.ToUpper(a) + "!":     "[{a 8}]",
		`{"x":"` + a[:12] + `"}`:              "[{a 10}]", // the first eight letters after the mark
		a[:11]:                                "",         // seven
		"x" + a[8:] + "x":                     "[{a 1}]",  // the last eight
		a + b:                                 "[{a 4} {b 20}]",
		b + " " + a + " " + b:                 "[{b 4} {a 21}]",
		a[:9] + "-" + a[9:]:                   "", // cut apart: whoever looks puts text together first
		"bbbbbbbb" + a[4:]:                    "[{a 8}]",
	} {
		var got []string
		for _, f := range w.Find([]byte(text)) {
			got = append(got, fmt.Sprintf("{%s %d}", f.Owner, f.At))
		}
		if s := fmt.Sprint(got); s != want && (want != "" || len(got) > 0) {
			t.Errorf("%q: got %s, want %s", text, s, want)
		}
	}
}

func TestEveryPartIsOneSecrets(t *testing.T) {
	t.Parallel()
	w := NewWords(3)
	for i := range 2000 {
		owner := fmt.Sprint(i)
		word := w.Plant(owner, "p")
		for at := len(mark); at+window <= len(word); at++ {
			if f := w.Find([]byte(word[at : at+window])); len(f) != 1 || f[0].Owner != owner {
				t.Fatalf("%s at %d: %+v", word, at, f)
			}
		}
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	words := NewWords(1)
	a, b := words.Plant("a", "product"), words.Plant("b", "question")
	w := NewWatch(words)
	w.Saw("a", "reply", []byte("top: "+a))
	w.Saw("a", "reply", []byte(a+" again"))
	w.Saw("b", "reply", []byte("nothing"))
	w.SawTogether("log", []byte(b+" "+b))
	if leaks, by := w.Leaks(); len(leaks) != 0 || len(by) != 0 {
		t.Errorf("%+v %v", leaks, by)
	}
	if own := fmt.Sprint(w.Own()); own != "[{product reply 1 2} {question log 1 1}]" {
		t.Error(own)
	}
	w.Saw("a", "page", []byte(a))
	if all, pages := w.Owners("product", func(string) bool { return true }), w.Owners("question", func(where string) bool { return where == "page" }); all != 1 || pages != 0 {
		t.Errorf("%d saw their products, %d their questions on a page", all, pages)
	}
	w.Saw("b", "reply", []byte("top: "+a))
	w.Saw("", "metrics", []byte(b))
	w.SawTogether("log", []byte(a+" "+b))
	leaks, by := w.Leaks()
	if len(leaks) != 3 || by["reply"] != 1 || by["metrics"] != 1 || by["log"] != 1 {
		t.Fatalf("%+v %v", leaks, by)
	}
	if l := leaks[0]; l.Owner != "a" || l.SeenBy != "b" || l.Planted != "product" || l.Excerpt != "top: "+a {
		t.Errorf("%+v", l)
	}
	for range 200 {
		w.Saw("b", "reply", []byte(a))
	}
	if leaks, by := w.Leaks(); len(leaks) != maxLeaks || by["reply"] != 201 {
		t.Errorf("%d kept, %v", len(leaks), by)
	}
	if texts, bytes := w.Looked(); texts != 208 || bytes < 207*16/2 {
		t.Errorf("%d texts, %d bytes", texts, bytes)
	}
}
