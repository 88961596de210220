package main

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/remote/remotetest"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/demo"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

const (
	remoteKey  = "sk-of-the-model-server-1234"
	remotePlan = `{"metric": "revenue", "by": ["product"], "period": "last_month", "order": "desc", "limit": 2}`
	bestSQL    = `SELECT p.name, SUM(s.net_cents) FROM sale_lines s JOIN products p ON p.id = s.product_id
		WHERE s.business_date >= ? AND s.business_date < ?
		GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2`
)

// wellBehaved is a server that plans and phrases as asked.
func wellBehaved(w *remotetest.Reply, r remotetest.Request) {
	switch {
	case r.Planning():
		w.Whole(remotePlan, 900)
	case strings.Contains(r.Last(), "References you may use"):
		w.Whole("{r1.product} sold most {period}, at {r1.revenue}.", 400)
	default:
		w.Whole("Frames are measured in millimetres.", 30)
	}
}

func demoZone(t *testing.T, shop string) *time.Location {
	t.Helper()
	for _, s := range demo.Shops() {
		if string(s.ID) == shop {
			zone, err := time.LoadLocation(s.TimeZone)
			if err != nil {
				t.Fatal(err)
			}
			return zone
		}
	}
	t.Fatalf("no shop %s", shop)
	return nil
}

// best is what the shop sold most of last month, by SQL of this test's own.
func best(t *testing.T, dir, shop string) [][]any {
	t.Helper()
	db, err := tenantdb.Open(dir, tenantdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	s, err := db.Snapshot(t.Context(), ilsai.TenantID(shop), "sales")
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now().In(demoZone(t, shop))
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	_, rows, err := s.Query(t.Context(), bestSQL, []any{month.AddDate(0, -1, 0).Format(time.DateOnly), month.Format(time.DateOnly)}, 10)
	if err != nil || len(rows) != 2 {
		t.Fatalf("%v, %v", rows, err)
	}
	return rows
}

func askBody(question string) string {
	return `{"question": "` + question + `", "query_type": "sales"}`
}

// TestServerElsewhere is the whole program before a server that answers, lies, stalls, dies and comes back.
func TestServerElsewhere(t *testing.T) {
	t.Parallel()
	model := remotetest.New(t, wellBehaved)
	files := t.TempDir()
	secret, key := filepath.Join(files, "secret"), filepath.Join(files, "key")
	writeSecret(t, secret, "a")
	if err := os.WriteFile(key, []byte(remoteKey+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := demoData(t)
	want := best(t, dir, shop2)
	s := startServer(t, nil, "--data-dir", dir, "--jwt-secret-file", secret, "--shadow-limits", "--log-level", "debug",
		"--engine", "openai="+model.Address(), "--engine-model", remotetest.Model, "--engine-key-file", key)
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText("a")), tenancy.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	token := issuedTo(t, issuer, shop2)
	if status, body := s.get(t, "/readyz?verbose", ""); status != 200 || !strings.Contains(body, remotetest.Model) {
		t.Fatalf("/readyz: %d %s", status, body)
	}
	ask := func(question string) (int, string) {
		t.Helper()
		status, body, err := request(http.MethodPost, s.url+"/api/ai/query", token, askBody(question))
		if err != nil {
			t.Fatal(err)
		}
		return status, body
	}
	right := func(question string) assistant.Answer {
		t.Helper()
		status, body := ask(question)
		var a assistant.Answer
		if err := json.Unmarshal([]byte(body), &a); err != nil || status != 200 {
			t.Fatalf("%q: %d %s", question, status, body)
		}
		var data struct {
			Data struct{ Rows [][]any }
		}
		if err := json.Unmarshal([]byte(body), &data); err != nil || len(data.Data.Rows) != 2 {
			t.Fatalf("%q: %s", question, body)
		}
		for i, row := range data.Data.Rows {
			cents, _ := number(row[1])
			if wanted, _ := number(want[i][1]); row[0] != want[i][0] || cents != wanted {
				t.Errorf("%q: row %d is %v, want %v", question, i+1, row, want[i])
			}
		}
		if a.Model != remotetest.Model || !strings.Contains(a.Answer, want[0][0].(string)) || len(a.Citations) < 2 {
			t.Errorf("%q: %q by %s with %d citations", question, a.Answer, a.Model, len(a.Citations))
		}
		return a
	}

	// The figures are the shop's, the tokens the server's, the key goes to the server alone.
	a := right("Which products sold most last month?")
	if a.TokensUsed <= 1300 {
		t.Errorf("%d tokens used", a.TokensUsed)
	}
	if got := model.Requests(); len(got) != 2 || !got[0].Planning() || got[1].Planning() || got[0].Header.Get("Authorization") != "Bearer "+remoteKey {
		t.Errorf("the server was asked %d times", len(got))
	}

	// What is no plan is asked for once more, what is no cell is not shown.
	tries := 0
	model.Answer(func(w *remotetest.Reply, r remotetest.Request) {
		switch {
		case !r.Planning():
			w.Whole("Sales were $1,234,567.89, the best ever.", 400)
		case tries == 0:
			tries++
			w.Whole(`{"metric": "salaries", "period": "today"}`, 900)
		default:
			wellBehaved(w, r)
		}
	})
	if a := right("What were our best products last month?"); strings.Contains(a.Answer, "1,234,567") || tries != 1 {
		t.Errorf("%q after %d wrong plans", a.Answer, tries)
	}

	// Who leaves takes the request along.
	left, gone := make(chan struct{}), make(chan struct{})
	model.Answer(func(w *remotetest.Reply, r remotetest.Request) {
		w.Text("Frames ")
		<-left
		for r.Ctx.Err() == nil { // a hang-up shows in what is written after it
			w.Text("x")
			select {
			case <-r.Ctx.Done():
			case <-time.After(time.Millisecond):
			}
		}
		close(gone)
	})
	leaveAtFirstText(t, s.url, token)
	close(left)
	<-gone

	// A server that is away is said to be, and nothing is billed; it comes back.
	model.Answer(wellBehaved)
	model.Die()
	if status, body := ask("What sold most last month?"); status != 503 || !strings.Contains(body, `"code":"unavailable"`) || strings.Contains(body, model.Listener.Addr().String()) {
		t.Errorf("with the server away: %d %s", status, body)
	}
	if status, body := s.get(t, "/readyz", ""); status != 503 || !strings.Contains(body, "model") {
		t.Errorf("with the server away, /readyz: %d %s", status, body)
	}
	remotetest.NewAt(t, model.Listener.Addr().String(), wellBehaved)
	if status, body := s.get(t, "/readyz", ""); status != 200 {
		t.Errorf("with the server back, /readyz: %d %s", status, body)
	}
	right("What sold most last month?")

	// /v1 goes the same way.
	status, body, err := request(http.MethodPost, s.url+"/v1/chat/completions", token,
		chatBody(`"stream": true`, `"stream_options": {"include_usage": true}`))
	if err != nil || status != 200 || !strings.Contains(body, `"prompt_tokens":30,"completion_tokens":10,`) || !strings.HasSuffix(body, "data: [DONE]\n\n") {
		t.Errorf("%v: %d %s", err, status, body)
	}
	stopAndCount(t, s, dir, map[string]int{"": 4, string(ilsai.CodeCanceled): 1, string(ilsai.CodeUnavailable): 1})
	if log := s.everything(); strings.Contains(log, remoteKey) || strings.Contains(log, "goroutine ") {
		t.Errorf("the log shows the key or a stack:\n%s", log)
	}

	// A single question, without a server of ours.
	again := remotetest.New(t, wellBehaved)
	code, out, stderr := runProgram(t, nil, "ask", "--data-dir", dir, "--tenant", shop2, "--engine", "openai="+again.Address(), "--engine-model", remotetest.Model, "--type", "sales", "Best products of last month?")
	if code != 0 || !strings.Contains(out, want[0][0].(string)) || !strings.Contains(out, remotetest.Model) {
		t.Errorf("ask: %d %s %s", code, out, stderr)
	}
}

func chatBody(members ...string) string {
	return `{"model": "ilsai", "messages": [{"role": "user", "content": "How are frames measured?"}], ` + strings.Join(append(members, `"max_tokens": 200`), ", ") + "}"
}

// leaveAtFirstText begins a conversation, and hangs up when the answer does.
func leaveAtFirstText(t *testing.T, url, token string) {
	t.Helper()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/chat/completions", strings.NewReader(chatBody(`"stream": true`)))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for lines := bufio.NewScanner(resp.Body); lines.Scan(); {
		if strings.Contains(lines.Text(), "Frames") {
			return
		}
	}
	t.Fatal("the answer did not begin")
}

// stopAndCount ends a server and compares the usage rows of shop2 by their error, "" for those that are billed.
func stopAndCount(t *testing.T, s *serverProcess, dir string, want map[string]int) {
	t.Helper()
	s.signal(t, os.Interrupt)
	s.end()
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	got, billed := map[string]int{}, 0
	if err := control.ExportUsage(t.Context(), store.UsageFilter{}, func(e tenancy.UsageEvent) error {
		if e.TenantID == shop2 {
			got[string(e.ErrorType)]++
		}
		if e.Success {
			billed++
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	quota, err := control.Quota(t.Context(), shop2, tenancy.MonthOf(time.Now(), demoZone(t, shop2)))
	if err != nil || quota.Used != billed || quota.Reserved != 0 {
		t.Errorf("%d were billed, the month says %+v, %v", billed, quota, err)
	}
	if len(got) != len(want) {
		t.Errorf("usage rows by error: %v, want %v", got, want)
	}
	for kind, n := range want {
		if got[kind] != n {
			t.Errorf("usage rows by error: %v, want %v", got, want)
		}
	}
}
