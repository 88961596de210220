package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// scriptedChat stands for the engine.
type scriptedChat struct {
	mu    sync.Mutex
	calls []server.Chat
	reply func(ctx context.Context, c server.Chat) (server.ChatStream, error) // nil: says whom it is for
}

func (s *scriptedChat) Chat(ctx context.Context, c server.Chat) (server.ChatStream, error) {
	s.mu.Lock()
	s.calls = append(s.calls, c)
	s.mu.Unlock()
	if s.reply != nil {
		return s.reply(ctx, c)
	}
	return spoken(ctx, nil, "for ", c.Scope), nil
}

// scriptedStream is an answer whose pieces the test sends. It ends when they do, or when its ctx is done.
type scriptedStream struct {
	ctx    context.Context
	pieces chan string
	ended  chan struct{}
	result server.ChatCompletion
	err    error
}

func newScriptedStream(ctx context.Context) *scriptedStream {
	return &scriptedStream{
		ctx: ctx, pieces: make(chan string, 16), ended: make(chan struct{}),
		result: server.ChatCompletion{PromptTokens: 8, CachedTokens: 3, CompletionTokens: 4},
	}
}

// spoken is over already.
func spoken(ctx context.Context, err error, pieces ...string) *scriptedStream {
	s := newScriptedStream(ctx)
	s.err = err
	for _, p := range pieces {
		s.say(p)
	}
	s.end()
	return s
}

func (s *scriptedStream) say(piece string) {
	s.result.Text += piece
	s.pieces <- piece
}

func (s *scriptedStream) end() {
	close(s.pieces)
	close(s.ended)
}

func (s *scriptedStream) Next(ctx context.Context) (string, bool) {
	select {
	case piece, ok := <-s.pieces:
		return piece, ok
	case <-ctx.Done():
		return "", false
	case <-s.ctx.Done():
	}
	select { // what was said before the end is still read
	case piece, ok := <-s.pieces:
		return piece, ok
	default:
		return "", false
	}
}

func (s *scriptedStream) Result(context.Context) (server.ChatCompletion, error) {
	select {
	case <-s.ended:
		return s.result, s.err
	case <-s.ctx.Done():
		return server.ChatCompletion{PromptTokens: 8, CompletionTokens: 1}, ilsai.Errorf(ilsai.CodeCanceled, "the request was cancelled")
	}
}

// chatBench is a bench whose server has a scripted model.
type chatBench struct {
	*bench

	chat *scriptedChat
}

func setupChat(t *testing.T, edits ...func(*server.Deps, *admission.Options)) chatBench {
	t.Helper()
	model := &scriptedChat{}
	edits = append([]func(*server.Deps, *admission.Options){func(d *server.Deps, _ *admission.Options) { d.Chat, d.ChatName = model, "tiny" }}, edits...)
	return chatBench{setup(t, edits...), model}
}

const chatPath = "/v1/chat/completions"

// hello is a request with more members, such as `"stream": true`.
func hello(members ...string) string {
	return `{"model": "ilsai", "messages": [{"role": "user", "content": "Hello"}]` + strings.Join(append([]string{""}, members...), ", ") + "}"
}

// post asks as a user of the shop on the professional tier.
func (b chatBench) post(body string, headers ...string) reply {
	b.t.Helper()
	return b.do("POST", chatPath, token(b.t, "pro", tenancy.TierProfessional, now), body, append(headers, "X-Request-ID", "abc")...)
}

// openAIError is the error object of a reply that is nothing else.
func (r reply) openAIError(t *testing.T) (e struct{ Message, Type, Param, Code string }) {
	t.Helper()
	var body map[string]json.RawMessage
	if err := json.Unmarshal(r.body, &body); err != nil || len(body) != 1 || r.header.Get("Content-Type") != "application/json" {
		t.Fatalf("%v: %v %s", err, r.header, r.body)
	}
	var members map[string]any
	if err := errors.Join(json.Unmarshal(body["error"], &e), json.Unmarshal(body["error"], &members)); err != nil || len(members) != 4 || e.Message == "" {
		t.Fatalf("%v: %s", err, r.body)
	}
	return e
}

func TestChatAnswers(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	r := b.post(`{"model": "tiny", "messages": [
		{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"},
		{"role": "assistant", "content": "Yes?", "refusal": null}, {"role": "user", "content": [{"type": "text", "text": " How"}, {"type": "text", "text": "are you? "}]}
	], "max_tokens": 20, "temperature": 0.5, "top_p": 0.25, "stop": ["a", "b"], "seed": 9, "user": "u-1", "n": 1, "logprobs": false,
	"response_format": {"type": "text"}, "presence_penalty": 0, "tools": null}`)
	want := `{"id":"chatcmpl-abc","object":"chat.completion","created":1795014000,"model":"tiny",` +
		`"choices":[{"index":0,"message":{"role":"assistant","content":"for pro","refusal":null},"logprobs":null,"finish_reason":"stop"}],` +
		`"usage":{"prompt_tokens":8,"completion_tokens":4,"total_tokens":12,"prompt_tokens_details":{"cached_tokens":3}}}`
	if r.status != 200 || string(r.body) != want || r.header.Get("RateLimit") == "" || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("got %d %v\n%s\nwant\n%s", r.status, r.header, r.body, want)
	}
	got := b.chat.calls[0]
	if len(got.Messages) != 4 || got.Messages[3].Content != " How\nare you? " || got.Messages[2].Role != "assistant" || got.MaxTokens != 20 || got.Temperature != 0.5 ||
		got.TopP != 0.25 || len(got.Stop) != 2 || got.Seed != 9 || got.Scope != "pro" || got.Weight != 2 || got.RequestID != "abc" || !got.Deadline.Equal(now.Add(time.Minute)) {
		t.Errorf("the model was asked %+v", got)
	}
	rows := b.usage.Rows()
	if len(rows) != 1 {
		t.Fatalf("%d rows", len(rows))
	}
	if row := rows[0]; row.QueryType != tenancy.QueryChat || row.Question != "How\nare you?" || row.TokensUsed != 12 || row.PromptTokens != 8 || row.CachedTokens != 3 ||
		row.CompletionTokens != 4 || !row.Success || row.FromCache || row.TenantID != "pro" || row.Model != "test" {
		t.Errorf("usage row %+v", row)
	}
}

func TestChatDefaults(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	for _, body := range []string{hello(), hello(), hello(`"temperature": 0`), hello(`"top_p": 0`), hello(`"temperature": 1e-40`), hello(`"seed": -1`), hello(`"stop": "x"`), hello(`"cache_salt": "s"`)} {
		if r := b.post(body); r.status != 200 {
			t.Fatalf("%s: %d %s", body, r.status, r.body)
		}
	}
	c := b.chat.calls[1:]
	if c[0].Temperature != 1 || c[0].TopP != 1 || c[0].MaxTokens != 500 {
		t.Errorf("nothing said: %+v", c[0])
	}
	if c[1].Temperature != 0 || c[2].Temperature != 0 || c[3].Temperature != 0 || c[4].Seed == 1<<32-1 || len(c[5].Stop) != 1 {
		t.Errorf("%+v", c[1:])
	}
	if c[5].Private || !c[6].Private {
		t.Errorf("with a salt: %+v", c[6])
	}
	if len(b.chat.calls) != 8 || len(b.usage.Rows()) != 8 {
		t.Errorf("%d runs and %d rows: requests that are alike are not the same", len(b.chat.calls), len(b.usage.Rows()))
	}
}

func TestChatRefuses(t *testing.T) {
	t.Parallel()
	message := func(m string) string { return `{"model": "ilsai", "messages": [` + m + `]}` }
	cases := map[string]struct {
		body   string
		status int
		param  string
		code   string
	}{
		"no JSON":                   {"{", 400, "", ""},
		"NaN":                       {hello(`"temperature": NaN`), 400, "", ""},
		"array":                     {"[]", 400, "", ""},
		"null":                      {"null", 400, "model", ""},
		"two values":                {hello() + hello(), 400, "", ""},
		"deep JSON":                 {strings.Repeat("[", 20_000), 400, "", ""},
		"invalid UTF-8":             {hello("\"user\": \"\xff\""), 400, "", ""},
		"no model":                  {`{"messages": [{"role": "user", "content": "q"}]}`, 400, "model", ""},
		"model is a number":         {`{"model": 4, "messages": [{"role": "user", "content": "q"}]}`, 400, "model", ""},
		"unknown model":             {`{"model": "gpt-4", "messages": [{"role": "user", "content": "q"}]}`, 404, "model", "model_not_found"},
		"no messages":               {`{"model": "ilsai"}`, 400, "messages", ""},
		"messages empty":            {message(""), 400, "messages", ""},
		"messages is a string":      {`{"model": "ilsai", "messages": "q"}`, 400, "messages", ""},
		"message is a string":       {message(`"q"`), 400, "messages[0]", ""},
		"257 messages":              {message(strings.Repeat(`{"role": "user", "content": "q"},`, 256) + `{"role": "user", "content": "q"}`), 400, "messages", ""},
		"role tool":                 {message(`{"role": "tool", "content": "q"}`), 400, "messages[0].role", ""},
		"role developer":            {message(`{"role": "developer", "content": "q"}`), 400, "messages[0].role", ""},
		"no role":                   {message(`{"content": "q"}`), 400, "messages[0].role", ""},
		"no content":                {message(`{"role": "user", "content": "q"}, {"role": "assistant", "content": null}`), 400, "messages[1].content", ""},
		"content is a number":       {message(`{"role": "user", "content": 1}`), 400, "messages[0].content", ""},
		"content is an image":       {message(`{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}`), 400, "messages[0].content[0]", ""},
		"content part with more":    {message(`{"role": "user", "content": [{"type": "text", "text": "q", "cache": 1}]}`), 400, "messages[0].content[0]", ""},
		"content part of no text":   {message(`{"role": "user", "content": [{"type": "text", "text": 1}]}`), 400, "messages[0].content[0].text", ""},
		"message with a name":       {message(`{"role": "user", "content": "q", "name": "anna"}`), 400, "messages[0].name", ""},
		"message with tool calls":   {message(`{"role": "assistant", "content": "q", "tool_calls": []}`), 400, "messages[0].tool_calls", ""},
		"max_tokens of nothing":     {hello(`"max_tokens": 0`), 400, "max_tokens", ""},
		"max_tokens negative":       {hello(`"max_tokens": -1`), 400, "max_tokens", ""},
		"max_tokens of a half":      {hello(`"max_tokens": 1.5`), 400, "max_tokens", ""},
		"max_tokens beyond int":     {hello(`"max_tokens": 99999999999999999999`), 400, "max_tokens", ""},
		"max_tokens beyond tier":    {hello(`"max_tokens": 501`), 400, "max_tokens", ""},
		"completion tokens too":     {hello(`"max_completion_tokens": 501`), 400, "max_completion_tokens", ""},
		"both limits":               {hello(`"max_tokens": 5`, `"max_completion_tokens": 5`), 400, "max_tokens", ""},
		"temperature negative":      {hello(`"temperature": -0.1`), 400, "temperature", ""},
		"temperature above 2":       {hello(`"temperature": 2.01`), 400, "temperature", ""},
		"temperature infinite":      {hello(`"temperature": 1e999`), 400, "temperature", ""},
		"temperature is a string":   {hello(`"temperature": "NaN"`), 400, "temperature", ""},
		"top_p negative":            {hello(`"top_p": -1`), 400, "top_p", ""},
		"top_p above 1":             {hello(`"top_p": 1.1`), 400, "top_p", ""},
		"five stops":                {hello(`"stop": ["a", "b", "c", "d", "e"]`), 400, "stop", ""},
		"empty stop":                {hello(`"stop": ""`), 400, "stop", ""},
		"stop is a number":          {hello(`"stop": 1`), 400, "stop", ""},
		"long stop":                 {hello(`"stop": "` + strings.Repeat("x", 257) + `"`), 400, "stop", ""},
		"seed is a string":          {hello(`"seed": "x"`), 400, "seed", ""},
		"salt is a number":          {hello(`"cache_salt": 7`), 400, "cache_salt", ""},
		"user is a number":          {hello(`"user": 7`), 400, "user", ""},
		"stream is a string":        {hello(`"stream": "yes"`), 400, "stream", ""},
		"stream_options alone":      {hello(`"stream_options": {"include_usage": true}`), 400, "stream_options", ""},
		"stream_options unknown":    {hello(`"stream": true`, `"stream_options": {"x": true}`), 400, "stream_options.x", ""},
		"two choices":               {hello(`"n": 2`), 400, "n", ""},
		"a grammar":                 {hello(`"grammar": "root ::= \"a\""`), 400, "grammar", ""},
		"a JSON schema":             {hello(`"response_format": {"type": "json_schema", "json_schema": {}}`), 400, "response_format", ""},
		"a JSON object":             {hello(`"response_format": {"type": "json_object"}`), 400, "response_format", ""},
		"tools":                     {hello(`"tools": []`), 400, "tools", ""},
		"functions":                 {hello(`"functions": []`), 400, "functions", ""},
		"logit_bias":                {hello(`"logit_bias": {"1": 100}`), 400, "logit_bias", ""},
		"logprobs":                  {hello(`"logprobs": true`), 400, "logprobs", ""},
		"penalty":                   {hello(`"frequency_penalty": 0.5`), 400, "frequency_penalty", ""},
		"a raw sampler setting":     {hello(`"top_k": 1`), 400, "top_k", ""},
		"another":                   {hello(`"mirostat": 2`), 400, "mirostat", ""},
		"a member in capitals":      {hello(`"Temperature": 1`), 400, "Temperature", ""},
		"an unknown member":         {hello(`"x": 1`), 400, "x", ""},
		"an unknown part of a tree": {hello(`"stream_options": []`), 400, "stream_options", ""},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setupChat(t)
			r := b.post(c.body)
			e := r.openAIError(t)
			if r.status != c.status || e.Param != c.param || e.Code != c.code || e.Type != "invalid_request_error" {
				t.Errorf("got %d %s, want %d with param %q and code %q", r.status, r.body, c.status, c.param, c.code)
			}
			refused := 0
			for _, n := range b.refused() {
				refused += n
			}
			if len(b.chat.calls) != 0 || len(b.usage.Rows()) != 0 || refused != 1 {
				t.Errorf("asked %d times, %d rows, %d refusals; want none, none and one", len(b.chat.calls), len(b.usage.Rows()), refused)
			}
		})
	}
}

func TestChatErrorsHaveOpenAIsForm(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	pro := token(t, "pro", tenancy.TierProfessional, now)
	for name, c := range map[string]struct {
		r          reply
		status     int
		kind, code string
	}{
		"no token":      {b.do("POST", chatPath, "", hello()), 401, "invalid_request_error", "invalid_api_key"},
		"garbage token": {b.do("GET", "/v1/models", "x.y.z", ""), 401, "invalid_request_error", "invalid_api_key"},
		"suspended":     {b.do("POST", chatPath, token(t, "gone", tenancy.TierProfessional, now), hello()), 403, "permission_error", "subscription_inactive"},
		"no such route": {b.do("POST", "/v1/completions", pro, hello()), 404, "invalid_request_error", "not_found"},
		"wrong method":  {b.do("GET", chatPath, pro, ""), 405, "invalid_request_error", "not_found"},
		"compressed":    {b.post("zzz", "Content-Encoding", "gzip"), 400, "invalid_request_error", ""},
		"key of spaces": {b.post(hello(), "Idempotency-Key", "a b"), 400, "invalid_request_error", ""},
		"model unknown": {b.do("GET", "/v1/models/gpt-4", pro, ""), 404, "invalid_request_error", "model_not_found"},
	} {
		if e := c.r.openAIError(t); c.r.status != c.status || e.Type != c.kind || e.Code != c.code {
			t.Errorf("%s: %d %s", name, c.r.status, c.r.body)
		}
	}
	if r := b.do("POST", chatPath, "", hello()); r.header.Get("WWW-Authenticate") == "" {
		t.Error("a 401 names no scheme")
	}
}

// A prompt of a megabyte never gets as far as the model: the body is not even read.
func TestChatBodyOfAMegabyte(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	url := b.listen()
	body := `{"model": "ilsai", "messages": [{"role": "user", "content": "` + strings.Repeat("a", 1<<20) + `"}]}`
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer x\r\nContent-Length: %d\r\n\r\n", chatPath, len(body))
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	r := reply{resp.StatusCode, resp.Header, all}
	if e := r.openAIError(t); err != nil || r.status != 413 || e.Code != "too_large" || !strings.Contains(e.Message, "64 KiB") {
		t.Errorf("%d %s %v", r.status, r.body, err)
	}
}

func TestChatFailures(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err        error
		status     int
		kind, code string
		param      string
	}{
		"beyond the context": {ilsai.Errorf(ilsai.CodeTooLarge, "the prompt has 9 tokens"), 400, "invalid_request_error", "context_length_exceeded", "messages"},
		"busy":               {ilsai.Errorf(ilsai.CodeOverloaded, "Busy."), 503, "server_error", "overloaded", ""},
		"the step failed":    {ilsai.Errorf(ilsai.CodeGenerationFailed, "It failed."), 503, "server_error", "generation_failed", ""},
		"a defect":           {errors.New("secret cause"), 500, "server_error", "internal", ""},
	} {
		for _, members := range []string{`"stream": false`, `"stream": true`} {
			b := setupChat(t)
			b.chat.reply = func(context.Context, server.Chat) (server.ChatStream, error) { return nil, c.err }
			r := b.post(hello(members))
			e := r.openAIError(t)
			if r.status != c.status || e.Type != c.kind || e.Code != c.code || e.Param != c.param || strings.Contains(e.Message, "secret") {
				t.Errorf("%s, %s: %d %s", name, members, r.status, r.body)
			}
			rows := b.usage.Rows()
			if len(rows) != 1 || rows[0].Success || rows[0].TokensUsed != 0 || r.header.Get("RateLimit") == "" {
				t.Errorf("%s, %s: rows %+v header %v", name, members, rows, r.header)
			}
		}
	}
}

func TestChatLimits(t *testing.T) {
	t.Parallel()
	few := 2
	b := setupChat(t, func(_ *server.Deps, o *admission.Options) {
		o.Limits = fixedLimits{"pro": {QueriesPerMonth: &few}, "basic": {QueriesPerMinute: &few}}
	})
	basic := token(t, "basic", tenancy.TierBasic, now)
	for n := range few {
		if a, z := b.post(hello()), b.do("POST", chatPath, basic, hello(`"stream": true`)); a.status != 200 || z.status != 200 {
			t.Fatalf("%d: %s %s", n, a.body, z.body)
		}
	}
	for _, members := range []string{`"stream": false`, `"stream": true`} {
		r := b.post(hello(members))
		if e := r.openAIError(t); r.status != 429 || e.Code != "insufficient_quota" || r.header.Get("X-Should-Retry") != "false" {
			t.Errorf("quota: %d %s %v", r.status, r.body, r.header)
		}
		r = b.do("POST", chatPath, basic, hello(members))
		if e := r.openAIError(t); r.status != 429 || e.Code != "rate_limit_exceeded" || r.header.Get("Retry-After") != "60" || r.header.Get("RateLimit") == "" {
			t.Errorf("rate: %d %s %v", r.status, r.body, r.header)
		}
	}
	if got, want := b.refused(), map[ilsai.Code]int{ilsai.CodeQuotaExceeded: 2, ilsai.CodeRateLimited: 2}; !maps.Equal(got, want) {
		t.Errorf("refused %v, want %v", got, want)
	}
}

// A question through the assistant's route is never a chat, and the features do not list it.
func TestChatIsNoQueryType(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	pro := token(t, "pro", tenancy.TierProfessional, now)
	if r := b.do("POST", "/api/ai/query", pro, ask("q", "chat")); r.status != 400 {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := b.do("GET", "/api/ai/features", pro, ""); strings.Contains(string(r.body), "chat\":{") {
		t.Errorf("%s", r.body)
	}
	if r := setup(t).do("POST", chatPath, pro, hello()); r.status != 404 || r.problem(t).Code != "not_found" {
		t.Errorf("without a model: %d %s", r.status, r.body)
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	b := setupChat(t)
	pro := token(t, "pro", tenancy.TierProfessional, now)
	want := `{"data":[{"id":"tiny","object":"model","created":1795014000,"owned_by":"ilsai"},{"id":"ilsai","object":"model","created":1795014000,"owned_by":"ilsai"}],"object":"list"}`
	if r := b.do("GET", "/v1/models", pro, ""); r.status != 200 || string(r.body) != want {
		t.Errorf("%d %s", r.status, r.body)
	}
	if r := b.do("GET", "/v1/models/tiny", pro, ""); r.status != 200 || string(r.body) != `{"id":"tiny","object":"model","created":1795014000,"owned_by":"ilsai"}` {
		t.Errorf("%d %s", r.status, r.body)
	}
}

// listen serves on a port until the test ends.
func (b chatBench) listen() (url string) {
	b.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- b.server.Serve(ln) }()
	b.t.Cleanup(func() {
		if err := errors.Join(b.server.Shutdown(context.Background()), <-served); err != nil {
			b.t.Error(err)
		}
	})
	return "http://" + ln.Addr().String()
}
