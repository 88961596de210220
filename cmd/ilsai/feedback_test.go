package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/assistant/evaluation"
	"github.com/ils-platform/ilsai/assistant/semantic"
)

// TestFeedbackExport: what users disliked and what no plan answers comes out once each, as a set that eval reads, and
// without anything personal in it.
func TestFeedbackExport(t *testing.T) {
	dir := makeAttackShops(t, nil)
	s := openStack(t, dir)
	base, bearer := s.listen(), attackToken(t, askerShop)
	post := func(path string, body map[string]any, id string) {
		t.Helper()
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(string(data)))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
		req.Header.Set("X-Request-ID", id)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode >= 400 {
			t.Fatalf("%s %v: %d", path, body, resp.StatusCode)
		}
	}
	ask := func(id, question, queryType string) {
		post("/api/ai/query", map[string]any{"question": question, "query_type": queryType}, id)
	}
	ask("one", "total revenue last month", "sales")
	ask("two", "revenue last week for maria@example.com", "sales")
	ask("three", "Tell me a joke", "sales")
	ask("four", "tell me a  joke ", "sales") // the same again
	ask("five", "how do I bake sourdough bread", "ophthalmic")
	post("/api/ai/feedback", map[string]any{"request_id": "two", "thumbs": "down", "comment": "I meant\nmaria@example.com only"}, "v1")
	post("/api/ai/feedback", map[string]any{"request_id": "one", "thumbs": "up"}, "v2")
	export := func(args ...string) string {
		t.Helper()
		code, out, stderr := runProgram(t, nil, append([]string{"feedback", "export", "--data-dir", dir}, args...)...)
		if code != 0 {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		return out
	}
	read := func(text string) *evaluation.Set {
		t.Helper()
		path := filepath.Join(t.TempDir(), "set.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		set, err := evaluation.ReadSet(path, "dev", "sales")
		if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
		return set
	}
	out := export()
	for _, secret := range []string{"maria@example.com", string(askerShop), "joke \""} {
		if strings.Contains(out, secret) {
			t.Errorf("%q is in\n%s", secret, out)
		}
	}
	set := read(out)
	if len(set.Cases) != 2 || !strings.Contains(set.Cases[0].Question, "[EMAIL_ADDRESS]") || set.Cases[1].Plans[0].Unsupported != semantic.OffTopic ||
		!strings.Contains(out, "thumbs_down") || !strings.Contains(out, "# I meant [EMAIL_ADDRESS] only") {
		t.Errorf("exported\n%s", out)
	}
	if only := read(export("--thumbs-down")); len(only.Cases) != 1 {
		t.Errorf("with a thumb down: %+v", only.Cases)
	}
	optics := read(export("--type", "ophthalmic"))
	if optics.Sort != evaluation.Passages || len(optics.Cases) != 1 || len(optics.Cases[0].Answers) != 0 {
		t.Errorf("of optics: %+v", optics)
	}
	if none := export("--month", "2020-01"); strings.Contains(none, "- {") {
		t.Errorf("of another month:\n%s", none)
	}
}
