package server

import (
	"context"
	"net"
	"syscall"
	"time"

	"github.com/gofiber/fiber/v2"
)

// hangUpEvery is how often a connection whose question is being answered is looked at. A look is one system call.
const hangUpEvery = 100 * time.Millisecond

// whileConnected cancels a question when its client hangs up: fasthttp tells of that only when something is
// written, which for a question is after all the work. The caller calls stop before the connection is used again; it
// waits until nobody looks at it any more.
//
// A client that closes its own side for writing counts as gone, as it does for net/http.
func whileConnected(c *fiber.Ctx, cancel context.CancelFunc) (stop func()) {
	conn, ok := c.Context().Conn().(syscall.Conn)
	if !ok {
		return func() {} // not a socket: a test's, or TLS of a kind that cannot be peeked at
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return func() {}
	}
	over, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(hangUpEvery)
		defer tick.Stop()
		for {
			select {
			case <-over:
				return
			case <-tick.C:
				if hungUp(raw) {
					cancel()
					return
				}
			}
		}
	}()
	return func() {
		close(over)
		<-done
	}
}

var _ syscall.Conn = (*net.TCPConn)(nil)
