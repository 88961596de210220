package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// startPostgres makes an empty control database and returns its address as a setting.
func startPostgres(t *testing.T) (env, dsn string) {
	t.Helper()
	p, err := storetest.StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	dsn, err = p.DSN(t.Context(), "control")
	if err != nil {
		t.Fatal(err)
	}
	return "ILSAI_CONTROL_DSN=" + dsn, dsn
}

// redisServer is Debian's redis-server on a port of its own, without persistence.
type redisServer struct {
	url   string
	cmd   *exec.Cmd
	stdin io.Closer
	once  sync.Once
}

func startRedis(t *testing.T) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Fatal("this test needs redis-server: apt-get install redis-server (scripts/setup.sh test does it)")
	}
	for range 5 { // another process may take the port before the server does
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		l.Close()
		// The shell ends it when its input does, so that it does not outlive a test that is killed.
		r := &redisServer{url: "redis://127.0.0.1:" + port, cmd: exec.Command("sh", "-c",
			`exec 3<&0; redis-server "$@" </dev/null & read line <&3; kill $!; wait`, "sh",
			"--port", port, "--bind", "127.0.0.1", "--dir", t.TempDir(), "--save", "", "--appendonly", "no")}
		if r.stdin, err = r.cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
		out, err := r.cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.stop)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			if strings.Contains(lines.Text(), "Ready to accept connections") {
				return r
			}
		}
		r.stop()
	}
	t.Fatal("redis-server did not start")
	return nil
}

func (r *redisServer) stop() {
	r.once.Do(func() {
		r.stdin.Close()
		_ = r.cmd.Wait()
	})
}

// TestPostgresControl runs the whole program on PostgreSQL: demo, questions, keys, users, audit, usage.
func TestPostgresControl(t *testing.T) {
	t.Parallel()
	env, _ := startPostgres(t)
	dir := filepath.Join(t.TempDir(), "data")
	d := startDemoProcess(t, dir, env)
	for range 2 {
		if status, body, err := d.ask(shop2, "How much did we sell last month?", "sales"); err != nil || status != 200 {
			t.Fatalf("%d %s %v", status, body, err)
		}
	}
	command := func(input string, args ...string) string {
		t.Helper()
		code, out, stderr := runWithInput(t, []string{env}, input, append(args, "--data-dir", dir)...)
		if code != 0 {
			t.Fatalf("%v: %s", args, stderr)
		}
		return out
	}
	command("", "key", "rotate")
	command(goodPassword, "user", "add", "anna@corner.example", "--tenant", shop2, "--name", "Anna")
	command("", "tenant", "set", shop2, "--queries-per-month", "77")
	if out := command("", "tenant", "list", "--json"); !strings.Contains(out, `"queries_per_month": 77`) {
		t.Errorf("tenant list: %s", out)
	}
	if out := command("", "audit", "list"); strings.Count(out, "\n") != 4 || !strings.Contains(out, "key.rotate") || !strings.Contains(out, "user.create") || !strings.Contains(out, "tenant.change") {
		t.Errorf("audit list: %s", out)
	}
	var report store.Report
	if err := json.Unmarshal([]byte(command("", "usage", "verify", "--json")), &report); err != nil || report.Rows != 2 || !report.OK() {
		t.Errorf("usage verify: %+v %v", report, err)
	}
	if code := d.stop(t); code != 0 {
		t.Errorf("Ctrl-C ended it with %d:\n%s", code, d.stderr)
	}
	for _, name := range []string{"ilsai.db", "ilsai.lock"} {
		for _, f := range files(t, dir) {
			if filepath.Base(f) == name {
				t.Errorf("there is a file %s beside PostgreSQL", f)
			}
		}
	}
}

// TestReplicasShareLimits runs two servers on one PostgreSQL and one Redis: a shop's limit holds over
// both. When Redis goes each admits its share of it.
func TestReplicasShareLimits(t *testing.T) {
	t.Parallel()
	env, dsn := startPostgres(t)
	redis := startRedis(t)
	control, err := store.OpenPostgres(t.Context(), dsn, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	addShop(t, control)
	low := 10
	if err := control.SetLimits(t.Context(), testShop, tenancy.LimitsOverride{QueriesPerMinute: &low}); err != nil {
		t.Fatal(err)
	}
	if err := control.CreateTenant(t.Context(), tenancy.Tenant{ID: "other", Code: "other", Name: "Other", Tier: tenancy.TierEnterprise,
		Status: tenancy.StatusActive, TimeZone: "UTC", Currency: "GBP"}); err != nil {
		t.Fatal(err)
	}
	if err := control.SetLimits(t.Context(), "other", tenancy.LimitsOverride{QueriesPerMinute: &low}); err != nil {
		t.Fatal(err)
	}
	control.Close()
	secret := filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "a")
	dir := filepath.Join(t.TempDir(), "data")
	var servers []*serverProcess
	for range 2 {
		servers = append(servers, startServer(t, []string{env, "ILSAI_REDIS_URL=" + redis.url}, "--data-dir", dir, "--jwt-secret-file", secret, "--replicas", "2"))
	}
	for _, s := range servers {
		if status, body := s.get(t, "/readyz", ""); status != 200 {
			t.Errorf("/readyz: %d %s", status, body)
		}
	}
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText("a")), tenancy.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	limited := func(s *serverProcess, tenant string, n int) bool {
		t.Helper()
		token := issuedTo(t, issuer, tenant)
		status, body, err := request(http.MethodPost, s.url+"/api/ai/query", token, fmt.Sprintf(`{"question": "question %d", "query_type": "sales"}`, n))
		if err != nil {
			t.Fatal(err)
		}
		if status != 429 && strings.Contains(body, "rate_limit") || status == 429 && !strings.Contains(body, "rate_limit") {
			t.Errorf("%d %s", status, body)
		}
		return status == 429
	}
	admitted := 0
	for i := range 3 * low {
		if !limited(servers[i%2], testShop, i) { // admitted; what becomes of it does not matter, the shop has no data
			admitted++
		}
	}
	if admitted != low {
		t.Errorf("two replicas admitted %d, want %d", admitted, low)
	}
	redis.stop()
	admitted = 0
	for i := range 3 * low {
		if !limited(servers[i%2], "other", i) {
			admitted++
		}
	}
	if admitted != low {
		t.Errorf("two replicas without Redis admitted %d, want %d: a half each", admitted, low)
	}
	servers[0].await(t, regexp.MustCompile("shared rate limit store is away"))
}
