package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
)

// chunkOf is one event of the golden streams.
func chunkOf(choices, usage string) string {
	return `data: {"id":"chatcmpl-abc","object":"chat.completion.chunk","created":1795014000,"model":"tiny","choices":` + choices + usage + "}\n\n"
}

func choiceOf(delta, finish string) string {
	return `[{"index":0,"delta":` + delta + `,"finish_reason":` + finish + `}]`
}

const goldenUsage = `,"usage":{"prompt_tokens":8,"completion_tokens":4,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":3}}`

func TestChatStreamBytes(t *testing.T) {
	t.Parallel()
	for _, usage := range []bool{false, true} {
		b := setupChat(t)
		ticks := make(chan time.Time)
		b.server.SetTicker(ticks)
		b.chat.reply = func(ctx context.Context, _ server.Chat) (server.ChatStream, error) {
			s := newScriptedStream(ctx)
			go func() {
				ticks <- now
				s.say("Hal")
				s.say("lo\r\n\"é\u2028")
				s.result.Truncated = true
				s.end()
			}()
			return s, nil
		}
		members, null, last := []string{`"stream": true`}, "", ""
		if usage {
			members = append(members, `"stream_options": {"include_usage": true}`)
			null, last = `,"usage":null`, chunkOf("[]", goldenUsage)
		}
		r := b.post(hello(members...))
		want := chunkOf(choiceOf(`{"role":"assistant","content":""}`, "null"), null) + ": ping\n\n" +
			chunkOf(choiceOf(`{"content":"Hal"}`, "null"), null) + chunkOf(choiceOf(`{"content":"lo\r\n\"é\u2028"}`, "null"), null) +
			chunkOf(choiceOf(`{}`, `"length"`), null) + last + "data: [DONE]\n\n"
		if string(r.body) != want {
			t.Errorf("got\n%s\nwant\n%s", r.body, want)
		}
		if r.status != 200 || r.header.Get("Content-Type") != "text/event-stream" || r.header.Get("X-Accel-Buffering") != "no" ||
			r.header.Get("Cache-Control") != "no-store" || r.header.Get("RateLimit") == "" {
			t.Errorf("%d %v", r.status, r.header)
		}
		if rows := b.usage.Rows(); len(rows) != 1 || !rows[0].Success || rows[0].TokensUsed != 12 || rows[0].CachedTokens != 3 {
			t.Errorf("rows %+v", rows)
		}
	}
}

// What fails after text was shown is an error event, and the stream has no mark of its end.
func TestChatStreamThatFails(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	b.chat.reply = func(ctx context.Context, _ server.Chat) (server.ChatStream, error) {
		return spoken(ctx, ilsai.Wrap(ilsai.CodeGenerationFailed, fmt.Errorf("secret cause"), "The model failed."), "Hal"), nil
	}
	r := b.post(hello(`"stream": true`))
	want := chunkOf(choiceOf(`{"role":"assistant","content":""}`, "null"), "") + chunkOf(choiceOf(`{"content":"Hal"}`, "null"), "") +
		`data: {"error":{"message":"The model failed.","type":"server_error","param":null,"code":"generation_failed"}}` + "\n\n"
	if string(r.body) != want {
		t.Errorf("got\n%s\nwant\n%s", r.body, want)
	}
	if rows := b.usage.Rows(); len(rows) != 1 || rows[0].Success || rows[0].TokensUsed != 0 || rows[0].CompletionTokens != 4 {
		t.Errorf("rows %+v", rows)
	}
}

// A stream whose row cannot be written is not finished, whatever it has shown.
func TestChatStreamThatCannotBeRecorded(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	b.usage.Fail(func(step string) error {
		if step == "settle" {
			return fmt.Errorf("disk full")
		}
		return nil
	})
	r := string(b.post(hello(`"stream": true`)).body)
	if strings.Contains(r, "[DONE]") || strings.Contains(r, `"stop"`) || strings.Contains(r, "disk") || !strings.Contains(r, `"code":"unavailable"`) {
		t.Error(r)
	}
}

func TestChatSurvivesAPanic(t *testing.T) {
	t.Parallel()
	for _, members := range []string{`"stream": false`, `"stream": true`} {
		b := setupChat(t)
		b.chat.reply = func(context.Context, server.Chat) (server.ChatStream, error) { panic("a defect") }
		r := b.post(hello(members))
		if e := r.openAIError(t); r.status != 500 || strings.Contains(e.Message, "defect") {
			t.Errorf("%d %s", r.status, r.body)
		}
	}
}

// A key has one answer and one row, whichever way it is asked for and given; a stream shows it once it is durable.
func TestChatWithAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	first := b.post(hello(`"stream": true`, `"stream_options": {"include_usage": true}`), "Idempotency-Key", "k1")
	want := chunkOf(choiceOf(`{"role":"assistant","content":""}`, "null"), `,"usage":null`) + chunkOf(choiceOf(`{"content":"for pro"}`, "null"), `,"usage":null`) +
		chunkOf(choiceOf(`{}`, `"stop"`), `,"usage":null`) + chunkOf("[]", goldenUsage) + "data: [DONE]\n\n"
	if string(first.body) != want {
		t.Errorf("got\n%s\nwant\n%s", first.body, want)
	}
	again := b.do("POST", chatPath, token(t, "pro", tenancy.TierProfessional, now), hello(`"stream": true`, `"stream_options": {"include_usage": true}`),
		"X-Idempotency-Key", "k1", "X-Request-ID", "another")
	if string(again.body) != want || again.header.Get("Idempotency-Replayed") != "true" || again.header.Get("RateLimit") == "" {
		t.Errorf("replayed\n%s\n%v", again.body, again.header)
	}
	plain := b.post(hello(), "Idempotency-Key", "k1")
	var got struct {
		ID      string
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.Unmarshal(plain.body, &got); err != nil || got.ID != "chatcmpl-abc" || got.Choices[0].Message.Content != "for pro" {
		t.Errorf("%v %s", err, plain.body)
	}
	if len(b.chat.calls) != 1 || len(b.usage.Rows()) != 1 {
		t.Errorf("%d runs and %d rows for one key", len(b.chat.calls), len(b.usage.Rows()))
	}
	r := b.post(hello(`"max_tokens": 5`), "Idempotency-Key", "k1")
	if e := r.openAIError(t); r.status != 422 || e.Code != "idempotency_key_reused" {
		t.Errorf("another request under the key: %d %s", r.status, r.body)
	}
}

// While a key's stream is held back, a failure frees the key and shows no text.
func TestChatKeyAfterAFailure(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	b.chat.reply = func(ctx context.Context, _ server.Chat) (server.ChatStream, error) {
		return spoken(ctx, ilsai.Errorf(ilsai.CodeGenerationFailed, "It failed."), "Hal"), nil
	}
	if r := b.post(hello(`"stream": true`), "Idempotency-Key", "k2"); strings.Contains(string(r.body), "Hal") || !strings.Contains(string(r.body), "generation_failed") {
		t.Errorf("%s", r.body)
	}
	b.chat.reply = nil
	if r := b.post(hello(`"stream": true`), "Idempotency-Key", "k2"); !strings.HasSuffix(string(r.body), "data: [DONE]\n\n") {
		t.Errorf("%s", r.body)
	}
}

// A client that hangs up ends its generation, which is recorded and not billed.
func TestChatStreamEndsWithItsClient(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	ticks, refunding := make(chan time.Time), make(chan struct{})
	b.server.SetTicker(ticks)
	b.usage.Fail(func(step string) error {
		if step == "refund" {
			close(refunding) // the ledger is locked until the row is written
		}
		return nil
	})
	b.chat.reply = func(ctx context.Context, _ server.Chat) (server.ChatStream, error) {
		s := newScriptedStream(ctx)
		s.say("Hal")
		return s, nil
	}
	conn, err := net.Dial("tcp", strings.TrimPrefix(b.listen(), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	body := hello(`"stream": true`)
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %d\r\n\r\n%s",
		chatPath, token(t, "pro", tenancy.TierProfessional, now), len(body), body)
	lines := bufio.NewScanner(conn)
	for lines.Scan() && !strings.Contains(lines.Text(), "Hal") {
	}
	conn.Close()
	for open := true; open; {
		select {
		case ticks <- now: // the second write after the hang-up fails, or a later one
		case <-refunding:
			open = false
		}
	}
	rows := b.usage.Rows()
	if len(rows) != 1 || rows[0].Success || rows[0].TokensUsed != 0 || rows[0].ErrorType != ilsai.CodeCanceled || rows[0].PromptTokens != 8 || rows[0].CompletionTokens != 1 {
		t.Errorf("rows %+v, want one that is not billed and says what was used", rows)
	}
}

// Two shops whose pieces are generated in turn each read their own.
func TestChatTwoShopsInterleaved(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	var mu sync.Mutex
	running, both := map[string]*scriptedStream{}, make(chan struct{})
	b.chat.reply = func(ctx context.Context, c server.Chat) (server.ChatStream, error) {
		mu.Lock()
		defer mu.Unlock()
		running[c.Scope] = newScriptedStream(ctx)
		if len(running) == 2 {
			close(both)
		}
		return running[c.Scope], nil
	}
	url := b.listen()
	var wg sync.WaitGroup
	replies := map[string]string{}
	for shop, tier := range map[string]tenancy.Tier{"pro": tenancy.TierProfessional, "ent": tenancy.TierEnterprise} {
		bearer := token(t, shop, tier, now)
		wg.Go(func() {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+chatPath, strings.NewReader(hello(`"stream": true`)))
			if err != nil {
				t.Error(err)
				return
			}
			req.Header.Set("Authorization", "Bearer "+bearer)
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer resp.Body.Close()
			all, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			replies[shop] = string(all)
		})
	}
	<-both
	const turns = 8
	for n := range turns {
		for shop, s := range running {
			s.say(fmt.Sprintf("%s-%d;", shop, n))
		}
	}
	for _, s := range running {
		s.end()
	}
	wg.Wait()
	http.DefaultClient.CloseIdleConnections()
	for shop, other := range map[string]string{"pro": "ent", "ent": "pro"} {
		if got := replies[shop]; strings.Count(got, shop+"-") != turns || strings.Contains(got, other+"-") || !strings.HasSuffix(got, "[DONE]\n\n") {
			t.Errorf("%s read %s", shop, got)
		}
	}
	for _, row := range b.usage.Rows() {
		if !row.Success || row.TokensUsed != 12 {
			t.Errorf("row %+v", row)
		}
	}
	if n := len(b.usage.Rows()); n != 2 {
		t.Errorf("%d rows", n)
	}
}
