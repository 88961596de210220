package server_test

import (
	"context"
	"net"
	"sync"
	"testing"
)

// A stop that comes before the server has begun to serve, or while it begins, ends it all the same.
func TestStopBeforeServing(t *testing.T) {
	t.Parallel()
	for round := range 300 {
		b := setup(t)
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		stop := func() {
			if err := b.server.Shutdown(context.Background()); err != nil {
				t.Error(err)
			}
		}
		if round == 0 {
			stop()
		} else {
			wg.Go(stop)
		}
		if err := b.server.Serve(ln); err != nil {
			t.Errorf("round %d: %v", round, err)
		}
		wg.Wait()
		if conn, err := net.Dial("tcp", ln.Addr().String()); err == nil {
			conn.Close()
			t.Fatalf("round %d: it still listens", round)
		}
	}
}
