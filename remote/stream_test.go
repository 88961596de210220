package remote_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/remote"
	"github.com/ils-platform/ilsai/remote/remotetest"
)

const greeting = "Hello, Zoë – 你好 🙂."

func TestStream(t *testing.T) {
	e, server, _ := open(t, func(w *remotetest.Reply, _ remotetest.Request) { w.Whole(greeting, 12) }, func(o *remote.Options) { o.Key = "k-1" })
	s := begin(t, e, remote.Request{
		Scope: "a", Messages: []remote.Message{{Role: "system", Content: "Be brief."}, {Role: "user", Content: "Hello?"}},
		MaxTokens: 40, Temperature: 0.5, TopP: 0.9, Seed: 7, Stop: []string{"END"}, Schema: []byte(`{"type":"object"}`),
	})
	var text strings.Builder
	for {
		piece, ok := s.Next(context.Background())
		if !ok {
			break
		}
		text.WriteString(piece)
	}
	r, err := result(t, s)
	if err != nil || r.Text != greeting || text.String() != greeting || r.Truncated || r.Estimated || r.PromptTokens != 12 || r.CompletionTokens != 8 {
		t.Fatalf("%+v %q %v", r, text.String(), err)
	}
	got := server.Requests()[0]
	if got.Header.Get("Authorization") != "Bearer k-1" || got.Model != remotetest.Model || !got.Stream || !got.StreamOptions.IncludeUsage ||
		got.MaxTokens != 40 || got.Temperature != 0.5 || got.TopP != 0.9 || got.Seed != 7 || len(got.Stop) != 1 || got.Messages[0].Role != "system" ||
		got.Last() != "Hello?" || string(got.Format.Schema.Schema) != `{"type":"object"}` {
		t.Errorf("the server was asked %s", got.Body)
	}
}

// TestStreamHoweverItIsCut: the same bytes, cut at every place, with either line end, with comments and names.
func TestStreamHoweverItIsCut(t *testing.T) {
	var whole strings.Builder
	whole.WriteString(": hello\n\nevent: message\nid: 1\nretry: 5\n")
	for _, text := range []string{"Zoë ", "你好"} {
		fmt.Fprintf(&whole, "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":%q}}]}\n\n", text)
	}
	whole.WriteString(`data:{"choices":[{"index":1,"delta":{"content":"no"}},{"index":0,` + "\ndata:\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n")
	whole.WriteString("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\ndata: [DONE]\n\n")
	cut, bytes := 0, whole.String()
	e, _, _ := open(t, func(w *remotetest.Reply, _ remotetest.Request) {
		w.Raw(bytes[:cut])
		w.Raw(bytes[cut:])
	})
	for range 2 {
		for cut = range len(bytes) {
			r, err := result(t, begin(t, e, hello("a")))
			if err != nil || r.Text != "Zoë 你好" || r.PromptTokens != 5 || r.CompletionTokens != 3 || r.CachedTokens != 4 {
				t.Fatalf("cut at %d: %+v, %v", cut, r, err)
			}
		}
		bytes = strings.ReplaceAll(bytes, "\n", "\r\n")
	}
}

// TestFaults: what a server may do wrong, each with one ending, one slot freed, and an engine that goes on.
func TestFaults(t *testing.T) {
	tests := []struct {
		name     string
		answer   func(*remotetest.Reply)
		code     ilsai.Code
		cause    error
		text     string
		requests int
	}{
		{"broken before any text", func(w *remotetest.Reply) { w.Raw(": hi\n\n"); w.Break() }, ilsai.CodeGenerationFailed, remote.ErrBroken, "", 1},
		{"broken in the middle", func(w *remotetest.Reply) { w.Text("Hel"); w.Text("lo"); w.Break() }, ilsai.CodeGenerationFailed, remote.ErrBroken, "Hello", 1},
		{"ended in the middle", func(w *remotetest.Reply) { w.Text("Hello") }, ilsai.CodeGenerationFailed, remote.ErrBroken, "Hello", 1},
		{"ended in the middle of an event", func(w *remotetest.Reply) { w.Text("Hello"); w.Raw(`data: {"choices":[{"index":0,"del`) }, ilsai.CodeGenerationFailed, remote.ErrBroken, "Hello", 1},
		{"closed without a reply", func(w *remotetest.Reply) { w.Break() }, ilsai.CodeUnavailable, nil, "", 1},
		{"nothing", func(w *remotetest.Reply) {}, ilsai.CodeGenerationFailed, remote.ErrMalformed, "", 1},
		{"no JSON", func(w *remotetest.Reply) { w.Text("He"); w.Event("{nonsense") }, ilsai.CodeGenerationFailed, remote.ErrMalformed, "He", 1},
		{"JSON of another kind", func(w *remotetest.Reply) { w.Event(`[1, 2]`) }, ilsai.CodeGenerationFailed, remote.ErrMalformed, "", 1},
		{"HTML", func(w *remotetest.Reply) { w.Refuse(200, "<html>Sign in</html>", "Content-Type", "text/html") }, ilsai.CodeGenerationFailed, remote.ErrMalformed, "", 1},
		{"an endless line", func(w *remotetest.Reply) { w.Raw("data: " + strings.Repeat("x", 1<<20)) }, ilsai.CodeGenerationFailed, remote.ErrMalformed, "", 1},
		{"an endless event", func(w *remotetest.Reply) { w.Raw(strings.Repeat("data: "+strings.Repeat("x", 100)+"\n", 1<<10)) }, ilsai.CodeGenerationFailed, remote.ErrMalformed, "", 1},
		{"an error event as vLLM sends it", func(w *remotetest.Reply) {
			w.Text("He")
			w.Event(`{"error": {"message": "out of memory", "code": 500}}`)
		}, ilsai.CodeGenerationFailed, remote.ErrBroken, "He", 1},
		{"an error object", func(w *remotetest.Reply) { w.Event(`{"object": "error", "message": "out of memory"}`) }, ilsai.CodeGenerationFailed, remote.ErrBroken, "", 1},
		{"cut off by a filter", func(w *remotetest.Reply) { w.Text("He"); w.Finish("content_filter"); w.Done() }, ilsai.CodeGenerationFailed, remote.ErrBroken, "He", 1},
		{"500", func(w *remotetest.Reply) { w.Refuse(500, "oops\xff") }, ilsai.CodeGenerationFailed, nil, "", 1},
		{"401", func(w *remotetest.Reply) { w.Refuse(401, `{"error": "wrong key"}`) }, ilsai.CodeUnavailable, nil, "", 1},
		{"404", func(w *remotetest.Reply) { w.Refuse(404, `no such model`) }, ilsai.CodeUnavailable, nil, "", 1},
		{"too long, vLLM", func(w *remotetest.Reply) {
			w.Refuse(400, `{"object":"error","message":"This model's maximum context length is 8192 tokens."}`)
		}, ilsai.CodeTooLarge, nil, "", 1},
		{"too long, llama-server", func(w *remotetest.Reply) { w.Refuse(400, `{"error":{"type":"exceed_context_size_error"}}`) }, ilsai.CodeTooLarge, nil, "", 1},
		{"400", func(w *remotetest.Reply) { w.Refuse(400, `{"error":"unknown member cache_salt"}`) }, ilsai.CodeGenerationFailed, nil, "", 1},
		{"sent elsewhere", func(w *remotetest.Reply) { w.Refuse(307, "", "Location", "/elsewhere") }, ilsai.CodeGenerationFailed, nil, "", 1},
		{"always busy", func(w *remotetest.Reply) { w.Refuse(503, "busy") }, ilsai.CodeOverloaded, nil, "", 4},
		{"busy for an hour", func(w *remotetest.Reply) { w.Refuse(429, "later", "Retry-After", "3600") }, ilsai.CodeOverloaded, nil, "", 1},
		{"no usage", func(w *remotetest.Reply) { w.Text("Hello"); w.Finish("stop"); w.Done() }, "", nil, "Hello", 1},
		{"no mark at the end", func(w *remotetest.Reply) { w.Text("Hello"); w.Finish("stop") }, "", nil, "Hello", 1},
		{"no reason at the end", func(w *remotetest.Reply) { w.Text("Hello"); w.Done() }, "", nil, "Hello", 1},
		{"text after the end", func(w *remotetest.Reply) { w.Text("Hello"); w.Finish("stop"); w.Text(" again"); w.Done() }, "", nil, "Hello", 1},
		{"broken after the end", func(w *remotetest.Reply) { w.Text("Hello"); w.Finish("stop"); w.Break() }, "", nil, "Hello", 1},
		{"invalid UTF-8", func(w *remotetest.Reply) {
			w.Event("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"H\xff\xc3llo\"},\"finish_reason\":\"stop\"}]}")
			w.Done()
		}, "", nil, "H\ufffd\ufffdllo", 1},
		{"half a surrogate", func(w *remotetest.Reply) {
			w.Event(`{"choices":[{"index":0,"delta":{"content":"H\ud83dllo"},"finish_reason":"stop"}]}`)
			w.Done()
		}, "", nil, "H\ufffdllo", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, server, ts := open(t, func(w *remotetest.Reply, _ remotetest.Request) { tt.answer(w) })
			ts.pass = func(d time.Duration) bool { return d < 10*time.Second && d != time.Second } // trying again, not draining
			r, err := result(t, begin(t, e, hello("a")))
			if got := ilsai.ErrorCode(err); got != tt.code || r.Text != tt.text || tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("%q, %q, %v; want %q, %q, %v", r.Text, got, err, tt.text, tt.code, tt.cause)
			}
			if err != nil && (strings.Contains(ilsai.ErrorMessage(err), server.URL) || strings.Contains(ilsai.ErrorMessage(err), "oops")) {
				t.Errorf("the cause leaks: %s", ilsai.ErrorMessage(err))
			}
			if n := len(server.Requests()); n != tt.requests {
				t.Errorf("%d requests, want %d", n, tt.requests)
			}
			if tt.text == "" && r.CompletionTokens != 0 || tt.text != "" && (r.CompletionTokens < 1 || r.PromptTokens < 1) {
				t.Errorf("%q took %+v", tt.text, r.Usage)
			}
			server.Answer(func(w *remotetest.Reply, _ remotetest.Request) { w.Whole("fine", 5) })
			for range 4 { // both slots are free
				if r, err := result(t, begin(t, e, hello("b"))); err != nil || r.Text != "fine" {
					t.Fatalf("afterwards: %+v, %v", r, err)
				}
			}
		})
	}
}

// TestEndlessOutput is cut at what can be MaxTokens, and the connection closed.
func TestEndlessOutput(t *testing.T) {
	gone := make(chan struct{})
	e, _, _ := open(t, func(w *remotetest.Reply, r remotetest.Request) {
		for r.Ctx.Err() == nil {
			w.Text(strings.Repeat("more and ", 10))
		}
		close(gone)
	})
	r, err := result(t, begin(t, e, hello("a")))
	<-gone
	if err != nil || !r.Truncated || r.CompletionTokens != 50 || !r.Estimated || len(r.Text) > 50*32+100 {
		t.Errorf("%d bytes, truncated %v, %+v, %v", len(r.Text), r.Truncated, r.Usage, err)
	}
}

// TestEndlessNothing: events that hold no text do not keep a request for ever.
func TestEndlessNothing(t *testing.T) {
	e, _, _ := open(t, func(w *remotetest.Reply, r remotetest.Request) {
		for r.Ctx.Err() == nil {
			w.Raw(": ping\n\n" + strings.Repeat("data: {\"choices\":[]}\n\n", 500))
		}
	})
	if r, err := result(t, begin(t, e, hello("a"))); !errors.Is(err, remote.ErrBroken) {
		t.Errorf("%+v, %v", r, err)
	}
}
