package remotetest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Model is the one model that a Server lists.
const Model = "stub-model"

// Message is one turn.
type Message struct{ Role, Content string }

// Request is what a client asked for.
type Request struct {
	Model         string
	Messages      []Message
	MaxTokens     int `json:"max_tokens"`
	Temperature   float32
	TopP          float32 `json:"top_p"`
	Seed          uint32
	Stop          []string
	Stream        bool
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Format *struct {
		Type   string
		Schema struct {
			Name   string
			Schema json.RawMessage
		} `json:"json_schema"`
	} `json:"response_format"`
	CacheSalt string `json:"cache_salt"`

	Header http.Header     `json:"-"`
	Body   []byte          `json:"-"`
	Ctx    context.Context `json:"-"` // done when the client has gone
}

// Server answers POST /v1/chat/completions by a function.
type Server struct {
	*httptest.Server

	mu       sync.Mutex
	answer   func(*Reply, Request)
	requests []Request
	running  int
	most     int
}

// New starts a Server on 127.0.0.1, which ends with the test.
func New(t testing.TB, answer func(*Reply, Request)) *Server {
	t.Helper()
	return NewAt(t, "127.0.0.1:0", answer)
}

// NewAt starts a Server on an address, such as that of one that was closed.
func NewAt(t testing.TB, address string, answer func(*Reply, Request)) *Server {
	t.Helper()
	ln, err := net.Listen("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{answer: answer}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/chat/completions", s.chat)
	mux.HandleFunc("GET /v1/models", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"object": "list", "data": [{"id": %q, "object": "model"}]}`, Model)
	})
	s.Server = httptest.NewUnstartedServer(mux)
	_ = s.Listener.Close()
	s.Listener = ln
	s.Start()
	t.Cleanup(s.Die)
	return s
}

// Die ends it as a crash would: connections break, none are taken any more.
func (s *Server) Die() {
	s.CloseClientConnections()
	s.Close()
}

// Address is what clients are told: the URL with the version.
func (s *Server) Address() string { return s.URL + "/v1" }

// Answer replaces the function.
func (s *Server) Answer(f func(*Reply, Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// Requests are those received so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Most is how many requests were being answered at once, at most.
func (s *Server) Most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.most
}

func (s *Server) chat(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	req := Request{Header: r.Header, Body: body, Ctx: r.Context()}
	if err != nil || json.Unmarshal(body, &req) != nil {
		http.Error(w, "not a request", http.StatusBadRequest)
		return
	}
	s.mu.Lock()
	s.requests = append(s.requests, req)
	s.running++
	s.most = max(s.most, s.running)
	answer := s.answer
	s.mu.Unlock()
	reply := &Reply{w: w, ctx: r.Context()}
	reply.over = sync.OnceFunc(func() {
		s.mu.Lock()
		s.running--
		s.mu.Unlock()
	})
	defer reply.over()
	answer(reply, req)
}

// Reply writes an answer, each call at once.
type Reply struct {
	w       http.ResponseWriter
	ctx     context.Context
	over    func()
	started bool
}

// Whole is an answer as it should be: the text in pieces of a few characters, why it ended, usage, the mark.
func (r *Reply) Whole(text string, promptTokens int) {
	n := 0
	for text != "" {
		cut := min(len(text), 4)
		for cut < len(text) && text[cut]&0xC0 == 0x80 {
			cut++
		}
		r.Text(text[:cut])
		text, n = text[cut:], n+1
	}
	r.Finish("stop")
	r.Usage(promptTokens, n+1)
	r.Done()
}

// Raw writes bytes into the stream.
func (r *Reply) Raw(s string) {
	if !r.started {
		r.started = true
		r.w.Header().Set("Content-Type", "text/event-stream; charset=utf-8")
	}
	_, _ = io.WriteString(r.w, s)
	_ = http.NewResponseController(r.w).Flush()
}

// Event writes a chunk.
func (r *Reply) Event(json string) { r.Raw("data: " + json + "\n\n") }

// Text writes a chunk with text.
func (r *Reply) Text(text string) {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	r.Event(fmt.Sprintf(`{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}],"usage":null}`, b))
}

// Finish writes why the text ended.
func (r *Reply) Finish(reason string) {
	r.Event(fmt.Sprintf(`{"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},"finish_reason":%q}],"usage":null}`, reason))
}

// Usage writes the chunk with the token counts.
func (r *Reply) Usage(prompt, completion int) {
	const chunk = `{"object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":%d,"completion_tokens":%d,"total_tokens":%d}}`
	r.Event(fmt.Sprintf(chunk, prompt, completion, prompt+completion))
}

// Done writes the mark of the end.
func (r *Reply) Done() {
	r.over()
	r.Event("[DONE]")
}

// Stall waits until the client has gone.
func (r *Reply) Stall() { <-r.ctx.Done() }

// Break closes the connection in the middle of the stream.
func (r *Reply) Break() {
	r.over()
	panic(http.ErrAbortHandler)
}

// Refuse answers with a status, and headers as name, value, name, value.
func (r *Reply) Refuse(status int, body string, headers ...string) {
	for i := 0; i+1 < len(headers); i += 2 {
		r.w.Header().Set(headers[i], headers[i+1])
	}
	r.w.WriteHeader(status)
	_, _ = io.WriteString(r.w, body)
}

// Last is the content of a request's last message.
func (r Request) Last() string {
	if len(r.Messages) == 0 {
		return ""
	}
	return r.Messages[len(r.Messages)-1].Content
}

// Planning says whether a request is for JSON.
func (r Request) Planning() bool { return r.Format != nil && strings.HasPrefix(r.Format.Type, "json") }
