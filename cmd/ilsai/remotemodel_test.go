package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
)

func TestEngineSettings(t *testing.T) {
	t.Parallel()
	const server = "--engine=openai=http://10.0.0.7:8000/v1"
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"unknown":        {[]string{"--engine=cloud"}, "must be local, or openai=URL"},
		"no address":     {[]string{"--engine=openai="}, "engine needs the address"},
		"no scheme":      {[]string{"--engine=openai=10.0.0.7:8000/v1"}, "engine needs the address"},
		"another":        {[]string{"--engine=openai=ftp://10.0.0.7/v1"}, "engine needs the address"},
		"a password":     {[]string{"--engine=openai=http://u:hidden-password@10.0.0.7/v1"}, "engine_key_file"},
		"a query":        {[]string{"--engine=openai=http://10.0.0.7/v1?a=b", "--engine-model=m"}, "ends with the version"},
		"no model":       {[]string{server}, "curl http://10.0.0.7:8000/v1/models"},
		"a file as well": {[]string{server, "--engine-model=m", "--model=m.gguf", "--model-sha256=00"}, "set one of them"},
	} {
		if _, err := load(t, c.args, nil); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hidden-password") {
			t.Errorf("%s: got %v, want an error with %q", name, err, c.want)
		}
	}
}

func TestEngineKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "key")
	for text, want := range map[string]string{"k-1": "k-1", " k-1\r\n": "k-1", "": "", "\n": "", "k-1\nk-2\n": "", "k 1": "", "k\x001": "", "schlüssel": ""} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := readEngineKey(file)
		if key != want || (err == nil) != (want != "") {
			t.Errorf("%q is %q, %v", text, key, err)
		}
		if err != nil && strings.Contains(err.Error(), "k-1") {
			t.Errorf("the error shows the key: %v", err)
		}
	}
	if _, err := readEngineKey(filepath.Join(dir, "none")); ilsai.ErrorCode(err) != ilsai.CodeInvalid {
		t.Error(err)
	}
}

// TestOneBeforeAnother lets one server ask another of the same kind: for conversations it is a server like any.
func TestOneBeforeAnother(t *testing.T) {
	t.Parallel()
	behind := openStack(t, openaiShop(t))
	url := behind.listen()
	token := signed(t, "a", "")
	key := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(key, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	before := openStack(t, openaiShop(t), "--engine=openai="+url+"/v1", "--engine-model="+behind.app.model.chatName(), "--engine-key-file="+key)
	front := before.listen()
	if check := before.app.model.check(t.Context()); check.Err != nil {
		t.Errorf("/readyz would say %+v", check)
	}
	ask := func(url, body string) (int, string) {
		t.Helper()
		status, reply, err := request(http.MethodPost, url+"/v1/chat/completions", token, body)
		if err != nil {
			t.Fatal(err)
		}
		return status, reply
	}
	type completion struct {
		Choices []struct {
			Message      struct{ Content string }
			FinishReason string `json:"finish_reason"`
		}
		Usage struct {
			Prompt     int `json:"prompt_tokens"`
			Completion int `json:"completion_tokens"`
		}
	}
	var told [2]completion
	for i, url := range []string{url, front} {
		status, body := ask(url, `{"model": "ilsai", "messages": [{"role": "user", "content": "our sales"}], "max_tokens": 30, "temperature": 0}`)
		if err := json.Unmarshal([]byte(body), &told[i]); err != nil || status != 200 {
			t.Fatalf("%d %s", status, body)
		}
	}
	if a, b := told[0], told[1]; len(a.Choices) != 1 || len(b.Choices) != 1 || a.Choices[0] != b.Choices[0] || a.Usage != b.Usage {
		t.Errorf("asked itself it said %+v, asked through another %+v", a, b)
	}
	if status, body := ask(front, `{"model": "ilsai", "messages": [{"role": "user", "content": "`+strings.Repeat("frames and lenses ", 3000)+`"}], "max_tokens": 30}`); status != 400 ||
		!strings.Contains(body, "context_length_exceeded") {
		t.Errorf("too long: %d %s", status, body)
	}
	for name, s := range map[string]*stack{"behind": behind, "before": before} {
		want := map[string]int{"behind": 2, "before": 1}[name]
		sum, err := s.control.SumUsage(t.Context(), testShop, time.Time{}, time.Time{})
		if err != nil || sum.Successful != want {
			t.Errorf("%s billed %+v, want %d; %v", name, sum, want, err)
		}
	}
}
