package tenantdb

import (
	"errors"
	"strings"
)

const (
	maxStatementBytes = 64 << 10
	// maxTables is how often a statement may name tables. The catalogues' own name six; a join of many without a condition
	// runs until its time is over.
	maxTables = 16
)

// checkStatement accepts the text of one SELECT, with or without a WITH clause, and refuses anything
// after it. The authorizer is the wall; this keeps what is refused there from reaching it, and makes
// sure that text behind a ';' is an error rather than silently left out.
func checkStatement(sql string, tables map[string]bool) error {
	if len(sql) > maxStatementBytes {
		return errors.New("the statement is too long")
	}
	if strings.ContainsRune(sql, 0) {
		return errors.New("the statement has a NUL byte")
	}
	first, rest := nextToken(sql)
	if !strings.EqualFold(first, "select") && !strings.EqualFold(first, "with") {
		return errors.New("the statement is not a SELECT")
	}
	for named := 0; first != ";" && first != ""; first, rest = nextToken(rest) {
		if tables[strings.ToLower(strings.Trim(first, "\"`[]'"))] {
			named++
		}
		if named > maxTables {
			return errors.New("the statement names too many tables")
		}
	}
	if after, _ := nextToken(strings.TrimLeft(rest, "; \t\r\n\f")); after != "" {
		return errors.New("there is a second statement")
	}
	return nil
}

// nextToken skips white space and comments and cuts one token off, as SQLite's tokenizer would as
// far as quotes, comments and ';' go: a word, a quoted text, or one other byte. "" means the end.
func nextToken(s string) (token, rest string) {
	for s != "" {
		switch {
		case strings.IndexByte(" \t\r\n\f", s[0]) >= 0:
			s = s[1:]
		case strings.HasPrefix(s, "--"):
			_, s, _ = strings.Cut(s, "\n")
		case strings.HasPrefix(s, "/*"):
			_, s, _ = strings.Cut(s[2:], "*/")
		case s[0] == '\'' || s[0] == '"' || s[0] == '`':
			return cutQuoted(s, s[0])
		case s[0] == '[':
			return cutQuoted(s, ']')
		case wordByte(s[0]):
			n := 1
			for n < len(s) && wordByte(s[n]) {
				n++
			}
			return s[:n], s[n:]
		default:
			return s[:1], s[1:]
		}
	}
	return "", ""
}

// cutQuoted cuts up to the closing quote. A doubled quote starts the next token, which is quoted
// too, so nothing inside is taken for a ';'. An unclosed quote reaches to the end.
func cutQuoted(s string, closing byte) (token, rest string) {
	if i := strings.IndexByte(s[1:], closing); i >= 0 {
		return s[:i+2], s[i+2:]
	}
	return s, ""
}

func wordByte(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c >= 0x80
}
