package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
)

// Whoever hangs up ends the question, whichever way the answer would have left; a client that waits is waited for.
func TestHangingUpEndsTheQuestion(t *testing.T) {
	began, ended := make(chan struct{}, 1), make(chan error, 1)
	s := startStack(t, stackOptions{tenants: 1, limits: unlimited, engine: func(ctx context.Context, _ assistant.Question) error {
		began <- struct{}{}
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}})
	for _, accept := range []string{"application/json", "text/event-stream"} {
		conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
		if err != nil {
			t.Fatal(err)
		}
		body := `{"question":"revenue","query_type":"sales"}`
		fmt.Fprintf(conn, "POST /api/ai/query HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nAccept: %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			s.token(shop(0), "7", tenancy.TierEnterprise), accept, len(body), body)
		<-began
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", accept, err)
		}
	}
	for _, r := range s.rows() {
		if r.Success || r.TokensUsed != 0 {
			t.Errorf("a question nobody waited for was billed: %+v", r)
		}
	}
}

// The next request on a connection may be there already, and is no sign of anything.
func TestARequestThatWaitsIsNoHangUp(t *testing.T) {
	s := startStack(t, stackOptions{tenants: 1, limits: unlimited})
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	body := `{"question":"revenue","query_type":"sales"}`
	request := fmt.Sprintf("POST /api/ai/query HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", s.token(shop(0), "7", tenancy.TierEnterprise), len(body), body)
	fmt.Fprint(conn, request+request)
	in := bufio.NewReader(conn)
	for range 2 {
		line, err := in.ReadString('\n')
		if err != nil || !strings.Contains(line, " 200 ") {
			t.Fatalf("%q, %v", line, err)
		}
		length := 0
		for line != "\r\n" {
			if line, err = in.ReadString('\n'); err != nil {
				t.Fatal(err)
			}
			_, _ = fmt.Sscanf(line, "Content-Length: %d", &length)
		}
		if _, err := in.Discard(length); err != nil {
			t.Fatal(err)
		}
	}
}
