package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// childEnv makes the test binary a child process: its mode, then the data directory or the address.
const childEnv = "ILSAI_STORE_TEST_CHILD"

func runChild(run string) int {
	mode, place, _ := strings.Cut(run, " ")
	ctx := context.Background()
	var s *store.Store
	var err error
	if mode == "ledger-postgres" {
		s, err = store.OpenPostgres(ctx, place, store.Options{})
	} else {
		s, err = store.Open(ctx, place, store.Options{})
	}
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	switch mode {
	case "append":
		return childAppend(ctx, s)
	case "full":
		return childFull(ctx, s)
	case "ledger", "ledger-postgres":
		return childLedger(ctx, s)
	default:
		return 2
	}
}

// childAppend appends until it is killed and prints each event id after the store has acknowledged it.
func childAppend(ctx context.Context, s *store.Store) int {
	for {
		e, err := newEvent()
		if err == nil {
			err = s.AppendUsage(ctx, &e)
		}
		if err != nil {
			fmt.Println("error", err)
			return 1
		}
		fmt.Println("ack", e.EventID)
	}
}

func newEvent() (tenancy.UsageEvent, error) {
	id, err := tenancy.NewEventID()
	return tenancy.UsageEvent{TenantID: "abc123", UserID: "1", QueryType: tenancy.QuerySales, Question: strings.Repeat("how much? ", 50),
		TokensUsed: 1, Success: true, Timestamp: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC), EventID: id}, err
}

func startChild(t *testing.T, mode, place string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+mode+" "+place)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd, bufio.NewScanner(out)
}

// A process killed while it appends loses nothing it has acknowledged and writes nothing twice; the
// next one starts at once.
func TestKilledWhileAppending(t *testing.T) {
	t.Parallel()
	const rounds = 12
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	acked := make(map[string]bool)
	for range rounds {
		cmd, lines := startChild(t, "append", dir)
		stop := 1 + rng.IntN(60)
		killed := false
		for lines.Scan() { // goes on after the kill: what is in the pipe was acknowledged too
			word, id, _ := strings.Cut(lines.Text(), " ")
			if word != "ack" {
				t.Fatalf("child: %s", lines.Text())
			}
			acked[id] = true
			if stop--; stop == 0 {
				killed = true
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); !killed {
			t.Fatalf("child ended by itself: %v", err)
		}
	}
	s = open(t, dir)
	got := make(map[string]int)
	after := int64(0)
	for {
		page, err := s.Usage(t.Context(), "abc123", time.Time{}, time.Time{}, after, 0)
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			got[e.EventID]++
			after = e.ID
		}
	}
	missing, twice := 0, 0
	for id := range acked {
		if got[id] == 0 {
			missing++
		}
	}
	for _, n := range got {
		if n > 1 {
			twice++
		}
	}
	t.Logf("%d kills: %d acknowledged, %d stored", rounds, len(acked), len(got))
	if missing != 0 || twice != 0 || len(got) > len(acked)+rounds {
		t.Errorf("%d acknowledged events missing, %d twice, %d unacknowledged; want 0, 0 and at most %d", missing, twice, len(got)-len(acked), rounds)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkIntegrity(t, dir)
}

func checkIntegrity(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite3", "file:"+filepath.Join(dir, "ilsai.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var got string
	if err := db.QueryRow("PRAGMA integrity_check").Scan(&got); err != nil || got != "ok" {
		t.Errorf("integrity check: got %q, %v, want ok", got, err)
	}
}

// childFull limits the size of every file it writes, appends until that is reached, lifts the limit,
// and appends again.
func childFull(ctx context.Context, s *store.Store) int {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		fmt.Println("error", err)
		return 1
	}
	full := limit
	full.Cur = 256 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &full); err != nil {
		fmt.Println("error", err)
		return 1
	}
	lifted := false
	for n := 0; n < 5000; n++ {
		e, err := newEvent()
		if err == nil {
			err = s.AppendUsage(ctx, &e)
		}
		switch {
		case err == nil:
			fmt.Println("ack", e.EventID)
			if lifted {
				return 0
			}
		case lifted:
			fmt.Println("error after space was made:", err)
			return 1
		default:
			fmt.Printf("full %s|%s|%v\n", ilsai.ErrorCode(err), ilsai.ErrorMessage(err), err)
			lifted = true
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
				fmt.Println("error", err)
				return 1
			}
		}
	}
	fmt.Println("error: never full")
	return 1
}

func TestDiskFull(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cmd, lines := startChild(t, "full", dir)
	acked, full := 0, ""
	for lines.Scan() {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		switch word {
		case "ack":
			acked++
		case "full":
			full = rest
		default:
			t.Errorf("child: %s", lines.Text())
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("child: %v", err)
	}
	code, rest, _ := strings.Cut(full, "|")
	message, cause, _ := strings.Cut(rest, "|")
	if code != string(ilsai.CodeUnavailable) || !strings.Contains(message, "disk is full") || strings.Contains(message, dir) || !strings.Contains(cause, dir) {
		t.Errorf("got %q, want %s, a message that the disk is full, and the directory in the cause only", full, ilsai.CodeUnavailable)
	}
	s = open(t, dir)
	if got, err := s.SumUsage(t.Context(), "abc123", time.Time{}, time.Time{}); err != nil || got.Queries != acked {
		t.Errorf("got %+v, %v, want %d queries", got, err, acked)
	}
}
