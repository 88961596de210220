package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ils-platform/ilsai/tenancy/store"
)

// asProgram makes the test binary behave as ilsai itself, so that tests can start, stop and kill real processes.
const (
	asProgram   = "ILSAI_TEST_PROGRAM"
	fileSizeMax = "ILSAI_TEST_FILE_SIZE" // bytes a file may grow to: a disk that is full
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) == "" {
		var err error
		if shopsDir, err = os.MkdirTemp("", "ilsai-test-"); err != nil {
			panic(err)
		}
		programEnv = []string{asProgram + "=1"}
		code := m.Run()
		if sharedShops != nil {
			_ = sharedShops.app.Close()
		}
		os.RemoveAll(shopsDir)
		os.Exit(code)
	}
	os.Unsetenv(asProgram)
	programEnv = []string{asProgram + "=1"} // or a program that starts itself would run the tests
	if size := os.Getenv(fileSizeMax); size != "" {
		os.Unsetenv(fileSizeMax)
		n, err := strconv.ParseUint(size, 10, 64)
		if err != nil {
			panic(err)
		}
		signal.Ignore(syscall.SIGXFSZ)
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: n, Max: n}); err != nil {
			panic(err)
		}
	}
	main()
}

func program(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, os.Args[0], args...)
	cmd.Env = append(os.Environ(), append([]string{asProgram + "=1"}, env...)...)
	return cmd
}

// shopsDir is the temporary directory of the shops that tests share.
var shopsDir string

// sharedShops is set once a test has opened them.
var sharedShops *shops

// usageRows counts the rows of answered questions in a data directory no process holds.
func usageRows(t *testing.T, dir string) int {
	t.Helper()
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	sum, err := control.SumUsage(t.Context(), shop2, time.Time{}, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return sum.Successful
}

// runProgram runs a command to its end.
func runProgram(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := program(t.Context(), env, args...)
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	if err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

// demoProcess is a running `ilsai demo`.
type demoProcess struct {
	cmd    *exec.Cmd
	url    string
	tokens map[string]string // tenant → token
	curl   string            // the printed command
	stderr *bytes.Buffer
	rest   sync.WaitGroup
}

var (
	urlLine   = regexp.MustCompile(`open at (http://\S+)`)
	shopLine  = regexp.MustCompile(`^(optical-shop-\d) `)
	tokenLine = regexp.MustCompile(`^  (ey\S+)$`)
)

// startDemoProcess returns once the greeting is printed, that is, once questions are answered.
func startDemoProcess(t *testing.T, dir string, env ...string) *demoProcess {
	t.Helper()
	d := &demoProcess{cmd: program(context.Background(), env, "demo", "--data-dir", dir, "--listen", "127.0.0.1:0"), tokens: map[string]string{}, stderr: &bytes.Buffer{}}
	d.cmd.Stderr = d.stderr
	out, err := d.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.kill() })
	shop, inCurl := "", false
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		line := lines.Text()
		if m := urlLine.FindStringSubmatch(line); m != nil {
			d.url = m[1]
		}
		if m := shopLine.FindStringSubmatch(line); m != nil {
			shop = m[1]
		}
		if m := tokenLine.FindStringSubmatch(line); m != nil {
			d.tokens[shop] = m[1]
		}
		if inCurl = inCurl && line != "" || strings.HasPrefix(line, "curl "); inCurl {
			d.curl += line + "\n"
		}
		if strings.HasPrefix(line, "Ctrl-C") {
			d.rest.Go(func() { _, _ = io.Copy(io.Discard, out) })
			return d
		}
	}
	_ = d.cmd.Wait()
	t.Fatalf("the demo ended before it was ready:\n%s", d.stderr)
	return nil
}

// seededDemo is a data directory with the demo shops as of today, which tests copy: making them takes seconds.
var seededDemo = sync.OnceValues(func() (dir string, err error) {
	c, err := loadConfig(newServe().Flags(), nil)
	if err != nil {
		return "", err
	}
	c.DataDir = filepath.Join(shopsDir, "seeded")
	control, err := store.Open(context.Background(), c.DataDir, store.Options{})
	if err != nil {
		return "", err
	}
	_, err = seedDemo(context.Background(), c, control, time.Now())
	return c.DataDir, errors.Join(err, control.Close())
})

// demoData makes a data directory with the demo shops, for tests of what comes after the first start.
func demoData(t *testing.T) (dir string) {
	t.Helper()
	seeded, err := seededDemo()
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(t.TempDir(), "data")
	if err := os.CopyFS(dir, os.DirFS(seeded)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// kill is kill -9.
func (d *demoProcess) kill() {
	if d.cmd.ProcessState == nil {
		_ = d.cmd.Process.Kill()
		d.rest.Wait()
		_ = d.cmd.Wait()
	}
}

// stop is Ctrl-C.
func (d *demoProcess) stop(t *testing.T) int {
	t.Helper()
	if err := d.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	d.rest.Wait()
	_ = d.cmd.Wait()
	return d.cmd.ProcessState.ExitCode()
}

func (d *demoProcess) ask(shop, question, queryType string) (int, string, error) {
	body := fmt.Sprintf(`{"question": %q, "query_type": %q}`, question, queryType)
	req, err := http.NewRequest(http.MethodPost, d.url+"/api/ai/query", strings.NewReader(body))
	if err != nil {
		return 0, "", err
	}
	req.Header.Set("Authorization", "Bearer "+d.tokens[shop])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(b), err
}

func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			all = append(all, path)
		}
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return all
}

// oneLine fails unless a command ended with the code and said exactly one line with all the parts.
func oneLine(t *testing.T, code int, stderr string, parts ...string) {
	t.Helper()
	var said []string
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "ilsai: ") {
			said = append(said, strings.TrimSpace(line))
		}
	}
	if code == 0 || len(said) != 1 {
		t.Fatalf("exit code %d with %d messages, want a failure with one:\n%s", code, len(said), stderr)
	}
	for _, part := range parts {
		if !strings.Contains(said[0], part) {
			t.Errorf("%q does not say %q", said[0], part)
		}
	}
	if strings.Contains(stderr, "goroutine ") {
		t.Errorf("a stack trace:\n%s", stderr)
	}
}

func TestCommandsThatDoNotExist(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"frobnicate"}, {"usage", "verifi"}, {"ask", "--no-such-flag", "x"}, {"serve", "extra"}, {"ask", "--tenant", "x", "--type", "weather", "q"}} {
		code, out, stderr := runProgram(t, nil, args...)
		oneLine(t, code, stderr)
		if out != "" {
			t.Errorf("%v wrote to stdout: %s", args, out)
		}
	}
	if code, out, _ := runProgram(t, nil); code != 0 || !strings.Contains(out, "Available Commands") {
		t.Errorf("no command: %d %s", code, out)
	}
}

func TestPortTaken(t *testing.T) {
	t.Parallel()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	dir := filepath.Join(t.TempDir(), "data")
	code, _, stderr := runProgram(t, nil, "demo", "--data-dir", dir, "--listen", ln.Addr().String())
	oneLine(t, code, stderr, ln.Addr().String(), "in use", "--listen")
	if got := files(t, dir); len(got) > 0 {
		t.Errorf("files were written: %v", got)
	}
}

func TestDataDirectoryNotWritable(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	file := filepath.Join(base, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dirs := []string{filepath.Join(file, "data")} // refused to root as well
	if os.Getuid() != 0 {
		closed := filepath.Join(base, "closed")
		if err := os.Mkdir(closed, 0o500); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, filepath.Join(closed, "data"))
	}
	for _, dir := range dirs {
		code, _, stderr := runProgram(t, nil, "demo", "--data-dir", dir, "--listen", "127.0.0.1:0")
		oneLine(t, code, stderr, dir)
	}
}

// TestDiskFullAtFirstSeed lets every file grow to a limit; whatever the seed was at, the next start must complete it.
func TestDiskFullAtFirstSeed(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	for _, limit := range []string{"20000", "200000", "2000000"} {
		code, _, stderr := runProgram(t, []string{fileSizeMax + "=" + limit}, "demo", "--data-dir", dir, "--listen", "127.0.0.1:0")
		oneLine(t, code, stderr, "full")
		for _, f := range files(t, dir) {
			if strings.Contains(f, "sales.db") {
				if info, err := os.Stat(f); err != nil || info.Size() > 0 && filepath.Base(f) != "sales.db" {
					t.Errorf("limit %s left %s half-written", limit, f)
				}
			}
		}
	}
	d := startDemoProcess(t, dir)
	if status, body, err := d.ask(shop2, "How much did we sell last month?", "sales"); err != nil || status != 200 {
		t.Errorf("after space came back: %d %s %v", status, body, err)
	}
}

func TestSecondDemoOnTheSameData(t *testing.T) {
	t.Parallel()
	dir := demoData(t)
	d := startDemoProcess(t, dir)
	code, _, stderr := runProgram(t, nil, "demo", "--data-dir", dir, "--listen", "127.0.0.1:0")
	oneLine(t, code, stderr, dir)
	if status, body, err := d.ask(shop2, "How much did we sell last month?", "sales"); err != nil || status != 200 {
		t.Errorf("the first demo: %d %s %v", status, body, err)
	}
	// A one-shot question may run beside it.
	code, out, stderr := runProgram(t, nil, "ask", "--data-dir", dir, "--tenant", shop2, "--json", "How much did we sell last month?")
	if code != 0 || !strings.Contains(out, `"answer"`) {
		t.Errorf("ask beside the demo: %d %s %s", code, out, stderr)
	}
	// Without --type the model names the kind, and the shop's subscription decides about that.
	for _, c := range []struct {
		tenant, question string
		code             int
		says             string
	}{
		{shop2, "What should I reorder this week?", 0, "type    inventory\n"},
		{shop2, "Which coating for night driving?", 0, "type    ophthalmic\n"},
		{"optical-shop-1", "What were our top 3 products last month?", 1, "Sales questions are part of the Professional tier"},
	} {
		code, out, stderr := runProgram(t, nil, "ask", "--data-dir", dir, "--tenant", c.tenant, c.question)
		if (code != 0) != (c.code != 0) || !strings.Contains(out+stderr, c.says) {
			t.Errorf("ask %s %q: exit %d, %s%s; want %q", c.tenant, c.question, code, out, stderr, c.says)
		}
	}
	if code := d.stop(t); code != 0 {
		t.Errorf("Ctrl-C ended it with %d:\n%s", code, d.stderr)
	}
}

func TestPrintedCurlWorksAsPasted(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatal("curl is needed: apt-get install curl")
	}
	d := startDemoProcess(t, filepath.Join(t.TempDir(), "data"))
	out, err := exec.CommandContext(t.Context(), "bash", "-c", d.curl).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte(`"query_type":"sales"`)) || !bytes.Contains(out, []byte(`"limit":3`)) {
		t.Errorf("%s\n→ %s %v", d.curl, out, err)
	}
	if status, body, err := d.ask("optical-shop-1", "How much did we sell?", "sales"); status != 403 || !strings.Contains(body, "Professional") {
		t.Errorf("the basic shop got %d %s %v", status, body, err)
	}
}

// TestKillWhileAnswering kills the server again and again under load. Each start must be clean and
// every acknowledged answer must have its usage row.
func TestKillWhileAnswering(t *testing.T) {
	t.Parallel()
	dir := demoData(t)
	acknowledged := 0
	for round := range 4 {
		d := startDemoProcess(t, dir)
		if status, body, err := d.ask(shop2, "How much did we sell last month?", "sales"); err != nil || status != 200 {
			t.Fatalf("round %d: %d %s %v", round, status, body, err)
		}
		acknowledged++
		var mu sync.Mutex
		var wg sync.WaitGroup
		enough := make(chan struct{})
		for range 4 {
			wg.Go(func() {
				for i := 0; ; i++ {
					status, _, err := d.ask(shop2, fmt.Sprintf("How much did we sell in the last %d days?", 2+i%300), "sales")
					if err != nil {
						return // killed
					}
					mu.Lock()
					if status == 200 {
						acknowledged++
						if acknowledged%20 == 10*(round%2) {
							select {
							case enough <- struct{}{}:
							default:
							}
						}
					}
					mu.Unlock()
				}
			})
		}
		<-enough
		d.kill()
		wg.Wait()
	}
	d := startDemoProcess(t, dir)
	if status, body, err := d.ask(shop2, "How much did we sell last month?", "sales"); err != nil || status != 200 {
		t.Errorf("after the last kill: %d %s %v", status, body, err)
	}
	d.stop(t)
	rows := usageRows(t, dir)
	// In flight at a kill: at most 4 per round may have a row and no reply.
	if least := acknowledged + 1; rows < least || rows > least+4*4 {
		t.Errorf("%d usage rows for %d acknowledged answers", rows, least)
	}
}
