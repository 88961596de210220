package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

var reloadedLine = regexp.MustCompile(`token keys reloaded" keys=(\d+)`)

// TestRotationUnderLoad is bar 3.6: of 10,000 requests while keys come and go with overlap none
// fails, and a key that was taken away is refused after SIGHUP.
func TestRotationUnderLoad(t *testing.T) {
	t.Parallel()
	const requests, clients, rotations = 10_000, 8, 10
	dir, secrets := makeShop(t), t.TempDir()
	name := func(i int) string { return fmt.Sprintf("key-%02d", i) }
	writeSecret(t, filepath.Join(secrets, name(0)), name(0))
	s := startServer(t, nil, "--data-dir", dir, "--jwt-secret-file", secrets)
	transport := &http.Transport{MaxIdleConnsPerHost: clients}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}

	// A request reads its token under the lock, so whoever holds it for writing knows which keys are in use.
	var mu sync.RWMutex
	tokens := []string{signed(t, name(0), name(0))}
	var sent, failed atomic.Int64
	var wg sync.WaitGroup
	for range clients {
		wg.Go(func() {
			for n := sent.Add(1); n <= requests; n = sent.Add(1) {
				mu.RLock()
				req, _ := http.NewRequest(http.MethodGet, s.url+"/api/ai/features", nil)
				req.Header.Set("Authorization", "Bearer "+tokens[int(n)%len(tokens)])
				resp, err := client.Do(req)
				if err != nil || resp.StatusCode != http.StatusOK {
					failed.Add(1)
					t.Errorf("request %d: %v %v", n, resp, err)
				}
				if err == nil {
					resp.Body.Close()
				}
				mu.RUnlock()
			}
		})
	}
	atLeast := func(n int64) { // the load paces the rotations
		for sent.Load() < n && failed.Load() == 0 {
			s.get(t, "/livez", "")
		}
	}
	var slowest time.Duration
	for i := 1; i <= rotations; i++ {
		atLeast(int64(i-1) * requests / rotations)
		old, fresh := name(i-1), name(i)
		writeSecret(t, filepath.Join(secrets, fresh), fresh)
		if i%3 == 0 { // another kind of rotation at the same time
			if code, _, stderr := runProgram(t, nil, "key", "rotate", "--data-dir", dir, "--jwt-secret-file", secrets, "--overlap", "1h"); code != 0 {
				t.Fatalf("key rotate: %s", stderr)
			}
		}
		s.signal(t, syscall.SIGHUP)
		s.await(t, reloadedLine)
		mu.Lock()
		tokens = []string{tokens[len(tokens)-1], signed(t, fresh, fresh)} // overlap: both are used
		mu.Unlock()
		atLeast(int64(i-1)*requests/rotations + requests/rotations/2)
		mu.Lock()
		gone := tokens[0]
		tokens = tokens[1:]
		mu.Unlock()
		if err := os.Remove(filepath.Join(secrets, old)); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		s.signal(t, syscall.SIGHUP)
		s.await(t, reloadedLine)
		if status, body := s.get(t, "/api/ai/features", gone); status != 401 {
			t.Errorf("the removed key %s got %d %s", old, status, body)
		}
		slowest = max(slowest, time.Since(began))
	}
	wg.Wait()
	if n := failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed", n, requests)
	}
	t.Logf("%d requests, %d failed; a removed key was refused at most %v after SIGHUP", requests, failed.Load(), slowest)
}

// TestReloadThatFails keeps the old keys and says why.
func TestReloadThatFails(t *testing.T) {
	t.Parallel()
	dir, secrets := makeShop(t), t.TempDir()
	writeSecret(t, filepath.Join(secrets, "a"), "a")
	s := startServer(t, nil, "--data-dir", dir, "--jwt-secret-file", secrets)
	if err := os.WriteFile(filepath.Join(secrets, "b"), []byte("too-short-to-be-safe"), 0o600); err != nil {
		t.Fatal(err)
	}
	s.signal(t, syscall.SIGHUP)
	s.await(t, regexp.MustCompile(`level=ERROR msg="the token keys were not reloaded; those from before stay in use" cause="[^"]*/b: The token secret has 20 bytes`))
	if status, body := s.get(t, "/api/ai/features", signed(t, "a", "a")); status != 200 {
		t.Errorf("the old key got %d %s", status, body)
	}
	writeSecret(t, filepath.Join(secrets, "b"), "b")
	s.signal(t, syscall.SIGHUP)
	s.await(t, reloadedLine)
	if status, body := s.get(t, "/api/ai/features", signed(t, "b", "b")); status != 200 {
		t.Errorf("the new key got %d %s", status, body)
	}
}

func TestKeyCommands(t *testing.T) {
	t.Parallel()
	dir, secrets := makeShop(t), t.TempDir()
	writeSecret(t, filepath.Join(secrets, "file-key"), "a")
	run := func(args ...string) []shownKey {
		t.Helper()
		code, out, stderr := runProgram(t, nil, append(args, "--data-dir", dir, "--jwt-secret-file", secrets, "--json")...)
		if code != 0 {
			t.Fatalf("%v: %s", args, stderr)
		}
		var keys []shownKey
		if err := json.Unmarshal([]byte(out), &keys); err != nil {
			t.Fatalf("%v: %v in %s", args, err, out)
		}
		return keys
	}
	states := func(keys []shownKey) (all []string) {
		for _, k := range keys {
			all = append(all, k.State)
		}
		return all
	}
	if keys := run("key", "list"); len(keys) != 1 || keys[0].ID != "file-key" || keys[0].Algorithm != "HS256" {
		t.Errorf("at first: %+v", keys)
	}
	run("key", "rotate")
	keys := run("key", "rotate", "--overlap", "2h")
	if got := states(keys); !slices.Equal(got, []string{"active", "retiring", "active"}) {
		t.Errorf("after two rotations: %v", got)
	}
	if left := time.Until(keys[1].RetiresAt); left < time.Hour || left > 2*time.Hour {
		t.Errorf("the first one retires in %v, want 2h", left)
	}
	if got := states(run("key", "retire", keys[1].ID)); !slices.Equal(got, []string{"active", "retired", "active"}) {
		t.Errorf("after retire: %v", got)
	}
	code, _, stderr := runProgram(t, nil, "key", "retire", keys[1].ID, "--data-dir", dir, "--jwt-secret-file", secrets)
	oneLine(t, code, stderr, "already")
	code, _, stderr = runProgram(t, nil, "key", "retire", "file-key", "--data-dir", dir, "--jwt-secret-file", secrets)
	oneLine(t, code, stderr, "not in the control database", filepath.Join(secrets, "file-key"), "SIGHUP")
	code, _, stderr = runProgram(t, nil, "key", "retire", "nobody", "--data-dir", dir, "--jwt-secret-file", secrets)
	oneLine(t, code, stderr, `no signing key with the id "nobody"`)
	code, _, stderr = runProgram(t, nil, "key", "rotate", "--overlap", "-1h", "--data-dir", dir, "--jwt-secret-file", secrets)
	oneLine(t, code, stderr, "negative")
	if info, err := os.Stat(filepath.Join(dir, "signing.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v %v", info, err)
	}
	_, out, _ := runProgram(t, nil, "audit", "list", "--data-dir", dir, "--json")
	var entries []map[string]any
	if err := json.Unmarshal([]byte(out), &entries); err != nil || len(entries) != 3 || entries[2]["action"] != "key.retire" || entries[2]["actor"] != "cli" || entries[2]["target"] != keys[1].ID {
		t.Errorf("audit log: %v\n%s", err, out)
	}
}

// TestTokenIssueSignsWithTheBestKey: the server accepts what the command signs, before and after a rotation.
func TestTokenIssueSignsWithTheBestKey(t *testing.T) {
	t.Parallel()
	dir := makeShop(t)
	if code, _, stderr := runProgram(t, nil, "token", "issue", "--tenant", testShop, "--data-dir", dir); code == 0 {
		t.Error("a token without a key")
	} else {
		oneLine(t, code, stderr, "no key", "ilsai key rotate")
	}
	if code, _, stderr := runProgram(t, nil, "key", "rotate", "--data-dir", dir); code != 0 {
		t.Fatal(stderr)
	}
	s := startServer(t, nil, "--data-dir", dir) // the stored key is enough
	issue := func() string {
		t.Helper()
		code, out, stderr := runProgram(t, nil, "token", "issue", "--tenant", testShop, "--data-dir", dir)
		if code != 0 {
			t.Fatal(stderr)
		}
		return out[:len(out)-1]
	}
	first := issue()
	if status, body := s.get(t, "/api/ai/features", first); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	if code, _, stderr := runProgram(t, nil, "key", "rotate", "--overlap", "0", "--data-dir", dir); code != 0 {
		t.Fatal(stderr)
	}
	s.signal(t, syscall.SIGHUP)
	s.await(t, reloadedLine)
	if status, _ := s.get(t, "/api/ai/features", first); status != 401 {
		t.Errorf("a token of the leaked key got %d", status)
	}
	if status, body := s.get(t, "/api/ai/features", issue()); status != 200 {
		t.Errorf("a token of the new key got %d %s", status, body)
	}
}
