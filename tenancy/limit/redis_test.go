package limit_test

import (
	"bufio"
	"io"
	"log/slog"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy/limit"
	"github.com/ils-platform/ilsai/tenancy/limit/limittest"
)

// server is a redis-server of this test's own, without persistence.
type server struct {
	port  string
	cmd   *exec.Cmd
	stdin io.Closer
}

// startRedis starts Debian's redis-server on a port: any free one for "".
func startRedis(t *testing.T, port string) *server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("these tests need redis-server: apt-get install redis-server (scripts/setup.sh does it)")
	}
	for range 5 { // another process may take a free port before the server does
		s := &server{port: port}
		if port == "" {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			_, s.port, _ = net.SplitHostPort(l.Addr().String())
			l.Close()
		}
		if s.start(t) {
			t.Cleanup(s.stop)
			return s
		}
	}
	t.Fatal("redis-server did not start")
	return nil
}

// start reports whether the server took the port. The shell ends it when its input does, so that it
// does not outlive a test that is killed.
func (s *server) start(t *testing.T) bool {
	s.cmd = exec.Command("sh", "-c", `exec 3<&0; redis-server "$@" </dev/null & read line <&3; kill $!; wait`, "sh",
		"--port", s.port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "", "--appendonly", "no")
	var err error
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			return true
		}
		if strings.Contains(lines.Text(), "Could not create server") || strings.Contains(lines.Text(), "Failed listening") {
			break
		}
	}
	s.stop()
	return false
}

func (s *server) stop() {
	s.stdin.Close()
	s.cmd.Wait()
}

func (s *server) url() string { return "redis://127.0.0.1:" + s.port }

func (s *server) open(t *testing.T, o limit.Options) *limit.Redis {
	t.Helper()
	l, err := limit.OpenRedis(s.url(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func (s *server) client(t *testing.T) *redis.Client {
	c := redis.NewClient(&redis.Options{Addr: "127.0.0.1:" + s.port})
	t.Cleanup(func() { c.Close() })
	return c
}

func TestRedis(t *testing.T) {
	checks(t, "50")
	s := startRedis(t, "")
	limittest.Exercise(t, func(t *testing.T, clock func() time.Duration) limit.Limiter {
		if err := s.client(t).FlushAll(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		return s.open(t, limit.Options{Clock: clock})
	})
}

// TestRedisServerClock has two replicas share a limit by the server's clock. A refused client asks on
// and is admitted when the reply said, not before; then the key is left alone and expires.
func TestRedisServerClock(t *testing.T) {
	const window = 200 * time.Millisecond
	s := startRedis(t, "")
	a, b := s.open(t, limit.Options{Window: window}), s.open(t, limit.Options{Window: window})
	start := time.Now()
	for i := range 5 {
		if d, err := a.Allow(t.Context(), "shop", 10); err != nil || !d.Allowed || d.Remaining != 9-2*i {
			t.Fatalf("got %+v, %v", d, err)
		}
		if d, err := b.Allow(t.Context(), "shop", 10); err != nil || !d.Allowed || d.Remaining != 8-2*i {
			t.Fatalf("got %+v, %v", d, err)
		}
	}
	d, err := a.Allow(t.Context(), "shop", 10)
	if err != nil || d.Allowed || d.RetryAfter <= 0 || d.RetryAfter > window {
		t.Fatalf("got %+v, %v after %v", d, err, time.Since(start))
	}
	for !d.Allowed {
		if d, err = b.Allow(t.Context(), "shop", 10); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(start); took < window {
		t.Errorf("admitted an eleventh request after %v", took)
	}
	c := s.client(t)
	ttl, err := c.PTTL(t.Context(), "ilsai:limit:shop").Result()
	if err != nil || ttl <= 0 || ttl > window {
		t.Errorf("an idle key expires after %v, %v; want at most %v", ttl, err, window)
	}
}

// TestRedisClockSetBack moves the time of the store back by an hour.
func TestRedisClockSetBack(t *testing.T) {
	s := startRedis(t, "")
	c := &limittest.Clock{}
	c.Advance(100 * time.Hour)
	l := s.open(t, limit.Options{Clock: c.Now})
	allow := func(want limit.Decision) {
		t.Helper()
		if got, err := l.Allow(t.Context(), "shop", 3); err != nil || got != want {
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		}
	}
	allow(limit.Decision{Allowed: true, Limit: 3, Remaining: 2, Reset: limit.Window})
	c.Advance(20 * time.Second)
	allow(limit.Decision{Allowed: true, Limit: 3, Remaining: 1, Reset: 40 * time.Second})
	c.Advance(-time.Hour)
	allow(limit.Decision{Allowed: true, Limit: 3, Reset: 40 * time.Second})
	allow(limit.Decision{Limit: 3, Reset: 40 * time.Second, RetryAfter: 40 * time.Second})
	c.Advance(40 * time.Second)
	allow(limit.Decision{Allowed: true, Limit: 3, Reset: 20 * time.Second})
}

// TestRedisRestarts takes the store away from under a Fallback and gives it back, script lost.
func TestRedisRestarts(t *testing.T) {
	s := startRedis(t, "")
	c := &limittest.Clock{}
	f := limit.NewFallback(s.open(t, limit.Options{Clock: c.Now}), limit.NewLocal(limit.Options{Clock: c.Now}),
		limit.FallbackOptions{Replicas: 2, Timeout: 5 * time.Second, Clock: c.Now, Logger: slog.New(slog.DiscardHandler)})
	admit := func(key string) (admitted int) {
		t.Helper()
		for range 40 {
			d, err := f.Allow(t.Context(), key, 30)
			if err != nil {
				t.Fatal(err)
			}
			if d.Allowed {
				admitted++
			}
		}
		return admitted
	}
	for range 3 {
		c.Advance(limit.Window)
		if got := admit("a"); got != 30 || f.Stats().Away {
			t.Errorf("%d admitted through Redis, want 30; %+v", got, f.Stats())
		}
		s.stop()
		if got := admit("b"); got != 15 || !f.Stats().Away {
			t.Errorf("%d admitted without Redis, want 15; %+v", got, f.Stats())
		}
		s = startRedis(t, s.port)
		c.Advance(time.Second)
		if got := admit("c"); got != 30 || f.Stats().Away {
			t.Errorf("%d admitted through Redis again, want 30; %+v", got, f.Stats())
		}
	}
	if got, want := f.Stats(), (limit.FallbackStats{Lost: 3, Recovered: 3, Local: 120}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestRedisErrors(t *testing.T) {
	const secret = "hunter2"
	_, err := limit.OpenRedis("redis://user:"+secret+"@host:port", limit.Options{})
	if ilsai.ErrorCode(err) != ilsai.CodeInvalid || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v", err)
	}
	l, err := limit.OpenRedis("redis://user:"+secret+"@127.0.0.1:"+strconv.Itoa(1), limit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = l.Allow(t.Context(), "a", 1)
	if ilsai.ErrorCode(err) != ilsai.CodeUnavailable || strings.Contains(err.Error(), secret) {
		t.Errorf("got %v", err)
	}
}
