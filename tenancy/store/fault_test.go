package store_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
	"github.com/ils-platform/ilsai/tenancy/store"
	"github.com/ils-platform/ilsai/tenancy/storetest"
)

var errInjected = errors.New("injected")

// breaker lets the k-th statement fail once, before it was run or after, as a lost connection would.
type breaker struct {
	mu    sync.Mutex
	left  int // statements until the failure; below 0: none
	after bool
}

func (b *breaker) arm(k int, after bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.left, b.after = k, after
}

func (b *breaker) armed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.left >= 0
}

func (b *breaker) run(_ string, run func() error) error {
	b.mu.Lock()
	fails, after := b.left == 0, b.after
	b.left--
	b.mu.Unlock()
	switch {
	case !fails:
		return run()
	case after:
		return errors.Join(run(), errInjected)
	default:
		return errInjected
	}
}

// Every statement of an admission with its settlement fails once, before and after it took effect.
// On SQLite each step says so, and may be repeated; on PostgreSQL the store repeats it by itself, as
// after a lost connection. Either way it comes to exactly one row, one query and one stored answer.
func TestEveryStatementFails(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		failures, rounds := failEveryStatement(t, s)
		t.Logf("%d rounds, %d failures", rounds, failures)
		if s.Dir() != "" && failures < 20 || s.Dir() == "" && failures != 0 {
			t.Errorf("%d failures were seen, want one for each statement on SQLite and none on PostgreSQL", failures)
		}
	})
}

func failEveryStatement(t *testing.T, s *store.Store) (failures, rounds int) {
	t.Helper()
	b := &breaker{left: -1}
	s.Intercept(b.run)
	if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
		t.Fatal(err)
	}
	reply := tenancy.StoredReply{Status: 200, ContentType: "text/plain", Body: []byte("answer")}
	paid := 0
	for _, after := range []bool{false, true} {
		for k := 0; ; k++ {
			b.arm(k, after)
			e := storetest.Event(t, "abc123", paid)
			month := tenancy.Month("2026-11")
			a := tenancy.Admission{EventID: e.EventID, TenantID: e.TenantID, UserID: e.UserID, Month: month, Limit: paid + 1, Now: e.Timestamp,
				Lease: time.Minute, Key: &tenancy.IdempotencyKey{Key: e.EventID, TTL: time.Hour}}
			steps := []func(context.Context) error{
				func(ctx context.Context) error { _, err := s.Admit(ctx, a); return err },
				func(ctx context.Context) error {
					return s.Settle(ctx, tenancy.Settlement{Event: e, Month: month, Key: a.Key.Key, Reply: &reply})
				},
			}
			for i, step := range steps {
				err := step(t.Context())
				if err == nil {
					continue
				}
				if failures++; ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
					t.Errorf("statement %d, step %d: got %v, want %s", k, i, err, ilsai.CodeUnavailable)
				}
				if err := step(t.Context()); err != nil {
					t.Errorf("statement %d, step %d again: got %v", k, i, err)
				}
			}
			unharmed := b.armed()
			b.arm(-1, false)
			paid++
			if q, err := s.Quota(t.Context(), "abc123", month); err != nil || q != (tenancy.Quota{Used: paid}) {
				t.Fatalf("statement %d: got %+v, %v, want %d used", k, q, err, paid)
			}
			a.EventID = storetest.Event(t, "abc123", 0).EventID
			if got, err := s.Admit(t.Context(), a); err != nil || got.Replay == nil || string(got.Replay.Body) != "answer" {
				t.Errorf("statement %d: got %+v, %v, want the stored answer", k, got, err)
			}
			if unharmed {
				break
			}
		}
	}
	if r, err := s.VerifyUsage(t.Context(), nil); err != nil || !r.OK() || r.Rows != paid {
		t.Errorf("got %+v, %v, want %d sound rows", r, err, paid)
	}
	return failures, paid
}

// Operations the database refuses leave nothing and cost nothing but themselves, however they are grouped.
func TestRefusedOperationsAmongOthers(t *testing.T) {
	t.Parallel()
	forEachEngine(t, func(t *testing.T, s *store.Store) {
		if err := s.CreateTenant(t.Context(), storetest.Tenant("abc123")); err != nil {
			t.Fatal(err)
		}
		const n = 60
		var wg sync.WaitGroup
		for i := range n {
			wg.Go(func() {
				e := storetest.Event(t, "abc123", i)
				if i%3 > 0 {
					if err := s.AppendUsage(t.Context(), &e); err != nil {
						t.Error(err)
					}
					return
				}
				// Breaks a CHECK of usage_chain.
				err := s.AppendAnd(t.Context(), &e, "INSERT INTO usage_chain (id, last_id, anchor_id) VALUES (2, 0, 0)")
				checkCode(t, "refused", err, ilsai.CodeInternal)
			})
		}
		wg.Wait()
		if r, err := s.VerifyUsage(t.Context(), nil); err != nil || !r.OK() || r.Rows != n*2/3 {
			t.Errorf("got %+v, %v, want %d sound rows", r, err, n*2/3)
		}
	})
}
