package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/assistant/semantic"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
)

// benchServer is this program's own server in a process of its own, on data made for a measurement.
type benchServer struct {
	config  *config
	remove  func()
	issuer  *tenancy.TokenIssuer
	cmd     *exec.Cmd
	address string
	drained chan struct{}
}

func benchTenant(i int) ilsai.TenantID { return ilsai.TenantID(fmt.Sprintf("shop-%d", i)) }

// benchShops are the tenants of a measurement. Without sales or chats, no question of theirs is within their month.
type benchShops struct {
	count     int
	sales     bool
	chats     bool
	perMinute []int // of the first ones; the others have one that is never reached
}

// newBenchServer makes the data and starts nothing. The caller removes it.
func newBenchServer(ctx context.Context, c *config, shops benchShops) (_ *benchServer, err error) {
	c, remove, err := temporaryDemo(c)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			remove()
		}
	}()
	g := &benchServer{config: c, remove: remove}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return nil, err
	}
	secret = []byte(hex.EncodeToString(secret))
	c.JWTSecretFile = filepath.Join(c.DataDir, "secret")
	if err := os.WriteFile(c.JWTSecretFile, secret, 0o600); err != nil {
		return nil, err
	}
	if g.issuer, err = tenancy.NewTokenIssuer(secret, tenancy.TokenOptions{}); err != nil {
		return nil, err
	}
	control, err := store.Open(ctx, c.DataDir, store.Options{})
	if err != nil {
		return nil, err
	}
	defer control.Close()
	for i := range shops.count {
		month, minute := tenancy.Unlimited, 10_000_000
		if !shops.sales && !shops.chats {
			month = 0
		}
		if i < len(shops.perMinute) {
			minute = shops.perMinute[i]
		}
		id := benchTenant(i)
		t := tenancy.Tenant{ID: id, Code: string(id), Name: "Shop", Tier: tenancy.TierEnterprise, Status: tenancy.StatusActive, TimeZone: "Europe/London", Currency: "GBP"}
		if err := control.CreateTenant(ctx, t); err != nil {
			return nil, err
		}
		if err := control.SetLimits(ctx, id, tenancy.LimitsOverride{QueriesPerMonth: &month, QueriesPerMinute: &minute}); err != nil {
			return nil, err
		}
	}
	if shops.sales {
		err = makeSales(ctx, c.DataDir, shops.count)
	}
	return g, err
}

// benchSales is a quarter of sales of one store.
const benchSales = `INSERT INTO stores VALUES (1, 'High Street', 'London'); INSERT INTO staff VALUES (1, 'A. Jones', 1); INSERT INTO customers VALUES (1, 'returning');
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 10)
	INSERT INTO products SELECT i, 'SKU-' || i, 'Frame ' || i, 'frames', 'Brand ' || i, 10000, 4000 FROM n;
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 400)
	INSERT INTO sale_lines SELECT i, i, date('now', '-' || (i % 90) || ' days'), 1, 1, 1, 1 + i % 10, 1, 10000, 0, 10000, 4000, 0, 0 FROM n`

func makeSales(ctx context.Context, dir string, tenants int) error {
	data, err := tenantdb.Open(dir, tenantdb.Options{})
	if err != nil {
		return err
	}
	defer data.Close()
	for i := range tenants {
		if err := data.Create(ctx, benchTenant(i), tenantdb.DomainSales, semantic.SalesSchemaSQLite+";"+benchSales, nil); err != nil {
			return err
		}
	}
	return nil
}

// programEnv is what this program needs to know when it starts itself. Tests, whose program is another, say so here.
var programEnv []string

// start returns once the server is ready, and how many milliseconds that took.
func (g *benchServer) start(ctx context.Context) (tookMS float64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	c := g.config
	args := []string{"serve", "--data-dir", c.DataDir, "--listen", c.Listen, "--jwt-secret-file", c.JWTSecretFile, "--log-level", "info", "--log-format", "json",
		"--query-timeout", "30m"} // a large model on a small machine is slow, and that is what is measured
	if c.Threads > 0 {
		args = append(args, "--threads", strconv.Itoa(c.Threads))
	}
	for _, key := range gpuSettings {
		args = append(args, "--"+strings.ReplaceAll(key, "_", "-"), fmt.Sprint(c.value(key)))
	}
	if c.Model != "" {
		args = append(args, "--model", c.Model, "--model-sha256", c.ModelSHA256)
	}
	g.cmd = exec.CommandContext(ctx, self, args...)
	g.cmd.Env = append(os.Environ(), programEnv...)
	said, err := g.cmd.StderrPipe()
	if err != nil {
		return 0, err
	}
	began := time.Now()
	if err := g.cmd.Start(); err != nil {
		return 0, err
	}
	g.drained = make(chan struct{})
	lines := bufio.NewScanner(said)
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) != nil || line.Msg != "serving" {
			continue
		}
		g.address = line.Address
		go func() { defer close(g.drained); _, _ = io.Copy(io.Discard, said) }()
		return g.ready(began)
	}
	close(g.drained)
	g.stop()
	return 0, fmt.Errorf("the server ended before it was ready: %w", lines.Err())
}

func (g *benchServer) ready(began time.Time) (float64, error) {
	resp, err := http.Get("http://" + g.address + "/readyz")
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("/readyz said %d", resp.StatusCode)
	}
	return float64(time.Since(began).Microseconds()) / 1000, nil
}

// stop may be called more than once.
func (g *benchServer) stop() {
	if g.cmd.ProcessState == nil {
		_ = g.cmd.Process.Signal(os.Interrupt)
		<-g.drained
		_ = g.cmd.Wait()
	}
}

// token is one of a tenant's user, for an hour.
func (g *benchServer) token(tenant int) string {
	token, err := g.issuer.Issue(tenancy.Claims{UserID: "1", TenantID: benchTenant(tenant), Email: "user@shop.example", Role: "user", Tier: tenancy.TierEnterprise}, time.Hour)
	if err != nil {
		panic(err) // unreachable: the claims are fixed
	}
	return token
}

// request is a question as it goes over the wire.
func (g *benchServer) request(tenant int, question, key string) []byte {
	token := g.token(tenant)
	if key != "" {
		key = "X-Idempotency-Key: " + key + "\r\n"
	}
	body := fmt.Sprintf(`{"question":%q,"query_type":"sales"}`, question)
	return fmt.Appendf(nil, "POST /api/ai/query HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s",
		g.address, token, key, len(body), body)
}

// rows stops the server and counts the usage rows of answered questions, once the ledger is found sound.
func (g *benchServer) rows(ctx context.Context) (int, error) {
	g.stop()
	control, err := store.Open(ctx, g.config.DataDir, store.Options{})
	if err != nil {
		return 0, err
	}
	defer control.Close()
	report, err := control.VerifyUsage(ctx, nil)
	if err != nil || !report.OK() {
		return 0, fmt.Errorf("the ledger is not sound: %+v %w", report, err)
	}
	answered := 0
	err = control.ExportUsage(ctx, store.UsageFilter{}, func(e tenancy.UsageEvent) error {
		if e.Success {
			answered++
		}
		return nil
	})
	return answered, err
}
