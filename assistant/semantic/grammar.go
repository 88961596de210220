package semantic

import (
	"strings"
)

// The grammars are GBNF, llama.cpp's notation. They are built from ids the catalogue has checked and
// from words of the question reduced to characters that need no escape, so the text is always well formed.

// literal quotes s as a GBNF string.
func literal(s string) string {
	var b strings.Builder
	b.Grow(len(s) + 2)
	b.WriteByte('"')
	for _, r := range s {
		if r == '"' || r == '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	b.WriteByte('"')
	return b.String()
}

// choice is a group of alternatives.
func choice(options ...string) string {
	if len(options) == 1 {
		return options[0]
	}
	return "(" + strings.Join(options, " | ") + ")"
}

// literals is a group of alternative strings.
func literals[S ~string](options []S) string {
	quoted := make([]string, len(options))
	for i, o := range options {
		quoted[i] = literal(string(o))
	}
	return choice(quoted...)
}

// rule writes one production. Rule names are made of letters, digits and dashes.
func rule(b *strings.Builder, name, body string) {
	b.WriteString(name)
	b.WriteString(" ::= ")
	b.WriteString(body)
	b.WriteByte('\n')
}
