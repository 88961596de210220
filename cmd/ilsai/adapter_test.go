package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/llama/ggufgen"
	"github.com/ils-platform/ilsai/models"
	"github.com/ils-platform/ilsai/tenancy"
)

// defaultShape is the built-in model's, as an adapter must fit it.
func defaultShape(t *testing.T) ggufgen.Shape {
	t.Helper()
	h, err := models.ReadHeader(bytes.NewReader(models.DefaultBytes()), int64(len(models.DefaultBytes())))
	if err != nil {
		t.Fatal(err)
	}
	n := func(key string) int {
		v, ok := h.Uint("llama." + key)
		if !ok {
			t.Fatal("no " + key)
		}
		return int(v)
	}
	return ggufgen.Shape{
		Vocab: int(h.Base().Tensors["token_embd.weight"][1]), Embedding: n("embedding_length"), Layers: n("block_count"), Heads: n("attention.head_count"),
		KVHeads: n("attention.head_count_kv"), FeedForward: n("feed_forward_length"), Context: n("context_length"), Tied: true, Type: ggufgen.F32,
	}
}

func writeAdapter(t *testing.T, base ggufgen.Shape, seed uint64) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "adapter.gguf")
	if err := ggufgen.WriteAdapterFile(path, ggufgen.Adapter{Base: base, Rank: 8, Seed: seed, Strength: 2}); err != nil {
		t.Fatal(err)
	}
	return path
}

// adapterJSON runs 'ilsai adapter …' beside whatever runs and returns what it printed.
func adapterJSON(t *testing.T, dir string, args ...string) []tenancy.Adapter {
	t.Helper()
	code, out, stderr := runProgram(t, nil, append(append([]string{"adapter"}, args...), "--data-dir", dir, "--json")...)
	var all []tenancy.Adapter
	if err := json.Unmarshal([]byte(out), &all); code != 0 || err != nil {
		t.Fatalf("adapter %v: %d, %v\n%s%s", args, code, err, out, stderr)
	}
	return all
}

func TestAdapterCommands(t *testing.T) {
	t.Parallel()
	dir := openaiShop(t)
	good, tiny := writeAdapter(t, defaultShape(t), 1), writeAdapter(t, ggufgen.Tiny(1), 1)
	tenantJSON(t, dir, "set", "limited", "--tier", "professional")
	broken := filepath.Join(t.TempDir(), "broken.gguf")
	b, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(broken, b[:len(b)-100], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		tenant, file, sum string
		says              []string
	}{
		{testShop, tiny, "", []string{"the adapter cannot be loaded", "not this model's", "blk.0.attn_q.weight"}},
		{testShop, broken, "", []string{"the adapter cannot be loaded", "truncated"}},
		{testShop, good + "x", "", []string{"missing"}},
		{testShop, good, strings.Repeat("0", 64), []string{"SHA-256", "another file"}},
		{"limited", good, "", []string{"Enterprise tier", "Professional"}},
		{"nobody", good, "", []string{"nobody"}},
	} {
		args := []string{"adapter", "add", "--tenant", tt.tenant, "--file", tt.file, "--data-dir", dir}
		if tt.sum != "" {
			args = append(args, "--sha256", tt.sum)
		}
		code, _, stderr := runProgram(t, nil, args...)
		oneLine(t, code, stderr, tt.says...)
	}
	if all := adapterJSON(t, dir, "list"); len(all) != 0 {
		t.Errorf("got %+v, want none", all)
	}
	added := adapterJSON(t, dir, "add", "--tenant", testShop, "--file", good)
	if len(added) != 1 || added[0].TenantID != testShop || added[0].File != good || added[0].BaseSHA256 != models.Default().SHA256 {
		t.Fatalf("got %+v", added)
	}
	if again := adapterJSON(t, dir, "add", "--tenant", testShop, "--file", good, "--sha256", strings.ToUpper(added[0].SHA256)); !reflect.DeepEqual(again, added) {
		t.Errorf("got %+v, want %+v", again, added)
	}
	if all := adapterJSON(t, dir, "list"); !reflect.DeepEqual(all, added) {
		t.Errorf("got %+v, want %+v", all, added)
	}
	_, table, _ := runProgram(t, nil, "adapter", "list", "--data-dir", dir)
	if !strings.Contains(table, testShop) || !strings.Contains(table, "this model") || !strings.Contains(table, good) {
		t.Errorf("the table is\n%s", table)
	}
	if removed := adapterJSON(t, dir, "remove", "--tenant", testShop); !reflect.DeepEqual(removed, added) {
		t.Errorf("got %+v, want %+v", removed, added)
	}
	code, _, stderr := runProgram(t, nil, "adapter", "remove", "--tenant", testShop, "--data-dir", dir)
	oneLine(t, code, stderr, "has no adapter")
	_, log, _ := runProgram(t, nil, "audit", "list", "--tenant", testShop, "--data-dir", dir, "--json")
	if strings.Count(log, `"adapter.set"`) != 1 || strings.Count(log, `"adapter.remove"`) != 1 {
		t.Errorf("the audit log says\n%s", log)
	}
}

// TestAnAdapterIsItsShopsAlone asks as two shops, by both APIs, while one of them gets an adapter and loses it.
func TestAnAdapterIsItsShopsAlone(t *testing.T) {
	t.Parallel()
	dir := openaiShop(t)
	s := openStack(t, dir, "--kept-conversations=0") // so that the same question is always the same computation
	url := s.listen()
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText("a")), tenancy.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	const other = "suspended" // it is made active
	tenantJSON(t, dir, "set", other, "--status", "active")
	tokens := map[string]string{testShop: issuedTo(t, issuer, testShop), other: issuedTo(t, issuer, other)}
	type said struct{ chat, plan string }
	model := s.gateway.server.ChatName
	ask := func(shop string) said {
		t.Helper()
		status, body, err := request(http.MethodPost, url+"/v1/chat/completions", tokens[shop],
			`{"model": "`+model+`", "messages": [{"role": "system", "content": "plan sales"}, {"role": "user", "content": "revenue by store"}], "temperature": 0, "max_tokens": 30}`)
		var reply struct {
			Choices []struct{ Message struct{ Content string } }
		}
		if jsonErr := json.Unmarshal([]byte(body), &reply); status != http.StatusOK || err != nil || jsonErr != nil || len(reply.Choices) != 1 {
			t.Fatalf("%d %s, %v, %v", status, body, err, jsonErr)
		}
		c, err := generator{s.app.engine, s.app.adapters}.Generate(t.Context(), assistant.Generation{
			RequestID: "r", Scope: shop, System: "plan sales", SystemPublic: true, User: "revenue by store", MaxTokens: 30,
		})
		if err != nil {
			t.Fatal(err)
		}
		return said{reply.Choices[0].Message.Content, c.Text}
	}
	refresh := func(shops ...ilsai.TenantID) {
		t.Helper()
		if err := s.app.refreshAdapters(t.Context(), s.control); err != nil {
			t.Fatal(err)
		}
		got := s.app.adapters.inUse()
		if len(got) != len(shops) {
			t.Errorf("in use: %v, want those of %v", got, shops)
		}
		for _, shop := range shops {
			if got[shop] == "" {
				t.Errorf("in use: %v, want those of %v", got, shops)
			}
		}
	}
	plain := ask(testShop)
	if ask(other) != plain {
		t.Fatal("two shops without adapters are told different things")
	}
	file := writeAdapter(t, defaultShape(t), 1)
	adapterJSON(t, dir, "add", "--tenant", testShop, "--file", file)
	if ask(testShop) != plain {
		t.Error("the adapter is in use before the server has loaded it")
	}
	refresh(testShop)
	own := ask(testShop)
	if own.chat == plain.chat || own.plan == plain.plan {
		t.Errorf("the shop with an adapter is told %+v, as without it", own)
	}
	if got := ask(other); got != plain {
		t.Errorf("the other shop is told %+v, want %+v", got, plain)
	}
	// Another adapter for the other one: neither changes what the other is told.
	adapterJSON(t, dir, "add", "--tenant", other, "--file", writeAdapter(t, defaultShape(t), 2))
	refresh(testShop, other)
	others := ask(other)
	if others.chat == plain.chat || others == own || ask(testShop) != own {
		t.Errorf("told %+v and %+v, want %+v and something else", ask(testShop), others, own)
	}
	// Nobody asks for an adapter: there is no such parameter, and the model has one name.
	for body, want := range map[string]int{
		`"model": "` + model + `", "adapter": "` + s.app.adapters.of(other) + `"`: http.StatusBadRequest, `"model": "` + model + `", "lora": [{"id": 1, "scale": 1}]`: http.StatusBadRequest,
		`"model": "` + s.app.adapters.of(other) + `"`: http.StatusNotFound, `"model": "` + model + `", "tenant_id": "` + other + `"`: http.StatusBadRequest,
	} {
		status, reply, err := request(http.MethodPost, url+"/v1/chat/completions", tokens[testShop], `{"messages": [{"role": "user", "content": "x"}], `+body+`}`)
		if status != want || err != nil {
			t.Errorf("%s: %d %s, %v, want %d", body, status, reply, err, want)
		}
	}
	// A tier that does not include it, and taking it away, end it.
	tenantJSON(t, dir, "set", other, "--tier", "professional")
	refresh(testShop)
	if got := ask(other); got != plain {
		t.Errorf("after the downgrade the shop is told %+v, want %+v", got, plain)
	}
	adapterJSON(t, dir, "remove", "--tenant", testShop)
	refresh()
	if got := ask(testShop); got != plain {
		t.Errorf("after the removal the shop is told %+v, want %+v", got, plain)
	}
}

// TestAnAdapterAnswersItsShop asks two shops of the demo the same, before one of them has an adapter and after.
func TestAnAdapterAnswersItsShop(t *testing.T) {
	t.Parallel()
	const own, other = "optical-shop-3", "optical-shop-2"
	dir := demoData(t)
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText("a")), tenancy.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	told := map[string][]string{}
	ask := func(t *testing.T) {
		s := openStack(t, dir) // anew each time, since a server may repeat an answer
		if err := s.app.refreshAdapters(t.Context(), s.control); err != nil {
			t.Fatal(err)
		}
		url := s.listen()
		for _, shop := range []string{own, other} {
			status, body, err := request(http.MethodPost, url+"/api/ai/query", issuedTo(t, issuer, shop), `{"question": "What were our top 3 products last month?", "query_type": "sales"}`)
			var reply struct {
				Answer string
				Plan   any
			}
			if jsonErr := json.Unmarshal([]byte(body), &reply); err != nil || jsonErr != nil {
				t.Fatalf("%s: %d %s, %v, %v", shop, status, body, err, jsonErr)
			}
			told[shop] = append(told[shop], fmt.Sprint(status, " ", reply.Answer, " ", reply.Plan))
		}
	}
	t.Run("without", ask)
	adapterJSON(t, dir, "add", "--tenant", own, "--file", writeAdapter(t, defaultShape(t), 1))
	t.Run("with", ask)
	if t.Failed() {
		return
	}
	if a := told[own]; !strings.HasPrefix(a[0], "200 ") || a[0] == a[1] {
		t.Errorf("the shop with an adapter was told %s, then %s", a[0], a[1])
	}
	if a := told[other]; !strings.HasPrefix(a[0], "200 ") || a[0] != a[1] {
		t.Errorf("the other shop was told %s, then %s", a[0], a[1])
	}
}

// scriptedLoader is an engine of which some files cannot be loaded.
type scriptedLoader struct {
	loaded map[string]bool
	broken map[string]bool // by path
}

func (l *scriptedLoader) AddAdapter(path, sum string) error {
	if l.broken[path] {
		return errors.New("broken")
	}
	l.loaded[sum] = true
	return nil
}

func (l *scriptedLoader) RemoveAdapter(sum string) { delete(l.loaded, sum) }

type scriptedControl struct{ adapters []tenancy.Adapter }

func (c scriptedControl) Adapters(context.Context) ([]tenancy.Adapter, error) { return c.adapters, nil }

func (c scriptedControl) Tenant(_ context.Context, id ilsai.TenantID) (tenancy.Tenant, error) {
	return tenancy.Tenant{ID: id, Tier: tenancy.TierEnterprise, Status: tenancy.StatusActive}, nil
}

// One shop's broken file is said once and keeps no other shop from its adapter; what nobody uses is unloaded.
func TestRefreshAdapters(t *testing.T) {
	t.Parallel()
	engine := &scriptedLoader{loaded: map[string]bool{}, broken: map[string]bool{"/b": true}}
	s := &shopAdapters{}
	step := func(wantErr bool, inUse, loaded string, registered ...tenancy.Adapter) {
		t.Helper()
		err := s.refresh(t.Context(), scriptedControl{registered}, engine, "base")
		got, _ := json.Marshal(s.inUse())
		in, _ := json.Marshal(engine.loaded)
		if (err != nil) != wantErr || string(got) != inUse || string(in) != loaded {
			t.Errorf("%v, in use %s, loaded %s; want %s, %s", err, got, in, inUse, loaded)
		}
	}
	a := tenancy.Adapter{TenantID: "a", File: "/a", SHA256: "1", BaseSHA256: "base"}
	b := tenancy.Adapter{TenantID: "b", File: "/b", SHA256: "2", BaseSHA256: "base"}
	c := tenancy.Adapter{TenantID: "c", File: "/c", SHA256: "1", BaseSHA256: "base"} // the same file's content
	old := tenancy.Adapter{TenantID: "d", File: "/d", SHA256: "4", BaseSHA256: "another"}
	step(true, `{"a":"1","c":"1"}`, `{"1":true}`, a, b, c, old)
	step(false, `{"a":"1","c":"1"}`, `{"1":true}`, a, b, c, old)
	step(false, `{"c":"1"}`, `{"1":true}`, c)
	step(true, `{"a":"1"}`, `{"1":true}`, a, b) // it is broken again
	engine.broken = nil
	step(false, `{"a":"1","b":"2"}`, `{"1":true,"2":true}`, a, b)
	step(false, `{"b":"2"}`, `{"1":true,"2":true}`, b) // who looked it up just before may still name it
	step(false, `{"b":"2"}`, `{"2":true}`, b)
	step(false, `{}`, `{"2":true}`)
	step(false, `{"b":"2"}`, `{"2":true}`, b)
	step(false, `{}`, `{"2":true}`)
	step(false, `{}`, `{}`)
	var none *shopAdapters
	if none.of("a") != "" || (&shopAdapters{}).of("a") != "" {
		t.Error("who knows no adapters knows one")
	}
}
