package store_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

// cyclesEnv sets how often the crash tests kill; unset means a few times.
const cyclesEnv = "ILSAI_CRASH_CYCLES"

func crashCycles(t *testing.T, usual int) int {
	t.Helper()
	text := os.Getenv(cyclesEnv)
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", cyclesEnv, err)
	}
	return n
}

const crashWorkers = 8

// step takes one question through the ledger and tells what was acknowledged: "settled", "refunded",
// or "" for one that was left alone after its admission.
func step(ctx context.Context, s tenancy.Ledger, rng *rand.Rand) (word string, a tenancy.Admission, err error) {
	e, err := newEvent()
	if err != nil {
		return "", a, err
	}
	a = tenancy.Admission{EventID: e.EventID, TenantID: "abc123", UserID: "1", Month: "2026-11", Limit: tenancy.Unlimited,
		Now: storetest.Start, Lease: time.Second}
	st := tenancy.Settlement{Event: e, Month: a.Month}
	if rng.IntN(3) > 0 {
		a.Key = &tenancy.IdempotencyKey{Key: e.EventID, TTL: 24 * time.Hour}
		st.Key, st.Reply = e.EventID, &tenancy.StoredReply{Status: 200, ContentType: "text/plain", Body: []byte("answer to " + e.EventID)}
	}
	if _, err := s.Admit(ctx, a); err != nil {
		return "", a, err
	}
	switch rng.IntN(8) {
	case 0:
		return "", a, nil
	case 1, 2:
		st.Event.Success, st.Event.TokensUsed, st.Event.ErrorType, st.Reply = false, 0, ilsai.CodeDeadline, nil
		return "refunded", a, s.Refund(ctx, st)
	default:
		return "settled", a, s.Settle(ctx, st)
	}
}

// childLedger works until it is killed and prints what the store has acknowledged.
func childLedger(ctx context.Context, s *store.Store) int {
	var wg sync.WaitGroup
	for range crashWorkers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(rand.Uint64(), 0))
			for {
				word, a, err := step(ctx, s, rng)
				if err != nil {
					fmt.Println("error", err)
					return
				}
				if word != "" {
					fmt.Println(word, a.EventID, a.Key != nil)
				}
			}
		})
	}
	wg.Wait()
	return 1
}

// acknowledged is what a store has promised: event id to "settled" or "refunded".
type acknowledged struct {
	words map[string]string
	keyed []string // settled with an idempotency key
}

func (a *acknowledged) add(word, event string, keyed bool) {
	a.words[event] = word
	if keyed && word == "settled" {
		a.keyed = append(a.keyed, event)
	}
}

// killLoop starts children on a store and kills each after a random number of acknowledgements.
func killLoop(t *testing.T, mode, place string, cycles int) *acknowledged {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	acks := &acknowledged{words: make(map[string]string)}
	for cycle := range cycles {
		cmd, lines := startChild(t, mode, place)
		stop, killed := 1+rng.IntN(150), false
		for lines.Scan() { // goes on after the kill: what is in the pipe was acknowledged too
			f := strings.Fields(lines.Text())
			if len(f) != 3 || f[0] == "error" {
				t.Fatalf("child: %s", lines.Text())
			}
			acks.add(f[0], f[1], f[2] == "true")
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
		if n := cycle + 1; n%20 == 0 {
			t.Logf("%d of %d kills, %d acknowledged", n, cycles, len(acks.words))
		}
	}
	return acks
}

// checkLedger holds a store against what it acknowledged. s's clock is past every lease.
func checkLedger(t *testing.T, s *store.Store, acks *acknowledged, unknown int) {
	t.Helper()
	rows := make(map[string]tenancy.UsageEvent)
	paid := 0
	err := s.ExportUsage(t.Context(), store.UsageFilter{}, func(e tenancy.UsageEvent) error {
		if _, ok := rows[e.EventID]; ok {
			t.Errorf("event %s is recorded twice", e.EventID)
		}
		rows[e.EventID] = e
		if e.Success {
			paid++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for event, word := range acks.words {
		if e, ok := rows[event]; !ok || e.Success != (word == "settled") {
			t.Errorf("%s event %s: got %+v, %v", word, event, e, ok)
		}
	}
	if extra := len(rows) - len(acks.words); extra > unknown {
		t.Errorf("%d rows were never acknowledged, want at most %d", extra, unknown)
	}
	if q, err := s.Quota(t.Context(), "abc123", "2026-11"); err != nil || q != (tenancy.Quota{Used: paid}) {
		t.Errorf("quota: got %+v, %v, want %d used and none reserved", q, err, paid)
	}
	r, err := s.VerifyUsage(t.Context(), nil)
	if err != nil || !r.OK() || r.Rows != len(rows) {
		t.Errorf("verify: got %+v, %v, want %d sound rows", r, err, len(rows))
	}
	for _, event := range acks.keyed {
		id, err := tenancy.NewEventID()
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.Admit(t.Context(), tenancy.Admission{EventID: id, TenantID: "abc123", UserID: "1", Month: "2026-11", Limit: 0,
			Now: storetest.Start.Add(time.Hour), Lease: time.Second, Key: &tenancy.IdempotencyKey{Key: event, TTL: 24 * time.Hour}})
		if err != nil || got.Replay == nil || string(got.Replay.Body) != "answer to "+event {
			t.Errorf("key of %s: got %+v, %v, want its answer", event, got, err)
		}
	}
	t.Logf("%d acknowledged, %d rows, %d paid, %d keys replayed, %d leases left by the dead", len(acks.words), len(rows), paid, len(acks.keyed), r.ExpiredReservations)
}

func later() time.Time { return storetest.Start.Add(time.Hour) }

func TestLedgerKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := open(t, dir)
	if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	cycles := crashCycles(t, 10)
	acks := killLoop(t, "ledger", dir, cycles)
	s = openWith(t, dir, store.Options{Now: later})
	checkLedger(t, s, acks, cycles*crashWorkers)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	checkIntegrity(t, dir)
}

func TestPostgresLedgerKilled(t *testing.T) {
	t.Parallel()
	dsn := postgresDSN(t)
	s := openPostgres(t, dsn, store.Options{Now: later})
	if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	cycles := crashCycles(t, 3)
	acks := killLoop(t, "ledger-postgres", dsn, cycles)
	checkLedger(t, s, acks, cycles*crashWorkers)
}

// insistent repeats every step whose outcome is unknown, as a caller may that has time.
type insistent struct {
	tenancy.Ledger
	ctx      context.Context
	repeated *atomic.Int64
}

func (l insistent) repeat(do func() error) error {
	for {
		err := do()
		if ilsai.ErrorCode(err) != ilsai.CodeUnavailable || l.ctx.Err() != nil {
			return err
		}
		l.repeated.Add(1)
	}
}

func (l insistent) Admit(ctx context.Context, a tenancy.Admission) (out tenancy.Admitted, err error) {
	err = l.repeat(func() error { out, err = l.Ledger.Admit(ctx, a); return err })
	return out, err
}

func (l insistent) Settle(ctx context.Context, s tenancy.Settlement) error {
	return l.repeat(func() error { return l.Ledger.Settle(ctx, s) })
}

func (l insistent) Refund(ctx context.Context, s tenancy.Settlement) error {
	return l.repeat(func() error { return l.Ledger.Refund(ctx, s) })
}

// The server is stopped and started under load. While it is away work is refused; a question that was
// refused may be recorded or not; a step that is repeated until it goes through is recorded once.
func TestPostgresRestarted(t *testing.T) {
	t.Parallel()
	p, err := storetest.StartPostgres(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := openPostgres(t, schemaOf(t, p), store.Options{Now: later})
	if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	const perUptime = 100
	cycles := min(crashCycles(t, 2), 20) // killed, then shut down
	acks := &acknowledged{words: make(map[string]string)}
	work := make(chan struct{}) // one acknowledgement is wanted for each
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var mu sync.Mutex
	unknown, refused := 0, 0
	var repeated atomic.Int64
	var wg sync.WaitGroup
	for i := range crashWorkers {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 0))
			var ledger tenancy.Ledger = s
			if i%2 == 0 {
				ledger = insistent{Ledger: s, ctx: ctx, repeated: &repeated}
			}
			for range work {
				for ctx.Err() == nil {
					word, a, err := step(ctx, ledger, rng)
					mu.Lock()
					switch {
					case err == nil && word != "":
						acks.add(word, a.EventID, a.Key != nil)
					case err != nil && ilsai.ErrorCode(err) == ilsai.CodeUnavailable:
						refused++
						unknown++ // the row may be there
					case err != nil:
						t.Errorf("got %v, want %s", err, ilsai.CodeUnavailable)
					}
					mu.Unlock()
					if err == nil && word != "" {
						break
					}
				}
			}
		})
	}
	for i := range cycles {
		for range perUptime {
			work <- struct{}{}
		}
		stop := p.Kill
		if i%2 == 1 {
			stop = p.Shutdown
		}
		if err := stop(); err != nil {
			t.Fatal(err)
		}
		if err := s.Ping(t.Context()); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
			t.Errorf("ping while away: got %v, want %s", err, ilsai.CodeUnavailable)
		}
		if err := p.Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := i + 1; n%5 == 0 {
			t.Logf("%d of %d restarts", n, cycles)
		}
	}
	for range perUptime {
		work <- struct{}{}
	}
	close(work)
	wg.Wait()
	t.Logf("%d restarts, %d refusals, %d steps repeated", cycles, refused, repeated.Load())
	checkLedger(t, s, acks, unknown)
}
