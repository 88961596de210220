package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// plantedValues are personal data as people type them, by how a question brings them.
var plantedValues = []struct{ value, question string }{
	{"maria.lopez@example.com", "orders of maria.lopez@example.com last month"},
	{"555-867-5309", "how much did the customer with 555-867-5309 buy"},
	{"123-45-6789", "refund for 123-45-6789"},
	{"4111 1111 1111 1111", "payment with 4111 1111 1111 1111 last week"},
	{"DE89370400440532013000", "transfer from DE89370400440532013000"},
	{"943 476 5919", "sale for NHS number 943 476 5919"},
	{"RSSMRA85T10A562S", "fattura RSSMRA85T10A562S"},
	{"203.0.113.77", "orders from 203.0.113.77"},
	{"12/03/1961", "customer born on 12/03/1961"},
	{"00451234", "lenses for MRN 00451234"},
	{"Quillon Featherby", "how much did Mrs Quillon Featherby spend this year"},
	{"42 Larkspur Street", "deliveries to 42 Larkspur Street"},
	{"ｍａｒｉａ＠ｅｘａｍｐｌｅ．ｃｏｍ", "orders of ｍａｒｉａ＠ｅｘａｍｐｌｅ．ｃｏｍ"},
}

// TestNothingPersonalAtRest is bar 6.5: after traffic that brings personal data by every way in, no file of the data
// directory (databases, write-ahead logs, keys), no line of the log, no metric and no cached answer holds any of it.
func TestNothingPersonalAtRest(t *testing.T) {
	var log lockedBuffer
	dir := makeAttackShops(t, nil)
	s := openStackLogging(t, &log, dir, "--shadow-limits", "--metrics", "--log-level=debug")
	base, bearer := s.listen(), attackToken(t, askerShop)
	send := func(path string, body map[string]any, headers ...string) (status int, reply string) {
		t.Helper()
		data, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, bytes.NewReader(data))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
		for i := 0; i+1 < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var b bytes.Buffer
		if _, err := b.ReadFrom(resp.Body); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, b.String()
	}
	statuses := map[int]int{}
	var cached bytes.Buffer
	for i, p := range plantedValues {
		if !fullBars() && i%3 != 0 {
			continue
		}
		_, made := send("/api/ai/conversations", map[string]any{"title": p.question})
		var talk struct{ ID string }
		if err := json.Unmarshal([]byte(made), &talk); err != nil || talk.ID == "" {
			t.Fatalf("%v: %s", err, made)
		}
		for _, headers := range [][]string{nil, {"X-Idempotency-Key", "key" + talk.ID}, {"Accept", "text/event-stream", "X-Idempotency-Key", "sse" + talk.ID}} {
			status, _ := send("/api/ai/query", map[string]any{"question": p.question, "query_type": "sales", "conversation_id": talk.ID}, headers...)
			statuses[status]++
		}
		_, again := send("/api/ai/query", map[string]any{"question": p.question, "query_type": "sales"})
		cached.WriteString(again)
		_, again = send("/api/ai/query", map[string]any{"question": p.question, "query_type": "sales"})
		cached.WriteString(again)
		status, _ := send("/api/ai/query", map[string]any{"question": p.question, "query_type": "patients"})
		statuses[status]++
		send("/api/ai/feedback", map[string]any{"request_id": talk.ID, "thumbs": "down", "comment": p.question})
		send("/api/ai/query", map[string]any{"question": p.question, "query_type": p.value})
		send("/v1/chat/completions", map[string]any{"model": "ilsai", "max_tokens": 16, "messages": []any{map[string]any{"role": "user", "content": p.question}}}, "Idempotency-Key", "chat"+talk.ID)
	}
	if statuses[http.StatusOK] == 0 || statuses[http.StatusForbidden] == 0 {
		t.Fatalf("the traffic did not do what it should: %v", statuses)
	}
	_, metrics, err := request(http.MethodGet, base+"/metrics", "", "")
	if err != nil {
		t.Fatal(err)
	}
	places := map[string][]byte{"the log": log.bytes(), "the metrics": []byte(metrics), "cached answers": cached.Bytes()}
	files := 0
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, string(filepath.Separator)+"tenants"+string(filepath.Separator)) {
			return err
		}
		places[path], err = os.ReadFile(path)
		files++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	looked := 0
	for place, data := range places {
		lower := bytes.ToLower(data)
		for _, p := range plantedValues {
			for _, form := range []string{p.value, url.QueryEscape(p.value), base64.StdEncoding.EncodeToString([]byte(p.value))} {
				looked++
				if bytes.Contains(lower, bytes.ToLower([]byte(form))) {
					t.Errorf("%s holds %q", place, form)
				}
			}
		}
	}
	kept := bytes.Join([][]byte{places[filepath.Join(dir, "ilsai.db")], places[filepath.Join(dir, "ilsai.db-wal")]}, nil)
	if !bytes.Contains(kept, []byte("EMAIL_ADDRESS")) {
		t.Error("the database holds no redacted question: the search looked at the wrong files")
	}
	t.Logf("%d searches in %d files, the log, the metrics and cached answers; replies %v", looked, files, statuses)
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) bytes() []byte {
	l.mu.Lock()
	defer l.mu.Unlock()
	return bytes.Clone(l.b.Bytes())
}
