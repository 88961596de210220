package llama

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCheckGrammar(t *testing.T) {
	tests := []struct {
		name, text string
		want       string // part of the message; "" means it is good
	}{
		{"literal", `root ::= "yes"`, ""},
		{"everything", "# plan\nroot ::= head (item \",\")* [^a-z\\n]+ .? tail{2,3} # end\nhead ::= \"\\x41\\u00e9\" | \"\"\nitem ::= [0-9]{1,4}\ntail ::= head \"x\"\n", ""},
		{"right recursion", `root ::= "a" root | "b"`, ""},
		{"lines in groups", "root ::= (\n \"a\" |\n \"b\"\n)", ""},
		{"class with a dash at the end", `root ::= [a-]+`, ""},

		{"no rules", "", "no rule named"},
		{"no root", `start ::= "x"`, `no rule named "root"`},
		{"undefined", `root ::= missing`, `"missing" is used and not defined`},
		{"unclosed literal", `root ::= "abc`, "line 1, column 14: unexpected end"},
		{"unclosed class", `root ::= [abc`, "unexpected end"},
		{"unclosed group", `root ::= ("a"`, "')' was expected"},
		{"stray bracket", "root ::= \"a\"\nx ::= \"b\" )", "line 2, column 11: unexpected"},
		{"escape", `root ::= "\q"`, "unknown escape"},
		{"hex", `root ::= "\x4"`, "hexadecimal"},
		{"no arrow", `root = "a"`, "::= was expected"},
		{"nothing to repeat", `root ::= *`, "nothing to repeat"},
		{"repeated emptiness", `root ::= ""*`, "nothing to repeat"},
		{"repetition backwards", `root ::= "a"{3,2}`, "from 3 to 2"},
		{"repetition too often", `root ::= "a"{99999}`, "number up to"},
		{"repetition of repetitions", `root ::= "` + strings.Repeat("a", 1000) + `"{1000}`, "too many"},
		{"nested too deep", "root ::= " + strings.Repeat("(", 60000) + `"a"` + strings.Repeat(")", 60000), "nested deeper"},
		{"too long", `root ::= "` + strings.Repeat("a", MaxGrammarBytes) + `"`, "the limit is"},
		{"left recursion", `root ::= root "a" | "b"`, "start with itself"},
		{"left recursion through emptiness", "root ::= e f root \"a\" | \"b\"\ne ::= f\nf ::= \"\" | \"x\"", "start with itself"},
		{"left recursion through repetition", `root ::= "a"* root`, "start with itself"},
		{"endless emptiness", "root ::= a*\na ::= \"x\"?", "may be empty"},
		{"not UTF-8", "root ::= \"\xff\"", "not UTF-8"},
		{"NUL", "root ::= \"a\x00\"", "NUL"},
		{"token rule", `root ::= <think>`, "not supported"},
	}
	m := tinyModel(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			err := CheckGrammar(tt.text)
			var ge *GrammarError
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("refused: %v", err)
			case tt.want != "" && (!errors.As(err, &ge) || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("got %v, want %q", err, tt.want)
			}
			s, err := m.NewSampler(Sampling{}, tt.text)
			if tt.text != "" && (err == nil) != (tt.want == "") {
				t.Errorf("NewSampler: %v", err)
			}
			s.Close()
		})
	}
}

// What CheckGrammar lets pass, llama.cpp accepts: no grammar of ours ends in a NULL or worse.
func TestCheckGrammarAgreesWithC(t *testing.T) {
	m := tinyModel(t)
	item := rapid.Custom(func(r *rapid.T) string {
		base := rapid.SampledFrom([]string{`"a"`, `"bc"`, `""`, `[a-z]`, `[^x]`, `.`, `root`, `one`, `two`, `("a" | "b")`, `(one | "c")`, `"é\n"`}).Draw(r, "base")
		return base + rapid.SampledFrom([]string{"", "", "", "*", "+", "?", "{2}", "{0,3}", "{1,}"}).Draw(r, "repeat")
	})
	rule := rapid.Custom(func(r *rapid.T) string {
		var alts []string
		for _, items := range rapid.SliceOfN(rapid.SliceOfN(item, 0, 4), 1, 3).Draw(r, "alternates") {
			alts = append(alts, strings.Join(items, " "))
		}
		return strings.Join(alts, " | ")
	})
	accepted := 0
	rapid.Check(t, func(r *rapid.T) {
		text := fmt.Sprintf("root ::= %s\none ::= %s\ntwo ::= %s\n", rule.Draw(r, "root"), rule.Draw(r, "one"), rule.Draw(r, "two"))
		if CheckGrammar(text) != nil {
			return
		}
		accepted++
		s, err := m.NewSampler(Sampling{}, text)
		if err != nil {
			r.Fatalf("CheckGrammar accepts, llama.cpp does not: %v\n%s", err, text)
		}
		s.Close()
	})
	if accepted == 0 {
		t.Error("no grammar was accepted; the generator needs a look")
	}
	t.Logf("%d grammars accepted", accepted)
}
