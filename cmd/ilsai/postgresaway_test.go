package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/tenantdb"
	"github.com/ils-platform/ilsai/tenancy/tenantdb/provision"
)

// awayShop has its sales in PostgreSQL: 1,234.00 in all of the last year.
const awayShop = ilsai.TenantID("harbour-optics")

// sellOnce makes the shop's only sale of the last year, and one before it with which the records begin.
const sellOnce = `INSERT INTO stores VALUES (1, 'Harbour', 'Kiel'); INSERT INTO staff VALUES (1, 'Dana Reyes', 1); INSERT INTO customers VALUES (1, 'Seniors');
INSERT INTO products VALUES (1, 'P1', 'Aviator', 'Frames', 'Ray-Ban', 123400, 100);
INSERT INTO sale_lines VALUES (1, 1, current_date - 20, 1, 1, 1, 1, 1, 123400, 0, 123400, 100), (2, 2, current_date - 700, 1, 1, 1, 1, 1, 500, 0, 500, 100)`

// reply is what a question came to.
type reply struct {
	status     int
	retryAfter string
	Code       string
	Data       struct{ Rows [][]any }
}

func askOf(url, token, question string) (r reply, err error) {
	req, err := http.NewRequest(http.MethodPost, url+"/api/ai/query", strings.NewReader(fmt.Sprintf(`{"question": %q, "query_type": "sales"}`, question)))
	if err != nil {
		return r, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return r, err
	}
	defer resp.Body.Close()
	r.status, r.retryAfter = resp.StatusCode, resp.Header.Get("Retry-After")
	return r, json.NewDecoder(resp.Body).Decode(&r)
}

// serversLine is what /readyz?verbose says about the shops' PostgreSQL, and whether the server is ready.
func serversLine(t *testing.T, url string) (ready bool, detail string) {
	t.Helper()
	status, body, err := request(http.MethodGet, url+"/readyz?verbose", "", "")
	var state struct {
		Ready  bool
		Checks []struct {
			Name, Detail string
			Ready        bool
		}
	}
	if err == nil {
		err = json.Unmarshal([]byte(body), &state)
	}
	if err != nil {
		t.Fatalf("/readyz: %d %s %v", status, body, err)
	}
	for _, c := range state.Checks {
		if c.Name == "shops' PostgreSQL" {
			return status == http.StatusOK && state.Ready && c.Ready, c.Detail
		}
	}
	t.Fatalf("/readyz says nothing of the shops' PostgreSQL: %s", body)
	return false, ""
}

// TestShopsPostgresAway stops and starts the PostgreSQL of a shop under questions of that shop, once and with ILSAI_BARS=full twenty
// times: no answer has another figure, what fails is 503 with the time to wait, another shop is answered all along, /readyz names
// what is away and stays ready, and afterwards each answer has its row and no connection is left.
func TestShopsPostgresAway(t *testing.T) {
	t.Parallel()
	restarts := 1
	if fullBars() {
		restarts = 20
	}
	cluster, dir := postgresCluster(t), demoData(t)
	tenantJSON(t, dir, "create", "--id", string(awayShop), "--name", "Harbour", "--tier", "enterprise")
	if made, stderr := databasesJSON(t, dir, "provision", "--tenant", string(awayShop), "--postgres", cluster.AdminDSN()); len(made) != 3 {
		t.Fatalf("provision: %+v, %s", made, stderr)
	}
	if err := cluster.Exec(t.Context(), provision.DatabaseName(awayShop, tenantdb.DomainSales), sellOnce); err != nil {
		t.Fatal(err)
	}
	secret := filepath.Join(t.TempDir(), "secret")
	writeSecret(t, secret, "a")
	s := startServer(t, nil, "--data-dir", dir, "--jwt-secret-file", secret, "--shadow-limits")
	issuer, err := tenancy.NewTokenIssuer([]byte(secretText("a")), tenancy.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	token, other := issuedTo(t, issuer, string(awayShop)), issuedTo(t, issuer, shop2)

	var asked, answered atomic.Int64
	// ask asks a question that nobody asked before, whose answer is the one sale, and reports whether it was answered.
	ask := func() bool {
		r, err := askOf(s.url, token, fmt.Sprintf("total revenue in the last %d days", 30+asked.Add(1)%330))
		switch wait, _ := strconv.Atoi(r.retryAfter); {
		case err == nil && r.status == http.StatusOK && len(r.Data.Rows) == 1 && r.Data.Rows[0][0] == 123400.0:
			answered.Add(1)
			return true
		case err != nil || r.status != http.StatusServiceUnavailable || r.Code != string(ilsai.CodeUnavailable) || wait < 1:
			t.Errorf("got %+v, %v; want the sale, or 503 with the time to wait", r, err)
		}
		return false
	}
	if !ask() {
		t.Fatal("not answered at first")
	}
	if ready, detail := serversLine(t, s.url); !ready || detail != "" {
		t.Errorf("at first /readyz says %v, %q", ready, detail)
	}
	for round := range restarts {
		stop, away := make(chan struct{}), make(chan struct{}, 1)
		var load sync.WaitGroup
		for range 3 {
			load.Go(func() {
				for !t.Failed() {
					select {
					case <-stop:
						return
					default:
					}
					if !ask() {
						select {
						case away <- struct{}{}:
						default:
						}
					}
				}
				select { // or the test would wait for ever
				case away <- struct{}{}:
				default:
				}
			})
		}
		if err := cluster.Shutdown(); err != nil {
			t.Fatal(err)
		}
		<-away
		if ready, detail := serversLine(t, s.url); !ready || !strings.Contains(detail, "1 of its servers did not answer") {
			t.Errorf("round %d: while it is away /readyz says %v, %q", round, ready, detail)
		}
		if r, err := askOf(s.url, other, "How much did we sell last month?"); err != nil || r.status != http.StatusOK {
			t.Errorf("round %d: the shop whose data is in files got %+v, %v", round, r, err)
		}
		close(stop)
		load.Wait()
		if err := cluster.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		for !ask() && !t.Failed() {
		}
		t.Logf("round %d: answered %v after the start", round, time.Since(began).Round(time.Millisecond))
		if ready, detail := serversLine(t, s.url); !ready || detail != "" {
			t.Errorf("round %d: afterwards /readyz says %v, %q", round, ready, detail)
		}
	}
	s.signal(t, os.Interrupt)
	if state := s.end(); state.ExitCode() != 0 {
		t.Errorf("it ended with %v", state)
	}
	control, err := store.Open(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer control.Close()
	if sum, err := control.SumUsage(t.Context(), awayShop, time.Time{}, time.Time{}); err != nil || sum.Successful != int(answered.Load()) {
		t.Errorf("%d usage rows for %d answers, %v", sum.Successful, answered.Load(), err)
	}
	conn, err := cluster.Connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for left := 1; left > 0; { // a backend sees the end of its client a moment after it
		if err := conn.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE usename LIKE 'tenant\_%'`).Scan(&left); err != nil {
			t.Fatal(err)
		}
	}
}
