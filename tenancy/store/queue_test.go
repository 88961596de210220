package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ils-platform/ilsai"
	"github.com/ils-platform/ilsai/tenancy"
)

func openQueue(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), t.TempDir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	err = s.CreateTenant(t.Context(), tenancy.Tenant{ID: "abc123", Code: "abc123", Name: "Shop", Tier: tenancy.TierBasic,
		Status: tenancy.StatusActive, TimeZone: "UTC", Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func queueEvent(t *testing.T) tenancy.UsageEvent {
	t.Helper()
	id, err := tenancy.NewEventID()
	if err != nil {
		t.Fatal(err)
	}
	return tenancy.UsageEvent{TenantID: "abc123", UserID: "1", QueryType: tenancy.QuerySales, Question: "q", Success: true,
		Timestamp: time.Date(2026, 11, 3, 0, 0, 0, 0, time.UTC), EventID: id}
}

// waitQueued returns when n operations wait in the queue.
func waitQueued(t *testing.T, s *Store, n int) {
	t.Helper()
	pass(t, s, func() bool { return len(s.queue.ops) >= n })
}

// pass lets time pass until until holds. It reads meanwhile, which the writer does not hold up.
func pass(t *testing.T, s *Store, until func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !until(); {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain")
		}
		if _, err := s.Tenants(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

// block makes the queue busy with a transaction of one row until release is called, so that everything
// handed in meanwhile waits for the next one.
func block(t *testing.T, s *Store) (release func()) {
	t.Helper()
	e := queueEvent(t)
	entered, released := make(chan struct{}), make(chan struct{})
	op := &operation{tenant: e.TenantID, done: make(chan struct{}), run: func(tx *ledgerTx) error {
		close(entered)
		<-released
		_, err := tx.appendEvent(&e, "")
		return err
	}}
	if err := s.queue.push(t.Context(), op); err != nil {
		t.Fatal(err)
	}
	<-entered
	return func() {
		close(released)
		if <-op.done; op.err != nil {
			t.Error(op.err)
		}
	}
}

// In one transaction, operations that fail half-way leave nothing and cost their neighbours nothing.
func TestFailingOperationIsAlone(t *testing.T) {
	t.Parallel()
	s := openQueue(t)
	release := block(t, s)
	var wg sync.WaitGroup
	broken := errors.New("broken")
	const n = 30
	runs := make([]int, n)
	for i := range n {
		wg.Go(func() {
			e := queueEvent(t)
			e.RequestID = fmt.Sprint(i)
			err := s.write(t.Context(), "abc123", func(tx *ledgerTx) error {
				runs[i]++
				if _, err := tx.appendEvent(&e, ""); err != nil {
					return err
				}
				switch i % 3 {
				case 1:
					return broken
				case 2:
					_, err := tx.exec(tx.ctx, "INSERT INTO usage_chain (id, last_id, anchor_id) VALUES (2, 0, 0)") // breaks a CHECK
					return err
				}
				return nil
			})
			if (err != nil) != (i%3 != 0) {
				t.Errorf("operation %d: got %v", i, err)
			}
			if i%3 == 1 && !errors.Is(err, broken) {
				t.Errorf("operation %d: got %v, want its own error", i, err)
			}
		})
	}
	waitQueued(t, s, n)
	release()
	wg.Wait()
	got, err := s.Usage(t.Context(), "abc123", time.Time{}, time.Time{}, 0, 0)
	if err != nil || len(got) != 1+n/3 {
		t.Errorf("got %d rows, %v, want %d", len(got), err, 1+n/3)
	}
	for i, e := range got {
		if e.ID != int64(i+1) {
			t.Errorf("row %d has the id %d", i+1, e.ID)
		}
	}
	if r, err := s.VerifyUsage(t.Context(), nil); err != nil || !r.OK() {
		t.Errorf("verify: got %+v, %v", r, err)
	}
	if most := slices.Max(runs); most != 2 {
		t.Errorf("an operation ran %d times, want twice: together with the others, then by itself", most)
	}
}

// What waits when its context ends is taken back: nothing is written.
func TestWaitingOperationIsTakenBack(t *testing.T) {
	t.Parallel()
	s := openQueue(t)
	release := block(t, s)
	ctx, cancel := context.WithCancel(t.Context())
	canceled := make(chan error)
	go func() {
		e := queueEvent(t)
		canceled <- s.AppendUsage(ctx, &e)
	}()
	waitQueued(t, s, 1)
	cancel()
	if err := <-canceled; ilsai.ErrorCode(err) != ilsai.CodeCanceled { // while the queue is still busy
		t.Errorf("got %v, want %s", err, ilsai.CodeCanceled)
	}
	release()
	if got, err := s.SumUsage(t.Context(), "abc123", time.Time{}, time.Time{}); err != nil || got.Queries != 1 {
		t.Errorf("got %+v, %v, want the first row only", got, err)
	}
}

// Close writes what was handed in, and refuses what comes after.
func TestCloseDrains(t *testing.T) {
	t.Parallel()
	s := openQueue(t)
	release := block(t, s)
	var wg sync.WaitGroup
	const n = 20
	for range n {
		wg.Go(func() {
			e := queueEvent(t)
			if err := s.AppendUsage(t.Context(), &e); err != nil {
				t.Error(err)
			}
		})
	}
	waitQueued(t, s, n)
	wg.Go(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	release()
	wg.Wait()
	e := queueEvent(t)
	if err := s.AppendUsage(t.Context(), &e); ilsai.ErrorCode(err) != ilsai.CodeUnavailable {
		t.Errorf("after Close: got %v, want %s", err, ilsai.CodeUnavailable)
	}
	again, err := Open(t.Context(), s.Dir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if got, err := again.SumUsage(t.Context(), "abc123", time.Time{}, time.Time{}); err != nil || got.Queries != 1+n {
		t.Errorf("got %+v, %v, want %d rows", got, err, 1+n)
	}
}

// What waits shares one transaction.
func TestGroupCommit(t *testing.T) {
	t.Parallel()
	s := openQueue(t)
	commits := 0 // counted by the queue's goroutine, read when everything is answered
	s.intercept = func(q string, run func() error) error {
		if q == "COMMIT" {
			commits++
		}
		return run()
	}
	release := block(t, s)
	var wg sync.WaitGroup
	const n = 100
	for range n {
		wg.Go(func() {
			e := queueEvent(t)
			if err := s.AppendUsage(t.Context(), &e); err != nil {
				t.Error(err)
			}
		})
	}
	waitQueued(t, s, n)
	release()
	wg.Wait()
	if commits != 2 {
		t.Errorf("%d commits, want one for the first and one for the %d that waited", commits, n)
	}
}
