package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/demo"
)

const (
	answerBarMS = 120
	startBarMS  = 2000
	memoryBarMB = 150
)

// benchQuestions are of different kinds, so that a median speaks for more than one path.
var benchQuestions = []string{
	"What were our top 3 products this month?", "Show revenue trend for the last quarter", "Which customer segment is growing fastest?",
	"What were our top selling products?", "What were our top products last month?", "How much did we sell yesterday?",
	"Revenue by store last month", "How many Ray-Ban sunglasses did we sell this year?", "What is our average order value by category?",
	"Compare revenue this month with last month",
}

// benchAnswer asks over HTTP on the loopback interface, one question at a time, as one user would.
func benchAnswer(ctx context.Context, c *config, m *measurement) ([]bar, error) {
	c, remove, err := temporaryDemo(c)
	if err != nil {
		return nil, err
	}
	defer remove()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	running, err := startDemo(ctx, c, m)
	if err != nil {
		return nil, err
	}
	const rounds = 12
	var total, plan, data, answer []float64
	for round := range rounds {
		m.sayf("round %d of %d", round+1, rounds)
		for _, q := range benchQuestions {
			began := time.Now()
			a, err := running.ask(ctx, q)
			if err != nil {
				return nil, err
			}
			if round < 2 { // warm-up: caches of pages, plans and values
				continue
			}
			total = append(total, float64(time.Since(began).Microseconds())/1000)
			plan, data, answer = append(plan, a.Timing.PlanMS), append(data, a.Timing.DBMS), append(answer, a.Timing.AnswerMS)
		}
	}
	cancel()
	if err := <-running.done; err != nil {
		return nil, err
	}
	return []bar{
		figure("plan, median", median(plan), "ms"), figure("data, median", median(data), "ms"), figure("answer, median", median(answer), "ms"),
		figure("end to end, 95th percentile", quantile(total, 0.95), "ms"),
		atMost("end to end, median", median(total), "ms", answerBarMS),
	}, nil
}

// runningDemo is a demo server in this process.
type runningDemo struct {
	url, token string
	done       chan error
}

func startDemo(ctx context.Context, c *config, m *measurement) (*runningDemo, error) {
	ln, err := listen(c.Listen)
	if err != nil {
		return nil, err
	}
	control, err := openServerControl(ctx, c)
	if err != nil {
		return nil, err
	}
	m.sayf("making demo shops")
	if _, err := seedDemo(ctx, c, control, time.Now()); err != nil {
		return nil, err
	}
	issuer, err := demoIssuer(ctx, c, control)
	if err != nil {
		return nil, err
	}
	shop, err := control.Tenant(ctx, demo.Shops()[1].ID)
	if err != nil {
		return nil, err
	}
	r := &runningDemo{url: "http://" + ln.Addr().String(), done: make(chan error, 1)}
	if r.token, err = issueToken(issuer, shop, "1", "", tenancy.RoleAdmin, time.Hour); err != nil {
		return nil, err
	}
	ready := make(chan struct{})
	go func() {
		defer control.Close()
		r.done <- serve(ctx, c, slog.New(slog.DiscardHandler), ln, control, func() { close(ready) })
	}()
	select {
	case <-ready:
		return r, nil
	case err := <-r.done:
		return nil, err
	}
}

type timedAnswer struct {
	Answer string `json:"answer"`
	Timing struct {
		PlanMS   float64 `json:"plan_ms"`
		DBMS     float64 `json:"db_ms"`
		AnswerMS float64 `json:"answer_ms"`
	} `json:"timing"`
}

func (r *runningDemo) ask(ctx context.Context, question string) (timedAnswer, error) {
	var a timedAnswer
	body, err := json.Marshal(map[string]string{"question": question, "query_type": "sales"})
	if err != nil {
		return a, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url+"/api/ai/query", bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	req.Header.Set("Authorization", "Bearer "+r.token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return a, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return a, err
	}
	if resp.StatusCode != http.StatusOK {
		return a, fmt.Errorf("%q: HTTP %d: %s", question, resp.StatusCode, b)
	}
	return a, json.Unmarshal(b, &a)
}

var greetingURL = regexp.MustCompile(`open at (http://\S+)`)

// benchStart runs this program's own demo on seeded data, several times, and takes the time until /readyz says 200.
func benchStart(ctx context.Context, c *config, m *measurement) ([]bar, error) {
	c, remove, err := temporaryDemo(c)
	if err != nil {
		return nil, err
	}
	defer remove()
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	var starts, memory []float64
	for i := range 6 {
		m.sayf("start %d of 6", i+1)
		took, resident, err := startOnce(ctx, self, c)
		if err != nil {
			return nil, err
		}
		if i == 0 { // it made the shops
			continue
		}
		starts, memory = append(starts, took), append(memory, resident)
	}
	return []bar{
		atMost("start to /readyz 200, median", median(starts), "ms", startBarMS),
		atMost("resident memory, idle", median(memory), "MiB", memoryBarMB),
	}, nil
}

func startOnce(ctx context.Context, self string, c *config) (tookMS, residentMiB float64, err error) {
	args := []string{"demo", "--data-dir", c.DataDir, "--listen", c.Listen, "--log-level", "warn"}
	if c.Model != "" {
		args = append(args, "--model", c.Model, "--model-sha256", c.ModelSHA256)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env, cmd.Stderr = append(os.Environ(), programEnv...), os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := greetingURL.FindStringSubmatch(lines.Text()); m != nil {
			resp, err := http.Get(m[1] + "/readyz")
			if err != nil {
				return 0, 0, err
			}
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				return 0, 0, fmt.Errorf("/readyz said %d", resp.StatusCode)
			}
			tookMS = float64(time.Since(began).Microseconds()) / 1000
			residentMiB, err = residentMemory(cmd.Process.Pid)
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return tookMS, residentMiB, err
		}
	}
	return 0, 0, fmt.Errorf("the demo ended before it was ready: %w", lines.Err())
}

// residentMemory reads VmRSS, in MiB. Linux only.
func residentMemory(pid int) (float64, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("no VmRSS in /proc/%d/status", pid)
}
