package server_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/server"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

type sseEvent struct{ name, data string }

// events reads a whole stream.
func events(t *testing.T, r reply) (all []sseEvent) {
	t.Helper()
	if r.status != 200 || r.header.Get("Content-Type") != "text/event-stream" || r.header.Get("X-Accel-Buffering") != "no" {
		t.Fatalf("got %d with %v: %s", r.status, r.header, r.body)
	}
	for _, block := range strings.SplitAfter(string(r.body), "\n\n") {
		if block == "" || block == ": ping\n\n" {
			continue
		}
		var e sseEvent
		if n, err := fmt.Sscanf(block, "event: %s\ndata: ", &e.name); n != 1 && err != nil {
			t.Fatalf("block %q: %v", block, err)
		}
		_, e.data, _ = strings.Cut(strings.TrimSuffix(block, "\n\n"), "\ndata: ")
		all = append(all, e)
	}
	return all
}

func (b *bench) stream(bearer, body string, headers ...string) reply {
	b.t.Helper()
	return b.do("POST", "/api/ai/query", bearer, body, append(headers, "Accept", "text/event-stream")...)
}

// twoStages answers after telling of both stages.
func twoStages(q assistant.Question) (assistant.Answer, error) {
	q.Progress(assistant.Progress{Stage: assistant.StageReading, PlanWords: "Revenue, this month"})
	q.Progress(assistant.Progress{Stage: assistant.StageWriting, PlanWords: "Revenue, this month"})
	return assistant.Answer{Answer: "It was £12.", QueryType: q.QueryType, Usage: assistant.Usage{Prompt: 8, Completion: 4}}, nil
}

func TestStreamEndsWithTheAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.asker.reply = twoStages
	pro := token(t, "pro", tenancy.TierProfessional, now)
	r := b.stream(pro, ask("How much?", "sales"), "X-Request-ID", "abc-2")
	got := events(t, r)
	if len(got) != 3 || got[0].name != "progress" || got[1].name != "progress" || got[2].name != "answer" {
		t.Fatalf("events %+v", got)
	}
	if got[0].data != `{"stage":"reading","plan_words":"Revenue, this month"}` || strings.Contains(got[1].data, "12") {
		t.Errorf("progress %+v", got[:2])
	}
	var answer struct {
		Answer    string
		RequestID string `json:"request_id"`
	}
	if err := json.Unmarshal([]byte(got[2].data), &answer); err != nil || answer.Answer != "It was £12." || answer.RequestID != "abc-2" {
		t.Errorf("answer %s, %v", got[2].data, err)
	}
	if r.header.Get("RateLimit") == "" || r.header.Get("X-Request-ID") != "abc-2" {
		t.Errorf("headers %v", r.header)
	}
	if rows := b.usage.Rows(); len(rows) != 1 || !rows[0].Success || rows[0].TokensUsed != 12 {
		t.Errorf("rows %+v", rows)
	}
}

func TestStreamRefusesWithAStatus(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, c := range map[string]struct {
		bearer, body string
		status       int
	}{
		"no token":     {"", ask("q", "sales"), 401},
		"tier too low": {token(t, "basic", tenancy.TierBasic, now), ask("q", "sales"), 403},
		"no question":  {token(t, "pro", tenancy.TierProfessional, now), ask("", "sales"), 400},
	} {
		if r := b.stream(c.bearer, c.body); r.status != c.status || r.problem(t).Status != c.status {
			t.Errorf("%s: %d %s", name, r.status, r.body)
		}
	}
	pro := token(t, "pro", tenancy.TierProfessional, now)
	for n := range 60 {
		if r := b.stream(pro, ask(fmt.Sprint("question ", n), "sales")); r.status != 200 {
			t.Fatalf("question %d: %d %s", n, r.status, r.body)
		}
	}
	if r := b.stream(pro, ask("one more", "sales")); r.status != 429 || r.header.Get("Retry-After") == "" || r.problem(t).Code != string(ilsai.CodeRateLimited) {
		t.Errorf("beyond the limit: %d %s", r.status, r.body)
	}
}

// A stream and its replay, streamed or not, have one answer, byte for byte, and are billed once.
func TestStreamWithAnIdempotencyKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.asker.reply = twoStages
	pro := token(t, "pro", tenancy.TierProfessional, now)
	first := events(t, b.stream(pro, ask("How much?", "sales"), "X-Idempotency-Key", "k1"))
	again := b.stream(pro, ask("How much?", "sales"), "X-Idempotency-Key", "k1")
	replayed := events(t, again)
	if len(replayed) != 1 || replayed[0] != first[len(first)-1] || again.header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("replayed %+v, first %+v, header %v", replayed, first, again.header)
	}
	plain := b.do("POST", "/api/ai/query", pro, ask("How much?", "sales"), "X-Idempotency-Key", "k1")
	if string(plain.body) != replayed[0].data {
		t.Errorf("not streamed: %s", plain.body)
	}
	if n := len(b.usage.Rows()); n != 1 || b.asker.calls != 1 {
		t.Errorf("%d rows and %d runs for one key", n, b.asker.calls)
	}
	if r := b.stream(pro, ask("Something else?", "sales"), "X-Idempotency-Key", "k1"); r.status != 422 {
		t.Errorf("another question under the key: %d", r.status)
	}
}

func TestStreamThatFailsEndsWithTheProblem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	pro := token(t, "pro", tenancy.TierProfessional, now)
	b.asker.reply = func(q assistant.Question) (assistant.Answer, error) {
		q.Progress(assistant.Progress{Stage: assistant.StageReading})
		return assistant.Answer{}, ilsai.Wrap(ilsai.CodeGenerationFailed, fmt.Errorf("secret cause"), "The question could not be understood just now. Try again.")
	}
	got := events(t, b.stream(pro, ask("How much?", "sales"), "X-Idempotency-Key", "k2"))
	last := got[len(got)-1]
	if last.name != "error" || !strings.Contains(last.data, `"status":503`) || !strings.Contains(last.data, "generation_failed") || strings.Contains(last.data, "secret") {
		t.Errorf("events %+v", got)
	}
	b.asker.reply = twoStages
	if got := events(t, b.stream(pro, ask("How much?", "sales"), "X-Idempotency-Key", "k2")); got[len(got)-1].name != "answer" {
		t.Errorf("the same key after a failure: %+v", got)
	}
	rows := b.usage.Rows()
	if len(rows) != 2 || rows[0].Success || rows[0].TokensUsed != 0 || !rows[1].Success {
		t.Errorf("rows %+v", rows)
	}
}

func TestStreamSurvivesAPanic(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.asker.reply = func(assistant.Question) (assistant.Answer, error) { panic("a defect") }
	got := events(t, b.stream(token(t, "pro", tenancy.TierProfessional, now), ask("How much?", "sales")))
	if last := got[len(got)-1]; last.name != "error" || !strings.Contains(last.data, `"status":500`) || strings.Contains(last.data, "defect") {
		t.Errorf("events %+v", got)
	}
}

// patientAsker answers when its question is withdrawn.
type patientAsker struct{ withdrawn chan error }

func (p patientAsker) Ask(ctx context.Context, q assistant.Question) (assistant.Answer, error) {
	q.Progress(assistant.Progress{Stage: assistant.StageReading})
	<-ctx.Done()
	p.withdrawn <- ctx.Err()
	return assistant.Answer{}, ctx.Err()
}

// A client that hangs up ends its question, and it is not billed.
func TestStreamEndsWithItsClient(t *testing.T) {
	t.Parallel()
	patient := patientAsker{make(chan error, 1)}
	b := setup(t, func(d *server.Deps, _ *admission.Options) { d.Asker = patient })
	ticks := make(chan time.Time)
	b.server.SetTicker(ticks)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- b.server.Serve(ln) }()
	conn, err := net.Dial("tcp", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	body := ask("How much?", "sales")
	fmt.Fprintf(conn, "POST /api/ai/query HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nAccept: text/event-stream\r\nContent-Length: %d\r\n\r\n%s",
		token(t, "pro", tenancy.TierProfessional, now), len(body), body)
	lines := bufio.NewScanner(conn)
	for lines.Scan() && !bytes.HasPrefix(lines.Bytes(), []byte("data: ")) {
	}
	if !strings.Contains(lines.Text(), "reading") {
		t.Fatalf("first data %q", lines.Text())
	}
	conn.Close()
	for open := true; open; { // the second write after the hang-up fails, or a later one
		select {
		case ticks <- now:
		case err := <-patient.withdrawn:
			if err == nil {
				t.Error("not withdrawn")
			}
			open = false
		}
	}
	if err := b.server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
	for _, row := range b.usage.Rows() {
		if row.Success || row.TokensUsed != 0 {
			t.Errorf("billed: %+v", row)
		}
	}
}
