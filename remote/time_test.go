package remote_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/remote"
	"github.com/ils-platform/ilsai/remote/remotetest"
)

// TestStalls: a server that says nothing more is left, its connection closed, its slot given to the next.
func TestStalls(t *testing.T) {
	tests := []struct {
		name   string
		before func(*remotetest.Reply)
		timer  time.Duration
		events int // that the client has seen by then, if any
		code   ilsai.Code
		cause  error
		text   string
	}{
		{"before its headers", func(*remotetest.Reply) {}, firstByte, 0, ilsai.CodeUnavailable, remote.ErrSilent, ""},
		{"after its headers", func(w *remotetest.Reply) { w.Raw(": ping\n\n") }, firstByte, 0, ilsai.CodeUnavailable, remote.ErrSilent, ""},
		{"in the middle", func(w *remotetest.Reply) { w.Text("Hello") }, idle, 1, ilsai.CodeGenerationFailed, remote.ErrStalled, "Hello"},
		{"in the middle, with pings", func(w *remotetest.Reply) { w.Text("Hello"); w.Raw(": ping\n\n") }, idle, 1, ilsai.CodeGenerationFailed, remote.ErrStalled, "Hello"},
		{"after the text", func(w *remotetest.Reply) { w.Text("Hello"); w.Finish("stop") }, idle, 2, "", nil, "Hello"},
		{"in a refusal", func(w *remotetest.Reply) { w.Refuse(503, ""); w.Raw("bu") }, firstByte, 0, ilsai.CodeUnavailable, remote.ErrSilent, ""},
		{"until the deadline", func(w *remotetest.Reply) { w.Text("Hello") }, deadline, 0, ilsai.CodeDeadline, context.DeadlineExceeded, "Hello"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			reached, gone := make(chan struct{}), make(chan struct{})
			e, server, ts := open(t, func(w *remotetest.Reply, _ remotetest.Request) {
				tt.before(w)
				close(reached)
				w.Stall()
				close(gone)
			})
			r := hello("a")
			r.Deadline = start.Add(deadline)
			s := begin(t, e, r)
			<-reached // a request that is given up before it is sent never gets there
			for got := ""; got != tt.text; {
				text, _ := s.Next(context.Background())
				got += text
			}
			ts.fire(tt.timer, max(1, tt.events))
			got, err := result(t, s)
			if ilsai.ErrorCode(err) != tt.code || got.Text != tt.text || tt.cause != nil && !errors.Is(err, tt.cause) {
				t.Errorf("%+v, %v", got, err)
			}
			<-gone
			server.Answer(func(w *remotetest.Reply, _ remotetest.Request) { w.Whole("fine", 5) })
			for range 3 {
				if r, err := result(t, begin(t, e, hello("b"))); err != nil || r.Text != "fine" {
					t.Fatalf("afterwards: %+v, %v", r, err)
				}
			}
		})
	}
}

// TestEveryEventIsNews: the timer of the first byte ends with the first event, and each event begins the idle time anew.
func TestEveryEventIsNews(t *testing.T) {
	e, _, ts := open(t, func(w *remotetest.Reply, _ remotetest.Request) { w.Whole("a long answer indeed", 5) })
	if _, err := result(t, begin(t, e, hello("a"))); err != nil {
		t.Fatal(err)
	}
	e.Close()
	ts.mu.Lock()
	defer ts.mu.Unlock()
	if len(ts.set) != 0 {
		t.Errorf("%d timers are left", len(ts.set))
	}
}

// TestClosesSlowly: the answer is there and the slot free when the stream says that it is over, whatever the
// connection does; it is closed when that takes too long.
func TestClosesSlowly(t *testing.T) {
	gone := make(chan struct{}, 2)
	e, _, ts := open(t, func(w *remotetest.Reply, _ remotetest.Request) {
		w.Whole("Hello", 5)
		w.Stall()
		gone <- struct{}{}
	}, func(o *remote.Options) { o.Concurrency = 1 })
	for range 2 {
		if r, err := result(t, begin(t, e, hello("a"))); err != nil || r.Text != "Hello" {
			t.Fatalf("%+v, %v", r, err)
		}
	}
	ts.fire(time.Second, 1)
	ts.fire(time.Second, 2)
	<-gone
	<-gone
}

// TestCancelReachesTheServer, by Cancel, by the context and by Close.
func TestCancelReachesTheServer(t *testing.T) {
	for name, tt := range map[string]struct {
		cancel func(*remote.Engine, *remote.Stream, context.CancelFunc)
		code   ilsai.Code
	}{
		"cancel":  {func(_ *remote.Engine, s *remote.Stream, _ context.CancelFunc) { s.Cancel() }, ilsai.CodeCanceled},
		"context": {func(_ *remote.Engine, _ *remote.Stream, stop context.CancelFunc) { stop() }, ilsai.CodeCanceled},
		"close":   {func(e *remote.Engine, _ *remote.Stream, _ context.CancelFunc) { e.Close() }, ilsai.CodeUnavailable},
	} {
		t.Run(name, func(t *testing.T) {
			gone := make(chan struct{})
			e, _, _ := open(t, func(w *remotetest.Reply, _ remotetest.Request) {
				w.Text("Hel")
				w.Stall()
				close(gone)
			})
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			s, err := e.Start(ctx, hello("a"))
			if err != nil {
				t.Fatal(err)
			}
			if text, ok := s.Next(context.Background()); text != "Hel" || !ok {
				t.Fatalf("%q", text)
			}
			tt.cancel(e, s, stop)
			<-gone
			r, err := result(t, s)
			if ilsai.ErrorCode(err) != tt.code || r.Text != "Hel" || r.CompletionTokens < 1 {
				t.Errorf("%+v, %v", r, err)
			}
			if _, ok := s.Next(context.Background()); ok {
				t.Error("there is more text after the end")
			}
		})
	}
}

// TestTriesAgain while nothing was generated, later each time, and not before the server wants.
func TestTriesAgain(t *testing.T) {
	n := 0
	e, server, ts := open(t, func(w *remotetest.Reply, _ remotetest.Request) {
		switch n++; n {
		case 1:
			w.Refuse(503, "starting")
		case 2:
			w.Refuse(429, "busy", "Retry-After", "2")
		case 3:
			w.Refuse(503, "starting", "Retry-After", "nonsense")
		default:
			w.Whole("Hello", 5)
		}
	})
	ts.pass = func(d time.Duration) bool { return d < 10*time.Second && d != time.Second }
	r, err := result(t, begin(t, e, hello("a")))
	if err != nil || r.Text != "Hello" || len(server.Requests()) != 4 {
		t.Fatalf("%+v, %v after %d requests", r, err, len(server.Requests()))
	}
	waits := slices.Clone(ts.passed)
	if len(waits) != 3 || waits[0] >= 250*time.Millisecond || waits[1] != 2*time.Second || waits[2] >= time.Second {
		t.Errorf("waited %v", waits)
	}
}

// TestNoTimeToTryAgain: a wait that would outlast the deadline is not begun, and one that is on ends with the request.
func TestNoTimeToTryAgain(t *testing.T) {
	asked := make(chan struct{}, 9)
	e, server, ts := open(t, func(w *remotetest.Reply, _ remotetest.Request) {
		w.Refuse(503, "busy", "Retry-After", "5")
		asked <- struct{}{}
	})
	r := hello("a")
	r.Deadline = start.Add(4 * time.Second)
	if _, err := result(t, begin(t, e, r)); ilsai.ErrorCode(err) != ilsai.CodeOverloaded || len(server.Requests()) != 1 {
		t.Errorf("%v after %d requests", err, len(server.Requests()))
	}
	<-asked
	s := begin(t, e, hello("a"))
	<-asked
	s.Cancel()
	if _, err := result(t, s); ilsai.ErrorCode(err) != ilsai.CodeCanceled || len(server.Requests()) != 2 {
		t.Errorf("%v after %d requests", err, len(server.Requests()))
	}
	_ = ts
}

// TestServerAway: nobody listens; when somebody does, the request that waits is answered.
func TestServerAway(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := ln.Addr().String()
	ln.Close()
	e, _, ts := open(t, nil, func(o *remote.Options) { o.URL = "http://" + address + "/v1" })
	ts.pass = func(d time.Duration) bool { return d < 10*time.Second }
	var op *net.OpError
	if _, err := result(t, begin(t, e, hello("a"))); ilsai.ErrorCode(err) != ilsai.CodeUnavailable || !errors.As(err, &op) || len(ts.passed) != 3 {
		t.Errorf("%v after waiting %v", err, ts.passed)
	}
	if err := e.Check(context.Background()); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("Check says %v", err)
	}
}

// TestUnknownCertificate: a server that cannot prove who it is gets nothing, and nobody tries again.
func TestUnknownCertificate(t *testing.T) {
	var reached atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached.Add(1) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	e, _, ts := open(t, nil, func(o *remote.Options) { o.URL, o.Key = server.URL+"/v1", "k-1" })
	var unknown *tls.CertificateVerificationError
	if _, err := result(t, begin(t, e, hello("a"))); ilsai.ErrorCode(err) != ilsai.CodeUnavailable || !errors.As(err, &unknown) || len(ts.passed) != 0 {
		t.Errorf("%v after waiting %v", err, ts.passed)
	}
	if err := e.Check(context.Background()); ilsai.ErrorCode(err) != ilsai.CodeUnavailable || reached.Load() != 0 {
		t.Errorf("Check says %v; %d requests were sent", err, reached.Load())
	}
}

func TestCheck(t *testing.T) {
	status, body := 200, ""
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/models" || r.Header.Get("Authorization") != "Bearer k" {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})
	e, server, _ := open(t, nil, func(o *remote.Options) { o.Key = "k" })
	server.Config.Handler = handler
	for _, tt := range []struct {
		status int
		body   string
		want   ilsai.Code
	}{
		{200, `{"data": [{"id": "other"}, {"id": "stub-model"}]}`, ""},
		{200, `{"data": [{"id": "other"}]}`, ilsai.CodeNotFound},
		{200, `{}`, ilsai.CodeNotFound},
		{200, `<html>`, ilsai.CodeUnavailable},
		{401, `no`, ilsai.CodeUnavailable},
		{404, `no`, ilsai.CodeUnavailable},
		{503, `no`, ilsai.CodeOverloaded},
	} {
		status, body = tt.status, tt.body
		if err := e.Check(context.Background()); ilsai.ErrorCode(err) != tt.want {
			t.Errorf("%d %s: %v, want %q", tt.status, tt.body, err, tt.want)
		}
	}
}
