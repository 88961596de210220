package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

// openaiShop is makeShop with shops that the errors of this API are tried with.
func openaiShop(t *testing.T) (dir string) {
	t.Helper()
	dir = makeShop(t)
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	none, once, often := 0, 1, 100_000
	for id, limits := range map[ilsai.TenantID]tenancy.LimitsOverride{
		"limited": {QueriesPerMinute: &once}, "spent": {QueriesPerMonth: &none}, "suspended": {}, testShop: {QueriesPerMinute: &often},
	} {
		shop := tenancy.Tenant{ID: id, Code: string(id), Name: "A shop", Tier: tenancy.TierEnterprise, Status: tenancy.StatusActive, TimeZone: "UTC", Currency: "GBP"}
		if id == "suspended" {
			shop.Status = tenancy.StatusSuspended
		}
		if id != testShop {
			err = control.CreateTenant(t.Context(), shop)
		}
		if err := errors.Join(err, control.SetLimits(t.Context(), id, limits)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// openaiChecks is how many cases the reliability bar of this API asks for.
const openaiChecks = 40

// TestOpenAIClient runs OpenAI's own client, against the whole program and against one whose model follows a script.
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
	secret := filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "a")
	s := startServer(t, nil, "--data-dir", openaiShop(t), "--jwt-secret-file", secret)
	scripted := openStack(t, openaiShop(t), "--query-timeout=1s")
	scripted.gateway.server.Chat = &chatScript{busy: map[string]int{}}
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText("a")), tenancy.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	setting := map[string]any{"program": s.url + "/v1", "scripted": scripted.listen() + "/v1"}
	for _, shop := range []string{testShop, "limited", "spent", "suspended"} {
		setting[shop] = issuedTo(t, issuer, shop)
	}
	args, err := json.Marshal(setting)
	if err != nil {
		t.Fatal(err)
	}
	run := exec.CommandContext(t.Context(), "node", "client.mjs", string(args))
	run.Dir = client
	out, err := run.CombinedOutput()
	passed := regexp.MustCompile(`(?m)^(\d+) checks passed$`).FindSubmatch(out)
	if err != nil || passed == nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if n, err := strconv.Atoi(string(passed[1])); err != nil || n < openaiChecks {
		t.Errorf("%d checks, want %d or more", n, openaiChecks)
	}
	t.Logf("%s", out)
}

// TestChatIsBilledAsTheEngineCounts compares reply, usage row and engine for each of many requests, streams among them.
func TestChatIsBilledAsTheEngineCounts(t *testing.T) {
	t.Parallel()
	stack := openStack(t, openaiShop(t))
	a, control, g := stack.app, stack.control, stack.gateway

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
	err := control.ExportUsage(context.Background(), store.UsageFilter{}, func(e tenancy.UsageEvent) error {
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
