package server_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/admission"
)

// failingLedger fails one step in twenty: before it is taken, or after, when nobody can tell.
type failingLedger struct {
	admission.Ledger
	mu              sync.Mutex
	rng             *rand.Rand
	failed, unknown atomic.Int64
}

var errAway = ilsai.Errorf(ilsai.CodeUnavailable, "away")

func (l *failingLedger) step(do func() error) error {
	l.mu.Lock()
	n := l.rng.IntN(40)
	l.mu.Unlock()
	switch n {
	case 0:
		l.failed.Add(1)
		return errAway
	case 1:
		l.unknown.Add(1)
		if err := do(); err != nil {
			return err
		}
		return errAway
	default:
		return do()
	}
}

func (l *failingLedger) Admit(ctx context.Context, a tenancy.Admission) (out tenancy.Admitted, err error) {
	err = l.step(func() error { out, err = l.Ledger.Admit(ctx, a); return err })
	if err != nil {
		out = tenancy.Admitted{}
	}
	return out, err
}

func (l *failingLedger) Settle(ctx context.Context, s tenancy.Settlement) error {
	return l.step(func() error { return l.Ledger.Settle(ctx, s) })
}

func (l *failingLedger) Refund(ctx context.Context, s tenancy.Settlement) error {
	return l.step(func() error { return l.Ledger.Refund(ctx, s) })
}

func (l *failingLedger) AppendUsage(ctx context.Context, e *tenancy.UsageEvent) error {
	return l.step(func() error { return l.Ledger.AppendUsage(ctx, e) })
}

// clientLedger is what the clients know: every reply that came, by its request id.
type clientLedger struct {
	mu       sync.Mutex
	answered map[string]answered // not the replays
	sent     map[string]ilsai.TenantID
	keys     map[string]string // key → body of its first answer
	aborted  int
	replays  int
	refusals int
}

// Four thousand requests, and twenty thousand at full size, of which clients abort one in five and repeat one in ten with the same key,
// on a ledger of which one step in twenty fails: what clients were given is what is recorded, and what
// is billed is what the engine made, each once.
func TestWhatClientsGotIsWhatIsBilled(t *testing.T) {
	t.Parallel()
	const clients, shops = 64, 8
	requests := barSize(4_000, 20_000) // every disturbance happens a hundred times in the fewer
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	ledger := &failingLedger{rng: rand.New(rand.NewPCG(seed, 1))}
	s := startStack(t, stackOptions{tenants: shops, limits: unlimited, ledger: func(l admission.Ledger) admission.Ledger { ledger.Ledger = l; return ledger }})
	c := &clientLedger{answered: map[string]answered{}, sent: map[string]ilsai.TenantID{}, keys: map[string]string{}}
	var wg sync.WaitGroup
	for client := range clients {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(client)+2))
			for n := range requests / clients {
				c.request(t, s, rng, fmt.Sprintf("%d-%d", client, n))
			}
		})
	}
	wg.Wait()
	s.client.CloseIdleConnections()
	if err := s.server.Shutdown(context.Background()); err != nil { // aborted requests run to their end
		t.Fatal(err)
	}
	c.check(t, s, int(ledger.unknown.Load()))
	t.Logf("%d answered, %d replays, %d aborted, %d refused; %d steps failed, %d with unknown outcome", len(c.answered), c.replays, c.aborted, c.refusals, ledger.failed.Load(), ledger.unknown.Load())
	if c.aborted < requests/10 || c.replays == 0 || ledger.failed.Load() == 0 || ledger.unknown.Load() == 0 {
		t.Error("the disturbances did not happen")
	}
}

// request is one question: plain, aborted, or with a key and then repeated until it is answered.
func (c *clientLedger) request(t *testing.T, s *stack, rng *rand.Rand, name string) {
	tenant := shop(rng.IntN(8))
	question := fmt.Sprint("q ", name)
	if rng.IntN(4) == 0 {
		question = fmt.Sprint("shared ", rng.IntN(50))
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	aborts, keyed := rng.IntN(5) == 0, rng.IntN(10) == 0
	if aborts {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rng.IntN(3000))*time.Microsecond)
		defer cancel()
	}
	var headers []string
	if keyed {
		headers = []string{"X-Idempotency-Key", name}
	}
	for try := 0; ; try++ {
		id := fmt.Sprintf("%s-%d", name, try)
		c.mu.Lock()
		c.sent[id] = tenant
		c.mu.Unlock()
		a, err := s.ask(ctx, tenant, "1", question, append(headers, "X-Request-ID", id)...)
		again := c.note(t, id, name, keyed, aborts && try == 0, a, err)
		if !keyed || !again && try > 0 || try > 200 {
			return
		}
		ctx = t.Context()
		s.advance(time.Second) // a claim that nobody ends has a lease
	}
}

// note writes down what came, and reports whether to try again.
func (c *clientLedger) note(t *testing.T, id, key string, keyed, aborts bool, a answered, err error) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case err != nil && !aborts:
		t.Errorf("%s: %v", id, err)
	case err != nil:
		c.aborted++
		return true
	case a.status == http.StatusOK && a.replayed():
		c.replays++
		if first, ok := c.keys[key]; ok && first != string(a.body) {
			t.Errorf("%s: replayed %s, first was %s", id, a.body, first)
		}
		c.keys[key] = string(a.body)
	case a.status == http.StatusOK:
		if first, ok := c.keys[key]; ok && keyed {
			t.Errorf("%s: answered anew with %s, first was %s", id, a.body, first)
		}
		c.answered[id], c.keys[key] = a, string(a.body)
	case a.status == http.StatusServiceUnavailable || a.status == http.StatusConflict:
		c.refusals++
		return true
	default:
		t.Errorf("%s: got %d %s", id, a.status, a.body)
	}
	return false
}

func (c *clientLedger) check(t *testing.T, s *stack, unknown int) {
	t.Helper()
	rows, billed := map[string]tenancy.UsageEvent{}, map[int]int{}
	paid := map[ilsai.TenantID]int{}
	unasked := 0
	for _, e := range s.rows() {
		if _, twice := rows[e.RequestID]; twice {
			t.Errorf("request %s has two rows", e.RequestID)
		}
		rows[e.RequestID] = e
		if c.sent[e.RequestID] != e.TenantID {
			t.Errorf("row of %s, sent by %s: %+v", e.TenantID, c.sent[e.RequestID], e)
		}
		if _, ok := c.answered[e.RequestID]; e.Success && !ok {
			unasked++
		}
		if !e.Success || e.FromCache {
			continue
		}
		paid[e.TenantID]++
		of, _ := s.engine.tokens.Load(e.CompletionTokens)
		if billed[e.CompletionTokens]++; billed[e.CompletionTokens] > 1 || of != e.TenantID || e.PromptTokens != promptTokens || e.TokensUsed != promptTokens+e.CompletionTokens {
			t.Errorf("row %+v is of no run, or of one that was billed before", e)
		}
	}
	for id, a := range c.answered {
		e, ok := rows[id]
		if !ok || !e.Success || e.TokensUsed != a.Tokens || e.FromCache != a.FromCache {
			t.Errorf("answer %s to %s, row %v %+v", a.body, id, ok, e)
		}
	}
	if unasked > c.aborted+unknown {
		t.Errorf("%d rows of answers nobody got; %d clients aborted and %d outcomes were unknown", unasked, c.aborted, unknown)
	}
	for i := range 8 {
		if q, err := s.store.Quota(t.Context(), shop(i), tenancy.MonthOf(s.now(), time.UTC)); err != nil || q.Used != paid[shop(i)] {
			t.Errorf("quota of %s: %+v, %v, want %d", shop(i), q, err, paid[shop(i)])
		}
	}
	if runs := s.engine.runs.Load(); len(billed) > int(runs) {
		t.Errorf("%d runs are billed, %d there were", len(billed), runs)
	}
}
