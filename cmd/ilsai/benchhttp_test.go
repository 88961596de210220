package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/cobra"
)

// runBench runs a measuring command and returns its bars by name, and all it wrote.
func runBench(t *testing.T, cmd *cobra.Command, args ...string) (bars map[string]bar, written string) {
	t.Helper()
	var out, progress strings.Builder
	cmd.SetOut(&out)
	cmd.SetErr(&progress)
	cmd.SetArgs(append(args, "--json"))
	cmd.SilenceUsage = true
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var told struct{ Bars []bar }
	if err := json.Unmarshal([]byte(out.String()), &told); err != nil {
		t.Fatalf("%v: %s", err, out.String())
	}
	bars = map[string]bar{}
	for _, b := range told.Bars {
		bars[b.Name] = b
	}
	return bars, out.String() + progress.String()
}

const chunkOf = `data: {"choices":[{"index":0,"delta":{"content":%q}}]}` + "\n\n"

// chattyServer answers with four pieces of text, for which it counts eight tokens; what fails says seed.
func chattyServer(t *testing.T, prompts *sync.Map) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var asked struct {
			Seed     int
			Messages []chatMessage
		}
		b, err := io.ReadAll(r.Body)
		if err != nil || json.Unmarshal(b, &asked) != nil || r.URL.Path != "/v1/chat/completions" {
			t.Errorf("%s %s: %v", r.URL.Path, b, err)
		}
		if _, twice := prompts.LoadOrStore(asked.Messages[0].Content, r.Header.Get("Authorization")); twice {
			t.Error("a prompt came twice")
		}
		switch asked.Seed {
		case 101:
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, `{"error": {"message": "slow down <b>", "type": "requests", "code": "rate_limit_exceeded"}}`)
			return
		case 102:
			fmt.Fprintf(w, chunkOf, "cut")
			return
		case 103:
			fmt.Fprintf(w, chunkOf+"data: {\"error\": {\"message\": \"lost\"}}\n\n", "a")
			return
		case 104:
			panic(http.ErrAbortHandler)
		}
		for _, piece := range []string{"a", "b", "c", "d"} {
			fmt.Fprintf(w, chunkOf, piece)
			w.(http.Flusher).Flush()
		}
		fmt.Fprint(w, ": ping\n\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":8}}\n\ndata: [DONE]\n\n")
	}))
	t.Cleanup(s.Close)
	return s
}

func TestBenchHTTP(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	key, page := filepath.Join(dir, "key"), filepath.Join(dir, "page.html")
	if err := os.WriteFile(key, []byte("sk-hidden-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{"closed loop": {"--concurrency=3"}, "open loop": {"--rate=400"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var prompts sync.Map
			s := chattyServer(t, &prompts)
			args = append(args, s.URL+"/v1/", "--key-file="+key, "--requests=24", "--seed=90", "--html="+page+name, "--words=12", "--shared-words=4")
			bars, written := runBench(t, newBenchHTTP(), args...)
			if bars["answers"].Value != 20 || bars["requests that failed"].Value != 4 || bars["requests that failed"].Holds {
				t.Errorf("%+v", bars)
			}
			if ratio := bars["tokens per second"].Value / bars["answers per second"].Value; ratio < 8 || ratio > 8.2 { // and the pieces of the broken ones
				t.Errorf("%v tokens an answer, the server counted 8", ratio)
			}
			if p := bars["end to end, p95"].Value; p <= 0 || bars["first token, p50"].Value > bars["end to end, p50"].Value {
				t.Errorf("%+v", bars)
			}
			for _, kind := range []string{"status 429 requests rate_limit_exceeded", "stream without [DONE]", "error within the stream"} {
				if !strings.Contains(written, kind) {
					t.Errorf("%s is not among the failures:\n%s", kind, written)
				}
			}
			html, err := os.ReadFile(page + name)
			if err != nil || !strings.Contains(string(html), "slow down &lt;b&gt;") || strings.Contains(string(html), "<b>") {
				t.Errorf("the page does not show the server's words as text: %v", err)
			}
			if strings.Contains(written+string(html), "sk-hidden") {
				t.Error("the key was shown")
			}
			asked := map[string]bool{}
			prompts.Range(func(prompt, auth any) bool {
				words := strings.Fields(prompt.(string))
				asked[strings.Join(words[:4], " ")] = true
				if len(words) != 12 || auth != "Bearer sk-hidden-key" {
					t.Errorf("prompt %q, authorization %q", prompt, auth)
				}
				return true
			})
			if len(asked) != 1 {
				t.Errorf("prompts begin with %v", asked)
			}
		})
	}
}

func TestBenchHTTPAgainstNobody(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	bars, written := runBench(t, newBenchHTTP(), s.URL, "--requests=2")
	if bars["answers"].Holds || bars["requests that failed"].Value != 2 || !strings.Contains(written, "connection refused") {
		t.Errorf("%s", written)
	}
}

func TestBenchHTTPRefuses(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"":                              "which server",
		"ftp://x":                       "must be like",
		"127.0.0.1:80":                  "must be like",
		"http://user:hidden@x/v1":       "holds a password",
		"http://x --requests=0":         "how many",
		"http://x --shared-words=61":    "at most --words",
		"http://x --max-tokens=0":       "above 0",
		"http://x --key-file=/does/not": "key cannot be read",
	} {
		cmd := newBenchHTTP()
		cmd.SetArgs(strings.Fields(args))
		cmd.SetOut(io.Discard)
		cmd.SetErr(io.Discard)
		if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v, want %q", args, err, want)
		}
	}
}

func TestPromptsAreSeeded(t *testing.T) {
	t.Parallel()
	a := promptOf(1, 7, 30, 10)
	if a != promptOf(1, 7, 30, 10) || a == promptOf(2, 7, 30, 10) || a == promptOf(1, 8, 30, 10) {
		t.Error("a prompt is decided by seed and number")
	}
	if len(strings.Fields(promptOf(1, 7, 30, 0))) != 30 {
		t.Error("want as many words as asked for")
	}
}
