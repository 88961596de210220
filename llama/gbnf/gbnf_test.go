package gbnf_test

import (
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/llama/gbnf"
)

func parse(t testing.TB, text string) *gbnf.Grammar {
	t.Helper()
	g, err := gbnf.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestForced(t *testing.T) {
	const plan = `root ::= "{" ("\"unsupported\":\"" reason "\"" | "\"metric\":\"" ("revenue" | "returns") "\"" tail?) "}"
reason ::= "unclear" # a comment
tail ::= ",\"limit\":" [1-9] [0-9]?
`
	tests := []struct {
		grammar, said, want string
		end                 bool // the text may end after it
		next                string
	}{
		{plan, "", `{"`, false, "um"},
		{plan, `{"u`, `nsupported":"unclear"}`, true, ""},
		{plan, `{"metric`, `":"re`, false, "vt"},
		{plan, `{"metric":"rev`, `enue"`, false, "},"},
		{plan, `{"metric":"revenue",`, `"limit":`, false, "123456789"},
		{plan, `{"metric":"revenue","limit":5`, ``, false, "}0123456789"},
		{plan, `{"metric":"revenue","limit":50`, `}`, true, ""},
		{"root ::= \"a\" | \"ab\"", "", "a", true, "b"},
		{"root ::= \"x\"{3} [y]{0,2} \"z\"+", "", "xxx", false, "yz"},
		{"root ::= \"x\"{3} [y]{0,2} \"z\"+", "xxxyy", "z", true, "z"},
		{"root ::= item (\",\" item)*\nitem ::= \"[\" root? \"]\"", "", "[", false, "[]"},
		{"root ::= item (\",\" item)*\nitem ::= \"[\" root? \"]\"", "[[", "", false, "[]"},
		{`root ::= "\x41\u00e9\U0001F453" "\t\r\n\\\"\[\]"`, "", "Aé👓\t\r\n\\\"[]", true, ""},
		{`root ::= "a" . "b"`, "aü", "b", true, ""},
		{`root ::= [^a-y] "z"`, "z", "z", true, ""},
		{"root ::= a\na ::= b \"1\"\nb ::= \"2\" | \"2\"", "", "21", true, ""},
	}
	for _, tt := range tests {
		m := parse(t, tt.grammar).Matcher()
		if !m.Accept([]byte(tt.said)) {
			t.Errorf("%s: does not allow %q", tt.grammar, tt.said)
			continue
		}
		for range 2 { // Forced changes nothing
			got, next := m.Forced(1000)
			if string(got) != tt.want || next.End != tt.end {
				t.Errorf("%s: after %q: %q, end %v; want %q, %v", tt.grammar, tt.said, got, next.End, tt.want, tt.end)
			}
			for _, r := range tt.next {
				if !may(next, r) {
					t.Errorf("%s: after %q%q: %c may not come", tt.grammar, tt.said, got, r)
				}
			}
			if tt.next == "" && len(next.Ranges) > 0 {
				t.Errorf("%s: after %q%q: %v may come", tt.grammar, tt.said, got, next.Ranges)
			}
		}
	}
}

func may(next gbnf.Next, r rune) bool {
	for _, x := range next.Ranges {
		if x.Low <= r && r <= x.High {
			return true
		}
	}
	return false
}

func TestForcedIsCutAtMax(t *testing.T) {
	m := parse(t, `root ::= "abécd"`).Matcher()
	for limit, want := range map[int]string{0: "", 2: "ab", 3: "ab", 4: "abé", 99: "abécd"} {
		got, next := m.Forced(limit)
		if string(got) != want || next.End != (want == "abécd") {
			t.Errorf("at most %d: %q, end %v, want %q", limit, got, next.End, want)
		}
	}
}

func TestWithinACharacter(t *testing.T) {
	m := parse(t, `root ::= "né" ("x" | "y") "."`).Matcher()
	if !m.Accept([]byte("n\xc3")) {
		t.Fatal("does not allow half a character")
	}
	if text, next := m.Forced(9); len(text) > 0 || !may(next, 'é') {
		t.Errorf("within a character: %q is forced, %v may come", text, next)
	}
	if !m.Accept([]byte("\xa9x")) {
		t.Fatal("does not allow the rest")
	}
	if text, next := m.Forced(9); string(text) != "." || !next.End {
		t.Errorf("%q, %v", text, next)
	}
	if m.Accept([]byte("\xff")) || m.Accept(nil) {
		t.Error("a byte that is no text was allowed")
	}
}

func TestCopyIsASnapshot(t *testing.T) {
	m := parse(t, `root ::= "a" ("b" "c" | "d" "e")`).Matcher()
	m.Accept([]byte("a"))
	other := *m
	m.Accept([]byte("b"))
	other.Accept([]byte("d"))
	a, _ := m.Forced(9)
	b, _ := other.Forced(9)
	if string(a) != "c" || string(b) != "e" {
		t.Errorf("%q and %q", a, b)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, bad := range []string{
		"", `x ::= "a"`, "root ::= y", "root = \"a\"", "root ::= [z-a]", "root ::= []", "root ::= (\"a\"", `root ::= "\q"`, `root ::= "\xZZ"`,
		"root ::= \"a", "root ::= *", "root ::= \"\"*", "root ::= \"a\"{2,1}", "root ::= \"a\"{-1}", "root ::= \"a\"{2001}", "root ::= \"a\"{", "root ::= a_b",
		"root ::= <tok>", "root ::= \"\xff\"", "root ::= \"\x00\"", "root ::= " + strings.Repeat("(", 40) + `"a"` + strings.Repeat(")", 40),
		"root ::= ((((\"a\"{2000}){2000}){2000}){2000})", "root ::= \"" + strings.Repeat("a", 300<<10) + `"`,
	} {
		if _, err := gbnf.Parse(bad); err == nil {
			t.Errorf("Parse(%.60q) accepted it", bad)
		}
	}
}

// Grammars that grow without end make a Matcher lost, not slow.
func TestBounds(t *testing.T) {
	for _, text := range []string{
		"root ::= root \"a\" | \"b\"",
		"root ::= a\na ::= a a | \"x\"",
		"root ::= \"a\" root \"b\" | \"c\"",
		"root ::= (\"a\"?){2000} \"b\"",
		"root ::= ((\"a\"? \"b\"?)*)* \"c\"",
		"root ::= (\"\" | \"a\")* \"c\"",
	} {
		m := parse(t, text).Matcher()
		for range 2000 {
			if _, next := m.Forced(1 << 20); next.End {
				break
			}
			if !m.Accept([]byte("a")) {
				break
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("root ::= \"a\" | b\nb ::= [a-z]{1,3} (\"x\" b)?", "abc")
	f.Add(`root ::= "{" ("\"a\":" [0-9]+)? "}" # end`, `{"a":12}`)
	f.Add("root ::= root", "x")
	f.Add("root ::= .*", "\xff\xfe")
	f.Fuzz(func(t *testing.T, grammar, text string) {
		g, err := gbnf.Parse(grammar)
		if err != nil {
			return
		}
		m := g.Matcher()
		for i := range min(len(text), 64) {
			forced, _ := m.Forced(64)
			if n := *m; len(forced) > 0 && !n.Accept(forced) {
				t.Fatalf("%q must come after %q and is not allowed", forced, text[:i])
			}
			if !m.Accept([]byte{text[i]}) {
				break
			}
		}
	})
}
