package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
)

const testShop = "corner-optics"

// makeShop makes a data directory with one shop that has no data of its own.
func makeShop(t *testing.T) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "data")
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addShop(t, control)
	if err := control.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

func addShop(t *testing.T, control *store.Store) {
	t.Helper()
	if err := control.CreateTenant(t.Context(), tenancy.Tenant{ID: testShop, Code: testShop, Name: "Corner", Tier: tenancy.TierEnterprise,
		Status: tenancy.StatusActive, TimeZone: "UTC", Currency: "GBP"}); err != nil {
		t.Fatal(err)
	}
}

// serverProcess is a running `ilsai serve`.
type serverProcess struct {
	cmd *exec.Cmd
	url string

	mu   sync.Mutex
	more *sync.Cond
	log  bytes.Buffer // of stderr, from where nobody has looked yet
	all  bytes.Buffer // of stderr
	over bool         // stderr ended
}

var servingLine = regexp.MustCompile(`msg=serving address=(\S+)`)

// startServer returns once the server takes requests.
func startServer(t *testing.T, env []string, args ...string) *serverProcess {
	t.Helper()
	s := &serverProcess{cmd: program(context.Background(), env, append([]string{"serve", "--listen", "127.0.0.1:0", "--threads", "1"}, args...)...)}
	s.more = sync.NewCond(&s.mu)
	stderr, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if s.cmd.ProcessState == nil {
			_ = s.cmd.Process.Kill()
			s.end()
		}
	})
	go s.read(stderr)
	s.url = "http://" + s.await(t, servingLine)
	return s
}

func (s *serverProcess) read(stderr io.Reader) {
	for lines := bufio.NewReader(stderr); ; {
		line, err := lines.ReadString('\n')
		s.mu.Lock()
		s.log.WriteString(line)
		s.all.WriteString(line)
		s.over = err != nil
		s.more.Broadcast()
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await returns the first group of a line of the log, once there is one, and forgets the log up to it.
func (s *serverProcess) await(t *testing.T, line *regexp.Regexp) string {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if m := line.FindSubmatchIndex(s.log.Bytes()); m != nil {
			found := ""
			if len(m) > 2 {
				found = string(s.log.Bytes()[m[2]:m[3]])
			}
			s.log.Next(m[1])
			return found
		}
		if s.over {
			t.Fatalf("the server ended without saying %s:\n%s", line, s.log.String())
		}
		s.more.Wait()
	}
}

// everything is the whole log so far.
func (s *serverProcess) everything() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

// end waits for the process and returns how it ended.
func (s *serverProcess) end() *os.ProcessState {
	s.mu.Lock()
	for !s.over {
		s.more.Wait()
	}
	s.mu.Unlock()
	_ = s.cmd.Wait()
	return s.cmd.ProcessState
}

func (s *serverProcess) signal(t *testing.T, sig os.Signal) {
	t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		t.Fatal(err)
	}
}

// get returns status and body; token may be "".
func (s *serverProcess) get(t *testing.T, path, token string) (int, string) {
	t.Helper()
	status, body, err := request(http.MethodGet, s.url+path, token, "")
	if err != nil {
		t.Fatal(err)
	}
	return status, body
}

func request(method, url, token, body string) (int, string, error) {
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

// secretText is a secret that is good enough; different for each name.
func secretText(name string) string {
	return fmt.Sprintf("%s-Zx83kQpVw5rT2nLmYc7hGd4sBf9jKa6e", name)
}

func writeSecret(t *testing.T, path, name string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(secretText(name)+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// signed is a token of the test shop by the secret of a name.
func signed(t *testing.T, name, kid string) string {
	t.Helper()
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText(name)), tenancy.TokenOptions{KeyID: kid})
	if err != nil {
		t.Fatal(err)
	}
	return issuedTo(t, issuer, testShop)
}

func issuedTo(t *testing.T, issuer *tenancy.TokenIssuer, tenant string) string {
	t.Helper()
	token, err := issuer.Issue(tenancy.Claims{UserID: "7", TenantID: ilsai.TenantID(tenant), Email: "a@b.example", Role: "user"}, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// TestStopInOrder is bar 8.11: after the first SIGTERM /readyz says 503 at once while requests are
// still answered; the second one ends the process without waiting.
func TestStopInOrder(t *testing.T) {
	t.Parallel()
	dir := makeShop(t)
	secret := filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "a")
	s := startServer(t, nil, "--data-dir", dir, "--jwt-secret-file", secret, "--drain-delay", "1h")
	if status, body := s.get(t, "/readyz", ""); status != 200 {
		t.Fatalf("before the stop: %d %s", status, body)
	}
	s.signal(t, syscall.SIGTERM)
	s.await(t, regexp.MustCompile("stopping"))
	if status, body := s.get(t, "/readyz", ""); status != 503 || !strings.Contains(body, "stopping") {
		t.Errorf("while stopping /readyz said %d %s", status, body)
	}
	if status, _ := s.get(t, "/livez", ""); status != 200 {
		t.Errorf("while stopping /livez said %d", status)
	}
	if status, body := s.get(t, "/api/ai/features", signed(t, "a", "")); status != 200 {
		t.Errorf("while stopping a request got %d %s", status, body)
	}
	s.signal(t, syscall.SIGTERM)
	if ws, ok := s.end().Sys().(syscall.WaitStatus); !ok || !ws.Signaled() || ws.Signal() != syscall.SIGTERM {
		t.Errorf("the second SIGTERM: %v", s.cmd.ProcessState)
	}
}

// TestStopUnderLoad sends questions until a balancer sees /readyz turn; none of them may fail.
func TestStopUnderLoad(t *testing.T) {
	t.Parallel()
	dir, secret := demoData(t), filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "a")
	s := startServer(t, nil, "--data-dir", dir, "--jwt-secret-file", secret, "--drain-delay", "2s", "--shadow-limits")
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText("a")), tenancy.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	token := issuedTo(t, issuer, shop2)
	stop, enough := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	var mu sync.Mutex
	answered := 0
	for i := range 4 {
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				body := fmt.Sprintf(`{"question": "How much did we sell in the last %d days?", "query_type": "sales"}`, 2+(4*n+i)%300)
				status, reply, err := request(http.MethodPost, s.url+"/api/ai/query", token, body)
				if err != nil || status != 200 {
					t.Errorf("%d %s %v", status, reply, err)
					return
				}
				mu.Lock()
				if answered++; answered == 20 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	ended := make(chan struct{})
	go func() { wg.Wait(); close(ended) }()
	select {
	case <-enough:
	case <-ended:
		t.FailNow()
	}
	s.signal(t, syscall.SIGTERM)
	for {
		if status, _ := s.get(t, "/readyz", ""); status == 503 {
			break
		}
	}
	close(stop)
	<-ended
	if state := s.end(); state.ExitCode() != 0 {
		t.Errorf("it ended with %v", state)
	}
	if rows := usageRows(t, dir); rows != answered {
		t.Errorf("%d usage rows for %d answers", rows, answered)
	}
}
