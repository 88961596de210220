package main

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy/store"
)

// stack is all that serve puts together, in this process, so that a test may look at its parts or exchange them.
type stack struct {
	t       *testing.T
	control *store.Store
	app     *app
	gateway *gateway
}

// openStack opens a data directory with tokens signed by secret "a". It is closed with the test.
func openStack(t *testing.T, dir string, args ...string) *stack {
	t.Helper()
	return openStackLogging(t, io.Discard, dir, args...)
}

// openStackLogging writes the server's log, as the program makes it.
func openStackLogging(t *testing.T, w io.Writer, dir string, args ...string) *stack {
	t.Helper()
	c, err := load(t, append([]string{"--data-dir=" + dir, "--threads=1"}, args...), []string{"ILSAI_JWT_SECRET=" + secretText("a")})
	if err != nil {
		t.Fatal(err)
	}
	s := &stack{t: t}
	t.Cleanup(s.close)
	log, err := newLogger(c, w)
	if err != nil {
		t.Fatal(err)
	}
	if s.control, err = openServerControl(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	keys, err := openKeys(c, s.control)
	if err != nil {
		t.Fatal(err)
	}
	ring, err := keys.ring(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if s.app, err = openApp(c, log, time.Now); err != nil {
		t.Fatal(err)
	}
	if s.gateway, err = openGateway(c, log, s.control, ring, s.app); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *stack) close() {
	var errs []error
	if s.gateway != nil {
		errs = append(errs, s.gateway.Close())
	}
	if s.app != nil {
		errs = append(errs, s.app.Close())
	}
	if s.control != nil {
		errs = append(errs, s.control.Close())
	}
	if err := errors.Join(errs...); err != nil {
		s.t.Error(err)
	}
}

// listen serves on a port until the test ends.
func (s *stack) listen() (url string) {
	s.t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.gateway.server.Serve(ln) }()
	s.t.Cleanup(func() {
		if err := errors.Join(s.gateway.server.Shutdown(context.Background()), <-served); err != nil {
			s.t.Error(err)
		}
	})
	return "http://" + ln.Addr().String()
}
