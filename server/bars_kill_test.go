package server_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/mattn/go-sqlite3"

	"github.com/ils-platform/ilsai/assistant"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// The moments of a question with a key at which the process is killed, in their order.
const (
	beforeClaim   = "before the claim"
	afterClaim    = "after the claim"
	midGeneration = "in the middle of the generation"
	beforeSettle  = "after the generation"
	beforeCommit  = "before the commit"
	afterCommit   = "after the commit"
	midReply      = "in the middle of the reply"
	afterReply    = "after the reply"
)

var killPoints = []string{beforeClaim, afterClaim, midGeneration, beforeSettle, beforeCommit, afterCommit, midReply, afterReply}

// killEnv makes the test binary a server that kills itself: the point, then the data directory.
const killEnv = "ILSAI_TEST_KILL_AT"

const stackLease = 90 * time.Second

// killer kills this process at its point.
type killer struct {
	point   string
	settles atomic.Bool // the transaction that is committed next settles
}

func (k *killer) at(point string) {
	if k.point == point {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

// killingLedger reaches the points around its steps.
type killingLedger struct {
	admission.Ledger
	k *killer
}

func (l killingLedger) Admit(ctx context.Context, a tenancy.Admission) (tenancy.Admitted, error) {
	l.k.at(beforeClaim)
	out, err := l.Ledger.Admit(ctx, a)
	l.k.at(afterClaim)
	return out, err
}

func (l killingLedger) Settle(ctx context.Context, s tenancy.Settlement) error {
	l.k.at(beforeSettle)
	l.k.settles.Store(true)
	err := l.Ledger.Settle(ctx, s)
	l.k.at(afterCommit)
	return err
}

// killingListener's connections reach the points of the reply.
type killingListener struct {
	net.Listener
	k *killer
}

func (l killingListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	return killingConn{c, l.k}, err
}

type killingConn struct {
	net.Conn
	k *killer
}

func (c killingConn) Write(b []byte) (int, error) {
	if c.k.point == midReply {
		_, _ = c.Conn.Write(b[:len(b)/2])
	}
	c.k.at(midReply)
	n, err := c.Conn.Write(b)
	c.k.at(afterReply)
	return n, err
}

// TestKillPointServer is no test, but the server of TestKilledAtEveryPoint.
func TestKillPointServer(t *testing.T) {
	point, dir, ok := strings.Cut(os.Getenv(killEnv), "|")
	if !ok {
		t.Skip("it is started by TestKilledAtEveryPoint")
	}
	k := &killer{point: point}
	db, err := sql.Open("sqlite3", "") // for the driver all stores of this process use
	if err != nil {
		t.Fatal(err)
	}
	db.Driver().(*sqlite3.SQLiteDriver).ConnectHook = func(c *sqlite3.SQLiteConn) error {
		c.RegisterCommitHook(func() int {
			if k.settles.Load() {
				k.at(beforeCommit)
			}
			return 0
		})
		return nil
	}
	s := startStack(t, stackOptions{
		dir: dir, dies: true,
		ledger:   func(l admission.Ledger) admission.Ledger { return killingLedger{l, k} },
		listener: func(ln net.Listener) net.Listener { return killingListener{ln, k} },
		engine:   func(context.Context, assistant.Question) error { k.at(midGeneration); return nil },
	})
	fmt.Println("serving", s.url)
	_, _ = io.Copy(io.Discard, os.Stdin) // until the test is gone
}

// The process is killed at every point of a question with a key. After a restart the same key gives
// exactly one billed answer: at once when it was recorded, at the latest when the dead claim's lease ends.
func TestKilledAtEveryPoint(t *testing.T) {
	t.Parallel()
	rounds := barSize(2, 50)
	for _, point := range killPoints {
		t.Run(point, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			startStack(t, stackOptions{dir: dir, tenants: 1, limits: unlimited}).stop()
			for round := range rounds {
				killedOnce(t, dir, point, round)
				if (round+1)%10 == 0 {
					t.Logf("%s: %d of %d", point, round+1, rounds)
				}
			}
		})
	}
}

func killedOnce(t *testing.T, dir, point string, round int) {
	t.Helper()
	key, question := fmt.Sprint("key-", round), fmt.Sprint("question ", round)
	first, err := askTheDying(t, dir, point, question, key)
	if (err == nil) != (point == afterReply) {
		t.Fatalf("round %d: the client got %+v, %v", round, first, err)
	}
	recorded := slices.Index(killPoints, point) >= slices.Index(killPoints, afterCommit)
	claimed := slices.Index(killPoints, point) >= slices.Index(killPoints, afterClaim)
	s := startStack(t, stackOptions{dir: dir, clock: now.Add(time.Second)})
	defer s.stop()
	again := s.mustAsk(shop(0), "1", question, "X-Idempotency-Key", key)
	switch {
	case recorded:
		if again.status != http.StatusOK || !again.replayed() || err == nil && string(again.body) != string(first.body) {
			t.Fatalf("round %d: got %d %s, want the replay of %s", round, again.status, again.body, first.body)
		}
	case claimed:
		if again.status != http.StatusConflict || again.retryAfter() <= 0 || again.retryAfter() > int(stackLease.Seconds()) {
			t.Fatalf("round %d: got %d %s, want a conflict for as long as the lease", round, again.status, again.body)
		}
		s.advance(time.Duration(again.retryAfter()) * time.Second)
		if again = s.mustAsk(shop(0), "1", question, "X-Idempotency-Key", key); again.status != http.StatusOK || again.replayed() {
			t.Fatalf("round %d, the lease over: got %d %s", round, again.status, again.body)
		}
	case again.status != http.StatusOK || again.replayed():
		t.Fatalf("round %d: got %d %s, want an answer", round, again.status, again.body)
	}
	if last := s.mustAsk(shop(0), "1", question, "X-Idempotency-Key", key); !last.replayed() || string(last.body) != string(again.body) {
		t.Errorf("round %d: got %d %s, want the replay of %s", round, last.status, last.body, again.body)
	}
	billed := 0
	for _, e := range s.rows() {
		if e.Question == question && e.Success && !e.FromCache {
			billed++
		}
	}
	if billed != 1 {
		t.Errorf("round %d: billed %d times", round, billed)
	}
	s.wantQuota(shop(0), tenancy.Quota{Used: round + 1})
}

// askTheDying asks a server that does not outlive the question.
func askTheDying(t *testing.T, dir, point, question, key string) (answered, error) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run", "^TestKillPointServer$")
	cmd.Env = append(os.Environ(), killEnv+"="+point+"|"+dir)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer stdin.Close()
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var a answered
	lines, asked := bufio.NewScanner(out), false
	for lines.Scan() {
		url, ok := strings.CutPrefix(lines.Text(), "serving ")
		if !ok {
			t.Log(lines.Text())
			continue
		}
		asked = true
		client := &stack{t: t, url: url, client: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
		client.clock.Store(now.UnixNano())
		a, err = client.ask(t.Context(), shop(0), "1", question, "X-Idempotency-Key", key)
	}
	_ = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !asked || !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the server ended with %v, want that it is killed %s", cmd.ProcessState, point)
	}
	return a, err
}
