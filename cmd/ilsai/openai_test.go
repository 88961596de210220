package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// openaiShop is makeShop with a second one that may ask once a minute.
func openaiShop(t *testing.T) (dir string) {
	t.Helper()
	dir = makeShop(t)
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	once := 1
	err = errors.Join(
		control.CreateTenant(t.Context(), tenancy.Tenant{ID: "limited", Code: "limited", Name: "Limited", Tier: tenancy.TierEnterprise,
			Status: tenancy.StatusActive, TimeZone: "UTC", Currency: "GBP"}),
		control.SetLimits(t.Context(), "limited", tenancy.LimitsOverride{QueriesPerMinute: &once}), control.Close())
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestOpenAIClient runs OpenAI's own client against the whole program.
func TestOpenAIClient(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("this test needs %s: apt-get install nodejs npm (scripts/setup.sh test does it)", tool)
		}
	}
	client := t.TempDir()
	if err := os.CopyFS(client, os.DirFS("../../server/testdata/openai")); err != nil {
		t.Fatal(err)
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline")
	install.Dir = client
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	dir, secret := openaiShop(t), filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "a")
	s := startServer(t, nil, "--data-dir", dir, "--jwt-secret-file", secret)
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText("a")), tenancy.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "node", "client.mjs", s.url+"/v1", issuedTo(t, issuer, testShop), issuedTo(t, issuer, "limited"))
	run.Dir = client
	out, err := run.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "16 checks passed") {
		t.Fatalf("%v\n%s\n%s", err, out, s.everything())
	}
	t.Logf("%s", out)
}

// TestChatIsBilledAsTheEngineCounts compares reply, usage row and engine for each of many requests, streams among them.
func TestChatIsBilledAsTheEngineCounts(t *testing.T) {
	t.Parallel()
	c, err := load(t, []string{"--data-dir=" + openaiShop(t), "--threads=1"}, []string{"ILSAI_JWT_SECRET=" + secretText("a")})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	control, err := openServerControl(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	keys, err := openKeys(c, control)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.ring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	a, err := openApp(c, log, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	g, err := openGateway(c, log, control, ring, a)
	if err != nil {
		t.Fatal(err)
	}
	defer g.Close()

	bearer := signed(t, "a", "")
	type usage struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Total      int `json:"total_tokens"`
		Details    struct {
			Cached int `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
	}
	inStream := regexp.MustCompile(`"choices":\[\],"usage":(\{.*\})\}`)
	var told []usage
	for _, body := range []string{
		`"messages": [{"role": "user", "content": "a"}]`,
		`"messages": [{"role": "user", "content": "<|eot_id|>"}]`,
		`"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "sales?"}, {"role": "assistant", "content": "Yes."}, {"role": "user", "content": "more"}]`,
		`"stream": true, "stream_options": {"include_usage": true}, "seed": 1, "messages": [{"role": "user", "content": "our sales"}]`,
		`"stream": true, "stream_options": {"include_usage": true}, "seed": 2, "stop": ["e"], "messages": [{"role": "user", "content": "our sales"}]`,
	} {
		before := a.engine.Stats()
		req := httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(`{"model": "ilsai", "max_tokens": 30, `+body+"}"))
		req.Header.Set("Authorization", "Bearer "+bearer)
		resp, err := g.server.App().Test(req, -1)
		if err != nil {
			t.Fatal(err)
		}
		reply, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		text, u := reply, struct{ Usage usage }{}
		if m := inStream.FindSubmatch(reply); m != nil {
			text = []byte(`{"usage":` + string(m[1]) + "}")
		}
		if err := errors.Join(err, json.Unmarshal(text, &u)); err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%v: %d %s", err, resp.StatusCode, reply)
		}
		got := u.Usage
		after := a.engine.Stats()
		computed, cached := int(after.PromptTokens-before.PromptTokens), int(after.CachedTokens-before.CachedTokens)
		if completed := int(after.CompletionTokens - before.CompletionTokens); got.Prompt != computed+cached || got.Details.Cached != cached ||
			got.Completion != completed || got.Total != got.Prompt+got.Completion || completed == 0 {
			t.Errorf("%s: told %+v, the engine computed %d, took %d and made %d", body, got, computed, cached, completed)
		}
		told = append(told, got)
	}
	if typed := told[1].Prompt - told[0].Prompt; typed < 2 {
		t.Errorf("what looks like a control token has %d tokens more than a letter: it was taken for one", typed)
	}
	n := 0
	err = control.ExportUsage(context.Background(), store.UsageFilter{}, func(e tenancy.UsageEvent) error {
		if u := told[n]; e.PromptTokens != u.Prompt || e.CachedTokens != u.Details.Cached || e.CompletionTokens != u.Completion || e.TokensUsed != u.Total ||
			e.QueryType != tenancy.QueryChat || !e.Success {
			t.Errorf("row %+v, told %+v", e, u)
		}
		n++
		return nil
	})
	if err != nil || n != len(told) {
		t.Errorf("%d rows for %d replies, %v", n, len(told), err)
	}
}
