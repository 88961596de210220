package gbnftest_test

import (
	"math/rand/v2"
	"testing"

	"github.com/ils-platform/ilsai/assistant/semantic/gbnftest"
)

func TestParse(t *testing.T) {
	for _, bad := range []string{
		"", "x ::= \"a\"", "root ::= y", "root ::= root \"a\"", "root ::= \"a\nroot ::= b", "root = \"a\"",
		"root ::= [z-a]", "root ::= (\"a\"", "root ::= a_b", "root ::= \"a\" root", "root ::= \"a\"\nroot ::= \"b\"", `root ::= "\q"`,
	} {
		if _, err := gbnftest.Parse(bad); err == nil {
			t.Errorf("Parse(%q) accepted it", bad)
		}
	}
}

func TestRandomIsAllowed(t *testing.T) {
	g, err := gbnftest.Parse("root ::= \"{\" item (\",\" item)* \"}\" # a list\nitem ::= [a-c]{2,3} | \"\\\"\" [^x\"] \"\\\"\" | \"n\" item?\n")
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		if s := g.Random(r, 40); !g.Allows(s) {
			t.Fatalf("wrote %q and does not allow it", s)
		}
	}
	for _, s := range []string{"", "{}", "{abcd}", "{a}", "{ab,}", "{ab}x"} {
		if g.Allows(s) {
			t.Errorf("allows %q", s)
		}
	}
}
