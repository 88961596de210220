package server_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
)

// A token of one shop that comes with the names of another one, wherever a request has room for them:
// the other shop is neither read nor billed.
func TestNothingButTheTokenNamesTheShop(t *testing.T) {
	t.Parallel()
	const workers, shops = 20, 4
	cases := barSize(underRace(1_000, 2_000), 10_000) / workers // each way to name a shop is taken hundreds of times
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var asked sync.Map // request id → shop the engine was asked for
	s := startStack(t, stackOptions{tenants: shops, limits: unlimited, engine: func(_ context.Context, q assistant.Question) error {
		asked.Store(q.RequestID, q.Tenant.ID)
		return nil
	}})
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(worker)))
			for n := range cases {
				own, other := shop(rng.IntN(shops)), shop(rng.IntN(shops))
				id := fmt.Sprintf("r-%d-%d", worker, n)
				path, body, headers := decorated(rng, string(other), "q "+id)
				a, err := s.send(t.Context(), http.MethodPost, path, s.token(own, string(other), tenancy.TierEnterprise), body, append(headers, "X-Request-ID", id)...)
				if err != nil || a.status != 200 || a.Answer != string(own)+" asked q "+id {
					t.Errorf("token of %s, %s %s %v: got %d %s, %v", own, path, body, headers, a.status, a.body, err)
				}
				if tenant, _ := asked.Load(id); tenant != own {
					t.Errorf("token of %s: %v was asked", own, tenant)
				}
			}
		})
	}
	wg.Wait()
	rows := s.rows()
	for _, e := range rows {
		if tenant, _ := asked.Load(e.RequestID); tenant != e.TenantID {
			t.Errorf("row %+v, asked for %v", e, tenant)
		}
	}
	if len(rows) != cases*workers {
		t.Errorf("%d rows, want %d", len(rows), cases*workers)
	}
}

// decorated is a question that names another shop in some of the ways there are.
func decorated(rng *rand.Rand, other, question string) (path, body string, headers []string) {
	members := map[string]any{"question": question, "query_type": "sales"}
	path = "/api/ai/query"
	for _, name := range []string{"tenant_id", "tenant", "tenantId", "Tenant_ID", "shop", "user_id"} {
		switch rng.IntN(5) {
		case 0:
			members[name] = other
		case 1:
			path += map[bool]string{true: "&", false: "?"}[strings.Contains(path, "?")] + name + "=" + other
		case 2:
			headers = append(headers, "X-"+strings.ReplaceAll(name, "_", "-"), other, "Cookie", name+"="+other)
		}
	}
	if rng.IntN(4) == 0 {
		headers = append(headers, "X-Forwarded-Host", other+".example", "X-Original-URL", "/api/admin/metrics/tenants/"+other)
	}
	b, _ := json.Marshal(members)
	return path, string(b), headers
}

// Fiber reuses its buffers: with many shops asking at once, every string that is stored must still be
// the sender's, in the usage rows and in the replies kept for keys.
func TestStoredStringsAreTheSenders(t *testing.T) {
	t.Parallel()
	const shops, clients = 200, 200
	requests := barSize(4_000, 100_000) // twenty from each client, so that every buffer is used again
	s := startStack(t, stackOptions{tenants: shops, limits: unlimited})
	var wg sync.WaitGroup
	each := requests / clients
	mark := func(client, n int) string {
		return fmt.Sprintf("%d-%d-%s", client, n, strings.Repeat("x", (client*7+n)%60))
	}
	for client := range clients {
		wg.Go(func() {
			user := fmt.Sprint("u", client)
			for n := range each {
				m := mark(client, n)
				a, err := s.ask(t.Context(), shop((client+n)%shops), user, "question "+m, "X-Request-ID", "r-"+m[:min(len(m), 60)], "X-Idempotency-Key", "k-"+m)
				if err != nil || a.status != 200 || a.Answer != fmt.Sprintf("%s asked question %s", shop((client+n)%shops), m) {
					t.Errorf("%s: got %d %s, %v", m, a.status, a.body, err)
				}
			}
		})
	}
	wg.Wait()
	rows := s.rows()
	for _, e := range rows {
		var client, n int
		m := strings.TrimPrefix(e.Question, "question ")
		if _, err := fmt.Sscanf(m, "%d-%d-", &client, &n); err != nil || m != mark(client, n) || e.TenantID != shop((client+n)%shops) ||
			e.UserID != tenancy.UserID(fmt.Sprint("u", client)) || e.RequestID != "r-"+m[:min(len(m), 60)] {
			t.Errorf("row %+v mixes requests", e)
		}
	}
	if len(rows) != each*clients {
		t.Fatalf("%d rows, want %d", len(rows), each*clients)
	}
	for client := 0; client < clients; client += 7 { // the replies kept for keys
		m := mark(client, each-1)
		a := s.mustAsk(shop((client+each-1)%shops), fmt.Sprint("u", client), "question "+m, "X-Idempotency-Key", "k-"+m)
		if !a.replayed() || a.Answer != fmt.Sprintf("%s asked question %s", shop((client+each-1)%shops), m) {
			t.Errorf("replay of %s: %d %s", m, a.status, a.body)
		}
	}
}

// A token beyond 8 KB is refused before anything reads it, whatever it is.
func TestOversizedTokensOverTheWire(t *testing.T) {
	t.Parallel()
	s := startStack(t, stackOptions{tenants: 1, limits: unlimited})
	good := s.token(shop(0), "1", tenancy.TierEnterprise)
	for name, token := range map[string]string{
		"3 KB": strings.Repeat("a", 3<<10), "5 KB": strings.Repeat("a", 5<<10), "9 KB": strings.Repeat("a", 9<<10), "64 KB": strings.Repeat("a", 64<<10),
		"1 MB": strings.Repeat("a", 1<<20), "1e6 dots": strings.Repeat(".", 1_000_000), "a good one with 9 KB more": good + strings.Repeat("a", 9<<10),
	} {
		a, err := s.send(t.Context(), http.MethodPost, "/api/ai/query", token, ask("q", "sales"))
		if err != nil && len(token) > 60<<10 {
			continue // the server may cut the connection before the client has sent it all
		}
		if err != nil || a.status < 400 || a.status > 499 || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: got %d %s %v, %v, want a 4xx problem", name, a.status, a.body, a.header, err)
		}
	}
	if s.engine.runs.Load() != 0 || len(s.rows()) != 0 {
		t.Errorf("%d runs, %d rows", s.engine.runs.Load(), len(s.rows()))
	}
	if a := s.mustAsk(shop(0), "1", "q"); a.status != 200 {
		t.Errorf("afterwards: %d %s", a.status, a.body)
	}
}
