package limit_test

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// member is one item of a structured field's list: a string with integer parameters.
type member struct {
	name   string
	params []param
}

type param struct {
	key   string
	value int64
}

// parseList reads a structured field of the type List, with members of the type String and parameters
// of the type Integer, by the algorithms of RFC 9651, section 4.2. It shares nothing with the writer.
func parseList(in string) ([]member, error) {
	in = strings.TrimLeft(in, " ")
	var list []member
	for in != "" {
		m, rest, err := parseMember(in)
		if err != nil {
			return nil, err
		}
		list = append(list, m)
		rest = strings.TrimLeft(rest, " \t")
		if rest == "" {
			return list, nil
		}
		if rest[0] != ',' {
			return nil, fmt.Errorf("%q follows a member", rest)
		}
		in = strings.TrimLeft(rest[1:], " \t")
		if in == "" {
			return nil, errors.New("trailing comma")
		}
	}
	return list, nil
}

func parseMember(in string) (m member, rest string, err error) {
	if in[0] != '"' {
		return m, "", fmt.Errorf("%q is no string", in)
	}
	i, name := 1, []byte{}
	for ; ; i++ {
		switch {
		case i >= len(in):
			return m, "", errors.New("string has no end")
		case in[i] == '\\' && i+1 < len(in) && (in[i+1] == '"' || in[i+1] == '\\'):
			i++
			name = append(name, in[i])
			continue
		case in[i] == '\\', in[i] < 0x20, in[i] >= 0x7f:
			return m, "", fmt.Errorf("byte %#x in a string", in[i])
		case in[i] != '"':
			name = append(name, in[i])
			continue
		}
		break
	}
	m.name, rest = string(name), in[i+1:]
	for rest != "" && rest[0] == ';' {
		var p param
		if p, rest, err = parseParam(strings.TrimLeft(rest[1:], " ")); err != nil {
			return m, "", err
		}
		m.params = append(m.params, p)
	}
	return m, rest, nil
}

func parseParam(in string) (p param, rest string, err error) {
	n := strings.IndexFunc(in, func(c rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789_-.*", c)
	})
	if n < 1 || in[n] != '=' || in[0] != '*' && (in[0] < 'a' || in[0] > 'z') {
		return p, "", fmt.Errorf("%q is no parameter", in)
	}
	p.key, in = in[:n], in[n+1:]
	end := 0
	for end < len(in) && (in[end] >= '0' && in[end] <= '9' || end == 0 && in[end] == '-') {
		end++
	}
	if digits := strings.TrimPrefix(in[:end], "-"); digits == "" || len(digits) > 15 {
		return p, "", fmt.Errorf("%q is no integer", in)
	}
	p.value, err = strconv.ParseInt(in[:end], 10, 64)
	return p, in[end:], err
}

// TestParseList shows that the reader refuses what the grammar refuses.
func TestParseList(t *testing.T) {
	t.Parallel()
	got, err := parseList(`"a\"\\b";q=30;w=-6, "c"`)
	if want := `[{a"\b [{q 30} {w -6}]} {c []}]`; err != nil || fmt.Sprint(got) != want {
		t.Errorf("got %v, %v; want %s", got, err, want)
	}
	for _, bad := range []string{`minute;q=30`, `"minute`, `"minute";q=`, `"minute";Q=1`, `"m\inute"`, `"é"`, `"a",`, `"a" "b"`,
		`"a";q=1000000000000000`, `"a";q=1.`, `"a"q=1`} {
		if got, err := parseList(bad); err == nil {
			t.Errorf("%s was read as %v", bad, got)
		}
	}
}
